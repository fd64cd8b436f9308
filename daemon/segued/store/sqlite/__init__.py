"""The store in SQLite: one file in WAL mode, one connection that writes, several that read."""

from __future__ import annotations

import asyncio
import fcntl
import os
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

from segue.models import ForkSession, MemoryHit, Rebuilt, SearchPage, Session, SessionId, Summary
from segued.errors import StartError, StoreDamaged, StoreLocked, StoreUnusable
from segued.store.base import Actor, NewSummary, Publish, SearchFilter, StoreStats
from segued.store.sqlite import (
    chats,
    compaction,
    context,
    forks,
    fulltext,
    imports,
    items,
    log,
    mcp,
    memories,
    messages,
    people,
    places,
    projects,
    reads,
    search,
    sessions,
    summaries,
    tools,
    turns,
    vectors,
)
from segued.store.sqlite.connection import Connection, Connections, connect, read, write
from segued.store.sqlite.migrations import migrate
from segued.store.sqlite.transaction import Transaction

_APPLICATION_ID = 0x53454755  # "SEGU", written into the file's header
_INDEX_SECONDS = 2.0  # how long a search waits for the full-text index
_QUICK_CHECK_BYTES = 16 * 1024 * 1024  # files up to this size are checked whole at every start


def _stats(connection: sqlite3.Connection) -> StoreStats:
    (sessions_count,) = connection.execute("SELECT count(*) FROM sessions").fetchone()
    (messages_count,) = connection.execute("SELECT coalesce(sum(message_count), 0) FROM sessions").fetchone()
    states = dict(
        tuple(row)
        for row in connection.execute(
            "SELECT state, count(*) FROM turns WHERE state IN ('queued', 'running') GROUP BY state"
        )
    )
    deliveries = places.count_undelivered(connection)
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (page_size,) = connection.execute("PRAGMA page_size").fetchone()
    return StoreStats(
        sessions=sessions_count,
        messages=messages_count,
        turns_queued=states.get("queued", 0),
        turns_running=states.get("running", 0),
        deliveries_retrying=deliveries.get("retrying", 0),
        deliveries_failed=deliveries.get("failed", 0),
        places_waiting=places.count_waiting(connection),
        bytes=pages * page_size,
    )


def _delete_old_keys(tx: Transaction, days: int) -> int:
    return tx.execute("DELETE FROM keys WHERE at < ?", (tx.now - days * 86_400_000_000,)).rowcount


def _rebuild_index(tx: Transaction, by: Actor) -> Rebuilt:
    fulltext.clear(tx)
    (messages_count,) = tx.execute("SELECT count(*) FROM messages WHERE NOT deleted").fetchone()
    (memories_count,) = tx.execute("SELECT count(*) FROM memories").fetchone()
    return Rebuilt(messages=messages_count, memories=memories_count, vectors_dropped=vectors.drop_orphans(tx))


class SqliteStore(Connections):
    """Every verb of the `Store` protocol, each one function that runs in one transaction."""

    list_sessions = read(sessions.listing)
    list_related_sessions = read(sessions.related)
    get_session = read(sessions.get)
    get_snapshot = read(sessions.snapshot)
    add_session = write(sessions.add)
    get_or_add_session = write(sessions.get_or_add)
    update_session = write(sessions.update)
    delete_session = write(sessions.delete)

    _plan_fork = read(forks.plan)
    _copy_fork = write(forks.copy_some)
    _end_fork = write(forks.end)
    _drop_fork = write(forks.drop)
    drop_unfinished_forks = write(forks.drop_unfinished)

    async def fork_session(self, by: Actor, session_id: SessionId, fork: ForkSession) -> Session:
        """Copy a session, some messages a commit."""
        plan = await self._plan_fork(by, session_id, fork)
        session: Session | None = None
        after, more = 0, True
        try:
            while more:
                copied = await self._copy_fork(plan, after)
                after, more = (after, False) if copied is None else (copied, True)
            session = await self._end_fork(by, plan, after)
            return session
        finally:
            if after and (session is None or session.id != plan.id):  # it failed, or was done before under this key
                await self._drop_fork(plan.id)

    list_messages = read(messages.listing)
    list_prompt_messages = read(messages.for_prompt)
    get_message = read(messages.get)
    add_messages = write(messages.add)
    add_imported = write(imports.add)
    update_message = write(messages.update)
    delete_message = write(messages.delete)

    get_chat = read(chats.get)
    list_chat_items = read(chats.listing)
    add_chat = write(chats.add)
    add_chat_items = write(chats.say)
    update_chat = write(chats.update)

    list_items = read(items.listing)
    list_exported = read(items.exported)
    add_items = write(items.add)
    pop_item = write(items.pop)
    clear_items = write(items.clear)

    list_context = read(context.listing)
    get_context = read(context.view)
    add_context = write(context.add)

    get_uncovered = read(compaction.uncovered)
    _add_summary = write(summaries.add)

    async def add_summary(self, by: Actor, session_id: SessionId, new: NewSummary) -> Summary:
        """Add it without a key, whose answer would outlive what the summary covers."""
        return await self._add_summary(by.without_key(), session_id, new)

    list_projects = read(projects.listing)
    list_memories = read(memories.listing)
    list_memories_by_key = read(memories.by_key)
    get_memory = read(memories.get)
    get_memory_history = read(memories.history)
    save_memory = write(memories.save)
    save_memories = write(memories.bring_in)
    restore_memory = write(memories.restore)
    delete_memory = write(memories.delete)
    delete_expired_memories = write(memories.delete_expired)
    update_memory_reads = write(memories.note_reads)

    list_turns = read(turns.listing)
    list_open_sessions = read(turns.open_sessions)
    get_turn = read(turns.get)
    get_partial_text = read(turns.partial_text)
    add_turn = write(turns.add)
    retry_turn = write(turns.retry)
    start_turn = write(turns.start)
    update_turn_text = write(turns.save_text)
    end_turn = write(turns.end)
    cancel_turn = write(turns.cancel)

    list_tool_calls = read(tools.of_turn)
    add_tool_calls = write(turns.use_tools)
    end_tool_call = write(tools.end)
    begin_answer = write(turns.begin_answer)
    list_approvals = read(tools.approvals)
    list_pending_approvals = read(tools.all_pending)
    get_approval = read(tools.approval)
    decide_approval = write(tools.decide)
    expire_approval = write(tools.expire)

    add_mcp_uses = write(mcp.add_uses)
    get_mcp_usage = read(mcp.usage)
    claim_call = write(mcp.claim)

    list_reading = read(reads.listing)
    update_read = write(reads.mark)

    list_events = read(log.of_session)
    list_all_events = read(log.of_all)
    get_last_position = read(log.last_position)

    list_users = read(people.listing)
    get_user = read(people.get)
    get_user_of = read(people.get_of)
    add_user = write(people.add)
    list_tokens = read(people.list_tokens)
    get_token = read(people.get_token)
    add_token = write(people.add_token)
    update_token_used = write(people.note_use)
    delete_token = write(people.delete_token)
    add_link = write(people.add_link)
    get_link = read(people.get_link)
    add_identity = write(people.add_identity)
    delete_identity = write(people.delete_identity)
    list_identities = read(people.list_identities)

    list_bindings = read(places.listing)
    get_binding = read(places.get)
    update_binding = write(places.update)
    update_place = write(places.change)
    delete_binding = write(places.delete)
    update_cursor = write(places.move_cursor)
    get_place_message = read(places.message_at)
    list_receipts = read(places.receipts)
    list_deliveries = read(places.deliveries)
    add_receipt = write(places.add_receipt)

    get_stats = read(_stats)
    delete_old_keys = write(_delete_old_keys)

    list_hits_by_id = read(search.by_id)
    list_unembedded = read(vectors.left_to_do)
    list_memory_vectors = read(vectors.of_memories)
    list_message_vectors = read(vectors.of_messages)
    add_vectors = write(vectors.add)
    get_unindexed = read(fulltext.waiting)
    rebuild_index = write(_rebuild_index)

    _list_hits = read(search.hits)
    _list_memory_hits = read(memories.hits)
    _catch_up = write(fulltext.catch_up)

    async def list_hits(self, by: Actor, query: str, where: SearchFilter, limit: int, offset: int = 0) -> SearchPage:
        """Search, after the index was brought up to date."""
        await self._index_a_while()
        return await self._list_hits(by, query, where, limit, offset)

    async def list_memory_hits(self, by: Actor, project_id: str, query: str, limit: int) -> tuple[MemoryHit, ...]:
        """Search, after the index was brought up to date."""
        await self._index_a_while()
        return await self._list_memory_hits(by, project_id, query, limit)

    async def _index_a_while(self) -> None:
        """Bring the index up to date, unless that takes so long that an answer without the rest is better."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_INDEX_SECONDS):
                while await self._catch_up():
                    pass


@asynccontextmanager
async def open_sqlite(path: Path, readers: int, publish: Publish) -> AsyncIterator[SqliteStore]:
    """Open the database, made where there is none; raise a `StartError` that says why if it cannot be used."""
    with _lock(path):
        connections: list[Connection] = []
        try:
            with _explained(path):
                connections.append(await connect(path))
                await connections[0].run(lambda connection: _prepare(connection, path))
                for _ in range(readers):
                    connections.append(await connect(path, read_only=True))
            position = await connections[0].run(log.last_position)
            store = SqliteStore(connections[0], connections[1:], publish, position)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(store.run(fulltext.index_some), name="store writer")
                try:
                    await store.drop_unfinished_forks()
                    yield store
                finally:
                    store.close()
        finally:
            for connection in reversed(connections):
                await connection.close()


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    """Hold the lock beside the database: one daemon owns it. Never opens the database itself as a file."""
    lock_path = path.with_name(path.name + ".lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as exc:
        raise StoreUnusable(f"cannot write in {path.parent}: {exc.strerror}; the data folder must be yours") from exc
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            owner = os.pread(descriptor, 32, 0).decode(errors="replace").strip() or "unknown"
            raise StoreLocked(
                f"another segued (pid {owner}) owns {path}: use that one, or stop it with `segue server stop`"
            ) from exc
        try:
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        except OSError as exc:
            raise StoreUnusable(f"cannot write in {path.parent}: {exc.strerror}") from exc
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn SQLite's refusals at the start into words for whoever runs the daemon."""
    try:
        yield
    except sqlite3.Error as exc:
        code = getattr(exc, "sqlite_errorcode", 0) & 0xFF
        reason: StartError
        if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
            reason = _damaged(path, str(exc))
        elif code == sqlite3.SQLITE_FULL:
            reason = StoreUnusable(f"the disk of {path.parent} is full: free some space and start again")
        elif code == sqlite3.SQLITE_BUSY:
            reason = StoreLocked(f"another program holds {path} open for writing: close it and start again")
        else:
            reason = StoreUnusable(f"{path} cannot be used: {exc}; check its owner, its permissions and its disk")
        raise reason from exc


def _damaged(path: Path, what: str) -> StoreDamaged:
    return StoreDamaged(
        f"{path} is damaged, or no database ({what}): nothing was changed."
        " Put it aside and restore a backup, or give another file in [store] path."
    )


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Check that the file is ours and whole, then bring it to the newest schema."""
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if tables and application_id != _APPLICATION_ID:
        raise StoreDamaged(f"{path} is the database of another program: give another file in [store] path")
    if not tables:
        os.chmod(path, 0o600)
        connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (page_size,) = connection.execute("PRAGMA page_size").fetchone()
    if path.stat().st_size < pages * page_size:
        raise _damaged(path, "it is shorter than it says")
    if tables and pages * page_size <= _QUICK_CHECK_BYTES:
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise _damaged(path, verdict)
    migrate(connection)

"""The store in SQLite: one file in WAL mode, one connection that writes, several that read."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path

from segue.errors import StorageFailed
from segue.models import ForkSession, Integrity, MemoryHit, Rebuilt, SearchPage, Session, SessionId, Summary
from segued.store.base import (
    EVERYWHERE,
    NO_QUOTAS,
    Actor,
    Contents,
    NewSummary,
    Publish,
    Quotas,
    SearchFilter,
    Show,
    StoreStats,
)
from segued.store.sqlite import (
    audit,
    backups,
    chats,
    compaction,
    context,
    forks,
    fulltext,
    imports,
    invitations,
    items,
    mcp,
    members,
    memories,
    messages,
    people,
    permissions,
    places,
    projects,
    reads,
    room,
    schedules,
    search,
    sessions,
    summaries,
    tools,
    turns,
    upkeep,
    users,
    vectors,
)
from segued.store.sqlite import log as events
from segued.store.sqlite.connection import Connection, Connections, connect, read, write
from segued.store.sqlite.faults import Place
from segued.store.sqlite.lock import locked
from segued.store.sqlite.opening import QUICK_CHECK_BYTES, explained, is_missing, is_unclean, prepare
from segued.store.sqlite.restoring import drop_unfinished
from segued.store.sqlite.transaction import Transaction

log = logging.getLogger(__name__)

_INDEX_SECONDS = 2.0  # how long a search waits for the full-text index


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
    return StoreStats(
        sessions=sessions_count,
        messages=messages_count,
        turns_queued=states.get("queued", 0),
        turns_running=states.get("running", 0),
        deliveries_retrying=deliveries.get("retrying", 0),
        deliveries_failed=deliveries.get("failed", 0),
        places_waiting=places.count_waiting(connection),
        bytes=room.database_bytes(connection) + room.log_bytes(room.path_of(connection)),
    )


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
    _delete_session = write(sessions.delete)
    _list_unfinished_deletions = read(sessions.unfinished)
    _delete_some = write(sessions.delete_some)

    async def delete_session(self, by: Actor, session_id: SessionId) -> None:
        """Delete the session, and then its messages, some a commit: others write in between."""
        await self._delete_session(by, session_id)
        await self.finish_deletions()

    async def finish_deletions(self) -> None:
        for session_id in await self._list_unfinished_deletions():
            while not await self._delete_some(session_id):
                pass

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
    repeat_tool_calls = write(tools.repeat)
    end_tool_call = write(tools.end)
    begin_answer = write(turns.begin_answer)
    list_approvals = read(tools.approvals)
    list_pending_approvals = read(tools.all_pending)
    get_approval = read(tools.approval)
    decide_approval = write(tools.decide)
    expire_approval = write(tools.expire)
    list_tool_permissions = read(permissions.listing)
    forget_tool_permission = write(permissions.forget)

    add_mcp_uses = write(mcp.add_uses)
    get_mcp_usage = read(mcp.usage)
    claim_call = write(mcp.claim)

    list_reading = read(reads.listing)
    update_read = write(reads.mark)

    list_events = read(events.of_session)
    list_all_events = read(events.of_all)
    get_last_position = read(events.last_position)

    list_users = read(people.listing)
    list_user_details = read(users.details)
    get_user_detail = read(users.get_named)
    create_user = write(users.create)
    update_user = write(users.update)
    delete_user = write(users.remove)
    get_user = read(people.get)
    get_user_of = read(people.get_of)
    add_user = write(people.add)
    list_tokens = read(people.list_tokens)
    get_token = read(people.get_token)
    add_token = write(people.add_token)
    rotate_token = write(people.rotate_token)
    update_token_used = write(people.note_use)
    delete_token = write(people.delete_token)
    add_link = write(people.add_link)
    get_link = read(people.get_link)
    add_identity = write(people.add_identity)
    delete_identity = write(people.delete_identity)
    list_identities = read(people.list_identities)

    update_member = write(members.update)
    delete_member = write(members.delete)
    list_invitations = read(invitations.listing)
    add_invitation = write(invitations.add)
    delete_invitation = write(invitations.delete)
    claim_invitation = write(invitations.claim)
    claim_as_new_user = write(invitations.claim_as_new_user)

    add_audit = write(audit.record)
    list_audit = read(audit.listing)
    delete_old_audit = write(audit.delete_old)

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

    list_schedules = read(schedules.listing)
    get_schedule = read(schedules.get)
    add_schedule = write(schedules.add)
    update_schedule = write(schedules.update)
    delete_schedule = write(schedules.delete)
    list_due_schedules = read(schedules.due)
    fire_schedule = write(schedules.fire)
    run_schedule = write(schedules.run)

    get_stats = read(_stats)

    list_idle_sessions = read(upkeep.idle)
    archive_idle_session = write(upkeep.archive_idle)
    _delete_idle_session = write(upkeep.delete_idle)

    async def delete_idle_session(self, session_id: SessionId, before: datetime) -> bool:
        """Do as `delete_session`, if the session is idle still."""
        deleted = await self._delete_idle_session(session_id, before)
        await self.finish_deletions()
        return deleted

    delete_old_events = write(upkeep.delete_old_events)
    get_log_start = read(upkeep.log_start)
    delete_old_keys = write(upkeep.delete_old_keys)
    delete_expired_links = write(upkeep.delete_expired_links)

    async def rebuild(self) -> tuple[int, int]:
        try:
            return await self._in_its_place(room.rebuild)
        except sqlite3.Error as exc:
            raise self._health.refusal(exc) from exc

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

    async def list_memory_hits(
        self, by: Actor, project_id: str, query: str, limit: int, where: SearchFilter = EVERYWHERE, offset: int = 0
    ) -> tuple[MemoryHit, ...]:
        """Search, after the index was brought up to date."""
        await self._index_a_while()
        return await self._list_memory_hits(by, project_id, query, limit, where, offset)

    async def add_copy(self, file: Path, copying: Show, checking: Show) -> Contents:
        async with self._aside() as connection:
            return await backups.add_copy(connection, file, copying, checking)

    async def check_integrity(self, full: bool) -> Integrity:
        """Look through the file, and remember what was found."""
        async with self._aside() as connection:
            found = await backups.check_integrity(connection, full)
        self._health.note_check(found)
        return found

    async def look_after_crash(self, unclean: bool) -> None:
        """Look through a file that was not closed, beside the work: one that is small was looked at already."""
        if not unclean:
            return
        with suppress(StorageFailed):  # the log and the status tell it
            stats = await self.get_stats()
            turns = stats.turns_queued + stats.turns_running
            log.warning("the daemon did not end properly the last time: turns that are taken up again: %d", turns)
            if stats.bytes > QUICK_CHECK_BYTES:
                await self.check_integrity(full=False)

    async def _index_a_while(self) -> None:
        """Bring the index up to date, unless that takes so long that an answer without the rest is better."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_INDEX_SECONDS):
                while await self._catch_up():
                    pass


@asynccontextmanager
async def open_sqlite(
    path: Path, readers: int, publish: Publish, quotas: Quotas = NO_QUOTAS
) -> AsyncIterator[SqliteStore]:
    """Open the database, made where there is none; raise a `StartError` that says why if it cannot be used."""
    with locked(path) as lock:
        with suppress(OSError):  # it is in nobody's way
            drop_unfinished(path)
        is_new, unclean = is_missing(path), is_unclean(path)
        connections: list[Connection] = []
        try:
            with explained(path):
                connections.append(await connect(path, create=is_new))
                await connections[0].run(lambda connection: prepare(connection, path))
                for _ in range(readers + 1):
                    connections.append(await connect(path, read_only=True))
                position = await connections[0].run(events.last_position)
            writer, spare, *others = connections
            store = SqliteStore(Place(path, lock), writer, others, spare, publish, position)
            store.quotas = quotas
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(store.run(room.idle_work(path, fulltext.index_some)), name="store writer")
                cutter = tasks.create_task(room.keep_log_short(connections[0], path), name="write-ahead log")
                look = tasks.create_task(store.look_after_crash(unclean), name="integrity after a crash")
                try:
                    with suppress(StorageFailed):  # what can be read is served, and the status tells it
                        await store.drop_unfinished_forks()
                    yield store
                finally:
                    look.cancel()
                    cutter.cancel()
                    store.close()
        finally:
            for connection in reversed(connections):
                await connection.close()

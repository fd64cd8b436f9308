"""The connections: one that writes, in group commits; several that only read; and what SQLite's errors mean.

Whatever waits to be written goes into one transaction and one fsync, and each caller is answered after it. Each verb
runs as one function inside SQLite's thread, so that a commit costs one hop between threads and not one a statement.
Only the writer checkpoints: SQLite before 3.51.3 can corrupt a database when another connection does.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar, get_type_hints
from urllib.parse import quote

import aiosqlite
from pydantic import TypeAdapter

from segue.errors import IdempotencyConflict, Stopping
from segued import metrics
from segued.store.base import NO_QUOTAS, Actor, Commit, Once, Publish
from segued.store.sqlite.faults import Health, Place, forget, is_lost, translate, write_nothing
from segued.store.sqlite.transaction import Audiences, Batch, Transaction, new_id

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

_SECRET = ""  # stands for an answer that is not kept
_BATCH = 512  # verbs in one transaction, at most
_PROBE_SECONDS = 1.0  # between two looks whether the disk takes writes again
_SLOW_SECONDS = 1.0  # a read or a commit that takes longer is told in the log
_IDLE_SECONDS = 0.25  # without a write for so long, the writer has time for other things
_LOOK_SECONDS = 3.0  # between two looks whether the file is where it was, while nobody writes
LOG_BYTES = 4 * 1024 * 1024  # what the write-ahead log is cut to when it begins anew
_AUDIENCES = 10_000  # sessions and projects whose members are remembered


class Connection(aiosqlite.Connection):
    """An aiosqlite connection that runs a whole function in its thread."""

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await self._execute(work, self._conn)  # type: ignore[no-any-return, no-untyped-call]


async def connect(path: Path, *, read_only: bool = False, create: bool = False) -> Connection:
    """Open the database file. Readers cannot write and never checkpoint. Where there is none, none is made unless that
    was asked for: SQLite would delete a log that lies beside an empty file."""

    def connector() -> sqlite3.Connection:
        uri = f"file:{quote(str(path.absolute()))}?mode={'rwc' if create else 'rw'}"
        return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=10.0)

    def set_up(connection: sqlite3.Connection) -> None:
        connection.row_factory = sqlite3.Row
        if read_only:
            connection.execute("PRAGMA query_only = ON")
            connection.execute("PRAGMA wal_autocheckpoint = 0")
            # It finds the log at its first look, and then never again: should the file be moved, it reads on.
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        else:
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute(f"PRAGMA journal_size_limit = {LOG_BYTES}")
            connection.create_function("new_id", 0, new_id)
        connection.execute("PRAGMA temp_store = MEMORY")

    connection = Connection(connector, iter_chunk_size=64)
    await connection
    try:
        await connection.run(set_up)
    except BaseException:
        await connection.close()
        raise
    return connection


@dataclass(slots=True)
class _Work:
    """A verb that waits to be written, and who waits for it."""

    verb: Callable[..., Any]
    answer_type: TypeAdapter[Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    done: asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = None
    commits: list[Commit] = field(default_factory=list)

    @property
    def actor(self) -> Actor | None:
        return self.args[0] if self.args and isinstance(self.args[0], Actor) else None


def write(
    verb: Callable[Concatenate[Transaction, P], T],
) -> Callable[Concatenate[Connections, P], Coroutine[Any, Any, T]]:
    """Make a store verb of a function that writes."""
    answer_type = TypeAdapter[Any](get_type_hints(verb)["return"])

    @wraps(verb)
    async def method(self: Connections, /, *args: P.args, **kwargs: P.kwargs) -> T:
        if self._closing:
            raise Stopping("the daemon is stopping: try again in a moment", retry_after=2)
        work = _Work(verb, answer_type, args, kwargs, asyncio.get_running_loop().create_future())
        self._waiting.append(work)
        self._wake.set()
        result: T = await work.done
        return result

    return method


def read(
    verb: Callable[Concatenate[sqlite3.Connection, P], T],
) -> Callable[Concatenate[Connections, P], Coroutine[Any, Any, T]]:
    """Make a store verb of a function that reads, in one consistent view."""

    @wraps(verb)
    async def method(self: Connections, /, *args: P.args, **kwargs: P.kwargs) -> T:
        def work(connection: sqlite3.Connection) -> T:
            connection.execute("BEGIN")
            try:
                return verb(connection, *args, **kwargs)
            finally:
                connection.execute("COMMIT")

        async with self._reader() as connection:
            began = time.monotonic()
            try:
                return await connection.run(work)
            except sqlite3.Error as exc:
                raise self._health.refusal(exc) from exc
            finally:
                _note_slow("read", time.monotonic() - began, verb)

    return method


class Connections:
    """The open database: verbs are attached to a subclass with `read` and `write`."""

    def __init__(
        self,
        place: Place,
        writer: Connection,
        readers: list[Connection],
        spare: Connection,
        publish: Publish,
        position: int,
    ) -> None:
        self._place = place
        self._writer = writer
        self._spare = spare  # open already when it is needed: by its path the file may not be found any more
        self._spare_is_free = asyncio.Lock()
        self._free = asyncio.Queue[Connection]()
        for reader in readers:
            self._free.put_nowait(reader)
        self._publish = publish
        self._waiting: deque[_Work] = deque()
        self._wake = asyncio.Event()
        self._closing = False
        self._audiences = Audiences()
        self._position = position  # of the last event in the whole log
        self.quotas = NO_QUOTAS
        self._health = Health()

    @property
    def healthy(self) -> bool:
        return self._health.refusing is None

    @property
    def trouble(self) -> str | None:
        return self._health.refusing or self._health.damage

    @asynccontextmanager
    async def _reader(self) -> AsyncIterator[Connection]:
        connection = await self._free.get()
        try:
            yield connection
        finally:
            self._free.put_nowait(connection)

    @asynccontextmanager
    async def _aside(self) -> AsyncIterator[Connection]:
        """Give, to one after the other, the connection for what takes long; what runs is interrupted at the end."""
        async with self._spare_is_free:
            await self._spare.run(forget)
            try:
                yield self._spare
            finally:
                await self._spare.interrupt()

    def close(self) -> None:
        """Refuse further writes; `run` returns once those that wait are on disk."""
        self._closing = True
        self._wake.set()

    async def run(self, when_idle: Callable[[sqlite3.Connection], bool]) -> None:
        """Write what waits, commit by commit, until closed. `when_idle` does a little work and says if more is left."""
        idle_work = True
        while self._waiting or not self._closing:
            if not self._waiting:
                self._wake.clear()
                if not self.healthy:
                    if not await self._woken(_PROBE_SECONDS):
                        await self._probe(write_nothing)
                        idle_work = True
                elif not await self._woken(_IDLE_SECONDS if idle_work else _LOOK_SECONDS):
                    if idle_work:
                        idle_work = await self._in_idle_time(when_idle)
                    else:
                        await self._probe(lambda connection: None)
                continue
            idle_work = True
            batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), _BATCH))]
            await self._write_batch(batch)

    async def _woken(self, seconds: float) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        return self._wake.is_set()

    async def _in_idle_time(self, work: Callable[[sqlite3.Connection], bool]) -> bool:
        try:
            return await self._in_its_place(work)
        except sqlite3.Error as exc:
            if is_lost(exc):
                self._health.note_write(exc)
            else:
                log.warning("what is done in idle time was not done: %s", exc)
            return False

    async def _in_its_place(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Have the writer do it, if the file is where it was."""

        def checked(connection: sqlite3.Connection) -> T:
            self._place.check()
            return work(connection)

        return await self._writer.run(checked)

    async def _write_batch(self, batch: list[_Work]) -> None:
        began = time.monotonic()
        try:
            await self._writer.run(lambda connection: self._commit(connection, batch))
            self._health.note_write(None)
        except sqlite3.Error as exc:
            self._health.note_write(exc)
            for work in batch:
                work.error, work.commits = translate(exc), []
        seconds = time.monotonic() - began
        metrics.COMMITS.add(seconds)
        metrics.WRITES.add(by=len(batch))
        _note_slow("commit", seconds, *(work.verb for work in batch))
        self._publish([commit for work in batch for commit in work.commits])
        for work in batch:
            if work.done.done():  # the caller has gone; what was asked for is done all the same
                continue
            if work.error is not None:
                work.done.set_exception(work.error)
            else:
                work.done.set_result(work.result)

    async def _probe(self, work: Callable[[sqlite3.Connection], None]) -> None:
        """See how the disk is where nobody writes: nobody may, to a daemon that says that it is not ready."""
        try:
            await self._in_its_place(work)
            self._health.note_write(None)
        except sqlite3.Error as exc:
            self._health.note_write(exc)

    def _commit(self, connection: sqlite3.Connection, batch: list[_Work]) -> None:
        """Run the batch in one transaction. In SQLite's thread."""
        self._place.check()
        if len(self._audiences) > _AUDIENCES:
            self._audiences.clear()
        left = batch
        while (failed := self._try(connection, left)) is not None:
            left = [work for work in left if work is not failed]

    def _try(self, connection: sqlite3.Connection, works: list[_Work]) -> _Work | None:
        """Commit the works; or roll them back and return the one that failed after it wrote something.

        Verbs check before they write, so this is rare, and cheaper than a savepoint for each.
        """
        connection.execute("BEGIN IMMEDIATE")
        try:
            batch = Batch(connection, self._audiences, self._position, self.quotas)
            for work in works:
                before = batch.changes
                transaction = Transaction(batch)
                work.error, work.commits = None, transaction.commits
                try:
                    work.result = _once(transaction, work)
                except Exception as exc:
                    if not connection.in_transaction:  # SQLite gave up all of it (disk full, I/O error)
                        raise
                    work.error, work.commits = self._health.refusal(exc) if isinstance(exc, sqlite3.Error) else exc, []
                    if batch.changes != before:
                        self._roll_back(connection)
                        return work
            batch.flush()
            connection.execute("COMMIT")
            self._position = batch.position
        except BaseException:
            self._roll_back(connection)
            raise
        return None

    def _roll_back(self, connection: sqlite3.Connection) -> None:
        self._audiences.clear()
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _note_slow(kind: str, seconds: float, *verbs: Callable[..., Any]) -> None:
    """Say so where the database took its time: the disk is busy, or a query wants an index."""
    if seconds > _SLOW_SECONDS:
        metrics.SLOW_QUERIES.add(kind)
        names = sorted({f"{verb.__module__.rpartition('.')[2]}.{verb.__name__}" for verb in verbs})
        log.warning("a %s took %.1f s: %s", kind, seconds, ", ".join(names))


def _once(transaction: Transaction, work: _Work) -> Any:
    """Run the verb, or give the answer again that its key got the first time."""
    actor = work.actor
    if actor is None or actor.once is None:
        return work.verb(transaction, *work.args, **work.kwargs)
    once, batch, user_id = actor.once, transaction.batch, actor.user_id or ""
    known = (
        batch.keys.get((user_id, once.key))
        or batch.connection.execute(
            "SELECT fingerprint, answer FROM keys WHERE user_id = ? AND key = ?", (user_id, once.key)
        ).fetchone()
    )
    if known:
        return work.answer_type.validate_json(_answer(known, once))
    result = work.verb(transaction, *work.args, **work.kwargs)
    answer = _SECRET if once.secret else work.answer_type.dump_json(result).decode()
    first = result[0] if isinstance(result, tuple) and result else result
    session_id = getattr(first, "session_id", None)
    batch.keys[user_id, once.key] = (once.fingerprint, answer, session_id, transaction.now)
    return result


def _answer(known: Sequence[Any], once: Once) -> str:
    """Return the answer that the key got, if it was for the same request."""
    fingerprint, answer, *_ = known
    if fingerprint != once.fingerprint:
        raise IdempotencyConflict(
            f"the Idempotency-Key '{once.key}' was used for another request: use a new key for each new request"
        )
    if answer == _SECRET:
        raise IdempotencyConflict(
            f"that was done already under the Idempotency-Key '{once.key}', and the secret was in that answer only:"
            " take back what was made then, or rotate it if it is a token, and ask again with a new key"
        )
    return str(answer)

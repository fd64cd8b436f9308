"""From a file to sessions: first it is read to its end, so that a broken one changes nothing; then it is read again and
stored, some messages at a time. What was stored stays when that fails in the middle: the same file again goes on
there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from segue.errors import Invalid, SessionNotFound
from segue.models import CreateSession, ImportQuery, ImportStep, Reply
from segued import clock
from segued.imports.base import Begun, Changed, Happened, Item, LeftOut, Said
from segued.imports.feed import Feed
from segued.imports.opening import READERS, opened
from segued.imports.own import problem, session_of
from segued.imports.spool import spool, spool_file
from segued.imports.tally import Tally
from segued.store.base import Actor, ImportedEntry, ImportedMessage, Origin, Store

_ATTACHMENT_BYTES = 32 * 1024 * 1024  # that one message may carry

ReplyOf = Callable[[Actor, CreateSession], Reply]
"""Tells when a new session is answered; raises `Invalid` if it names an agent or a model that there is not."""


@dataclass(frozen=True)
class Limits:
    """`item_bytes`: of an item beside a message. `folder` is where an archive is unpacked, into a file without a
    name."""

    message_bytes: int
    item_bytes: int
    file_bytes: int
    folder: Path


async def bring_in(
    store: Store, by: Actor, pieces: AsyncIterator[bytes], asked: ImportQuery, limits: Limits, reply_of: ReplyOf
) -> AsyncGenerator[ImportStep, None]:
    """Yield how far it is, and at last the report. A file that cannot be read raises `BadRequest`, `Invalid` or
    `TooLarge` before anything is stored."""
    if asked.session_id is not None:
        await store.get_session(by, asked.session_id)
    wanted = None if asked.format == "auto" else asked.format
    # Twice: an item is written as a string, with each quote in it escaped.
    most = max(_ATTACHMENT_BYTES, 2 * limits.item_bytes) + 2 * limits.message_bytes
    with ExitStack() as stack:
        file = stack.enter_context(spool_file(limits.folder))
        await spool(pieces, file, limits.file_bytes)
        opening = opened(file, wanted, asked.name, most, limits.file_bytes, limits.folder)
        form, source = await asyncio.to_thread(stack.enter_context, opening)
        feed, tally = Feed(READERS[form], source, limits.message_bytes, limits.item_bytes), Tally(form)
        async for items in feed.portions():
            for item in items:
                tally.found(item)
            yield ImportStep(progress=feed.progress(checking=True))
        _check(asked, tally)
        if not asked.dry_run:
            feed, tally = Feed(READERS[form], source, limits.message_bytes, limits.item_bytes), Tally(form)
            writer = _Writer(store, by, asked, reply_of, tally)
            async for items in feed.portions():
                await writer.take(items)
                yield ImportStep(progress=feed.progress(checking=False))
        yield ImportStep(report=tally.report(asked.dry_run))


def _check(asked: ImportQuery, tally: Tally) -> None:
    if tally.conversations == 0:
        raise Invalid(f"there is nothing in it to be brought in{': ' if tally.reasons else ''}{tally.reasons}")
    if tally.conversations > 1 and (asked.session_id or asked.title):
        field = "session_id" if asked.session_id else "title"
        raise Invalid(
            f"{field} is for a file with one conversation, and this one has {tally.conversations}: leave it out",
            field=field,
        )


@dataclass
class _Batch:
    """What waits to be stored of one conversation; `origin` is settled with the first message or entry."""

    begun: Begun
    origin: Origin | None = None
    messages: list[ImportedMessage] = field(default_factory=list)
    entries: list[ImportedEntry] = field(default_factory=list)


class _Writer:
    """Stores portions of items: a verb for each conversation in it, all of them with one commit."""

    def __init__(self, store: Store, by: Actor, asked: ImportQuery, reply_of: ReplyOf, tally: Tally) -> None:
        self._store = store
        self._by = by
        self._asked = asked
        self._reply_of = reply_of
        self._tally = tally
        self._batches: list[_Batch] = []  # the last one is still being filled
        self._skipping = False

    async def take(self, items: list[Item]) -> None:
        """Store what there is in the items."""
        for item in items:
            if isinstance(item, Begun):
                self._skipping = await self._is_present(item)
            if self._skipping:
                continue
            match item:
                case Begun():
                    self._batches.append(_Batch(item))
                    if item.whole:
                        self._settle(item.at or clock.utc())
                case Said(at=datetime() as at):
                    self._settle(at).messages.append(_message(item, at))
                case Happened(at=datetime() as at):
                    self._settle(at).entries.append(ImportedEntry(item.id, item.entry, at, item.actor))
                case LeftOut() | Changed():
                    self._tally.remark(item)
        await self._store_all()

    async def _is_present(self, begun: Begun) -> bool:
        """Whether it is to be left out because the session that it was taken out of is here."""
        session_id = session_of(begun)
        if session_id is None or not self._asked.skip_present or self._asked.session_id is not None:
            return False
        try:
            await self._store.get_session(self._by, session_id)
        except SessionNotFound:
            return False
        self._tally.present += 1
        return True

    async def _store_all(self) -> None:
        batches = [(batch, batch.origin) for batch in self._batches if batch.origin is not None]
        verbs = [
            self._store.add_imported(self._by, origin, tuple(batch.messages), tuple(batch.entries))
            for batch, origin in batches
        ]
        results = await asyncio.gather(*verbs, return_exceptions=True)
        for (batch, _), done in zip(batches, results, strict=True):
            if isinstance(done, BaseException):
                raise done
            if done.project_dropped:
                where = f"“{batch.begun.title[:50]}”"
                self._tally.remark(Changed(where, "it comes without its project, which is somebody else's here"))
            self._tally.begin(batch.begun)
            self._tally.stored(done)
        self._batches = [_Batch(batch.begun, batch.origin) for batch in self._batches[-1:]]

    def _settle(self, at: datetime) -> _Batch:
        """Return what the conversation's next part goes into, whose time is `at`; with its session settled."""
        batch = self._batches[-1]
        if batch.origin is None:
            begun = batch.begun
            new, reply = self._session(begun)
            batch.origin = Origin(
                begun.origin,
                new,
                reply,
                begun.at or at,
                pinned=bool(begun.fields.get("pinned")),
                archived=bool(begun.fields.get("archived")),
                into=self._asked.session_id,
                projects_own=self._asked.project_id is None,
            )
        return batch

    def _session(self, begun: Begun) -> tuple[CreateSession, Reply]:
        """Return what a new session is to be like; without what it says of agents if there are none like that here."""
        own = {"title": self._asked.title, "project_id": self._asked.project_id}
        fields = {name: value for name, value in begun.fields.items() if name in CreateSession.model_fields}
        fields |= {"title": begun.title} | {name: value for name, value in own.items() if value is not None}
        try:
            new = CreateSession.model_validate(fields)
            return new, self._reply_of(self._by, new)
        except (ValidationError, Invalid) as exc:
            why = problem(exc) if isinstance(exc, ValidationError) else exc.message
            self._tally.remark(Changed(f"“{begun.title[:50]}”", f"its session is like a new one here: {why}"))
        new = CreateSession(title=fields["title"], project_id=self._asked.project_id)
        return new, self._reply_of(self._by, new)


def _message(said: Said, at: datetime) -> ImportedMessage:
    return ImportedMessage(
        said.id,
        said.role,
        said.sender,
        said.text,
        at,
        said.edited_at,
        said.images,
        said.documents,
        said.fields,
        said.kept,
    )

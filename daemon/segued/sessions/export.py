"""A session on its way out, page by page: as JSON for programs, as Markdown for people."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime

from segue.models import Attachment, ContextEntry, ExportedMessage, Message, Session, SessionExport, SessionId
from segued import clock
from segued.store.base import Actor, Store

_PAGE = 50  # messages read and encoded at once: each may be a mebibyte
_LONGEST_ADDRESS = 500  # characters; an image may hold itself in a data: URL

_MARKS = re.compile(r"([\\`*_\[\]<>#|])")


class _Pages:
    """The messages and the context of a session as they were when the export began: what comes later is left out."""

    def __init__(self, store: Store, by: Actor, session: Session) -> None:
        self._store = store
        self._by = by
        self._session = session

    async def messages(self) -> AsyncIterator[Sequence[ExportedMessage]]:
        after = 0
        while page := await self._store.list_exported(self._by, self._session.id, _PAGE, after):
            if known := [message for message in page if message.seq <= self._session.last_seq]:
                yield known
            if len(known) < len(page):
                return
            after = page[-1].seq

    async def context(self) -> AsyncIterator[Sequence[ContextEntry]]:
        after: int | None = 0
        while after is not None:
            page = await self._store.list_context(self._by, self._session.id, after, _PAGE)
            if known := [entry for entry in page if entry.seq <= self._session.last_seq]:
                yield known
            after = page[-1].seq if len(page) == len(known) == _PAGE else None


async def as_json(store: Store, by: Actor, session_id: SessionId) -> AsyncIterator[bytes]:
    """Yield a `SessionExport` piece by piece. Raises `SessionNotFound` before the first."""
    session = await store.get_session(by, session_id)
    pages = _Pages(store, by, session)
    head = SessionExport(exported_at=clock.utc(), session=session).model_dump_json().encode()
    yield head.removesuffix(b'],"context":[]}')
    comma = b""
    async for messages in pages.messages():
        yield comma + b",".join(map(_as_json, messages))
        comma = b","
    yield b'],"context":['
    comma = b""
    async for entries in pages.context():
        yield comma + b",".join(entry.model_dump_json().encode() for entry in entries)
        comma = b","
    yield b"]}"


def _as_json(message: ExportedMessage) -> bytes:
    return message.model_dump_json(exclude={"item"} if message.item is None else None).encode()


async def as_markdown(store: Store, by: Actor, session_id: SessionId) -> AsyncIterator[bytes]:
    """Yield the session as a text to be read, piece by piece. Raises `SessionNotFound` before the first."""
    session = await store.get_session(by, session_id)
    pages = _Pages(store, by, session)
    yield _heading(session).encode()
    async for messages in pages.messages():
        yield "".join(map(_message, messages)).encode()
    kinds: tuple[tuple[str, Callable[[ContextEntry], str]], ...] = (
        ("Decisions", lambda entry: _inline(entry.decision or "")),
        ("Files", _file),
        ("Searches", lambda entry: _inline(entry.search_query or "")),
        ("Memories", lambda entry: _inline(entry.memory_key or entry.memory_id or "")),
    )
    for title, show in kinds:
        heading = f"\n## {title}\n\n"
        async for entries in pages.context():
            lines = [f"- {_when(entry.timestamp)} {text}\n" for entry in entries if (text := show(entry))]
            if lines:
                yield (heading + "".join(lines)).encode()
                heading = ""


def _heading(session: Session) -> str:
    people = ", ".join(f"{_plain(member.name)} ({member.role})" for member in session.members)
    facts = {
        "Session": session.id,
        "Project": _plain(session.project_id or ""),
        "Agent": _plain(session.agent_name),
        "People": people,
        "Begun": _when(session.created_at),
        "Exported": _when(clock.utc()),
    }
    lines = "".join(f"- {name}: {value}\n" for name, value in facts.items() if value)
    return f"# {_plain(session.title)}\n\n{lines}"


def _message(message: Message) -> str:
    remark = "" if message.status == "complete" else f" · {message.status}"
    edited = " · edited" if message.edited_at else ""
    attached = "".join(
        f"- {kind}: {_address(thing)}\n"
        for kind, things in (("image", message.images), ("document", message.documents))
        for thing in things
    )
    text = f"{message.content}\n" if message.content else ""
    heading = f"**{_plain(message.sender)}** · {message.role} · {_when(message.created_at)}{remark}{edited}"
    return "\n".join(part for part in (f"\n---\n\n{heading}\n", text, attached) if part)


def _file(entry: ContextEntry) -> str:
    if entry.file_path is None:
        return ""
    importance = f" (importance {entry.file_importance:g})" if entry.file_importance is not None else ""
    return _inline(entry.file_path) + importance


def _address(attachment: Attachment) -> str:
    """Return where the attachment is, or what it is called."""
    if isinstance(attachment, str):
        return _shortened(attachment)
    named = (attachment.get(key) for key in ("name", "filename", "title", "url"))
    return _shortened(next((value for value in named if isinstance(value, str) and value), "unnamed"))


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_ADDRESS else f"{text[:40]}… ({len(text)} characters)"


def _inline(text: str) -> str:
    return " ".join(text.split())


def _plain(text: str) -> str:
    """Return a name without the effect that Markdown would see in it."""
    return _MARKS.sub(r"\\\1", _inline(text))


def _when(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"

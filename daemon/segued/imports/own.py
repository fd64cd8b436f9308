"""What `segue export` writes: one session, or several in an array or one behind the other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pydantic import AwareDatetime, ValidationError, field_validator

from segue.errors import Invalid
from segue.models import AddContext, Attachment, MessageStatus, Model, Reply, Role, SessionId, ToolUse
from segued import items
from segued.imports.base import Begun, Happened, Item, LeftOut, Said, Source
from segued.imports.json_reader import TOO_LONG, JsonReader, TooLong

_FORMAT = "segue-session/1"
_ORIGIN = "segue/"
_SMALL = 1024 * 1024  # bytes of a session without its messages


class _Session(Model):
    """What is taken of an exported session."""

    id: str
    title: str
    created_at: AwareDatetime
    agent_name: str = "chat"
    model_id: str | None = None
    reply: Reply | None = None
    project_id: str | None = None
    tool_id: str | None = None
    workspace_path: str | None = None
    pinned: bool = False
    archived: bool = False


class _Message(Model):
    id: str
    role: Role
    sender: str
    content: str
    token_count: int | None = None
    model_id: str | None = None
    agent_name: str | None = None
    response_time_ms: int | None = None
    is_error: bool = False
    status: MessageStatus = "complete"
    created_at: AwareDatetime | None = None
    edited_at: AwareDatetime | None = None
    tool_call: ToolUse | None = None
    images: tuple[Attachment, ...] = ()
    documents: tuple[Attachment, ...] = ()
    item: tuple[str, items.Value] | None = None

    @field_validator("model_id", "agent_name", "tool_call", "images", "documents", mode="before")
    @classmethod
    def _whole(cls, given: Any) -> Any:
        _check_whole(given)
        return given

    @field_validator("item", mode="before")
    @classmethod
    def _parsed(cls, given: Any) -> tuple[str, items.Value] | None:
        if given is None:
            return None
        if not isinstance(given, str):
            raise ValueError("it must be a string that holds a JSON object")
        _check_whole(given)
        return given, items.object_of(given)


class _Entry(Model):
    seq: int
    actor: str
    timestamp: AwareDatetime | None = None


_KNOWN = frozenset({"id", "role", "sender", "content", "created_at", "edited_at", "images", "documents", "item"})


def _check_whole(given: Any) -> None:
    """Refuse what can be read from JSON and not be written as JSON again."""
    try:
        json.dumps(given, ensure_ascii=False, allow_nan=False).encode()
    except ValueError as exc:
        raise ValueError("it holds half a character, or a number that is none") from exc


def read(source: Source) -> Iterator[Item]:
    reader = JsonReader(source.file)
    while first := reader.peek():
        for _ in reader.elements() if first == b"[" else (1,):
            yield from _session(reader, source.most_bytes)


def _session(reader: JsonReader, most_bytes: int) -> Iterator[Item]:
    begun: Begun | None = None
    waiting: list[tuple[str, int]] = []  # what stands before the session it belongs to, and where
    for key in reader.fields():
        if key == "format":
            _check(reader.value(_SMALL))
        elif key == "session":
            yield (begun := _begun(reader.value(_SMALL)))
        elif key not in ("messages", "context"):
            reader.skip()
        elif begun is None:
            waiting.append((key, reader.position))
            reader.skip()
        else:
            yield from _contents(reader, key, begun.title, most_bytes)
    if begun is None:
        raise Invalid(f"an object before byte {reader.position} is no session that Segue wrote: it has no 'session'")
    end = reader.position
    for key, position in waiting:
        reader.seek(position)
        yield from _contents(reader, key, begun.title, most_bytes)
    reader.seek(end)


def _check(form: Any) -> None:
    if form != _FORMAT:
        hint = ": bring it in with `segue memory import`" if str(form).startswith("segue-memories/") else ""
        raise Invalid(f"this is of the format '{str(form)[:50]}', and '{_FORMAT}' is what can be read{hint}")


def _begun(fields: Any) -> Begun:
    try:
        session = _Session.model_validate(fields)
    except ValidationError as exc:
        raise Invalid(f"the session in it cannot be read: {problem(exc)}") from exc
    more = session.model_dump(exclude={"id", "title", "created_at"})
    return Begun(f"{_ORIGIN}{session.id}", session.title, session.created_at, more, whole=True)


def session_of(begun: Begun) -> SessionId | None:
    """Return the session that it was taken out of; None where it comes from elsewhere."""
    return SessionId(begun.origin.removeprefix(_ORIGIN)) if begun.origin.startswith(_ORIGIN) else None


def _contents(reader: JsonReader, key: str, title: str, most_bytes: int) -> Iterator[Item]:
    build, what = (_said, "message") if key == "messages" else (_happened, "entry of the context")
    for number in reader.elements():
        where = f"“{title[:50]}”, {what} {number}"
        try:
            yield build(where, reader.value(most_bytes))
        except TooLong:
            yield LeftOut(where, TOO_LONG)
        except ValidationError as exc:
            yield LeftOut(where, f"it is no {what}: {problem(exc)}")


def _said(where: str, fields: Any) -> Said:
    message = _Message.model_validate(fields)
    return Said(
        where,
        message.id,
        message.role,
        message.sender,
        message.content,
        message.created_at,
        message.edited_at,
        message.images,
        message.documents,
        {name: value for name, value in message if name not in _KNOWN},
        items.kept(*message.item, message.role, message.content) if message.item else None,
    )


def _happened(where: str, fields: Any) -> Happened:
    entry = _Entry.model_validate(fields)
    addition = {name: fields.get(name) for name in AddContext.model_fields}
    return Happened(where, f"context {entry.seq}", AddContext.model_validate(addition), entry.timestamp, entry.actor)


def problem(exc: ValidationError) -> str:
    """Return what is wrong first."""
    error = exc.errors(include_url=False, include_input=False, include_context=False)[0]
    field = ".".join(str(part) for part in error["loc"])
    message = error["msg"].removeprefix("Value error, ")
    return f"{field}: {message}" if field else message

"""What is read from a file of any format: conversations, what was said in them, what was left out and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO

from segue.models import AddContext, Attachment, Role


@dataclass(frozen=True)
class Source:
    """A file that can be sought in, as often as one likes, and what it is called. `most_bytes`: of one value in it that
    is to be held."""

    file: BinaryIO
    name: str
    most_bytes: int


@dataclass(frozen=True)
class Begun:
    """A conversation: what follows was said in it. `origin` is what it is called where it comes from; `fields` are
    those of its session besides. One that is `whole` is a session even if nothing was said in it."""

    origin: str
    title: str
    at: datetime | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    whole: bool = False


@dataclass(frozen=True)
class Said:
    """A message. `where` in the file it is, for people; `id` is what it is called where it comes from. Without a
    `sender`, it is of whoever brings it in. `fields` are those of the message besides; `kept` is what is kept beside it
    of the item that it shows."""

    where: str
    id: str
    role: Role
    sender: str | None
    text: str
    at: datetime | None
    edited_at: datetime | None = None
    images: tuple[Attachment, ...] = ()
    documents: tuple[Attachment, ...] = ()
    fields: dict[str, Any] = field(default_factory=dict)
    kept: str | None = None


@dataclass(frozen=True)
class Happened:
    """An entry of the context."""

    where: str
    id: str
    entry: AddContext
    at: datetime | None
    actor: str


@dataclass(frozen=True)
class LeftOut:
    """Something that is not brought in."""

    where: str
    reason: str


@dataclass(frozen=True)
class Changed:
    """Something that is brought in, and not as it is."""

    where: str
    reason: str


Item = Begun | Said | Happened | LeftOut | Changed
Read = Callable[[Source], Iterator[Item]]
"""Reads a file of one format from its beginning, item by item. Raises `BadRequest` or `Invalid` where it is broken."""

"""What every format has in common: no message is too long, each has a time and a name that a session takes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from segued.imports.base import Begun, Changed, Happened, Item, LeftOut, Said
from segued.imports.json_reader import TOO_LONG

_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")
_HALF = re.compile(r"[\ud800-\udfff]")
_LONGEST_NAME, _LONGEST_TITLE = 200, 500


def sifted(items: Iterable[Item], most_bytes: int, most_kept_bytes: int, now: datetime) -> Iterator[Item]:
    """Yield the items as they are to be brought in; what was made of others is told before them. A text may have
    `most_bytes`, and what is kept beside it `most_kept_bytes`."""
    last: datetime | None = None
    latest = now + timedelta(days=1)
    for item in items:
        if isinstance(item, Begun):
            last = item.at if _is_time(item.at, latest) else None
            yield replace(item, title=_name(item.title, _LONGEST_TITLE), at=last)
        elif isinstance(item, Said | Happened):
            if isinstance(item, Said) and (
                _is_too_long(item.text, most_bytes) or _is_too_long(item.kept or "", most_kept_bytes)
            ):
                yield LeftOut(item.where, TOO_LONG)
                continue
            at = item.at if _is_time(item.at, latest) else last or now
            if at != item.at:
                missing = "it has no time" if item.at is None else "its time cannot be right"
                yield Changed(item.where, f"{missing}: it was given that of the message before")
            last = at
            yield _cleaned(item if at == item.at else replace(item, at=at), latest)
        else:
            yield item


def _cleaned(item: Said | Happened, latest: datetime) -> Said | Happened:
    if isinstance(item, Happened):
        return replace(item, actor=_name(item.actor, _LONGEST_NAME))
    changes: dict[str, Any] = {}
    if item.sender is not None and (sender := _name(item.sender, _LONGEST_NAME)) != item.sender:
        changes["sender"] = sender
    if item.edited_at is not None and not _is_time(item.edited_at, latest):
        changes["edited_at"] = None
    if _HALF.search(item.text):
        changes["text"] = _HALF.sub("\ufffd", item.text)
    return replace(item, **changes) if changes else item


def _is_too_long(text: str, most_bytes: int) -> bool:
    return len(text) * 4 > most_bytes and len(text.encode(errors="replace")) > most_bytes


def _is_time(at: datetime | None, latest: datetime) -> bool:
    return at is not None and _EARLIEST <= at <= latest


def _name(text: str, longest: int) -> str:
    return _CONTROL.sub(" ", text)[:longest] or "(no name)"

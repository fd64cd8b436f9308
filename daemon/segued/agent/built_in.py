"""The tools that need no server: what was said and is remembered, which sessions there are, what time it is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from segue.errors import SegueError
from segue.models import SessionId, SessionSummary
from segued.agent.base import Notebook, Search
from segued.tools import BUILT_IN, Outcome, Tool

Related = Callable[[], Awaitable[Sequence[SessionSummary]]]
Do = Callable[[Mapping[str, Any]], Awaitable[str]]

_LONGEST_VALUE = 4000  # characters of a memory that are shown
_LONGEST_TITLE = 100


@dataclass(frozen=True)
class BuiltIn:
    """A tool that is a function of the daemon's own."""

    name: str
    description: str
    parameters: Mapping[str, Any]
    read_only: bool
    do: Do
    server: ClassVar[str] = BUILT_IN
    asks: ClassVar[bool] = False

    async def call(self, arguments: Mapping[str, Any], session_id: SessionId) -> Outcome:
        for name in self.parameters["required"]:
            if not isinstance(value := arguments.get(name), str) or not value.strip():
                return Outcome(f"Give {name!r}, as a text that is not empty.", failed=True)
        try:
            return Outcome(await self.do(arguments))
        except SegueError as exc:
            return Outcome(exc.message, failed=True)


def built_in_tools(search: Search, notebook: Notebook | None, related: Related | None) -> Iterator[Tool]:
    """Yield the tools for a session: those about memories only where it belongs to a project, those about other
    sessions only where nobody else reads what is said of them."""
    yield BuiltIn(
        "search",
        "Search what was said before, here and in the other conversations that everybody who reads the answer may see."
        " Gives the best matches with who said it and when.",
        texts(query="A few words to look for."),
        True,
        _Searching(search),
    )
    yield BuiltIn(
        "current_time",
        "Tell the date, the time and the day of the week.",
        texts(timezone="An IANA name, like Europe/Berlin. Without it: where the daemon runs.", required=()),
        True,
        _tell_time,
    )
    if related is not None:
        yield BuiltIn(
            "list_related_sessions",
            "List other active conversations of the same project or owner: title, who is there, what was said last.",
            texts(),
            True,
            _Listing(related),
        )
    if notebook is not None:
        yield BuiltIn(
            "recall",
            "Look up what this project remembers about something, across all of its conversations.",
            texts(about="Words that the memory may hold, or a question."),
            True,
            _Recalling(notebook),
        )
        yield BuiltIn(
            "remember",
            "Save a fact for every conversation of this project. The same key again saves the next version of it.",
            texts(
                key="A short name for it, like deploy-day.",
                value="The fact, in words that make sense without this conversation.",
            ),
            False,
            _Remembering(notebook),
        )


def texts(*, required: Sequence[str] | None = None, **described: str) -> dict[str, Any]:
    """Return the schema of an object of texts."""
    return {
        "type": "object",
        "properties": {name: {"type": "string", "description": text} for name, text in described.items()},
        "required": list(described if required is None else required),
        "additionalProperties": False,
    }


@dataclass(frozen=True)
class _Searching:
    search: Search

    async def __call__(self, arguments: Mapping[str, Any]) -> str:
        hits = await self.search(arguments["query"])
        lines = [
            f"- {hit.message.sender} in “{hit.session_title[:_LONGEST_TITLE]}”, {hit.message.created_at:%Y-%m-%d %H:%M}"
            f" UTC: {hit.snippet.replace('⟦', '').replace('⟧', '')}"
            for hit in hits
        ]
        return "\n".join(lines) or "Nothing was found: try fewer or other words."


@dataclass(frozen=True)
class _Listing:
    related: Related

    async def __call__(self, arguments: Mapping[str, Any]) -> str:
        lines = [
            f"- “{session.title[:_LONGEST_TITLE]}”, changed {session.updated_at:%Y-%m-%d %H:%M} UTC"
            f"{_attached(session)}: {session.last_message_preview or '(nothing said yet)'}"
            for session in await self.related()
        ]
        return "\n".join(lines) or "There are no other active conversations."


def _attached(session: SessionSummary) -> str:
    return f", open in {', '.join(session.attached)}" if session.attached else ""


@dataclass(frozen=True)
class _Recalling:
    notebook: Notebook

    async def __call__(self, arguments: Mapping[str, Any]) -> str:
        found = await self.notebook.recall(arguments["about"])
        await self.notebook.note_use(found)
        lines = [
            f"- {memory.key}: {memory.value[:_LONGEST_VALUE]} (by {memory.saved_by}, {memory.saved_at:%Y-%m-%d})"
            for memory in found
        ]
        return "\n".join(lines) or "Nothing is remembered about that."


@dataclass(frozen=True)
class _Remembering:
    notebook: Notebook

    async def __call__(self, arguments: Mapping[str, Any]) -> str:
        await self.notebook.remember(arguments["key"], arguments["value"])
        return f"Remembered under {arguments['key']!r}."


async def _tell_time(arguments: Mapping[str, Any]) -> str:
    name = arguments.get("timezone")
    try:
        now = datetime.now(ZoneInfo(name)) if isinstance(name, str) and name else datetime.now().astimezone()
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return f"There is no time zone {name!r}: give an IANA name, like Europe/Berlin, or none."
    return f"{now:%A}, {now.isoformat(timespec='seconds')} ({now:%Z})"

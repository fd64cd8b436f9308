"""How things are called on the screen."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from segue.tui.plain import one_line

if TYPE_CHECKING:
    from segue.models import Attached, Turn

Connection = Literal["connecting", "live", "away", "slow", "deleted", "left", "gone", "refused"]

GONE: tuple[Connection, ...] = ("deleted", "left", "gone")
CONNECTION: dict[Connection, str] = {
    "connecting": "○ connecting…",
    "live": "● live",
    "away": "○ the daemon is away, reconnecting…",
    "slow": "○ the daemon does not answer…",
    "deleted": "✗ this session was deleted",
    "left": "✗ you are no member of this session any more",
    "gone": "✗ this session was deleted, or you are no member of it any more",
    "refused": "✗ the daemon lets you in no more",
}
_INTERFACES = {"tui": "terminal", "cli": "command line", "discord": "Discord", "mcp": "MCP"}


def interface_name(interface: str) -> str:
    return _INTERFACES.get(interface) or one_line(interface)


def local_time(at: datetime) -> str:
    """Return a time on the reader's clock; the date only if that is not today."""
    local = at.astimezone()
    today = local.date() == datetime.now().astimezone().date()
    return f"{local:%H:%M}" if today else f"{local:%Y-%m-%d %H:%M}"


def local_day(at: datetime) -> str:
    """Return a day on the reader's calendar: "Saturday, 21 November 2026"."""
    local = at.astimezone()
    return f"{local:%A}, {local.day} {local:%B %Y}"


def typing(people: Iterable[tuple[str, str]]) -> str:
    """Return who writes something, by name and interface: "ada (Discord) is typing…"."""
    names = [f"{one_line(user)} ({interface_name(interface)})" for user, interface in people]
    if not names:
        return ""
    return f"{', '.join(names)} {'are' if len(names) > 1 else 'is'} typing…"


def presence(attached: Iterable[Attached]) -> str:
    """Return who is here and from where: "ada (terminal, Discord), bob (http)"."""
    places: dict[str, list[str]] = {}
    for who in attached:
        places.setdefault(one_line(who.user), []).append(interface_name(who.interface))
    return ", ".join(f"{user} ({', '.join(sorted(names))})" for user, names in sorted(places.items()))


def answer_remark(turn: Turn | None, status: str) -> str:
    """Return what happened to an answer that did not come to its end."""
    reason = _reason(turn)
    match status:
        case "failed":
            return f"✗ failed: {reason}" if reason else "✗ failed"
        case "cancelled":
            return "■ stopped here"
        case "interrupted":
            return f"■ interrupted here{f': {reason}' if reason else ''}"
    return ""


def question_remark(turn: Turn | None) -> str:
    """Return what became of the answer that a message asked for, where there is none to be seen."""
    if turn is None:
        return ""
    reason = _reason(turn)
    match turn.state:
        case "queued":
            return "… waiting for its turn"
        case "failed":
            return f"✗ no answer: {reason or 'the daemon does not say why'}"
        case "cancelled":
            return "■ stopped before an answer"
        case "interrupted":
            return f"■ interrupted before an answer{f': {reason}' if reason else ''}"
    return ""


def _reason(turn: Turn | None) -> str:
    return one_line(turn.error.message) if turn and turn.error else ""

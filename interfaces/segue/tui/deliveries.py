"""Where an answer was delivered besides the terminal: "terminal ✓ · Discord general ✓"."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from segue.tui.plain import one_line
from segue.tui.view import View
from segue.tui.words import interface_name

if TYPE_CHECKING:
    from segue.models import Message, Receipt

_LONGEST_PLACE = 24

_OUTCOMES = {"failed": "✗ failed", "retrying": "↻ retrying", "sent": "✓"}
_WORST_FIRST = list(_OUTCOMES)

Place = tuple[str, str]


def delivered_to(message: Message, view: View) -> str:
    """Return the places of an answer and what became of it there; nothing if there are none but terminals."""
    if view.snapshot is None:
        return ""
    receipts = [r for r in view.snapshot.receipts if r.message_id == message.id]
    owed = dict.fromkeys(_route(message, view), "…")
    told = {place: _outcome(r for r in receipts if (r.interface, r.place) == place) for place in _places(receipts)}
    others = [f"{_name(place)} {outcome}" for place, outcome in (owed | told).items()]
    return " · ".join([f"{interface_name('tui')} ✓", *others]) if others else ""


def _route(message: Message, view: View) -> list[Place]:
    """Return the places that the answer goes to as far as they are still bound."""
    assert view.snapshot is not None
    turn = view.turns.get(message.turn_id) if message.turn_id else None
    bound = {(b.interface, b.place) for b in view.snapshot.bindings if b.policy != "muted"}
    route = [(place.interface, place.place) for place in turn.route] if turn else []
    return [place for place in route if place in bound and place[0] != "tui"]


def _places(receipts: Iterable[Receipt]) -> list[Place]:
    return list(dict.fromkeys((r.interface, r.place) for r in receipts))


def _outcome(receipts: Iterable[Receipt]) -> str:
    """Return what became of the parts at one place: the worst of it."""
    for receipt in sorted(receipts, key=lambda r: ("failed", "retrying", "sent").index(r.state)):
        reason = f" ({one_line(receipt.reason)})" if receipt.reason else ""
        return (
            "✓" if receipt.state == "sent" else f"{'✗ failed' if receipt.state == 'failed' else '↻ retrying'}{reason}"
        )
    return "…"


def _name(place: Place) -> str:
    where = one_line(place[1])
    return f"{interface_name(place[0])} {where if len(where) <= _LONGEST_PLACE else where[: _LONGEST_PLACE - 1] + '…'}"

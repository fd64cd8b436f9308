"""Where a message was delivered besides the terminal: "terminal ✓ · Discord #general @ The Pub ✓"."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from segue.tui.plain import one_line
from segue.tui.view import View
from segue.tui.words import interface_name

if TYPE_CHECKING:
    from segue.models import Message, Receipt

_LONGEST_PLACE = 40
_WORST_FIRST = ("failed", "retrying", "dismissed", "sent")
_SIGNS = {"failed": "✗ failed", "retrying": "↻ retrying", "dismissed": "✗ let be", "sent": "✓"}

Place = tuple[str, str]


def delivered_to(message: Message, view: View) -> str:
    """Return what became of a message elsewhere: of an answer at each place that it goes to, of what people say only
    where that went wrong."""
    if view.snapshot is None:
        return ""
    receipts = [r for r in view.snapshot.receipts if r.message_id == message.id]
    if message.role != "assistant":
        receipts = _of_places_where_it_went_wrong(receipts)
    owed = dict.fromkeys(_route(message, view), "…") if message.role == "assistant" else {}
    told = {place: _outcome(r for r in receipts if _place(r) == place) for place in map(_place, receipts)}
    others = [f"{_name(place, view)} {outcome}" for place, outcome in (owed | told).items()]
    return " · ".join([f"{interface_name('tui')} ✓", *others]) if others else ""


def _of_places_where_it_went_wrong(receipts: list[Receipt]) -> list[Receipt]:
    wrong = {_place(r) for r in receipts if r.state in ("failed", "retrying")}
    return [r for r in receipts if _place(r) in wrong]


def _route(message: Message, view: View) -> list[Place]:
    """Return the places that the answer goes to as far as they are still bound."""
    assert view.snapshot is not None
    turn = view.turns.get(message.turn_id) if message.turn_id else None
    bound = {(b.interface, b.place) for b in view.snapshot.bindings if b.policy != "muted"}
    route = [(place.interface, place.place) for place in turn.route] if turn else []
    return [place for place in route if place in bound and place[0] != "tui"]


def _place(receipt: Receipt) -> Place:
    return (receipt.interface, receipt.place)


def _outcome(receipts: Iterable[Receipt]) -> str:
    """Return what became of the parts at one place: the worst of it."""
    worst = min(receipts, key=lambda r: _WORST_FIRST.index(r.state))
    reason = f" ({one_line(worst.reason)})" if worst.reason and worst.state != "sent" else ""
    return _SIGNS[worst.state] + reason


def _name(place: Place, view: View) -> str:
    """Return what people call the place, else its id."""
    assert view.snapshot is not None
    names = {(b.interface, b.place): b.name for b in view.snapshot.bindings}
    where = one_line(names.get(place) or place[1])
    return f"{interface_name(place[0])} {where if len(where) <= _LONGEST_PLACE else where[: _LONGEST_PLACE - 1] + '…'}"

"""Cards one below the other: which line is where, and where a line has gone when they change."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from segue.tui.entries import Entry
from segue.tui.transcript.card import Card


@dataclass(frozen=True)
class Place:
    """A line of a card, counted from its heading, negative above that; `lines` of them there are. `others` are the keys
    of the cards after it and before it, the nearest first, to hold on to if it goes."""

    key: str
    line: int
    lines: int
    others: tuple[str, ...]


class Stack:
    """Cards in order, each entry's own card kept while it is there."""

    def __init__(self) -> None:
        self.cards: list[Card] = []
        self.height = 0
        self._tops: list[int] = []
        self._index: dict[str, int] = {}

    @property
    def entries(self) -> list[Entry]:
        return [card.entry for card in self.cards]

    def show(self, entries: Sequence[Entry], width: int) -> None:
        known = {card.key: card for card in self.cards}
        self.cards = [known.get(entry.key) or Card(entry) for entry in entries]
        self._tops, self.height = [], 0
        for card, entry in zip(self.cards, entries, strict=True):
            card.show(entry, width)
            self._tops.append(self.height)
            self.height += len(card.lines)
        self._index = {card.key: index for index, card in enumerate(self.cards)}

    def find(self, key: str) -> Card | None:
        index = self._index.get(key)
        return None if index is None else self.cards[index]

    def at(self, y: int) -> tuple[Card, int] | None:
        """Return the card at a line, and which of its lines it is."""
        if not 0 <= y < self.height:
            return None
        index = bisect_right(self._tops, y) - 1
        return self.cards[index], y - self._tops[index]

    def span(self, key: str) -> tuple[int, int]:
        """Return the first line of a card and the one after its last."""
        index = self._index[key]
        return self._tops[index], self._tops[index] + len(self.cards[index].lines)

    def neighbour(self, key: str, step: int) -> Card | None:
        """Return the card so many below (above, if negative), None at the edge."""
        index = self._index[key] + step
        return self.cards[index] if 0 <= index < len(self.cards) else None

    def place(self, y: int) -> Place | None:
        """Return what stands at a line."""
        if (found := self.at(y)) is None:
            return None
        card, line = found
        index = self._index[card.key]
        others = [c.key for c in (*self.cards[index + 1 :], *reversed(self.cards[:index]))]
        return Place(card.key, line - card.above, len(card.lines) - card.above, tuple(others))

    def line_of(self, place: Place, rewrapped: bool) -> int:
        """Return where a place is now: at the same part of its card if all was `rewrapped`, else at the same line. If
        the card has gone, that is where the one after it begins."""
        card = self.find(place.key)
        if card is None:
            return next((self.span(key)[0] for key in place.others if key in self._index), 0)
        lines = len(card.lines) - card.above
        line = place.line * lines // place.lines if rewrapped and place.line > 0 else place.line
        return self.span(card.key)[0] + card.above + min(line, lines - 1)

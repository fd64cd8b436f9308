"""What is offered to the prompt just now. The offer is up to date at every key; the list on the screen comes after."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from textual.widget import Widget

from segue.tui.prompt.completion import Choices, Offer, Suggestion, Token, suggest
from segue.tui.prompt.suggestions import Suggestions


class Completer:
    """Holds the offer for the token that is being written, and shows it above its owner."""

    def __init__(self, owner: Widget) -> None:
        self.people: Callable[[], Sequence[str]] = tuple
        self.choices: Choices = lambda kind: ()
        self.offer: Offer | None = None
        self._owner = owner
        self._dismissed: tuple[str, int] | None = None
        self._popup: Suggestions | None = None

    def look_at(self, token: Token | None) -> None:
        """Offer what can be suggested for a token, unless the reader waved that away."""
        if token is None or (token.kind, token.start) != self._dismissed:
            self._dismissed = None
        if token is None or self._dismissed:
            self._set(None)
        elif self.offer is None or self.offer.token != token:
            self._set(suggest(token, self.people, self.choices))

    def move(self, by: int) -> None:
        """Choose another suggestion; behind the last comes the first."""
        if self.offer:
            count = len(self.offer.suggestions)
            at = (self.offer.at + by) % count if self.offer.at is not None else (0 if by > 0 else count - 1)
            self._set(replace(self.offer, at=at))

    def move_to(self, at: int) -> None:
        """Choose a suggestion by its place."""
        if self.offer and at < len(self.offer.suggestions):
            self._set(replace(self.offer, at=at))

    @property
    def best(self) -> Suggestion | None:
        """Return what Tab takes: the chosen suggestion, or the first."""
        return self.offer.suggestions[self.offer.at or 0] if self.offer else None

    def dismiss(self) -> None:
        """Offer nothing more for this token."""
        if self.offer:
            self._dismissed = (self.offer.token.kind, self.offer.token.start)
        self._set(None)

    def close(self) -> None:
        """Offer nothing until a token is looked at."""
        self._dismissed = None
        self._set(None)

    def _set(self, offer: Offer | None) -> None:
        if offer is self.offer:
            return
        self.offer = offer
        if offer and self._popup:
            self._popup.show(offer)
        elif offer:
            self._popup = Suggestions(self._owner, offer)
            assert isinstance(self._owner.parent, Widget)
            self._owner.parent.mount(self._popup, before=self._owner)
        elif self._popup:
            self._popup.display = False

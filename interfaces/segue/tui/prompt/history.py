"""What was sent from here, to be taken up again."""

from __future__ import annotations

from collections.abc import Iterable

from segue.tui.prompt.draft import Draft

_MOST_LINES = 200
_MOST_CHARACTERS = 8_000_000


class History:
    """A list of what was sent with a place in it; behind the last one stands the draft that was left for it."""

    def __init__(self) -> None:
        self._sent: list[Draft] = []
        self._at = 0
        self._draft = Draft()

    def add(self, sent: Draft) -> None:
        """Add what was sent; the place is behind it."""
        if self._sent[-1:] != [sent]:
            self._sent = _newest([*self._sent, sent])
        self._at = len(self._sent)
        self._draft = Draft()

    def prepend(self, lines: Iterable[str]) -> None:
        """Add lines of earlier days before all others."""
        earlier = [Draft(line) for line in lines]
        self._sent = [*earlier, *self._sent]
        self._at += len(earlier)

    def older(self, current: Draft) -> Draft | None:
        """Return the one before, None if there is none. `current` is kept if it is the draft."""
        if self._at == 0:
            return None
        if self._at == len(self._sent):
            self._draft = current
        self._at -= 1
        return self._sent[self._at]

    def newer(self) -> Draft | None:
        """Return the one after, in the end the draft; None if it is there already."""
        if self._at == len(self._sent):
            return None
        self._at += 1
        return self._sent[self._at] if self._at < len(self._sent) else self._draft


def _newest(sent: list[Draft]) -> list[Draft]:
    """Return the last ones, as many as are worth their memory, and at least one."""
    room, kept = _MOST_CHARACTERS, 0
    for draft in reversed(sent[-_MOST_LINES:]):
        room -= len(draft.text) + sum(map(len, draft.pastes.values()))
        kept += 1
        if room < 0:
            break
    return sent[-kept:]

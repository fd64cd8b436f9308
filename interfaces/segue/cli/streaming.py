"""An answer printed while it grows."""

from __future__ import annotations


class GrowingText:
    """Turns deltas, which may repeat what is known or begin anew, into what is still to be printed."""

    def __init__(self) -> None:
        self.shown = ""
        self._text = ""

    def take(self, offset: int, text: str) -> str:
        """Return what to print for `text` at `offset`. Behind a hole it is nothing: the whole follows at the end."""
        if offset > len(self._text):
            return ""
        self._text = self._text[:offset] + text
        if self.shown.startswith(self._text):
            return ""
        new = self.finish(self._text)
        self.shown = self._text
        return new

    def finish(self, text: str) -> str:
        """Return what to print so that the whole `text` stands there; it is begun anew if it is another one."""
        return text[len(self.shown) :] if text.startswith(self.shown) else f"\n{text}"

"""Keys that come faster than the screen changes: they go where the reader meant them to go."""

from __future__ import annotations

from textual import events
from textual.timer import Timer
from textual.widget import Widget

_PATIENCE_SECONDS = 1.0


class Handover(Widget):
    """Base of what has the focus and gives it away: the keys after that are for whatever gets it, however late.

    It stands last among the bases: Textual takes the styles of the first one only."""

    _held: list[events.Key] | None = None
    _patience: Timer | None = None

    def hold_keys(self) -> None:
        """Keep the keys that follow until the focus is elsewhere. If it stays here they are lost: what was typed as
        text must not act as keys."""
        self._stop_holding()
        self._held = []
        self._patience = self.set_timer(_PATIENCE_SECONDS, self._stop_holding)

    @property
    def is_holding_keys(self) -> bool:
        return self._held is not None

    def takes_no_more(self, event: events.Key) -> bool:
        """Whether the key is meant for another, who is to get it."""
        if self.app.screen is not self.screen:
            event.stop()
            self._hand_on(event)
        elif self._held is not None:
            event.stop()
            self._held.append(event)
        else:
            return False
        event.prevent_default()
        return True

    def on_focus(self) -> None:
        self._stop_holding()

    def on_blur(self) -> None:
        for event in self._stop_holding():
            self._hand_on(event)

    def _stop_holding(self) -> list[events.Key]:
        if self._patience:
            self._patience.stop()
        held, self._held = self._held or [], None
        return held

    def _hand_on(self, event: events.Key) -> None:
        self.app.post_message(events.Key(event.key, event.character))

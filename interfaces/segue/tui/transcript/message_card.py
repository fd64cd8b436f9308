"""One closed message of the transcript: a single widget, drawn once."""

from __future__ import annotations

from textual.widgets import Static

from segue.tui.entries import Entry


class MessageCard(Static):
    """Shows one entry. Its class names the kind of message, for the style sheet."""

    def __init__(self, entry: Entry) -> None:
        super().__init__(markup=False, classes=f"kind-{entry.kind}")
        self.entry = entry
        self._draw()

    def show(self, entry: Entry) -> None:
        if entry != self.entry:
            self.entry = entry
            self._draw()

    def _draw(self) -> None:
        from segue.tui.transcript.rendering import render  # brings markdown: not before the first paint

        self.set_class(bool(self.entry.remark), "remarked")
        self.update(render(self.entry))

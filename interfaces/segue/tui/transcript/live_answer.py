"""The answer that is being written: the one live Markdown of the screen."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Markdown, Static
from textual.widgets.markdown import MarkdownStream

from segue.tui.plain import beginning
from segue.tui.transcript.rendering import heading


class LiveAnswer(Vertical):
    """Shows a text that grows. A text that is not the last one continued (a new attempt) replaces it."""

    def __init__(self, message_id: str, who: str) -> None:
        super().__init__(classes="kind-assistant")
        self.message_id = message_id
        self._who = who
        self._shown = ""
        self._hidden = 0
        self._stream: MarkdownStream | None = None

    def compose(self) -> ComposeResult:
        yield Static(heading(self._who, "is thinking…"), markup=False, classes="heading")
        yield Markdown(open_links=False)
        yield Static(markup=False, classes="rest")

    async def show(self, whole: str) -> None:
        """Show the text so far."""
        text, hidden = beginning(whole)
        if text and not self._shown:
            self.query_one(".heading", Static).update(heading(self._who, "is writing…"))
        if text.startswith(self._shown):
            await self._append(text[len(self._shown) :])
        else:
            await self._replace(text)
        self._shown = text
        if hidden != self._hidden:
            self._hidden = hidden
            rest = self.query_one(".rest", Static)
            rest.update(f"… {hidden:,} more characters")
            rest.display = hidden > 0

    async def close(self) -> None:
        """End the stream; the widget can be removed."""
        if self._stream is not None:
            await self._stream.stop()
            self._stream = None

    async def _append(self, text: str) -> None:
        if not text:
            return
        if self._stream is None:
            self._stream = Markdown.get_stream(self.query_one(Markdown))
        await self._stream.write(text)

    async def _replace(self, text: str) -> None:
        await self.close()
        await self.query_one(Markdown).update(text)

"""The list in the sidebar, with the keys that act on the session under the cursor."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from segue.tui.sessions.rows import Rows


class SessionList(Rows):
    """Has `wish` fulfil what its keys stand for."""

    # What is hard to undo has no key that stands in a word: one may believe to be writing.
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "wish('new')", "New session", show=False),
        Binding("r", "wish('rename')", "Rename it", show=False),
        Binding("p", "wish('pin')", "Pin it, or no longer", show=False),
        Binding("A", "wish('archive')", "Archive it, or take it out again", show=False),
        Binding("delete,D", "wish('delete')", "Delete it; can be undone for a while", show=False),
        Binding("slash", "wish('filter')", "Show only what matches", show=False),
        Binding("full_stop", "wish('archived')", "Show archived ones, too", show=False),
        Binding("escape", "wish('leave')", "Back to the prompt", show=False),
    ]

    def __init__(self, wish: Callable[[str], Awaitable[None]]) -> None:
        super().__init__()
        self._wish = wish

    async def action_wish(self, name: str) -> None:
        """Have it done at once: the keys that follow may be meant for what it opens."""
        await self._wish(name)

    @property
    def has_cursor(self) -> bool:
        """While one filters the list, too."""
        return isinstance(self.parent, Widget) and self.parent.has_focus_within

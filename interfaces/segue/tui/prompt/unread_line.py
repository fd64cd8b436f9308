"""The line that tells of what one does not see."""

from __future__ import annotations

from segue.tui.line import Line


class UnreadLine(Line):
    """Tells that there is something new below; a click goes there."""

    def show(self, unread: int, at_end: bool) -> None:
        self.say(f"↓ {unread} new below, Ctrl+End goes there" if unread else "↓ more below, Ctrl+End goes there")
        self.display = not at_end

    async def on_click(self) -> None:
        await self.run_action("screen.go_to_end")

"""The line above the prompt: what the agent is at, what waits, and whether there is more to read below."""

from __future__ import annotations

from segue.tui.line import Line
from segue.tui.plain import one_line
from segue.tui.view import View


class Tray(Line):
    """Shows the queue in words; it takes no room while there is nothing to say."""

    def show(self, view: View) -> None:
        text = describe_queue(view)
        self.say(text)
        self.display = bool(text)


class UnreadLine(Line):
    """Tells that there is something new below; a click goes there."""

    def show(self, unread: int, at_end: bool) -> None:
        self.say(f"↓ {unread} new below, Ctrl+End goes there" if unread else "↓ more below, Ctrl+End goes there")
        self.display = not at_end

    async def on_click(self) -> None:
        await self.run_action("screen.go_to_end")


def describe_queue(view: View) -> str:
    """Return what is going on: "chat is answering, Esc stops it · 2 queued"."""
    running, parts = view.running, []
    if running:
        parts.append(f"{one_line(running.agent_name)} is answering, Esc stops it")
    waiting = view.queued if running else view.queued - 1  # the first one is about to start
    if waiting > 0:
        parts.append(f"{waiting} queued")
    return " · ".join(parts)

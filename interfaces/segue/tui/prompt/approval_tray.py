"""A tool call that waits for a person: what would be done, and the keys that allow or deny it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from segue.tui.plain import one_line
from segue.tui.tools import arguments, called_by, pending, without_middle
from segue.tui.view import View

if TYPE_CHECKING:
    from segue.models import Approval

_KEYS = (
    "[@click=decide('allow')]Ctrl+Y allows[/]  [@click=decide('always')]Ctrl+G always in this session[/]"
    "  [@click=decide('deny')]Ctrl+X denies[/]"
)
_LINES = 6  # with that of the keys
Answer = Literal["allow", "always", "deny"]


class ApprovalTray(Widget):
    """Shows the approval that is pending; it takes no room while there is none."""

    @dataclass
    class Decided(Message):
        """The reader has answered the approval."""

        approval_id: str
        answer: Answer

    DEFAULT_CSS = """
    ApprovalTray {
        display: none;
        height: auto;
        max-height: 6;
        padding: 0 2;
        color: $text-warning;
        link-color: $text-accent;
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._approval: Approval | None = None
        self._more = 0

    @property
    def is_asking(self) -> bool:
        return self._approval is not None

    def show(self, view: View) -> None:
        """Show the approval that has waited longest, and how many wait behind it."""
        approval = pending(view)
        more = len(view.snapshot.approvals) - 1 if view.snapshot and approval else 0
        if (approval, more) == (self._approval, self._more):
            return
        self._approval, self._more = approval, more
        self.display = approval is not None
        self.refresh(layout=True)

    def render(self) -> Content:
        if self._approval is None:
            return Content("")
        keys, width = Content.from_markup(_KEYS), max(1, self.content_region.width or self.app.size.width - 4)
        more = f"  ({self._more} more)" if self._more else ""
        asked = _fitting(describe(self._approval), more, width, _LINES - keys.get_height({}, width))
        return Content.assemble(asked, "\n", keys)

    def action_decide(self, answer: Answer) -> None:
        if self._approval is not None:
            self.post_message(self.Decided(self._approval.id, answer))


def _fitting(asked: str, more: str, width: int, lines: int) -> Content:
    """Return the question without its middle where it is longer than these lines: how it ends may be what matters."""
    room = len(asked)
    while (shown := Content(without_middle(asked, room) + more)).get_height({}, width) > lines and room > width:
        room = min(int(room * 0.9), width * lines)
    return shown


def describe(approval: Approval) -> str:
    """Return what waits, in words: "Waits for you: switch of lamp with room: hall"."""
    server = called_by(approval.call)
    asked = arguments(approval.call)
    return "".join(
        [
            f"? May it use {one_line(approval.call.tool)}",
            f" of {server}" if server else "",
            f" with {asked}" if asked else "",
            "?",
        ]
    )

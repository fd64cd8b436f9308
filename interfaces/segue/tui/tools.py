"""Tools as the transcript shows them: what is asked of one, while it runs and when it has answered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from segue.tui.plain import one_line

if TYPE_CHECKING:
    from segue.models import Approval, Message, ToolCall, ToolUse
    from segue.tui.view import View

_BUILT_IN = "segue"  # the server of what needs none
_LONGEST_ARGUMENTS = 2000


def without_middle(text: str, most: int) -> str:
    """Return the text, with a note in place of its middle if it has more than so many characters."""
    if len(text) <= most:
        return text
    left_out = len(text) - most
    return f"{text[: most - most // 2]} [… {left_out:,} characters …] {text[len(text) - most // 2 :]}"


def called_by(use: ToolUse) -> str:
    """Return which server has the tool; "" for what is built in."""
    return "" if use.server in ("", _BUILT_IN) else one_line(use.server)


def arguments(use: ToolUse) -> str:
    """Return what the tool is asked, on one line: `room: hall, bright: true`; "" if it is asked nothing."""
    asked = ", ".join(f"{one_line(name)}: {_value(value)}" for name, value in use.arguments.items())
    return without_middle(asked, _LONGEST_ARGUMENTS)


def _value(value: object) -> str:
    return one_line(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def result(message: Message) -> str:
    """Return what a tool was asked, and behind an arrow what it answered."""
    use = message.tool_call
    asked = arguments(use) if use else ""
    return f"{asked}\n→ {message.content}" if asked else message.content


def how_it_ended(message: Message) -> str:
    """Return in a word how a call did not come to its end; "" for one that did."""
    if message.status in ("cancelled", "interrupted"):
        return "stopped"
    return "failed" if message.is_error else ""


def running(view: View) -> Iterator[ToolCall]:
    """Yield the calls that run now."""
    if view.snapshot and view.is_at_tail:
        yield from (call for call in view.snapshot.tool_calls if call.state == "running")


def pending(view: View) -> Approval | None:
    """Return the call that has waited longest for a person."""
    return next(iter(view.snapshot.approvals), None) if view.snapshot else None

"""Tools in words: what one is asked, whether it may do it, and who has answered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from segue.cli.console import line, short

if TYPE_CHECKING:
    from segue.models import Approval, ToolUse

_BUILT_IN = "segue"  # the server of what needs none
_LONGEST_ARGUMENTS = 2000
_LONGEST_REMINDER = 200  # characters of the arguments of what was asked for before


def describe(server: str, tool: str, arguments: Mapping[str, Any], longest: int = _LONGEST_ARGUMENTS) -> str:
    """Return a call on one line: `switch (lamp) with room: hall, bright: true`."""
    whose = "" if server in ("", _BUILT_IN) else f" ({line(server)})"
    asked = ", ".join(f"{line(name)}: {_value(value)}" for name, value in arguments.items())
    cut = f"{asked[:longest]}…" if len(asked) > longest else asked
    return f"{line(tool)}{whose} with {cut}" if asked else f"{line(tool)}{whose}"


def call(use: ToolUse) -> str:
    """Return the call in words."""
    return describe(use.server, use.tool, use.arguments)


def how_to_answer(approval: Approval) -> str:
    """Return what waits, and the commands that answer."""
    name = short(approval.id)
    return f"waits for a person: {call(approval.call)} — `segue allow {name}` or `segue deny {name}`"


def outcome(approval: Approval) -> str:
    """Return who answered and from where, or why nobody can any more."""
    use = approval.call
    what = describe(use.server, use.tool, use.arguments, _LONGEST_REMINDER)
    if approval.decided_by is not None:
        always = ", and always in this session" if approval.remembered else ""
        return f"{line(approval.decided_by)} ({approval.interface}) {approval.state}{always}: {what}"
    if approval.state == "denied":
        return f"denied by an earlier answer (always in this session): {what}"
    return f"not done, as {'nobody answered in time' if approval.state == 'expired' else 'the answer ended'}: {what}"


def _value(value: object) -> str:
    return line(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))

"""Who can be mentioned."""

from __future__ import annotations

from segue.tui.plain import one_line
from segue.tui.view import View


def participants(view: View) -> list[str]:
    """Return who answers here, who is here, and who wrote what one sees, the last one first; not the reader."""
    if view.snapshot is None:
        return []
    names = [view.snapshot.session.agent_name, *(who.user for who in view.snapshot.attached)]
    names += [message.sender for message in reversed(view.window) if message.role in ("user", "assistant")]
    return [name for name in dict.fromkeys(map(one_line, names)) if name and name != view.me]

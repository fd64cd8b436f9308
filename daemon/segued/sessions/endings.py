"""Why a turn ends without its answer, in words for people."""

from __future__ import annotations

import logging
from typing import Literal

from segue.models import ToolCall, Turn, TurnError

log = logging.getLogger(__name__)

Failure = tuple[Literal["failed", "cancelled", "interrupted"], TurnError | None]
"""How a turn ended that was not answered, and why."""

MAX_ATTEMPTS = 3  # starts of one turn: a turn that brings the daemon down is not tried for ever

TOO_MANY = (
    "the model asked for tools {steps} times without coming to an answer: ask for less at once, or raise max_steps of"
    " the agent in the settings"
)


def broke(turn: Turn) -> TurnError:
    """Say that the agent broke; call it where the exception is caught."""
    log.exception("the agent of turn %s broke", turn.id)
    return TurnError(code="agent_broke", message="the agent broke, and the daemon's log says why: retry the turn")


def gave_up() -> TurnError:
    """Say that the daemon stopped too often during the turn."""
    message = f"the daemon stopped {MAX_ATTEMPTS} times while this was being answered: retry it if you like"
    return TurnError(code="interrupted_by_restart", message=message)


def unsure(call: ToolCall) -> TurnError:
    """Say that a call may have taken effect or not."""
    message = (
        f"the daemon stopped while the tool {call.tool!r} ran, and whether it took effect is not known: look, then"
        " retry the turn"
    )
    return TurnError(code="tool_interrupted", message=message)

"""Lines of this window on their way into the conversation, each shown once: as pending or as the message it became.

A message comes back twice, as the answer to the post and as an event, in either order. Until the answer names its id,
an event with our interface and the same text is taken to be it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from segue.events import Snapshot
    from segue.models import Message, SendMode


@dataclass(frozen=True)
class Pending:
    """A line typed here. `key` is its idempotency key, `after_seq` the conversation's position when it was typed,
    `message` what it became, `problem` why it was refused, `mode` what it does to an answer being written."""

    key: str
    text: str
    after_seq: int
    message: Message | None = None
    problem: str = ""
    mode: SendMode = "queue"


Outbox = tuple[Pending, ...]


def delivered(outbox: Outbox, key: str, message: Message) -> Outbox:
    return tuple(replace(p, message=message, problem="") if p.key == key else p for p in outbox)


def refused(outbox: Outbox, key: str, problem: str) -> Outbox:
    return tuple(replace(p, problem=problem) if p.key == key else p for p in outbox)


def settled(outbox: Outbox, snapshot: Snapshot | None) -> Outbox:
    """Return what is not yet part of the conversation as the events tell it."""
    if snapshot is None or not outbox:
        return outbox
    seq = snapshot.session.last_seq
    return tuple(p for p in outbox if p.message is None or p.message.seq > seq)


def visible(outbox: Outbox, messages: Sequence[Message]) -> Outbox:
    """Return what has to be shown besides `messages`."""
    claimed: set[str] = {p.message.id for p in outbox if p.message}
    shown = []
    for pending in outbox:
        twin = None if pending.message or pending.problem else _find_twin(pending, messages, claimed)
        if twin is None:
            shown.append(pending)
        else:
            claimed.add(twin.id)
    return tuple(shown)


def _find_twin(pending: Pending, messages: Sequence[Message], claimed: set[str]) -> Message | None:
    for message in reversed(messages):
        if message.seq <= pending.after_seq:
            return None
        if message.interface == "tui" and message.content == pending.text and message.id not in claimed:
            return message
    return None

"""The verbs about summaries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from segue.models import Message, Session, SessionId, Summary, TokenSource, TurnId
from segued.store.base.actors import Actor


@dataclass(frozen=True)
class Counted:
    """How many tokens a turn's last request took with its answer, as the provider counted; it was given the messages up
    to `prompted_seq`."""

    tokens: int
    turn_id: TurnId
    prompted_seq: int


@dataclass(frozen=True)
class Uncovered:
    """What of a session no summary stands for: the messages behind the present one, oldest first. Those from
    `waits_from` on wait for an answer or are being answered; `counted` is about the last answer since the summary."""

    session: Session
    summary: Summary | None
    messages: tuple[Message, ...]
    waits_from: int
    counted: Counted | None


@dataclass(frozen=True)
class NewSummary:
    """A summary, made of the one with seq `after` (None: of none) and of what the session held at `read_seq`; for a
    turn that waits for it, or on demand."""

    after: int | None
    read_seq: int
    upto_seq: int
    upto_at: datetime
    message_count: int
    text: str
    model_id: str
    tokens_before: int
    tokens_after: int
    tokens_source: TokenSource
    turn_id: TurnId | None = None


class SummaryVerbs(Protocol):
    async def get_uncovered(
        self, by: Actor, session_id: SessionId, max_characters: int, to_write: bool = False
    ) -> Uncovered:
        """Return what no summary stands for, of the messages the newest up to `max_characters`. Raises `Forbidden` with
        `to_write` where the actor may not add a summary."""
        ...

    async def add_summary(self, by: Actor, session_id: SessionId, new: NewSummary) -> Summary:
        """Let the summary stand for all messages up to `upto_seq`, until one of them is edited or deleted: then it is
        emptied. Raises `Conflict` if that, or another summary, came before: so it is added once, without a key."""
        ...

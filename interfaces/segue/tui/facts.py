"""What the daemon's side of the window tells the screen's side, one message a fact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message as TextualMessage

from segue.tui.words import Connection

if TYPE_CHECKING:
    from segue.events import Event
    from segue.models import Message, SearchPage, SessionDetail, SessionSummary, Turn
    from segue.tui.visit import Visit


class Fact(TextualMessage):
    """Base of them. `visit` is the session that it is about as the window has it, None where it is about all."""

    visit: Visit | None = None


# --- about one session


@dataclass
class Received(Fact):
    event: Event


@dataclass
class TurnsKnown(Fact):
    turns: Sequence[Turn]


@dataclass
class OlderKnown(Fact):
    messages: Sequence[Message]
    before_seq: int


@dataclass
class NewerKnown(Fact):
    messages: Sequence[Message]
    after_seq: int


@dataclass
class AroundKnown(Fact):
    """Messages that follow one another, with the one that was asked for among them."""

    messages: Sequence[Message]
    message_id: str


@dataclass
class Delivered(Fact):
    key: str
    message: Message


@dataclass
class Refused(Fact):
    key: str
    problem: str


@dataclass
class ConnectionChanged(Fact):
    connection: Connection


# --- about all


@dataclass
class Opened(Fact):
    """The daemon answers: who we are to it, and the session to begin with."""

    name: str
    session: SessionDetail


@dataclass
class ListKnown(Fact):
    """All sessions that one may see."""

    sessions: Sequence[SessionSummary]


@dataclass
class Happened(Fact):
    """An event of any session."""

    event: Event


@dataclass
class Found(Fact):
    """What a search found."""

    page: SearchPage
    here_only: bool


@dataclass
class Failed(Fact):
    """Something asked for did not work."""

    problem: str

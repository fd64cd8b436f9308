"""What the daemon's side of the window tells the screen's side, one message a fact."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message as TextualMessage

from segue.tui.words import Connection

if TYPE_CHECKING:
    from segue.events import Event
    from segue.models import Message, Turn


class Fact(TextualMessage):
    """Base of them."""


@dataclass
class Received(Fact):
    event: Event


@dataclass
class TurnsKnown(Fact):
    turns: Iterable[Turn]


@dataclass
class OlderKnown(Fact):
    messages: list[Message]


@dataclass
class Delivered(Fact):
    key: str
    message: Message


@dataclass
class Refused(Fact):
    key: str
    problem: str


@dataclass
class NameKnown(Fact):
    name: str


@dataclass
class ConnectionChanged(Fact):
    connection: Connection


@dataclass
class Failed(Fact):
    """Something asked for did not work. `final`: there is no conversation to show."""

    problem: str
    final: bool = False

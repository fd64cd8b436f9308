"""The daemon's side of the window: one worker that follows, one that sends, and short calls; each fact one message.

The client library brings aiohttp and pydantic, so it is imported in a thread once the screen stands.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual.message import Message as Fact

from segue.errors import SegueError, Stopping, Unauthorized, Unavailable, Unreachable
from segue.tui.words import Connection

if TYPE_CHECKING:
    from segue.client import Client
    from segue.events import Event
    from segue.models import Message, Session, Turn

PLACE = ("tui", "main")
OLDER_AT_ONCE = 50
_FIRST_TRY_SECONDS = 1.0  # between attempts to find the daemon, before there is a stream that resumes by itself


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

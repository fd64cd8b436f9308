"""What an agent is to the rest of the daemon: a prompt goes in, text comes out in pieces, or it fails with a reason."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from segue.models import MemoryHit, Message, SearchHit, Session, Summary, Turn, Usage
from segued.tools import Toolbox

Search = Callable[[str], Awaitable[Sequence[SearchHit]]]


class Notebook(Protocol):
    """The memories of the session's project."""

    async def recall(self, about: str) -> tuple[MemoryHit, ...]:
        """Return the memories that share a word with `about`, best first."""
        ...

    async def note_use(self, used: tuple[MemoryHit, ...]) -> None:
        """Note in the session's context that the memories were used."""
        ...

    async def remember(self, key: str, value: str) -> None:
        """Save a memory. Raises `SegueError` if that may not be."""
        ...


@dataclass(frozen=True)
class Prompt:
    """What one answer is asked on: the session, its messages in the order to be read (the last is the one to answer),
    a search over what whoever reads the answer may see, the memories of the session's project, if it has one, and the
    tools. The messages of the turn itself are its question and what came since, calls of tools included. A summary
    stands for the earlier messages, which are here all the same, where the agent reads them all."""

    session: Session
    messages: Sequence[Message]
    search: Search
    notebook: Notebook | None = None
    turn: Turn | None = None
    toolbox: Toolbox = field(default_factory=Toolbox)
    summary: Summary | None = None

    @property
    def present(self) -> int:
        """Return how many of the messages, the last ones, are of the turn itself: one at least, where there are any."""
        turn = self.turn
        ours = (m for m in reversed(self.messages) if turn and (m.turn_id == turn.id or m.id == turn.message_id))
        return max(sum(1 for _ in ours), min(len(self.messages), 1))


@dataclass(frozen=True)
class Text:
    """A piece of the answer, to be put behind what came before."""

    text: str


@dataclass(frozen=True)
class Asked:
    """A tool that the model asks for, by its name in the toolbox; several that come together run side by side.
    `wrong` says why the arguments could not be read."""

    name: str
    arguments: Mapping[str, Any]
    wrong: str | None = None


@dataclass(frozen=True)
class Finished:
    """The answer is whole, or goes on when the tools that were asked for have answered. Token counts are the
    provider's, or None where it reports none."""

    usage: Usage
    model_id: str


Piece = Text | Asked | Finished


class Agent(Protocol):
    def answer(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        """Yield the answer in pieces, the tools that it asks for, then `Finished`.

        Raises `AgentError` if it fails; what was yielded before that stays said. Closing the generator stops the work.
        """
        ...


class AgentError(Exception):
    """The answer failed. `code` is stable; `message` tells a person what happened and what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

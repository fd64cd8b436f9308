"""What an agent is to the rest of the daemon: a prompt goes in, text comes out in pieces, or it fails with a reason."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from segue.models import MemoryHit, Message, SearchHit, Session, Usage

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
    a search over what whoever reads the answer may see, and the memories of the session's project, if it has one."""

    session: Session
    messages: Sequence[Message]
    search: Search
    notebook: Notebook | None = None


@dataclass(frozen=True)
class Text:
    """A piece of the answer, to be put behind what came before."""

    text: str


@dataclass(frozen=True)
class Finished:
    """The answer is whole. Token counts are the provider's, or None where it reports none."""

    usage: Usage
    model_id: str


class Agent(Protocol):
    def answer(self, prompt: Prompt) -> AsyncGenerator[Text | Finished, None]:
        """Yield the answer in pieces, then `Finished`.

        Raises `AgentError` if it fails; what was yielded before that stays said. Closing the generator stops the work.
        """
        ...


class AgentError(Exception):
    """The answer failed. `code` is stable; `message` tells a person what happened and what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

"""What an agent is to the rest of the daemon: a prompt goes in, text comes out in pieces, or it fails with a reason."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from segue.models import Message, SearchHit, Session, Usage

Search = Callable[[str], Awaitable[Sequence[SearchHit]]]


@dataclass(frozen=True)
class Prompt:
    """What one answer is asked on: the session, its messages in the order to be read (the last is the one to answer),
    and a search over what whoever reads the answer may see."""

    session: Session
    messages: Sequence[Message]
    search: Search


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

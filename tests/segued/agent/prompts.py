"""Prompts for tests, and what comes of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from segue.errors import SegueError
from segue.models import (
    MemoryHit,
    MemoryId,
    Message,
    MessageId,
    Role,
    SearchHit,
    Session,
    SessionId,
    UserId,
)
from segued.agent import Agent, AgentError, Finished, Prompt, Text
from segued.agent.base import Notebook

NOON = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)
HERE = SessionId("here")


def message(text: str, role: Role = "user", sender: str = "Ada", seq: int = 1, **fields: Any) -> Message:
    at = NOON + timedelta(minutes=seq)
    known: dict[str, Any] = {"session_id": HERE, "created_at": at, "interface": "cli"} | fields
    return Message(id=MessageId(f"m{seq}"), seq=seq, role=role, sender=sender, content=text, **known)


def talk(*said: tuple[str, str]) -> list[Message]:
    """Return messages from (sender, text) pairs; the sender "agent" is the assistant."""
    return [message(t, "assistant" if who == "agent" else "user", who, seq) for seq, (who, t) in enumerate(said, 1)]


def hit(found: Message, snippet: str, session_title: str = "Elsewhere") -> SearchHit:
    return SearchHit(message=found, session_title=session_title, snippet=snippet, score=1.0)


def prompt(
    messages: Sequence[Message] | str = "hi", hits: Sequence[SearchHit] = (), notebook: Notebook | None = None
) -> Prompt:
    async def search(query: str) -> Sequence[SearchHit]:
        return hits

    session = Session(
        id=HERE,
        title="Here",
        agent_name="chat",
        reply="always",
        created_at=NOON,
        updated_at=NOON,
        owner_id=UserId("u1"),
        project_id="p" if notebook else None,
    )
    return Prompt(session, [message(messages)] if isinstance(messages, str) else messages, search, notebook)


async def answer(agent: Agent, asked: Prompt | None = None) -> tuple[str, Finished | None]:
    """Return the whole text and how it ended."""
    text, finished = "", None
    async for piece in agent.answer(asked or prompt()):
        match piece:
            case Text():
                text += piece.text
            case Finished():
                finished = piece
    return text, finished


async def fails(agent: Agent, asked: Prompt | None = None) -> tuple[str, AgentError]:
    """Return what was said until the answer failed, and the failure."""
    text = ""
    try:
        async for piece in agent.answer(asked or prompt()):
            assert isinstance(piece, Text), "the answer came to its end"
            text += piece.text
    except AgentError as exc:
        return text, exc
    raise AssertionError("the answer came to no end and did not fail")


class Notes:
    """A notebook of a test: what it recalls is given, what is asked of it is kept."""

    def __init__(self, *memories: MemoryHit) -> None:
        self.memories = memories
        self.asked: list[str] = []
        self.used: list[str] = []
        self.remembered: dict[str, str] = {}
        self.refuses: SegueError | None = None

    async def recall(self, about: str) -> tuple[MemoryHit, ...]:
        self.asked.append(about)
        return self.memories

    async def note_use(self, used: tuple[MemoryHit, ...]) -> None:
        self.used += [memory.key for memory in used]

    async def remember(self, key: str, value: str) -> None:
        if self.refuses:
            raise self.refuses
        self.remembered[key] = value


def remembered(key: str, value: str) -> MemoryHit:
    return MemoryHit(
        memory_id=MemoryId(f"mem_{key}"),
        project_id="p",
        memory_key=key,
        memory_value=value,
        version=1,
        saved_at=NOON,
        saved_by="Bob",
        interface="cli",
        created_at=NOON,
        last_accessed=NOON,
        snippet=value,
        score=1.0,
    )

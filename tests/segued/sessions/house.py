"""A session manager over a real store, with an agent that says what the test tells it to, when it tells it to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from segue.events import EVENT, DurableEvent, LiveEvent, Snapshot, SnapshotEvent, apply
from segue.models import CreateSession, PostMessage, Session, SessionId, Turn, Usage
from segued.agent.base import Agent, Asked, Finished, Piece, Prompt, Text
from segued.config import Settings, load
from segued.sessions.manager import UnifiedSessionManager
from segued.sessions.workbench import ServerTools
from segued.store import open_store
from segued.store.base import Actor, Store
from segued.tools import Offer, Tool

PATIENCE_SECONDS = 20.0


class Question:
    """One call of the agent: what it was asked, and the means to answer piece by piece."""

    def __init__(self, prompt: Prompt) -> None:
        self.prompt = prompt
        self.stopped = asyncio.Event()
        self._pieces: asyncio.Queue[str | Asked | BaseException | None] = asyncio.Queue()

    @property
    def asked(self) -> list[str]:
        return [message.content for message in self.prompt.messages]

    def say(self, *pieces: str) -> None:
        for piece in pieces:
            self._pieces.put_nowait(piece)

    def finish(self, *pieces: str) -> None:
        self.say(*pieces)
        self._pieces.put_nowait(None)

    def ask(self, *tools: Asked, saying: str = "") -> None:
        """Ask for tools, and end this part of the answer."""
        if saying:
            self.say(saying)
        for tool in tools:
            self._pieces.put_nowait(tool)
        self._pieces.put_nowait(None)

    def fail(self, error: BaseException) -> None:
        self._pieces.put_nowait(error)

    async def answer(self) -> AsyncIterator[Piece]:
        try:
            while (piece := await self._pieces.get()) is not None:
                if isinstance(piece, BaseException):
                    raise piece
                yield Text(piece) if isinstance(piece, str) else piece
            yield Finished(Usage(input_tokens=1, output_tokens=2), "scripted")
        finally:
            self.stopped.set()


class ScriptedAgent:
    """Every question lands in `questions`, for the test to answer."""

    def __init__(self) -> None:
        self.questions: asyncio.Queue[Question] = asyncio.Queue()

    def answer(self, prompt: Prompt) -> AsyncIterator[Piece]:
        question = Question(prompt)
        self.questions.put_nowait(question)
        return question.answer()

    async def asked(self) -> Question:
        """Return the next question, once it is asked."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await self.questions.get()


class Recorder:
    """A follower that keeps what it was sent and builds the session's state from it."""

    def __init__(self, by: Actor) -> None:
        self.by = by
        self.events: list[DurableEvent | LiveEvent] = []
        self.state: Snapshot | None = None
        self.backlog = 0
        self.cut_because: str | None = None
        self.ended = False
        self._news = asyncio.Event()

    @staticmethod
    def wire(cursor: int | None, kind: str, data: bytes) -> bytes:
        return data + b"\n"

    def write(self, data: bytes) -> None:
        for line in data.splitlines():
            event = EVENT.validate_json(line)
            self.events.append(event)
            if isinstance(event, SnapshotEvent):
                self.state = event.data
            elif self.state is not None:
                self.state = apply(self.state, event)
        self._news.set()

    async def drain(self) -> None:
        pass

    def beat(self) -> None:
        pass

    def end(self) -> None:
        self.ended = True
        self._news.set()

    def cut(self, why: str) -> None:
        self.cut_because = why
        self._news.set()

    @property
    def types(self) -> list[str]:
        return [event.type for event in self.events]

    @property
    def seqs(self) -> list[int]:
        return [event.seq for event in self.events if event.seq is not None]

    @property
    def said(self) -> str:
        """The answer being written, as this follower has it."""
        assert self.state is not None
        return self.state.partial.text if self.state.partial else ""

    async def until(self, condition: Callable[[Recorder], Any]) -> None:
        """Wait until the condition holds for this follower."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not condition(self):
                self._news.clear()
                await self._news.wait()


class House:
    """The manager and its store, with one user, Ada."""

    def __init__(self, manager: UnifiedSessionManager, agent: ScriptedAgent, ada: Actor) -> None:
        self.manager = manager
        self.agent = agent
        self.ada = ada

    @property
    def store(self) -> Store:
        return self.manager.store

    async def user(self, name: str, **options: Any) -> Actor:
        user = await self.store.add_user(name)
        return Actor(user.id, user.name, "http", **options)

    async def session(self, **fields: Any) -> Session:
        return await self.manager.create_session(self.ada, CreateSession(**({"reply": "always"} | fields)))

    async def post(self, session: Session, *contents: str, by: Actor | None = None, **fields: Any) -> None:
        posts = tuple(PostMessage(content=content, **fields) for content in contents)
        await self.manager.post(by or self.ada, session.id, posts)

    @asynccontextmanager
    async def following(
        self, session: Session, after: int | None = None, by: Actor | None = None
    ) -> AsyncIterator[Recorder]:
        recorder = Recorder(by or self.ada)
        async with self.manager.followers.attach(recorder.by, session.id, after, recorder):
            yield recorder

    async def turns(self, session_id: SessionId) -> tuple[Turn, ...]:
        return await self.store.list_turns(self.ada, session_id, 100)


def _giving(tools: Sequence[Tool]) -> ServerTools:
    async def server_tools(names: Sequence[str], wait: bool) -> Offer:
        return Offer(tools)

    return server_tools


@asynccontextmanager
async def open_house(
    folder: Path, settings: Settings | None = None, agent: Agent | None = None, tools: Sequence[Tool] = ()
) -> AsyncIterator[House]:
    """Open the house in `folder`; opened again, it finds what it had."""
    scripted = ScriptedAgent()
    settings = settings or load(flags={"server": {"stop_grace_seconds": 0}})
    settings = settings.model_copy(update={"store": settings.store.model_copy(update={"path": str(folder / "h.db")})})
    async with AsyncExitStack() as stack:
        manager = UnifiedSessionManager(settings, lambda name, model: agent or scripted, _giving(tools))
        store = await stack.enter_async_context(open_store(settings, manager.publish))
        await stack.enter_async_context(manager.running(store))
        user = await store.add_user("ada")
        yield House(manager, scripted, Actor(user.id, user.name, "tui"))

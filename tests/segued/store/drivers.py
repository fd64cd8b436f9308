"""The stores that the suite is run on, each on a real disk, and the people who act in it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from segue.events import DurableEvent
from segue.models import CreateSession, Message, PostMessage, Session, SessionId, Turn, UpdateSession
from segued.config import Settings, StoreSettings
from segued.store import open_store
from segued.store.base import Actor, Commit, Once, Publish, Store, TurnEnd


class Driver(Protocol):
    """Opens one place of data, as often as it is asked to."""

    def open(self, publish: Publish) -> AbstractAsyncContextManager[Store]: ...


@dataclass(frozen=True)
class SqliteDriver:
    folder: Path

    def open(self, publish: Publish) -> AbstractAsyncContextManager[Store]:
        return open_store(Settings(store=StoreSettings(path=str(self.folder / "segue.db"))), publish)


DRIVERS: dict[str, Callable[[Path], Driver]] = {"sqlite": SqliteDriver}


@dataclass
class Home:
    """An open store, what it published, and three people: ada and bob, and an admin who sees all."""

    store: Store
    ada: Actor
    bob: Actor
    admin: Actor
    commits: list[Commit] = field(default_factory=list)

    @property
    def events(self) -> list[DurableEvent]:
        return [commit.event for commit in self.commits]

    def types(self, session_id: SessionId) -> list[str]:
        return [event.type for event in self.events if event.session_id == session_id]

    async def session(self, by: Actor | None = None, **fields: Any) -> Session:
        return await self.store.add_session(by or self.ada, CreateSession(**fields), "never")

    async def share(self, session: Session, role: str = "writer") -> None:
        """Let bob into ada's session."""
        await self.store.update_session(self.ada, session.id, members((self.bob, role)))

    async def post(self, session: Session, content: str, by: Actor | None = None, **fields: Any) -> Message:
        post = PostMessage(content=content, **fields)
        return (await self.store.add_messages(by or self.ada, session.id, (post,)))[0]

    async def running(self, session: Session, question: str = "why?") -> Turn:
        """Ask, and start the turn that is to answer."""
        await self.post(session, question, respond=True)
        return await self.start(session)

    async def start(self, session: Session) -> Turn:
        turn = await self.store.start_turn(session.id)
        assert turn is not None
        return turn

    async def answer(self, turn: Turn, text: str = "because", state: Any = "completed") -> Turn:
        return await self.store.end_turn(turn.id, TurnEnd(state, text))

    async def messages(self, session: Session) -> list[str]:
        return [m.content for m in await self.store.list_messages(self.admin, session.id, 500)]


@asynccontextmanager
async def open_home(driver: Driver) -> AsyncIterator[Home]:
    commits: list[Commit] = []

    def publish(batch: Sequence[Commit]) -> None:
        commits.extend(batch)

    async with driver.open(publish) as store:
        people = [await store.add_user(name) for name in ("ada", "bob", "admin")]
        ada, bob, admin = (Actor(user.id, user.name, "tui") for user in people)
        yield Home(store, ada, bob, replace(admin, sees_all=True), commits)


def once(by: Actor, key: str, request: bytes = b"the same") -> Actor:
    return replace(by, once=Once(key, request))


def members(*people: tuple[Actor, str]) -> UpdateSession:
    return UpdateSession.model_validate({"members": [{"user_id": who.user_id, "role": role} for who, role in people]})

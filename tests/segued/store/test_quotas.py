"""How much each user may have; what they have is counted as it comes and goes, whichever way that is."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from segue.errors import QuotaExceeded
from segue.models import CreateSession, ForkSession, PostMessage
from segued.config import Settings, StoreSettings, UserSettings
from segued.store import open_store
from segued.store.base import Actor, ImportedMessage, NewItem, NewItems, Origin
from tests.segued.store.drivers import Home, members, open_home

LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)


class Limited:
    """A driver with quotas."""

    def __init__(self, folder: Path, **limits: int) -> None:
        self._settings = Settings(
            store=StoreSettings(path=str(folder / "segue.db")), users=UserSettings.model_validate(limits)
        )

    def open(self, publish):  # type: ignore[no-untyped-def]
        return open_store(self._settings, publish)


@asynccontextmanager
async def limited(folder: Path, **limits: int) -> AsyncIterator[Home]:
    async with open_home(Limited(folder, **limits)) as home:
        yield home


async def used(home: Home, who: Actor) -> int:
    return next(user.bytes for user in await home.store.list_user_details(home.admin) if user.id == who.user_id)


def imported(text: str) -> tuple[ImportedMessage, ...]:
    return (ImportedMessage(text, "user", "eve", text, LONG_AGO),)


async def test_a_user_owns_no_more_sessions_than_allowed(tmp_path: Path) -> None:
    async with limited(tmp_path, max_sessions=2) as home:
        first, _ = await home.session(), await home.session()
        origin = Origin("elsewhere", CreateSession(), "never", LONG_AGO)
        for another in (
            home.session(),
            home.store.fork_session(home.ada, first.id, ForkSession()),
            home.store.add_imported(home.ada, origin, imported("x"), ()),
        ):
            with pytest.raises(QuotaExceeded, match=r"own 2 sessions.*segue sessions delete"):
                await another
        await home.session(by=home.bob)
        await home.store.delete_session(home.ada, first.id)
        await home.session()


async def test_a_user_stores_no_more_than_allowed(tmp_path: Path) -> None:
    async with limited(tmp_path, max_bytes=100) as home:
        session = await home.session()
        await home.share(session)
        said = await home.post(session, "ü" * 49)
        for by in (home.ada, home.bob):
            with pytest.raises(QuotaExceeded, match=r"take 98 bytes, and may take 100"):
                await home.post(session, "xyz", by=by)
        with pytest.raises(QuotaExceeded):
            await home.store.add_imported(
                home.ada, Origin("x", CreateSession(), "never", LONG_AGO), imported("xyz"), ()
            )
        await home.post(session, "hi")
        await home.post(await home.session(by=home.bob), "x" * 100, by=home.bob)
        await home.store.delete_message(home.ada, session.id, said.id)
        await home.post(session, "x" * 98)


async def test_an_answer_is_kept_however_much_there_is(tmp_path: Path) -> None:
    async with limited(tmp_path, max_bytes=10) as home:
        session = await home.session()
        turn = await home.running(session, "why?")
        await home.answer(turn, "because " * 10)
        assert len(await home.messages(session)) == 2
        with pytest.raises(QuotaExceeded):
            await home.post(session, "ah")


async def test_admins_and_whose_daemon_it_is_have_no_limit(tmp_path: Path) -> None:
    async with limited(tmp_path, max_sessions=1, max_bytes=10) as home:
        owner = await home.store.add_user("owner", ("unix", str(os.getuid())))
        for by in (home.admin, replace(home.ada, user_id=owner.id)):
            for _ in range(2):
                session = await home.session(by=by)
                await home.post(session, "x" * 20, by=by)
        await home.store.update_session(by, session.id, members((home.bob, "writer")))
        await home.post(session, "x" * 20, by=home.bob)


async def test_bytes_are_counted_as_they_come_and_go(home: Home) -> None:
    session = await home.session()
    first = await home.post(session, "12345", images=("a.png",))
    assert await used(home, home.ada) == 5 + len('["a.png"]')
    await home.store.update_message(home.ada, session.id, first.id, "ü")
    await home.answer(await home.running(session, "why"), "so")
    items = (NewItem(PostMessage(content="item"), '{"kept":1}'),)
    await home.store.add_items(home.ada, (NewItems(session.id, items),))
    assert await used(home, home.ada) == 2 + len('["a.png"]') + 3 + 2 + 4
    copy = await home.store.fork_session(home.ada, session.id, ForkSession())
    assert await used(home, home.ada) == 2 * (2 + len('["a.png"]') + 3 + 2 + 4)
    await home.store.delete_message(home.ada, copy.id, (await home.store.list_messages(home.ada, copy.id, 1))[0].id)
    await home.store.clear_items(home.ada, session.id, None, 100)
    assert await used(home, home.ada) == 3 + 2 + 4
    await home.store.delete_session(home.ada, copy.id)
    assert await used(home, home.ada) == 0


async def test_who_is_given_a_session_has_its_bytes(home: Home) -> None:
    session = await home.session()
    await home.post(session, "12345")
    await home.share(session)
    await home.store.update_member(home.ada, session.id, "bob", "owner")
    assert (await used(home, home.ada), await used(home, home.bob)) == (0, 5)


async def test_a_message_does_not_grow_past_what_is_allowed(tmp_path: Path) -> None:
    async with limited(tmp_path, max_bytes=100) as home:
        session = await home.session()
        said = await home.post(session, "x" * 90)
        with pytest.raises(QuotaExceeded):
            await home.store.update_message(home.ada, session.id, said.id, "x" * 101)
        for length in (100, 99, 50):
            await home.store.update_message(home.ada, session.id, said.id, "x" * length)
    async with limited(tmp_path, max_bytes=10) as home:
        await home.store.update_message(home.ada, session.id, said.id, "x" * 40)


@pytest.mark.parametrize("limits", [{"max_sessions": 1}, {"max_bytes": 10}], ids=str)
async def test_nobody_is_given_more_than_they_may_have(tmp_path: Path, limits: dict[str, int]) -> None:
    async with limited(tmp_path, **limits) as home:
        session = await home.session()
        await home.share(session)
        await home.post(session, "12345")
        theirs = await home.session(by=home.bob)
        await home.post(theirs, "123456", by=home.bob)
        with pytest.raises(QuotaExceeded, match="bob has no room"):
            await home.store.update_member(home.ada, session.id, "bob", "owner")
        await home.store.delete_session(home.bob, theirs.id)
        await home.store.update_member(home.ada, session.id, "bob", "owner")

"""The rules that sessions and events go by, kept by a manager's daemon; and what those are told who were away."""

from __future__ import annotations

import time

import pytest

from segue.events import Snapshot
from segue.models import UpdateSession
from segued import clock
from segued.config import Settings
from segued.sessions.upkeep import Upkeep
from segued.store.base import SessionFilter
from tests.segued.sessions.house import House, Recorder


class Clocks:
    """Both clocks, to be moved: time goes by, or somebody sets the one that can be set."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.wall = time.time()
        self.steady = 1000.0
        monkeypatch.setattr(clock, "nanoseconds", lambda: int(self.wall * 1e9))
        monkeypatch.setattr(clock, "steady", lambda: self.steady)

    def go(self, seconds: float) -> None:
        self.wall += seconds
        self.steady += seconds


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    return Clocks(monkeypatch)


def upkeep(house: House, **settings: dict[str, int]) -> Upkeep:
    return Upkeep(house.store, Settings.model_validate(settings), house.manager.followers.is_attached)


async def left(house: House) -> set[str]:
    return {str(session.id) for session in (await house.store.list_sessions(house.ada, SessionFilter(), 100, 0))[0]}


async def test_idle_sessions_are_archived_and_later_deleted_but_not_while_somebody_follows(
    house: House, clocks: Clocks
) -> None:
    rules = upkeep(house, sessions={"archive_after_days": 5, "expire_after_days": 10})
    quiet, followed = await house.session(), await house.session()
    async with house.following(followed) as window:
        for days in (4, 2, 2, 2, 2, 2):
            clocks.go(days * 86_400)
            await rules.keep_rules()
        assert await left(house) == {quiet.id, followed.id}
        assert (await house.store.get_session(house.ada, quiet.id)).archived
        assert not window.state.session.archived
        clocks.go(3 * 86_400)
        await rules.keep_rules()
        assert await left(house) == {followed.id}
        await window.until(lambda w: w.state is not None)
    await rules.keep_rules()
    assert await left(house) == set()


async def test_by_default_nothing_goes(house: House, clocks: Clocks) -> None:
    session = await house.session(reply="never")
    await house.post(session, "hi")
    clocks.go(10_000 * 86_400)
    await upkeep(house).keep_rules()
    assert len(await house.store.list_events(session.id, 0, 10)) == 2


async def test_nothing_goes_until_the_clock_has_gone_steadily_for_a_while(house: House, clocks: Clocks) -> None:
    rules = upkeep(house, sessions={"expire_after_days": 1})
    session = await house.session()
    assert await rules.work() < clock.now() + 1000  # it has only begun
    clocks.go(600)
    await rules.work()
    clocks.wall += 30 * 86_400  # somebody sets it, a month too far
    await rules.work()
    assert await left(house) == {session.id}
    clocks.wall -= 30 * 86_400
    await rules.work()
    clocks.go(600)
    await rules.work()
    assert await left(house) == {session.id}
    clocks.go(86_400)
    await rules.work()
    assert await left(house) == set()


async def test_who_was_away_for_longer_than_events_are_kept_is_given_a_snapshot(house: House, clocks: Clocks) -> None:
    session = await house.session(reply="never")
    await house.post(session, *"abcdef")
    clocks.go(8 * 86_400)
    await house.post(session, "g")
    position = await house.store.get_last_position()
    await upkeep(house, store={"keep_events_days": 7}).keep_rules()
    fresh = await house.store.get_snapshot(house.ada, session.id, 50)
    for after in (0, 3):
        async with house.following(session, after=after) as window:
            assert window.types[:3] == ["reset", "snapshot", "synced"]
            assert [message.content for message in window.state.messages] == list("abcdefg")
            assert _durable(window.state) == _durable(fresh)
    async with house.following(session, after=fresh.session.last_seq - 1) as window:
        assert window.types[:2] == ["message.created", "synced"]
    for after, first in ((0, "reset"), (position - 2, "reset"), (position - 1, "message.created")):
        window = Recorder(house.ada)
        async with house.manager.followers.attach_all(house.ada, after, window):
            assert window.types[0] == first
            assert window.types[-1] == "synced"


async def test_a_replay_from_which_events_are_dropped_meanwhile_begins_anew(house: House, clocks: Clocks) -> None:
    session = await house.session(reply="never")
    for _ in range(3):
        await house.post(session, *["hi"] * 300)
    clocks.go(8 * 86_400)
    await house.store.update_session(house.ada, session.id, UpdateSession(title="new"))
    rules = upkeep(house, store={"keep_events_days": 7})

    class Slow(Recorder):
        async def drain(self) -> None:
            await rules.keep_rules()

    for attach in (
        lambda window: house.manager.followers.attach(house.ada, session.id, 0, window),
        lambda window: house.manager.followers.attach_all(house.ada, 0, window),
    ):
        window = Slow(house.ada)
        async with attach(window):
            assert "reset" in window.types
            assert "synced" in window.types
            assert window.seqs in ([], list(range(1, 501)))


def _durable(snapshot: Snapshot) -> Snapshot:
    return snapshot.model_copy(update={"attached": ()})

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from segue.events import apply
from segued.errors import StoreUnusable
from segued.store.base import SearchFilter, SessionFilter
from segued.store.sqlite import migrations
from tests.segued.store.drivers import once
from tests.segued.store.sqlite.files import database, everything, home_in, opened, query

FROZEN = sorted(Path(__file__).parent.parent.glob("v*.db"))


def test_there_is_a_frozen_database_of_the_first_version() -> None:
    assert [path.name for path in FROZEN][:1] == ["v1.db"]
    assert all(path.stat().st_size < 200_000 for path in FROZEN)


@pytest.mark.parametrize("frozen", FROZEN, ids=lambda path: path.stem)
async def test_a_frozen_database_opens_and_holds_what_it_held(tmp_path: Path, frozen: Path) -> None:
    shutil.copyfile(frozen, database(tmp_path))
    async with home_in(tmp_path) as home:
        ((session,), total) = await home.store.list_sessions(home.ada, SessionFilter(), 10, 0)
        assert (session.title, session.pinned, session.project_id, total) == ("Kept", True, "p", 1)
        assert {member.name: member.role for member in session.members} == {"ada": "owner", "bob": "writer"}
        assert await home.messages(session) == [
            "the old lighthouse",
            "nul \x00 emoji 🦆 ימין",
            "why?",
            "because",
            "why?",
            "half an",
            "and then?",
        ]
        (hit,) = (await home.store.list_hits(home.ada, "lighthous", SearchFilter(), 5)).hits
        assert hit.message.images == ("a.png", {"url": "b"})
        turns = await home.store.list_turns(home.ada, session.id, 10)
        assert [turn.state for turn in turns] == ["completed", "failed", "running", "queued"]
        assert turns[1].error is not None
        snapshot = await home.store.get_snapshot(home.ada, session.id, 50)
        assert snapshot.partial is not None
        assert snapshot.partial.text == "half finished"
        assert [r.external_id for r in snapshot.receipts] == ["900"]
        assert (await home.store.get_binding(home.ada, "irc", "#a")).session_id == session.id
        assert (await home.store.list_tokens(home.ada))[0].scopes == ("read", "write")
        user = await home.store.get_user_of("irc", "ada_")
        assert user is not None
        assert user.id == home.ada.user_id


@pytest.mark.parametrize("frozen", FROZEN, ids=lambda path: path.stem)
async def test_a_frozen_database_goes_on_where_it_was(tmp_path: Path, frozen: Path) -> None:
    shutil.copyfile(frozen, database(tmp_path))
    async with home_in(tmp_path) as home:
        ((session,), _) = await home.store.list_sessions(home.ada, SessionFilter(), 10, 0)
        state = await home.store.get_snapshot(home.ada, session.id, 50)
        await home.answer(await home.start(session), "whole")
        await home.post(session, "a new lighthouse", by=once(home.ada, "new"))
        for event in home.events:
            state = apply(state, event)
        assert state == await home.store.get_snapshot(home.ada, session.id, 50)
        events = await home.store.list_events(session.id, 0, 1000)
        assert [event.seq for event in events] == list(range(1, state.session.last_seq + 1))
        assert len((await home.store.list_hits(home.ada, "lighthouse", SearchFilter(), 5)).hits) == 2
        await home.store.delete_session(home.ada, session.id)
    assert query(database(tmp_path), "PRAGMA integrity_check") == [("ok",)]


async def test_a_migration_that_fails_leaves_the_database_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with home_in(tmp_path):
        pass
    before = everything(database(tmp_path))
    known = migrations._scripts()
    broken = "CREATE TABLE half (x); INSERT INTO half VALUES (';'); DROP TABLE keys; SELECT * FROM nowhere;"
    monkeypatch.setattr(migrations, "_scripts", lambda: [*known, broken])
    with pytest.raises(StoreUnusable, match="no such table: nowhere"):
        async with opened(database(tmp_path)):
            pass
    assert everything(database(tmp_path)) == before
    assert query(database(tmp_path), "PRAGMA user_version") == [(len(known),)]


async def test_each_migration_runs_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with home_in(tmp_path):
        pass
    known = migrations._scripts()
    monkeypatch.setattr(migrations, "_scripts", lambda: [*known, "CREATE TABLE later (x);", "DROP TABLE later;"])
    for _ in range(2):
        async with home_in(tmp_path) as home:
            assert len(await home.store.list_users(home.admin)) == 3
    assert query(database(tmp_path), "PRAGMA user_version") == [(len(known) + 2,)]

from __future__ import annotations

from pathlib import Path

import pytest

from segue.events import apply
from segue.models import CreateSession
from segued.errors import StoreTooNew, StoreUnusable
from segued.store.base import ImportedMessage, Origin, SearchFilter, SessionFilter
from segued.store.sqlite import migrations
from segued.store.sqlite.restoring import restore
from tests.segued.store.drivers import once
from tests.segued.store.sqlite.files import database, everything, home_in, opened, query
from tests.segued.store.sqlite.frozen import thaw

FROZEN = [Path(__file__).parent.parent / "v1.db", *sorted((Path(__file__).parent.parent / "frozen").glob("*.sql"))]

KEPT = SessionFilter(search="Kept")


def test_there_is_a_frozen_database_of_each_version_that_was_released() -> None:
    assert [path.name for path in FROZEN[1:]] == [f"{number:04}.sql" for number in range(1, len(FROZEN))]
    assert len(FROZEN) > 12
    assert all(path.stat().st_size < 200_000 for path in FROZEN)


@pytest.mark.parametrize("frozen", FROZEN, ids=lambda path: path.stem)
async def test_a_frozen_database_opens_and_holds_what_it_held(tmp_path: Path, frozen: Path) -> None:
    thaw(frozen, database(tmp_path))
    async with home_in(tmp_path) as home:
        ((session,), total) = await home.store.list_sessions(home.ada, KEPT, 10, 0)
        assert (session.title, session.pinned, session.project_id, total) == ("Kept", True, "p", 1)
        assert {member.name: member.role for member in session.members} == {"ada": "owner", "bob": "writer"}
        # SQL as text ends at a NUL: only the file that was kept as it was has what comes behind it.
        assert [text.partition("\x00")[0] for text in await home.messages(session)][:7] == [
            "the old lighthouse",
            "nul ",
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
    thaw(frozen, database(tmp_path))
    async with home_in(tmp_path) as home:
        ((session,), _) = await home.store.list_sessions(home.ada, KEPT, 10, 0)
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
        assert (await home.store.check_integrity(full=True)).ok
    assert query(database(tmp_path), "PRAGMA integrity_check") == [("ok",)]
    assert query(database(tmp_path), "PRAGMA foreign_key_check") == []


async def test_what_agents_and_programs_left_in_the_newest_is_there(tmp_path: Path) -> None:
    thaw(FROZEN[-1], database(tmp_path))
    async with home_in(tmp_path) as home:
        ((session,), _) = await home.store.list_sessions(home.ada, SessionFilter(search="Used"), 10, 0)
        snapshot = await home.store.get_snapshot(home.ada, session.id, 50)
        assert [(m.role, m.content) for m in snapshot.messages] == [
            ("user", "what is the time?"),
            ("assistant", "I look."),
            ("tool", "noon"),
            ("assistant", "It is noon."),
            ("user", "an item"),
            ("user", "brought in from a log"),
        ]
        types = [event.type for event in await home.store.list_events(session.id, 0, 1000)]
        assert {"context.compressed", "tool.called", "tool.finished"} <= set(types)
        origin = Origin("irc/#old", CreateSession(title="Old"), "never", session.created_at, into=session.id)
        known = ImportedMessage("1", "user", "nick", "brought in from a log", session.created_at)
        assert (await home.store.add_imported(home.ada, origin, (known,), ())).known == 1


def versions(folder: Path) -> dict[str, int]:
    """Return the copies that were kept before updates, each with its version."""
    copies = folder.glob("*.before-*")
    return {path.name: query(path, "PRAGMA user_version")[0][0] for path in copies}


async def test_before_an_update_a_copy_is_kept_and_the_log_says_where(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    thaw(FROZEN[3], database(tmp_path))
    (tmp_path / "segue.db.before-3").touch()
    (tmp_path / "segue.db.before-restore-20260101T000000Z").touch()
    before = everything(database(tmp_path))
    with caplog.at_level("INFO"):
        async with opened(database(tmp_path)):
            pass
    kept = tmp_path / f"segue.db.before-{migrations.newest()}"
    assert versions(tmp_path) == {kept.name: 3, "segue.db.before-restore-20260101T000000Z": 0}
    assert everything(kept) == before
    assert kept.stat().st_mode & 0o777 == 0o600
    assert f"`segue restore {kept}`" in caplog.text
    caplog.clear()
    async with opened(database(tmp_path)):
        pass
    assert "restore" not in caplog.text


async def test_a_new_database_needs_no_copy(tmp_path: Path) -> None:
    async with opened(database(tmp_path)):
        pass
    assert versions(tmp_path) == {}


async def test_an_older_program_is_told_the_way_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    thaw(FROZEN[-1], database(tmp_path))
    async with opened(database(tmp_path)):
        pass
    kept = tmp_path / f"segue.db.before-{migrations.newest()}"
    after = everything(database(tmp_path))
    known = migrations._scripts()
    monkeypatch.setattr(migrations, "_scripts", lambda: known[:12])
    with pytest.raises(StoreTooNew, match=rf"install the version.*Nothing was changed.*segue restore {kept}"):
        async with opened(database(tmp_path)):
            pass
    assert everything(database(tmp_path)) == after
    restore(database(tmp_path), kept, False, lambda text: None)
    async with opened(database(tmp_path)):
        pass


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

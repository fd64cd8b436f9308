"""Whatever waits is written in one commit, and no verb is harmed by its neighbours."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from segue.errors import Forbidden, IdempotencyConflict, SegueError, SessionNotFound, StorageFailed, TurnNotFound
from segue.models import CreateSession, PostMessage, Session, SessionId, TurnId, UpdateSession, User
from segued.store.base import Actor
from segued.store.sqlite.connection import write
from segued.store.sqlite.people import add as add_user
from segued.store.sqlite.transaction import Transaction
from tests.segued.store.drivers import members, once
from tests.segued.store.sqlite.files import database, home_in, query

SAY = (PostMessage(content="hi"),)


async def test_many_appends_at_once_take_few_commits(tmp_path: Path) -> None:
    async with home_in(tmp_path) as home:
        session = await home.session()
        seen: list[str] = []
        await home.store._writer.set_trace_callback(seen.append)  # type: ignore[attr-defined]
        await asyncio.gather(*[home.store.add_messages(home.ada, session.id, SAY) for _ in range(400)])
        assert 1 <= seen.count("COMMIT") <= 4
        assert len(await home.messages(session)) == 400


async def test_in_one_commit_each_verb_sees_what_those_before_it_did(tmp_path: Path) -> None:
    async with home_in(tmp_path) as home:
        session, store, ada = await home.session(), home.store, home.ada
        said = await home.post(session, "first")
        posts = [store.add_messages(ada, session.id, (PostMessage(content=str(n)),)) for n in range(6)]
        await asyncio.gather(
            posts[0],
            store.update_session(ada, session.id, UpdateSession(title="new")),
            posts[1],
            store.add_turn(ada, session.id, None, None),
            posts[2],
            store.delete_message(ada, session.id, said.id),
            posts[3],
            store.update_binding(ada, "irc", "#a", session.id, "live"),
            posts[4],
            posts[5],
        )
        now = await store.get_session(ada, session.id)
        events = await store.list_events(session.id, 0, 100)
        assert [event.seq for event in events] == list(range(1, now.last_seq + 1))
        assert [commit.position for commit in home.commits] == list(range(1, len(home.commits) + 1))
        assert await home.messages(session) == ["0", "1", "2", "3", "4", "5"]
        assert (now.title, now.message_count, now.last_message_preview) == ("new", 6, "5")


async def test_who_is_shut_out_in_one_commit_posts_nothing_more_in_it(tmp_path: Path) -> None:
    async with home_in(tmp_path) as home:
        session = await home.session()
        await home.share(session)
        before, change, after = await asyncio.gather(
            home.store.add_messages(home.bob, session.id, SAY),
            home.store.update_session(home.ada, session.id, members((home.bob, "reader"))),
            home.store.add_messages(home.bob, session.id, SAY),
            return_exceptions=True,
        )
        assert isinstance(before, tuple)
        assert isinstance(change, Session)
        assert isinstance(after, Forbidden)


async def test_what_an_admin_may_their_lesser_token_may_not_in_the_same_commit(tmp_path: Path) -> None:
    async with home_in(tmp_path) as home:
        session = await home.session(by=home.bob)
        lesser = Actor(home.admin.user_id, "admin", "http")
        allowed, refused = await asyncio.gather(
            home.store.add_messages(home.admin, session.id, SAY),
            home.store.add_messages(lesser, session.id, SAY),
            return_exceptions=True,
        )
        assert isinstance(allowed, tuple)
        assert isinstance(refused, SessionNotFound)


async def test_a_session_deleted_in_a_commit_takes_no_more_messages_in_it(tmp_path: Path) -> None:
    async with home_in(tmp_path) as home:
        session = await home.session()
        _, gone, refused = await asyncio.gather(
            home.store.add_messages(home.ada, session.id, SAY),
            home.store.delete_session(home.ada, session.id),
            home.store.add_messages(home.ada, session.id, SAY),
            return_exceptions=True,
        )
        assert gone is None
        assert isinstance(refused, SessionNotFound)
    assert query(database(tmp_path), "SELECT * FROM messages") == []


async def test_a_key_used_for_two_requests_in_one_commit_is_one_of_them(tmp_path: Path) -> None:
    async with home_in(tmp_path) as home:
        session = await home.session()
        first, again, other = await asyncio.gather(
            home.store.add_messages(once(home.ada, "k"), session.id, SAY),
            home.store.add_messages(once(home.ada, "k"), session.id, SAY),
            home.store.add_messages(once(home.ada, "k", b"other"), session.id, SAY),
            return_exceptions=True,
        )
        assert first == again
        assert isinstance(other, IdempotencyConflict)


def _add_and_break(tx: Transaction, name: str) -> User:
    add_user(tx, name)
    raise SessionNotFound("too late")


def _add_and_violate(tx: Transaction, name: str) -> User:
    add_user(tx, name)
    tx.execute("INSERT INTO users (id, name, created_at) VALUES ('x', ?, 0)", (name,))
    raise AssertionError


@pytest.mark.parametrize(("verb", "error"), [(_add_and_break, SessionNotFound), (_add_and_violate, StorageFailed)])
async def test_a_verb_that_fails_after_it_wrote_leaves_nothing_and_its_neighbours_are_kept(
    tmp_path: Path, verb: object, error: type[SegueError]
) -> None:
    async with home_in(tmp_path) as home:
        session = await home.session()
        broken = write(verb)  # type: ignore[arg-type, var-annotated]
        works = [
            broken(home.store, f"ghost{n}") if n % 5 == 0 else home.store.add_messages(home.ada, session.id, SAY)
            for n in range(50)
        ]
        results = await asyncio.gather(*works, return_exceptions=True)
        assert all(isinstance(result, error if n % 5 == 0 else tuple) for n, result in enumerate(results))
        assert len(await home.messages(session)) == 40
        assert not [user.name for user in await home.store.list_users(home.admin) if "ghost" in user.name]
        assert [event.seq for event in home.events] == list(range(1, 42))
        assert home.store.healthy


async def test_verbs_that_are_refused_cost_their_neighbours_nothing(tmp_path: Path) -> None:
    async with home_in(tmp_path) as home:
        session = await home.session()
        seen: list[str] = []
        await home.store._writer.set_trace_callback(seen.append)  # type: ignore[attr-defined]
        works: list[object] = []
        for _ in range(100):
            works += [
                home.store.add_messages(home.ada, session.id, SAY),
                home.store.cancel_turn(home.ada, TurnId("nothing")),
                home.store.add_messages(home.ada, SessionId("nowhere"), SAY),
            ]
        results = await asyncio.gather(*works, return_exceptions=True)  # type: ignore[call-overload]
        assert [type(result) for result in results] == [tuple, TurnNotFound, SessionNotFound] * 100
        assert seen.count("ROLLBACK") == 0


async def test_a_caller_who_goes_away_takes_nothing_back(tmp_path: Path) -> None:
    async with home_in(tmp_path) as home:
        session = await home.session()
        async with asyncio.TaskGroup() as tasks:
            left = [tasks.create_task(home.store.add_messages(home.ada, session.id, SAY)) for _ in range(5)]
            await asyncio.sleep(0)
            left[2].cancel()
        await home.post(session, "last")
        assert len(await home.messages(session)) == 6


async def test_what_waits_when_the_store_closes_is_still_written(tmp_path: Path) -> None:
    async with home_in(tmp_path) as home:
        session = await home.session()
        async with asyncio.TaskGroup() as tasks:
            for _ in range(100):
                tasks.create_task(home.store.add_messages(home.ada, session.id, SAY))
            await asyncio.sleep(0)
            home.store.close()  # type: ignore[attr-defined]
        with pytest.raises(SegueError, match="stopping"):
            await home.store.add_session(home.ada, CreateSession(), "never")
    assert query(database(tmp_path), "SELECT count(*) FROM messages") == [(100,)]


async def test_readers_cannot_write(tmp_path: Path) -> None:
    async with home_in(tmp_path) as home:
        async with home.store._reader() as reader:  # type: ignore[attr-defined]
            with pytest.raises(sqlite3.OperationalError, match="readonly"):
                await reader.execute("DELETE FROM users")
        assert len(await home.store.list_users(home.admin)) == 3

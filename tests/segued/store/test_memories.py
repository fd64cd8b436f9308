"""Memories: every version of them, whose they are, until they expire or are deleted."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from segue.errors import Forbidden, MemoryNotFound, SessionNotFound
from segue.events import MemoryEvent
from segue.models import (
    MAX_TTL_SECONDS,
    MEMORY_VERSIONS,
    CreateSession,
    ForkSession,
    ImportedMemory,
    Memory,
    MemorySaved,
    SaveMemory,
    SessionId,
    UpdateSession,
)
from segued.store.base import Actor, MemoryRead, Origin, SearchFilter
from tests.segued.store.drivers import Driver, Home, members, once, open_home
from tests.segued.store.test_text import TEXTS


async def save(
    home: Home, key: str = "k", value: str = "v", by: Actor | None = None, project: str = "p", **fields: Any
) -> MemorySaved:
    return await home.store.save_memory(by or home.ada, project, SaveMemory(key=key, value=value, **fields))


async def values(home: Home, by: Actor | None = None, project: str = "p") -> dict[str, str]:
    found = await home.store.list_memories_by_key(by or home.ada, project, "", 1000)
    return {memory.key: memory.value for memory in found}


async def expiring(home: Home, key: str = "short", by: Actor | None = None) -> None:
    """Save a memory and wait until it has expired, but is not yet deleted."""
    soon = datetime.now(UTC) + timedelta(milliseconds=30)
    memory = ImportedMemory(key=key, value="lived", expires_at=soon)
    await home.store.save_memories(by or home.ada, "p", (memory,))
    while key in await values(home):
        pass


async def test_a_memory_comes_back_as_it_was_saved(driver: Driver) -> None:
    async with open_home(driver) as home:
        session = await home.session()
        metadata = {"author": "ada", "deep": {"ü": [1, 2.5, None, True]}}
        saved = await save(home, "archi", "micro\nservices", metadata=metadata, session_id=session.id, ttl_seconds=60)
        assert saved.memory_id.startswith("mem_")
        assert len(saved.memory_id) == 16
        assert (saved.version, saved.message) == (1, "Memory created successfully")
    async with open_home(driver) as home:
        memory = await home.store.get_memory(home.ada, "p", "archi")
        assert memory.memory_id == saved.memory_id
        assert (memory.memory_key, memory.memory_value, memory.project_id) == ("archi", "micro\nservices", "p")
        assert (memory.key, memory.value, memory.metadata) == ("archi", "micro\nservices", metadata)
        assert (memory.saved_by, memory.interface, memory.session_id) == ("ada", "tui", session.id)
        assert memory.expires_at == memory.created_at + timedelta(seconds=60)
        assert memory.accessed_count == 0


@pytest.mark.parametrize("text", [t for t in TEXTS.values() if len(t) < 200_000], ids=lambda t: repr(t[:8]))
async def test_text_comes_back_exactly(home: Home, text: str) -> None:
    await save(home, value=text)
    assert (await home.store.get_memory(home.ada, "p", "k")).value == text
    ((*_, event), _) = await home.store.list_all_events(home.ada, 0, 100)
    assert event.data.value == text
    await home.store.list_memory_hits(home.ada, "p", text[:500], 5)
    await home.store.delete_memory(home.ada, "p", "k")


async def test_what_is_saved_again_is_the_next_version_of_the_same_memory(home: Home) -> None:
    first = await save(home, value="one", metadata={"a": 1})
    await home.share(await home.session(project_id="p"))
    second = await save(home, value="two", by=home.bob)
    assert (second.memory_id, second.version) == (first.memory_id, 2)
    history = await home.store.get_memory_history(home.ada, "p", "k")
    assert [(v.version, v.value, v.metadata, v.saved_by) for v in history.versions] == [
        (2, "two", None, "bob"),
        (1, "one", {"a": 1}, "ada"),
    ]
    memory = await home.store.get_memory(home.ada, "p", "k")
    assert memory.created_at < memory.saved_at


async def test_a_version_is_restored_as_the_next_one(home: Home) -> None:
    await save(home, value="one", metadata={"a": 1})
    await save(home, value="two")
    saved = await home.store.restore_memory(home.ada, "p", "k", 1)
    assert (saved.version, saved.message) == (3, "Memory restored from version 1")
    memory = await home.store.get_memory(home.ada, "p", "k")
    assert (memory.value, memory.metadata, memory.restored_from) == ("one", {"a": 1}, 1)
    with pytest.raises(MemoryNotFound, match="no version 9"):
        await home.store.restore_memory(home.ada, "p", "k", 9)
    with pytest.raises(MemoryNotFound):
        await home.store.restore_memory(home.ada, "p", "nothing", 1)


async def test_a_restored_version_lives_as_long_again_as_it_was_to(home: Home) -> None:
    await save(home, value="for ever")
    await save(home, value="an hour", ttl_seconds=3600)
    await save(home, value="a minute", ttl_seconds=60)
    for version, life in ((1, None), (2, timedelta(hours=1)), (4, None), (5, timedelta(hours=1))):
        await home.store.restore_memory(home.ada, "p", "k", version)
        memory = await home.store.get_memory(home.ada, "p", "k")
        assert memory.expires_at == (memory.saved_at + life if life is not None else None)


async def test_what_was_to_outlive_every_limit_is_restored_for_the_longest_time(home: Home) -> None:
    """An earlier version of the daemon took such dates from imports."""
    late = ImportedMemory(key="k", value="v", expires_at=datetime.max.replace(tzinfo=UTC))
    await home.store.save_memories(home.ada, "p", (late,))
    await home.store.restore_memory(home.ada, "p", "k", 1)
    memory = await home.store.get_memory(home.ada, "p", "k")
    assert memory.expires_at == memory.saved_at + timedelta(seconds=MAX_TTL_SECONDS)


async def test_the_last_versions_are_kept_and_no_more(home: Home) -> None:
    for number in range(MEMORY_VERSIONS + 5):
        await save(home, value=str(number))
    versions = (await home.store.get_memory_history(home.ada, "p", "k")).versions
    assert [v.version for v in versions] == list(range(MEMORY_VERSIONS + 5, 5, -1))
    events, _ = await home.store.list_all_events(home.ada, 0, 1000)
    assert [e.data.version for e in events if isinstance(e, MemoryEvent)] == list(range(6, MEMORY_VERSIONS + 6))


async def test_what_has_expired_is_gone_at_once_and_told_when_it_is_deleted(home: Home) -> None:
    await save(home, "stays")
    await save(home, "later", ttl_seconds=3600)
    await expiring(home)
    assert "memory.expired" not in [event.type for event in home.events]
    with pytest.raises(MemoryNotFound):
        await home.store.get_memory(home.ada, "p", "short")
    assert [m.key for m in await home.store.list_memories(home.ada, "p", 10)] == ["later", "stays"]
    assert await home.store.list_memory_hits(home.ada, "p", "lived", 5) == ()
    for verb in (home.store.get_memory_history, home.store.delete_memory):
        with pytest.raises(MemoryNotFound):
            await verb(home.ada, "p", "short")
    count, due = await home.store.delete_expired_memories(100)
    later = await home.store.get_memory(home.ada, "p", "later")
    assert (count, due) == (1, later.expires_at)
    expired = home.events[-1]
    assert (expired.type, expired.actor, expired.session_id, expired.seq) == ("memory.expired", "segued", None, None)
    assert (expired.data.key, expired.data.value) == ("short", "")
    assert home.commits[-1].audience == {home.ada.user_id}
    assert await home.store.delete_expired_memories(100) == (0, due)


async def test_a_key_that_expired_begins_anew(home: Home) -> None:
    await expiring(home)
    saved = await save(home, "short", "again")
    assert (saved.version, saved.message) == (1, "Memory created successfully")
    assert [event.type for event in home.events][-2:] == ["memory.expired", "memory.saved"]


async def test_a_deleted_memory_leaves_only_that_it_was_deleted(home: Home) -> None:
    await save(home, value="one")
    await save(home, value="two")
    await home.store.list_memory_hits(home.ada, "p", "one", 5)
    await home.store.delete_memory(home.ada, "p", "k")
    with pytest.raises(MemoryNotFound, match="remembers nothing under 'k'"):
        await home.store.get_memory(home.ada, "p", "k")
    events, _ = await home.store.list_all_events(home.ada, 0, 100)
    assert [event.type for event in events] == ["memory.deleted"]
    assert events[0].data.value == ""
    assert (await save(home)).version == 1


async def test_state_and_events_make_the_new_state(home: Home) -> None:
    """Whoever follows can keep a list of a project's memories true by its events alone."""
    await save(home, "a", "1")
    before = await home.store.get_last_position()
    known = {m.key: m for m in await home.store.list_memories_by_key(home.ada, "p", "", 100)}
    await save(home, "a", "2")
    await save(home, "b", "1", metadata={"x": 1})
    await save(home, "c", "1")
    await home.store.restore_memory(home.ada, "p", "a", 1)
    await home.store.delete_memory(home.ada, "p", "c")
    await expiring(home)
    await home.store.delete_expired_memories(10)
    published = [event for event in home.events if isinstance(event, MemoryEvent)][1:]
    replayed, _ = await home.store.list_all_events(home.ada, before, 100)
    assert [event.id for event in replayed] == sorted(event.id or 0 for event in replayed)
    for events in (published, replayed):
        state = dict(known)
        for event in events:
            assert isinstance(event, MemoryEvent)
            if event.type == "memory.saved":
                state[event.data.key] = event.data
            else:
                state.pop(event.data.key, None)
        fresh = await home.store.list_memories_by_key(home.ada, "p", "", 100)
        assert {key: plain(memory) for key, memory in state.items()} == {m.key: plain(m) for m in fresh}


def plain(memory: Memory) -> dict[str, Any]:
    """Return what of a memory its events tell: not how often it was read."""
    return memory.model_dump(exclude={"last_accessed", "accessed_count"})


async def test_the_words_of_keys_and_values_are_found(home: Home) -> None:
    await save(home, "deploy-day", "every Friday before noon")
    await save(home, "database", "PostgreSQL 16, and we deploy it by hand")
    await save(home, "editor", "helix")
    await save(home, "deploy-day", "every Friday", project="other")
    found = await home.store.list_memory_hits(home.ada, "p", "deploys", 5)
    assert [hit.key for hit in found] == ["deploy-day", "database"]
    assert found[1].snippet == "PostgreSQL 16, and we ⟦deploy⟧ it by hand"
    assert [h.key for h in await home.store.list_memory_hits(home.ada, "p", "ostgre", 5)] == ["database"]
    assert await home.store.list_memory_hits(home.ada, "p", '"" * (', 5) == ()
    assert await home.store.list_memory_hits(home.ada, "nowhere", "deploy", 5) == ()


async def test_a_search_is_narrowed_down_by_who_saved_what_it_says_now_where_and_when(home: Home) -> None:
    session = await home.session(project_id="p")
    await home.share(session)
    await save(home, "a", "duck", session_id=session.id)
    await save(home, "b", "duck")
    await save(home, "b", "a duck", by=Actor(home.bob.user_id, "Bobby", "discord"))
    times = [(await home.store.get_memory(home.ada, "p", key)).saved_at for key in "ab"]
    for where, keys in (
        (SearchFilter(), "ab"),
        (SearchFilter(session_id=session.id), "a"),
        (SearchFilter(user="bobby"), "b"),
        (SearchFilter(user="BOB"), ""),
        (SearchFilter(user="bob"), "b"),
        (SearchFilter(user=home.ada.user_id), "a"),
        (SearchFilter(user="ada", interface="discord"), ""),
        (SearchFilter(interface="discord"), "b"),
        (SearchFilter(since=times[1]), "b"),
        (SearchFilter(until=times[1]), "a"),
        (SearchFilter(since=times[0], until=times[0]), ""),
    ):
        found = await home.store.list_memory_hits(home.ada, "p", "duck", 5, where)
        assert sorted(hit.key for hit in found) == list(keys), where


async def test_a_search_in_memories_has_pages(home: Home) -> None:
    for number in range(5):
        await save(home, str(number), "duck")
    pages = [await home.store.list_memory_hits(home.ada, "p", "duck", 2, offset=at) for at in (0, 2, 4, 6)]
    assert [[hit.key for hit in page] for page in pages] == [["4", "3"], ["2", "1"], ["0"], []]


async def test_what_was_saved_from_somebody_elses_session_is_not_searched_by_it(home: Home) -> None:
    theirs = await home.session(by=home.bob)
    with pytest.raises(SessionNotFound):
        await home.store.list_memory_hits(home.ada, "p", "duck", 5, SearchFilter(session_id=theirs.id))
    with pytest.raises(SessionNotFound):
        await home.store.list_memory_vectors(home.ada, "p", "m", SearchFilter(session_id=theirs.id))


async def test_an_old_version_is_not_found_any_more(home: Home) -> None:
    await save(home, value="zeppelin")
    assert await home.store.list_memory_hits(home.ada, "p", "zeppelin", 5)
    await save(home, value="balloon")
    assert await home.store.list_memory_hits(home.ada, "p", "zeppelin", 5) == ()
    assert [h.version for h in await home.store.list_memory_hits(home.ada, "p", "balloon", 5)] == [2]
    await save(home, value="kite")
    await home.store.delete_memory(home.ada, "p", "k")
    assert await home.store.list_memory_hits(home.ada, "p", "kite balloon zeppelin", 5) == ()


async def test_reads_move_a_memory_to_the_front_and_never_back(home: Home) -> None:
    saved = [await save(home, key) for key in ("a", "b", "c")]
    at = datetime.now(UTC)
    read = MemoryRead(saved[0].memory_id, at, 3)
    await home.store.update_memory_reads((read, MemoryRead(saved[0].memory_id, at - timedelta(1), 2)))
    found = await home.store.list_memories(home.ada, "p", 2, (saved[1].memory_id,))
    assert [(m.key, m.accessed_count) for m in found] == [("a", 3), ("c", 0), ("b", 0)]
    assert found[0].last_accessed == at


async def test_what_comes_from_a_session_is_in_its_context(home: Home) -> None:
    session = await home.session()
    saved = await save(home, session_id=session.id)
    (use,) = (await home.store.get_context(home.ada, session.id, 5)).context.saved_memories
    assert (use.memory_id, use.memory_key) == (saved.memory_id, "k")
    with pytest.raises(SessionNotFound):
        await save(home, "other", session_id=SessionId("nowhere"))
    assert await values(home) == {"k": "v"}


async def test_the_same_key_saves_once(home: Home) -> None:
    by = once(home.ada, "key")
    first, again = await save(home, by=by), await save(home, by=by)
    assert first == again
    assert len((await home.store.get_memory_history(home.ada, "p", "k")).versions) == 1


async def test_many_who_save_at_once_lose_no_version(home: Home) -> None:
    await asyncio.gather(*(save(home, f"k{n % 5}", str(n)) for n in range(200)))
    for key in range(5):
        versions = (await home.store.get_memory_history(home.ada, "p", f"k{key}")).versions
        assert [v.version for v in reversed(versions)] == list(range(1, 41))
        assert {v.value for v in versions} == {str(n) for n in range(key, 200, 5)}


async def test_what_is_brought_in_twice_adds_nothing(home: Home) -> None:
    past, future = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
    memories = (
        ImportedMemory(key="a", value="1", metadata={"x": [1]}),
        ImportedMemory(key="b", value="2", expires_at=future),
        ImportedMemory(key="c", value="3", expires_at=past),
    )
    first = await home.store.save_memories(home.ada, "p", memories)
    assert (first.saved, first.unchanged) == (2, 0)
    assert [(s.key, s.reason) for s in first.skipped] == [("c", "it has expired on 2020-01-01")]
    again = await home.store.save_memories(home.ada, "p", memories)
    assert (again.saved, again.unchanged) == (0, 2)
    assert await values(home) == {"a": "1", "b": "2"}


# --- whose they are


async def test_a_stranger_finds_nothing_and_cannot_name_their_way_in(home: Home) -> None:
    await save(home, value="secret")
    with pytest.raises(Forbidden, match="somebody else's"):
        await home.session(by=home.bob, project_id="p")
    assert await home.store.list_memories(home.bob, "p", 10) == ()
    assert await values(home, home.bob) == {}
    assert await home.store.list_memory_hits(home.bob, "p", "secret", 5) == ()
    assert (await home.store.list_all_events(home.bob, 0, 100))[0] == ()
    for verb in (home.store.get_memory, home.store.get_memory_history, home.store.delete_memory):
        with pytest.raises(MemoryNotFound):
            await verb(home.bob, "p", "k")
    with pytest.raises(MemoryNotFound):
        await home.store.restore_memory(home.bob, "p", "k", 1)
    before = len(home.commits)
    with pytest.raises(Forbidden, match="somebody else's"):
        await save(home, "k", "mine now", by=home.bob)
    with pytest.raises(Forbidden):
        await home.store.save_memories(home.bob, "p", (ImportedMemory(key="k", value="x"),))
    assert len(home.commits) == before
    assert await home.store.list_projects(home.bob, 10, 0) == ()


async def test_a_project_is_whose_session_named_it_first(home: Home) -> None:
    await home.session(project_id="p")
    with pytest.raises(Forbidden):
        await save(home, by=home.bob)
    assert await home.store.list_memories(home.bob, "p", 10) == ()
    await save(home, "mine")
    await save(home, "theirs", by=home.admin)
    assert await values(home) == {"mine": "v", "theirs": "v"}


async def test_who_shares_a_session_of_the_project_shares_its_memories(home: Home) -> None:
    await save(home, "old")
    session = await home.session(project_id="p")
    await home.share(session, "reader")
    assert await values(home, home.bob) == {"old": "v"}
    with pytest.raises(Forbidden):
        await save(home, by=home.bob)
    with pytest.raises(Forbidden):
        await home.store.delete_memory(home.bob, "p", "old")
    await home.share(session, "writer")
    await save(home, "new", by=home.bob)
    assert home.commits[-1].audience == {home.ada.user_id, home.bob.user_id}
    await home.store.update_session(home.ada, session.id, members())
    assert await values(home, home.bob) == {}
    await save(home, "newer")
    assert home.commits[-1].audience == {home.ada.user_id}


async def test_who_was_brought_in_brings_in_others_and_a_reader_does_not(home: Home) -> None:
    carol = Actor((await home.store.add_user("carol")).id, "carol", "tui")
    await save(home)
    shared = await home.session(project_id="p")
    await home.share(shared)
    bobs = await home.session(by=home.bob, project_id="p")
    await home.store.update_session(home.bob, bobs.id, members((carol, "writer")))
    for role, seen in (("reader", {}), ("writer", {"k": "v"})):
        await home.share(shared, role)
        assert await values(home, carol) == seen


async def test_a_session_that_leaves_the_project_takes_its_members_along(home: Home) -> None:
    session = await home.session(project_id="p")
    await home.share(session)
    await save(home)
    assert home.commits[-1].audience == {home.ada.user_id, home.bob.user_id}
    await home.store.update_session(home.ada, session.id, UpdateSession(project_id="q"))
    await save(home, value="2")
    assert home.commits[-1].audience == {home.ada.user_id}
    assert await values(home, home.bob) == {}


async def test_only_who_may_write_a_project_puts_sessions_into_it(home: Home) -> None:
    await save(home, value="secret")
    mine = await home.session()
    await home.share(mine)
    into = UpdateSession(project_id="p")
    for by, session in ((home.bob, mine), (home.bob, await home.session(by=home.bob))):
        with pytest.raises(Forbidden):
            await home.store.update_session(by, session.id, into)
    origin = Origin("elsewhere", CreateSession(project_id="p"), "never", datetime(2001, 1, 1, tzinfo=UTC))
    with pytest.raises(Forbidden):
        await home.store.add_imported(home.bob, origin, (), ())
    assert await values(home, home.bob) == {}
    await home.store.update_session(home.ada, mine.id, into)
    assert await values(home, home.bob) == {"k": "secret"}


async def test_a_copy_stays_in_the_project_for_who_may_write_there(home: Home) -> None:
    session = await home.session(project_id="p")
    for role, project in (("reader", None), ("writer", "p")):
        await home.share(session, role)
        assert (await home.store.fork_session(home.bob, session.id, ForkSession())).project_id == project


async def test_who_hands_a_session_over_gets_into_no_project_by_it(home: Home) -> None:
    """Whoever was in a project keeps sessions there when they are taken out."""
    await save(home, value="secret")
    shared = await home.session(project_id="p")
    await home.share(shared)
    bobs = await home.session(by=home.bob, project_id="p")
    await home.store.update_session(home.ada, shared.id, members())
    await home.store.update_member(home.bob, bobs.id, "ada", "writer")
    assert (await home.store.update_member(home.bob, bobs.id, "ada", "owner")).project_id is None
    assert await values(home, home.bob) == {}


async def test_a_session_goes_over_with_its_project_to_who_may_write_there(home: Home) -> None:
    await save(home)
    first, second = await home.session(project_id="p"), await home.session(project_id="p")
    for session in (first, second):
        await home.share(session)
    handed = await home.store.update_member(home.ada, first.id, "bob", "owner")
    assert (handed.project_id, await values(home, home.bob)) == ("p", {"k": "v"})
    assert (await home.store.update_member(home.ada, second.id, "bob", "owner")).project_id is None
    assert (await values(home), await values(home, home.bob)) == ({"k": "v"}, {})


async def test_a_project_stays_whose_it_is_whatever_is_put_into_it(home: Home) -> None:
    older = await home.session(by=home.bob)
    await home.share(await home.session(project_id="p"))
    await home.store.update_session(home.bob, older.id, UpdateSession(project_id="p"))
    await save(home)
    assert await values(home) == {"k": "v"}


async def test_an_admin_sees_every_project(home: Home) -> None:
    await save(home)
    await save(home, by=home.bob, project="b")
    await home.session(project_id="only sessions")
    assert await values(home, home.admin) == {"k": "v"}
    found = await home.store.list_projects(home.admin, 10, 0)
    assert [(p.project_id, p.session_count, p.memory_count) for p in found] == [
        ("b", 0, 1),
        ("only sessions", 1, 0),
        ("p", 0, 1),
    ]
    assert [p.project_id for p in await home.store.list_projects(home.ada, 10, 0)] == ["only sessions", "p"]
    assert [p.project_id for p in await home.store.list_projects(home.admin, 1, 1)] == ["only sessions"]

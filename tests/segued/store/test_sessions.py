from __future__ import annotations

import asyncio

import pytest

from segue.errors import Invalid, PlaceTaken, SessionNotFound
from segue.models import CreateSession, Place, UpdateSession
from segued.store.base import Actor, SessionFilter
from tests.segued.store.drivers import Home

ALL = SessionFilter()


async def titles(home: Home, where: SessionFilter = ALL, by: Actor | None = None) -> list[str]:
    found, total = await home.store.list_sessions(by or home.ada, where, 100, 0)
    assert total == len(found)
    return [session.title for session in found]


async def test_a_new_session_is_its_owners_and_comes_back_as_it_was_made(home: Home) -> None:
    made = await home.session(title="Plans", project_id="p", tool_id="t", workspace_path="/w", model_id="openai:x")
    assert await home.store.get_session(home.ada, made.id) == made
    assert (made.title, made.project_id, made.tool_id, made.workspace_path) == ("Plans", "p", "t", "/w")
    assert (made.owner_id, made.last_seq, made.message_count) == (home.ada.user_id, 1, 0)
    assert [(m.name, m.role) for m in made.members] == [("ada", "owner")]


async def test_a_session_needs_an_owner(home: Home) -> None:
    nobody = Actor(None, "nobody", "http", sees_all=True)
    with pytest.raises(Invalid, match="owner"):
        await home.session(by=nobody)


async def test_pinned_sessions_come_first_then_the_latest_changed(home: Home) -> None:
    first, second, third = [await home.session(title=title) for title in ("first", "second", "third")]
    await home.post(second, "hello")
    await home.store.update_session(home.ada, first.id, UpdateSession(pinned=True))
    assert await titles(home) == ["first", "second", "third"]
    await home.post(third, "hello")
    assert await titles(home) == ["first", "third", "second"]


async def test_a_page_of_sessions_tells_how_many_there_are_in_all(home: Home) -> None:
    for number in range(5):
        await home.session(title=str(number))
    page, total = await home.store.list_sessions(home.ada, ALL, 2, 2)
    assert ([session.title for session in page], total) == (["2", "1"], 5)


async def test_sessions_are_found_by_flag_project_title_and_last_words(home: Home) -> None:
    plain = await home.session(title="100%_sure")
    kept = await home.session(title="other", project_id="p")
    await home.store.update_session(home.ada, kept.id, UpdateSession(pinned=True, archived=True))
    await home.post(kept, "the last words")
    assert await titles(home, SessionFilter(archived=True)) == ["other"]
    assert await titles(home, SessionFilter(archived=False)) == ["100%_sure"]
    assert await titles(home, SessionFilter(pinned=True, project_id="p")) == ["other"]
    assert await titles(home, SessionFilter(project_id="")) == []
    assert await titles(home, SessionFilter(search="LAST")) == ["other"]
    assert await titles(home, SessionFilter(search="0%_s")) == ["100%_sure"]
    assert await titles(home, SessionFilter(search="%")) == ["100%_sure"]
    assert await titles(home, SessionFilter(search="_t")) == []
    assert plain.archived is False


async def test_only_what_was_given_is_changed(home: Home) -> None:
    made = await home.session(title="before", project_id="p")
    changed = await home.store.update_session(home.ada, made.id, UpdateSession(title="after"))
    assert (changed.title, changed.project_id) == ("after", "p")
    changed = await home.store.update_session(home.ada, made.id, UpdateSession(project_id=None, archived=True))
    assert (changed.title, changed.project_id, changed.archived) == ("after", None, True)
    with pytest.raises(Invalid, match="title cannot be null"):
        await home.store.update_session(home.ada, made.id, UpdateSession(title=None))
    assert (await home.store.get_session(home.ada, made.id)).title == "after"


async def test_related_sessions_are_those_of_the_same_project_or_owner_that_are_not_archived(home: Home) -> None:
    session = await home.session(title="this", project_id="p")
    await home.session(title="same owner")
    await home.share(session)
    shared = await home.session(by=home.bob, title="same project", project_id="p")
    await home.session(by=home.bob, title="unseen", project_id="p")
    archived = await home.session(title="archived")
    await home.store.update_session(home.ada, archived.id, UpdateSession(archived=True))
    change = UpdateSession.model_validate({"members": [{"user_id": home.ada.user_id, "role": "reader"}]})
    await home.store.update_session(home.bob, shared.id, change)
    related = await home.store.list_related_sessions(home.ada, session.id, 10)
    assert [s.title for s in related] == ["same project", "same owner"]
    assert len(await home.store.list_related_sessions(home.ada, session.id, 1)) == 1


async def test_a_place_finds_its_session_again(home: Home) -> None:
    new = CreateSession(title="kitchen", place=Place(interface="discord", place="42"))
    made, added = await home.store.get_or_add_session(home.ada, new, "always")
    again, added_again = await home.store.get_or_add_session(home.ada, new, "never")
    assert (added, added_again) == (True, False)
    assert again == made
    assert again.reply == "always"
    assert home.types(made.id) == ["session.created", "binding.added"]


async def test_two_who_open_the_same_place_at_once_get_the_same_session(home: Home) -> None:
    new = CreateSession(place=Place(interface="discord", place="42"))
    opened = await asyncio.gather(*[home.store.get_or_add_session(home.ada, new, "never") for _ in range(20)])
    assert len({session.id for session, _ in opened}) == 1
    assert sum(added for _, added in opened) == 1


async def test_the_place_of_a_stranger_is_taken_and_tells_nothing_of_its_session(home: Home) -> None:
    new = CreateSession(place=Place(interface="discord", place="42"))
    made, _ = await home.store.get_or_add_session(home.ada, new, "never")
    for attempt in (home.store.get_or_add_session, home.store.add_session):
        with pytest.raises(PlaceTaken) as refused:
            await attempt(home.bob, new, "never")
        assert made.id not in str(refused.value.to_wire())
    assert await titles(home, by=home.bob) == []


async def test_a_deleted_session_is_gone_for_everybody(home: Home) -> None:
    made = await home.session(place=Place(interface="tui", place="x"))
    await home.post(made, "hello", respond=True)
    await home.store.delete_session(home.ada, made.id)
    for by in (home.ada, home.admin):
        with pytest.raises(SessionNotFound):
            await home.store.get_session(by, made.id)
        assert await titles(home, by=by) == []
    assert await home.store.list_bindings(home.admin) == ()
    assert await home.store.list_open_sessions() == ()
    assert home.types(made.id)[-1] == "session.deleted"

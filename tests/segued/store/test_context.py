"""What happened in a session besides talk: every kind, in any combination, in order, and nothing of it lost."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from segue.events import Snapshot, apply
from segue.models import AddContext, Session, UpdateSession
from tests.segued.store.drivers import Driver, Home, once, open_home


async def add(home: Home, session: Session, **fields: Any) -> None:
    await home.store.add_context(home.ada, session.id, (AddContext(**fields),))


async def test_every_kind_comes_back_in_its_list_with_its_time(driver: Driver) -> None:
    async with open_home(driver) as home:
        session = await home.session()
        await add(home, session, file_path="a.py", file_importance=0.25)
        await add(home, session, search_query="who")
        await add(home, session, decision="we do\nboth")
        await add(home, session, memory_key="auth")
        await add(home, session, memory_id="mem_000000000000")
    async with open_home(driver) as home:
        found = await home.store.get_context(home.ada, session.id, 10)
        context = found.context
        assert [(f.path, f.order, f.importance) for f in context.files_accessed] == [("a.py", 1, 0.25)]
        assert context.file_importance_scores == {"a.py": 0.25}
        assert [s.query for s in context.recent_searches] == ["who"]
        assert [d.decision for d in context.decisions] == ["we do\nboth"]
        assert [(m.memory_id, m.memory_key) for m in context.saved_memories] == [
            (None, "auth"),
            ("mem_000000000000", None),
        ]
        assert context.files_accessed[0].timestamp <= context.decisions[0].timestamp
        assert (found.session_id, found.compressed) == (session.id, False)


async def test_what_is_added_at_once_is_one_event_and_one_entry(home: Home) -> None:
    session = await home.session()
    new = AddContext(file_path="a.py", file_importance=1, search_query="q", decision="d", memory_key="k")
    (entry,) = await home.store.add_context(home.ada, session.id, (new,))
    assert home.events[-1].data == entry
    assert home.types(session.id) == ["session.created", "context.added"]
    assert (await home.store.list_events(session.id, 1, 10))[0].data == entry
    assert (entry.actor, entry.interface, entry.user_id) == ("ada", "tui", home.ada.user_id)
    assert await home.store.list_context(home.ada, session.id, 0, 10) == (entry,)
    assert await home.store.list_context(home.ada, session.id, entry.seq, 10) == ()


async def test_files_keep_their_order_and_the_last_importance_given(home: Home) -> None:
    session = await home.session()
    for path, importance in (("a", 0.1), ("b", None), ("a", 0.9), ("a", None), ("c", 0.0)):
        await add(home, session, file_path=path, file_importance=importance)
    context = (await home.store.get_context(home.ada, session.id, 10)).context
    assert [(f.path, f.order) for f in context.files_accessed] == [("a", 1), ("b", 2), ("a", 3), ("a", 4), ("c", 5)]
    assert context.file_importance_scores == {"a": 0.9, "c": 0.0}


async def test_what_is_left_out_is_said_and_the_size_is_that_of_what_is_given(home: Home) -> None:
    session = await home.session()
    for number in range(5):
        await add(home, session, file_path=f"ü{number}", file_importance=0.5)
    whole = await home.store.get_context(home.ada, session.id, 5)
    part = await home.store.get_context(home.ada, session.id, 2)
    assert (whole.left_out, part.left_out, part.compressed) == (False, True, False)
    assert [f.order for f in part.context.files_accessed] == [4, 5]
    assert set(part.context.file_importance_scores) == {"ü3", "ü4"}
    for view in (whole, part):
        text = json.dumps(json.loads(view.context.model_dump_json()), ensure_ascii=False, separators=(",", ":"))
        assert view.size_bytes == len(text.encode())


async def test_the_context_as_it_was_at_a_seq_stays_what_it_was(home: Home) -> None:
    session = await home.session()
    await add(home, session, file_path="a", file_importance=0.1)
    (entry,) = await home.store.add_context(home.ada, session.id, (AddContext(search_query="q"),))
    then = await home.store.get_context(home.ada, session.id, 10, entry.seq)
    await add(home, session, file_path="a", file_importance=0.9)
    assert await home.store.get_context(home.ada, session.id, 10, entry.seq) == then
    assert then.context.file_importance_scores == {"a": 0.1}


async def test_many_who_add_at_once_lose_nothing(home: Home) -> None:
    session = await home.session()
    await home.share(session)
    await asyncio.gather(
        *(
            home.store.add_context(by, session.id, (AddContext(file_path=f"{by.name}{n}", decision=str(n)),))
            for n in range(200)
            for by in (home.ada, home.bob)
        )
    )
    context = (await home.store.get_context(home.ada, session.id, 1000)).context
    assert [f.order for f in context.files_accessed] == list(range(1, 401))
    assert len({f.path for f in context.files_accessed}) == len(context.decisions) == 400
    seqs = [event.seq for event in await home.store.list_events(session.id, 0, 1000)]
    assert seqs == list(range(1, len(seqs) + 1))


async def test_talk_and_context_at_once_keep_one_order_and_true_counts(home: Home) -> None:
    """They are written together, a whole batch in a few statements: neither may undo what the other notes."""
    session = await home.session(reply="never")
    works: list[Any] = []
    for number in range(60):
        works.append(home.post(session, f"message {number}"))
        works.append(add(home, session, file_path=f"{number}.py"))
        works.append(add(home, session, search_query="who"))
        if number % 7 == 0:
            works.append(home.store.update_session(home.ada, session.id, UpdateSession(title=f"Title {number}")))
    await asyncio.gather(*works)
    now = await home.store.get_session(home.ada, session.id)
    events = await home.store.list_events(session.id, 0, 1000)
    assert [event.seq for event in events] == list(range(1, now.last_seq + 1))
    assert (now.message_count, now.last_message_preview, now.title) == (60, "message 59", "Title 56")
    context = (await home.store.get_context(home.ada, session.id, 100)).context
    assert [f.order for f in context.files_accessed] == list(range(1, 61))
    assert len(context.recent_searches) == 60
    state = Snapshot(session=session.model_copy(update={"last_seq": 0}))
    for event in events:
        state = apply(state, event)
    fresh = await home.store.get_snapshot(home.ada, session.id, 100)
    assert state.session == fresh.session
    assert state.context[-20:] == fresh.context


async def test_the_same_key_adds_once(home: Home) -> None:
    session = await home.session()
    by = once(home.ada, "k")
    first, again = [await home.store.add_context(by, session.id, (AddContext(decision="d"),)) for _ in range(2)]
    assert first == again
    assert len(await home.store.list_context(home.ada, session.id, 0, 10)) == 1


async def test_the_snapshot_has_the_last_entries_and_events_carry_on_from_it(home: Home) -> None:
    session = await home.session()
    for number in range(30):
        await add(home, session, decision=str(number))
    state = await home.store.get_snapshot(home.ada, session.id, 10)
    assert [entry.decision for entry in state.context] == [str(n) for n in range(10, 30)]
    await add(home, session, decision="30")
    state = apply(state, home.events[-1])
    fresh = await home.store.get_snapshot(home.ada, session.id, 10)
    assert state.session == fresh.session
    assert state.context[1:] == fresh.context


async def test_it_goes_with_its_session(home: Home) -> None:
    session = await home.session()
    await add(home, session, decision="xyzzy")
    await home.store.delete_session(home.ada, session.id)
    assert [e.type for e in await home.store.list_events(session.id, 0, 10)] == ["session.deleted"]

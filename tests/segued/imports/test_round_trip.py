"""What is taken out of a session and brought in again is the same session."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segue.errors import Forbidden
from segue.models import AddContext, CreateSession, ImportQuery, ImportReport, Message, Session, ToolUse
from segued.imports import Limits, bring_in
from segued.sessions.export import as_json
from segued.store.base import Actor, ImportedEntry, ImportedMessage, Origin
from tests.segued.store.drivers import Home, SqliteDriver, open_home

TEXT = st.text(st.characters(codec="utf-8"), max_size=50)
NAME = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=20)
TIMES = st.datetimes(datetime(1970, 1, 2), datetime(2026, 1, 1), timezones=st.just(UTC))
TOOL_USES = st.builds(
    ToolUse, id=NAME, server=NAME, tool=NAME, arguments=st.dictionaries(TEXT, st.none() | TEXT, max_size=2)
)
MESSAGES = st.builds(
    ImportedMessage,
    name=st.uuids().map(str),
    role=st.sampled_from(["user", "assistant", "system", "tool"]),
    sender=NAME,
    content=TEXT,
    created_at=TIMES,
    edited_at=st.none() | TIMES,
    images=st.lists(TEXT, max_size=1).map(tuple),
    documents=st.lists(st.dictionaries(TEXT, TEXT, max_size=2), max_size=1).map(tuple),
    fields=st.fixed_dictionaries(
        {
            "status": st.sampled_from(["complete", "failed"]),
            "model_id": st.none() | NAME,
            "token_count": st.none() | st.integers(0, 2**31),
            "tool_call": st.none() | TOOL_USES,
        }
    ),
    kept=st.none() | st.sampled_from(['{"type":"reasoning","summary":\x1a}', '{ "type" : 1.0}']),
)
ENTRIES = st.builds(
    ImportedEntry,
    name=st.uuids().map(str),
    entry=st.builds(
        AddContext,
        file_path=st.just("a.py"),
        file_importance=st.none() | st.floats(0, 1),
        decision=st.none() | st.just("we do"),
        memory_key=st.none() | st.just("k"),
    ),
    at=TIMES,
    actor=NAME,
)
SESSIONS = st.builds(CreateSession, title=NAME, project_id=st.none(), workspace_path=st.none() | TEXT)


def limits(folder: Path) -> Limits:
    return Limits(message_bytes=2**20, item_bytes=2**25, file_bytes=2**30, folder=folder)


async def brought(home: Home, by: Actor, content: bytes, folder: Path, **asked: Any) -> ImportReport:
    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(content), 1000):
            yield content[start : start + 1000]

    query = ImportQuery(**asked)
    steps = [
        step
        async for step in bring_in(home.store, by, pieces(), query, limits(folder), lambda _, new: new.reply or "never")
    ]
    report = steps[-1].report
    assert report is not None
    return report


async def exported(home: Home, by: Actor, session: Session) -> bytes:
    return b"".join([piece async for piece in as_json(home.store, by, session.id)])


def comparable(export: bytes) -> Any:
    """Return what must be the same: everything but ids, positions, people and interfaces of this place."""
    taken = json.loads(export)
    here = {"id", "seq", "session_id", "user_id", "interface", "place", "external_id", "turn_id", "updated_at"}
    here |= {"owner_id", "members", "last_seq", "exported_at"}
    return {
        "session": {k: v for k, v in taken["session"].items() if k not in here},
        "messages": [{k: v for k, v in m.items() if k not in here} for m in taken["messages"]],
        "context": [{k: v for k, v in e.items() if k not in here} for e in taken["context"]],
    }


@settings(max_examples=25)
@given(SESSIONS, st.lists(MESSAGES, max_size=8), st.lists(ENTRIES, max_size=4), TIMES, st.booleans())
def test_an_export_that_is_brought_in_is_the_same_session(
    tmp_path_factory: pytest.TempPathFactory,
    new: CreateSession,
    messages: list[ImportedMessage],
    entries: list[ImportedEntry],
    at: datetime,
    pinned: bool,
) -> None:
    folder = tmp_path_factory.mktemp("round")

    async def go_round() -> None:
        async with open_home(SqliteDriver(folder)) as home:
            origin = Origin("here", new, "mention", at, pinned=pinned, archived=not pinned)
            made = await home.store.add_imported(home.ada, origin, tuple(messages), tuple(entries))
            session = await home.store.get_session(home.ada, made.session_id)
            taken = await exported(home, home.ada, session)
            report = await brought(home, home.bob, taken, folder)
            (copy,) = report.sessions
            assert copy.id is not None
            again = await exported(home, home.bob, await home.store.get_session(home.bob, copy.id))
            assert comparable(again) == comparable(taken)
            twice = await brought(home, home.bob, taken, folder)
            assert (twice.messages, twice.context, twice.session_count) == (0, 0, 1)
            assert twice.sessions[0].id == copy.id
            assert twice.known == len(messages) + len(entries)

    asyncio.run(go_round())


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[Home]:
    async with open_home(SqliteDriver(tmp_path)) as home:
        yield home


async def said_in(home: Home, session: Session, by: Actor | None = None) -> tuple[Message, ...]:
    return await home.store.list_messages(by or home.ada, session.id, 500)


async def test_what_is_said_with_the_usual_means_comes_back(home: Home, tmp_path: Path) -> None:
    session = await home.session(title="Plans")
    question = await home.post(session, "why?", respond=True)
    await home.answer(await home.start(session), "because")
    await home.store.update_message(home.ada, session.id, question.id, "why not?")
    taken = await exported(home, home.ada, session)
    report = await brought(home, replace(home.ada, interface="cli"), taken, tmp_path)
    assert report.sessions[0].id is not None
    copies = await home.store.list_messages(home.ada, report.sessions[0].id, 500)
    assert [(m.sender, m.role, m.content, m.created_at, m.edited_at, m.status) for m in copies] == [
        (m.sender, m.role, m.content, m.created_at, m.edited_at, m.status) for m in await said_in(home, session)
    ]
    assert {(m.interface, m.place) for m in copies} == {("import", f"segue/{session.id}")}


async def test_a_longer_export_of_the_same_session_adds_what_is_new(home: Home, tmp_path: Path) -> None:
    session = await home.session()
    for n in range(3):
        await home.post(session, str(n))
        report = await brought(home, home.bob, await exported(home, home.ada, session), tmp_path)
        assert (report.messages, report.known) == (1, n)
    assert report.sessions[0].id is not None
    copies = await home.store.list_messages(home.bob, report.sessions[0].id, 500)
    assert [m.content for m in copies] == ["0", "1", "2"]


async def test_times_that_cannot_be_are_replaced_and_told(home: Home, tmp_path: Path) -> None:
    session = await home.session()
    await home.post(session, "first")
    taken = json.loads(await exported(home, home.ada, session))
    (message,) = taken["messages"]
    soon = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    times = [soon, "1969-01-01T00:00:00Z", None]
    taken["messages"] += [message | {"id": str(n), "created_at": at} for n, at in enumerate(times)]
    report = await brought(home, home.bob, json.dumps(taken).encode(), tmp_path)
    assert {(remark.reason.split(":")[0], remark.count) for remark in report.changed} == {
        ("its time cannot be right", 2),
        ("it has no time", 1),
    }
    assert report.sessions[0].id is not None
    copies = await home.store.list_messages(home.bob, report.sessions[0].id, 500)
    assert len({m.created_at for m in copies}) == 1


async def test_a_project_that_is_somebody_elses_here_is_left_behind_and_told(home: Home, tmp_path: Path) -> None:
    session = await home.session(title="Plans", project_id="payroll")
    taken = await exported(home, home.ada, session)
    report = await brought(home, home.bob, taken, tmp_path)
    assert report.sessions[0].id is not None
    assert (await home.store.get_session(home.bob, report.sessions[0].id)).project_id is None
    assert [note.reason for note in report.changed] == ["it comes without its project, which is somebody else's here"]
    with pytest.raises(Forbidden):
        await brought(home, home.bob, taken.replace(session.id.encode(), b"another"), tmp_path, project_id="payroll")
    again = await brought(home, replace(home.ada, interface="cli"), taken, tmp_path)
    assert again.sessions[0].id is not None
    assert (await home.store.get_session(home.ada, again.sessions[0].id)).project_id == "payroll"

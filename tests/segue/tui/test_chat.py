"""The terminal chat against the real daemon: what one types, sees, and keeps through a crash."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from textual.pilot import Pilot

from segue.client import Client
from segue.tui.app import ChatApp
from segue.tui.entries import Entry, entries
from segue.tui.message_card import MessageCard
from segue.tui.prompt import Prompt
from segue.tui.status_line import describe
from segue.tui.transcript import Transcript
from tests.daemons import Daemon

PATIENCE_SECONDS = 30.0

Window = tuple[ChatApp, Pilot[None]]


@asynccontextmanager
async def chat(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch, session_id: str | None = None, size: tuple[int, int] = (100, 30)
) -> AsyncIterator[Window]:
    """Open a window of its own on the daemon."""
    monkeypatch.setenv("SEGUE_URL", daemon.address)
    app = ChatApp(session_id)
    async with app.run_test(size=size) as pilot:
        yield app, pilot


async def until(pilot: Pilot[Any], condition: Callable[[], object]) -> None:
    """Let the app work until the condition holds."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():
            await pilot.pause(0.02)


async def type_in(pilot: Pilot[None], text: str) -> None:
    prompt = pilot.app.screen.query_one(Prompt)
    prompt.load_text(text)
    await pilot.press("enter")


def shown(app: ChatApp) -> list[Entry]:
    """Return the entries whose cards are on the screen."""
    return [card.entry for card in app.screen.query(MessageCard)]


def bodies(app: ChatApp) -> list[str]:
    return [entry.body for entry in shown(app)]


async def test_what_one_types_is_answered_and_shown_once(
    shared_daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with shared_daemon.client() as client:
        session = await client.create_session(title="Typing", reply="always")
        async with chat(shared_daemon, monkeypatch, session.id) as (app, pilot):
            await until(pilot, lambda: app.view.connection == "live")
            await type_in(pilot, "count to 5")
            await until(pilot, lambda: "1 2 3 4 5" in bodies(app))
            assert bodies(app) == ["count to 5", "1 2 3 4 5"]
            assert [m.content for m in await client.messages(session.id)] == bodies(app)
            assert describe(app.view).startswith("Typing · chat")


async def test_text_typed_before_the_daemon_answers_is_sent_when_it_does(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon.kill()
    async with chat(daemon, monkeypatch) as (app, pilot):
        await type_in(pilot, "early bird")
        await until(pilot, lambda: app.view.connection == "away")
        assert bodies(app) == ["early bird"]
        await asyncio.to_thread(daemon.start)
        await until(pilot, lambda: len(bodies(app)) == 2)
        async with daemon.client() as client:
            session = await client.create_session(place=("tui", "main"))
            assert next(m.content for m in session.messages) == "early bird"


async def test_two_windows_and_an_agent_are_one_conversation_through_a_crash(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with daemon.client() as client:
        session = await client.create_session(title="Two", reply="always")
        async with (
            chat(daemon, monkeypatch, session.id) as (first, one),
            chat(daemon, monkeypatch, session.id) as (second, two),
        ):
            for app, pilot in ((first, one), (second, two)):
                await until(pilot, lambda app=app: app.view.connection == "live")  # type: ignore[misc]
            await client.post(session.id, "Build 318 is green.", sender="build-bot", respond=False)
            await type_in(one, "count to 120")
            await until(two, lambda: second.view.snapshot.partial and second.view.snapshot.partial.text)
            await asyncio.to_thread(daemon.restart)
            counted = " ".join(map(str, range(1, 121)))
            for app, pilot in ((first, one), (second, two)):
                await until(pilot, lambda app=app: counted in bodies(app))  # type: ignore[misc]
                assert bodies(app) == ["Build 318 is green.", "count to 120", counted]
                assert next(entry.who for entry in shown(app)) == "build-bot"


async def test_escape_stops_the_answer_and_ctrl_r_asks_again(
    shared_daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with shared_daemon.client() as client:
        session = await client.create_session(title="Stop", reply="always")
        async with chat(shared_daemon, monkeypatch, session.id) as (app, pilot):
            await until(pilot, lambda: app.view.connection == "live")
            await type_in(pilot, "count to 1000")
            await until(pilot, lambda: app.view.snapshot.partial and app.view.snapshot.partial.text)
            await pilot.press("escape")
            await until(pilot, lambda: any("stopped here" in entry.remark for entry in shown(app)))
            await pilot.press("ctrl+r")
            await until(pilot, lambda: app.view.running)
            await pilot.press("escape")
            await until(pilot, lambda: not app.view.open_turns)
        assert [t.state for t in await client.turns(session.id)] == ["cancelled", "cancelled"]


async def test_older_messages_come_on_scrolling_up_and_only_a_window_is_mounted(
    client: Client, shared_daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await client.create_session(title="Long", reply="never")
    for number in range(300):
        await client.post(session.id, f"message {number}")
    async with chat(shared_daemon, monkeypatch, session.id) as (app, pilot):
        await until(pilot, lambda: "message 299" in bodies(app))
        assert len(bodies(app)) == 50
        await pilot.press("ctrl+home")
        await until(pilot, lambda: "message 200" in bodies(app))
        position = app.screen.query_one(Transcript).scroll_y
        assert position > 0
        await client.post(session.id, "news")
        await until(pilot, lambda: "news" in bodies(app))
        assert not app.screen.query_one(Transcript).is_at_end
        await pilot.press("ctrl+end")
        await until(pilot, lambda: app.screen.query_one(Transcript).is_at_end)


async def test_edits_and_deletions_from_elsewhere_appear(
    client: Client, shared_daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await client.create_session(title="Edits", reply="never")
    first = await client.post(session.id, "first")
    second = await client.post(session.id, "second")
    async with chat(shared_daemon, monkeypatch, session.id) as (app, pilot):
        await until(pilot, lambda: bodies(app) == ["first", "second"])
        await client.edit_message(session.id, first.id, "better")
        await client.delete_message(session.id, second.id)
        await until(pilot, lambda: bodies(app) == ["better"])
        assert "edited" in shown(app)[0].details


@pytest.mark.parametrize("size", [(60, 15), (250, 80)])
async def test_nothing_in_a_message_reaches_the_terminal_but_its_text(
    client: Client, shared_daemon: Daemon, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    session = await client.create_session(title="Rough", reply="never")
    rough = "\x1b[31mred\x1b]0;title\x07 [bold]markup[/] \x00\x07" + "e\u0301" * 3
    await client.post(session.id, rough)
    await client.post(session.id, "x" * 1_000_000)
    async with chat(shared_daemon, monkeypatch, session.id, size) as (app, pilot):
        await until(pilot, lambda: len(bodies(app)) == 2)
        picture = app.export_screenshot()
        assert "\x1b" not in picture
        assert "\x07" not in picture
        assert len(entries(app.view)) == 2


async def test_ctrl_j_begins_a_new_line(shared_daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    async with chat(shared_daemon, monkeypatch) as (app, pilot):
        await pilot.press("a", "ctrl+j", "b")
        assert app.screen.query_one(Prompt).text == "a\nb"


async def test_a_session_deleted_elsewhere_is_said_to_be(
    client: Client, shared_daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await client.create_session(title="Short-lived", reply="never")
    async with chat(shared_daemon, monkeypatch, session.id) as (app, pilot):
        await until(pilot, lambda: app.view.connection == "live")
        await client.delete_session(session.id)
        await until(pilot, lambda: app.view.connection == "deleted")

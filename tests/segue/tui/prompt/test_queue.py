"""The queue through the whole house: what waits in the daemon is changed and taken back from the prompt."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from segue.tui.app import ChatApp
from segue.tui.prompt.prompt import Prompt
from segue.tui.prompt.queue_tray import QueueTray, waiting
from tests.daemons import Daemon
from tests.segue.tui.sessions.made_up import burst
from tests.segue.tui.window import bodies, chat, is_writing, type_in, until, until_told


async def ask_three(app: ChatApp, pilot: Pilot[None]) -> None:
    """Have the agent answer at length, and two more questions wait."""
    await until(lambda: app.view.connection == "live")
    await type_in(pilot, "count to 2000")
    await until(lambda: is_writing(app))
    for text in ("first", "second"):
        await type_in(pilot, text)
    await until(lambda: [asked.text for asked in waiting(app.view)] == ["first", "second"])


async def test_a_question_that_waits_is_changed_and_another_is_taken_back(
    shared_daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with shared_daemon.client() as client:
        session = await client.create_session(title="Queue", reply="always")
        async with chat(shared_daemon, monkeypatch, session.id) as (app, pilot):
            await ask_three(app, pilot)
            await pilot.press(*"draft", "shift+tab")
            await until(lambda: app.screen.query_one(QueueTray).has_focus)
            await pilot.press("e")
            prompt = app.screen.query_one(Prompt)
            await until(lambda: prompt.text == "first")
            await pilot.press("!", "enter")
            await until(lambda: prompt.text == "draft")
            await until(lambda: waiting(app.view)[0].text == "first!")
            await pilot.press("shift+tab", "down", "x")
            await until(lambda: len(waiting(app.view)) == 1)
            burst(app, ["escape", "escape"])
            await until(lambda: not app.view.open_turns)
            await until(lambda: "first!" in bodies(app))
        states = {turn.message_id: turn.state for turn in await client.turns(session.id)}
        said = {message.content: message.id for message in await client.messages(session.id)}
        assert states[said["count to 2000"]] == "cancelled"
        assert states[said["first!"]] == "completed"
        assert "second" not in said or states[said["second"]] == "cancelled"


async def test_a_message_sent_to_interrupt_stops_the_answer(
    shared_daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with shared_daemon.client() as client:
        session = await client.create_session(title="Interrupt", reply="always")
        async with chat(shared_daemon, monkeypatch, session.id) as (app, pilot):
            await until(lambda: app.view.connection == "live")
            await type_in(pilot, "count to 2000")
            await until(lambda: is_writing(app))
            await pilot.press("ctrl+t", "ctrl+t")
            await until(lambda: app.screen.query_one(Prompt).mode == "interrupt")
            await type_in(pilot, "count to 5")
            await until(lambda: "1 2 3 4 5" in bodies(app))

        async def turns() -> list[tuple[str, str]]:
            return [(turn.state, turn.mode) for turn in sorted(await client.turns(session.id), key=lambda t: t.seq)]

        await until_told(turns, [("interrupted", "queue"), ("completed", "interrupt")])


async def test_the_themes_of_the_app_are_offered_and_one_is_taken(
    shared_daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with chat(shared_daemon, monkeypatch) as (app, pilot):
        await pilot.press(*"/theme", "enter", *"nord", "enter")
        await until(lambda: app.theme == "nord")
        await until(lambda: app.screen.query_one(Prompt).text == "")

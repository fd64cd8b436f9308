"""What commands do, typed into the prompt of a real window on a real daemon."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from segue.client import Client
from segue.models import PostMessage
from segue.tui.entries import SUMMARISED
from segue.tui.page import Page
from segue.tui.prompt.prompt import Prompt
from tests.daemons import Daemon
from tests.segue.tui.sessions.made_up import burst
from tests.segue.tui.window import bodies, chat, is_writing, picture, shown, told, type_in, until, until_told


async def test_a_session_that_nobody_named_is_called_after_its_first_message(
    shared_daemon: Daemon, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await client.create_session(reply="never")
    async with chat(shared_daemon, monkeypatch, session.id) as (app, pilot):
        await until(lambda: app.view.connection == "live")
        await type_in(pilot, "Plan the release of the second version, with everybody who has worked on it")
        await until(lambda: app.session and app.session.title == "Plan the release of the second version, with …")
        await type_in(pilot, "and now something else")
        await until(lambda: "and now something else" in bodies(app))
    assert (await client.session(session.id)).title.startswith("Plan the release")


async def test_new_rename_pin_archive_and_switch_act_on_the_daemon(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with daemon.client() as client, chat(daemon, monkeypatch) as (app, pilot):

        async def bound() -> str:
            return (await client.create_session(place=("tui", "main"))).id

        await until(lambda: app.view.connection == "live")
        first = app.visit.session_id
        await type_in(pilot, "/new Release notes")
        await until(lambda: app.session and app.session.title == "Release notes")
        await type_in(pilot, "/rename Notes")
        await until(lambda: app.session and app.session.title == "Notes")
        await type_in(pilot, "/pin")
        await until(lambda: app.session and app.session.pinned)
        await type_in(pilot, "/archive")
        await until(lambda: app.session and app.session.archived)
        assert (await client.session(app.visit.session_id)).title == "Notes"
        await until_told(bound, app.visit.session_id)
        await type_in(pilot, f"/switch {first}")
        await until(lambda: app.session and app.session.id == first)
        await until_told(bound, first)
    async with chat(daemon, monkeypatch) as (again, _):
        await until(lambda: again.session)
        assert again.visit.session_id == first


async def test_fork_goes_on_in_a_copy_that_says_where_it_is_from(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with daemon.client() as client:
        session = await client.create_session(title="Plans", reply="never")
        await client.post(session.id, "we launch on Thursday")
        async with chat(daemon, monkeypatch, session.id) as (app, pilot):
            await until(lambda: app.view.connection == "live")
            await type_in(pilot, "/fork Other plans")
            await until(lambda: app.session and app.session.title == "Other plans")
            await until(lambda: bodies(app) == ["we launch on Thursday"])
            await until(lambda: "forked from Plans" in picture(app))
            await until(lambda: "⑂" in picture(app))
            await type_in(pilot, "or on Friday")
            await until(lambda: "or on Friday" in bodies(app))
        assert [m.content for m in await client.messages(session.id)] == ["we launch on Thursday"]


async def test_namesakes_can_be_told_apart(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    async with daemon.client() as client:
        twins = [await client.create_session(title="Twin") for _ in range(2)]
        async with chat(daemon, monkeypatch) as (app, pilot):
            await until(lambda: len(app.roster.items) == 3)
            names = {f"Twin {twin.id[-6:]}" for twin in twins}
            assert names <= {name for name, _ in app.deeds.choices("session")}
            await type_in(pilot, f"/switch Twin {twins[0].id[-6:]}")
            await until(lambda: app.session and app.session.id == twins[0].id)


async def test_a_line_written_before_switching_away_is_still_delivered_where_it_was_written(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with daemon.client() as client:
        here = await client.create_session(title="Here", reply="never")
        there = await client.create_session(title="There", reply="never")
        async with chat(daemon, monkeypatch, here.id) as (app, pilot):
            await until(lambda: len(app.roster.items) == 2)
            daemon.kill()
            await until(lambda: app.view.connection == "away")
            await type_in(pilot, "for here")
            app.visits.open(there.id)
            await type_in(pilot, "for there")
            await until(lambda: app.visits.unsent == ["for here", "for there"])
            await asyncio.to_thread(daemon.start)
            await until(lambda: not app.visits.unsent)
            await until(lambda: bodies(app) == ["for there"])
        assert [m.content for m in await client.messages(here.id)] == ["for here"]
        assert [m.content for m in await client.messages(there.id)] == ["for there"]


async def test_what_was_being_written_stays_with_its_session(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    async with daemon.client() as client:
        here, there = [await client.create_session(title=title, reply="never") for title in ("Here", "There")]
        async with chat(daemon, monkeypatch, here.id) as (app, pilot):
            await until(lambda: app.view.connection == "live")
            prompt = app.screen.query_one(Prompt)
            await pilot.press(*"half a line")
            await until(lambda: prompt.text == "half a line")
            app.visits.open(there.id)
            await until(lambda: prompt.text == "")
            app.visits.open(here.id)
            await until(lambda: prompt.text == "half a line")


async def test_ctrl_r_starts_a_daemon_that_is_away(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    started = []

    def prepare() -> None:
        started.append(daemon.start() if daemon.process is None else None)

    async with chat(daemon, monkeypatch, prepare=prepare) as (app, pilot):
        await until(lambda: app.view.connection == "live")
        daemon.kill()
        await until(lambda: app.view.connection == "away")
        await pilot.press("ctrl+r")
        await until(lambda: app.view.connection == "live")
    assert len(started) >= 2  # when it takes long, the chat tries by itself, too


async def test_export_writes_a_file_and_overwrites_none(
    client: Client, shared_daemon: Daemon, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    session = await client.create_session(title="To be exported", reply="never")
    await client.post_batch(session.id, [PostMessage(content=f"line {n}") for n in range(120)])
    async with chat(shared_daemon, monkeypatch, session.id) as (app, pilot):
        await until(lambda: app.view.connection == "live")
        path = tmp_path / "it.md"
        await type_in(pilot, f"/export {path}")
        await until(lambda: path.exists() and "line 119" in path.read_text())
        await type_in(pilot, f"/export {path}")
        await until(lambda: "cannot be written" in told(app))
        assert path.read_text().count("line 7\n") == 1
        await type_in(pilot, f"/export {tmp_path / 'it.json'}")
        await until((tmp_path / "it.json").exists)


async def test_own_messages_are_edited_and_deleted_from_the_keyboard(
    client: Client, shared_daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await client.create_session(title="Mine", reply="never")
    await client.post(session.id, "ferst")
    async with chat(shared_daemon, monkeypatch, session.id) as (app, pilot):
        await until(lambda: bodies(app) == ["ferst"])
        await pilot.press("shift+tab", "e")
        await pilot.press("home", "right", "delete", "i", "enter")
        await until(lambda: bodies(app) == ["first"])
        await pilot.press("shift+tab", "d")
        await until(lambda: "once more deletes" in told(app))
        assert bodies(app) == ["first"]
        await pilot.press("d")
        await until(lambda: bodies(app) == [])


async def test_compact_summarises_for_the_model_and_says_so_in_the_transcript(
    client: Client, shared_daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await client.create_session(title="Long", reply="never")
    notes = [PostMessage(content=f"number {n}: the lighthouse needs paint and rope") for n in range(60)]
    await client.post_batch(session.id, notes)
    async with chat(shared_daemon, monkeypatch, session.id, (120, 40)) as (app, pilot):
        await until(lambda: app.view.connection == "live" and len(bodies(app)) > 30)
        await type_in(pilot, "/compact")
        await until(lambda: "The transcript is whole" in told(app))
        await until(lambda: sum(SUMMARISED in entry.above for entry in shown(app)) == 1)
        await type_in(pilot, "/compact")
        await until(lambda: "There is nothing to do" in told(app))
        await type_in(pilot, "/context")
        await until(lambda: isinstance(app.screen, Page))
        await until(lambda: "the lighthouse needs paint" in picture(app))
        await until(lambda: "(estimated)" in picture(app))
    assert (await client.session(session.id)).message_count == 60


async def test_who_link_context_and_model_say_what_there_is(
    client: Client, shared_daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await client.create_session(title="Known", reply="never", project_id="known")
    await client.add_context(session.id, decision="we ship on Friday", file_path="/src/a.py", file_importance=0.5)
    await client.save_memory("known", "deploy", "on Fridays only")
    async with chat(shared_daemon, monkeypatch, session.id, (120, 40)) as (app, pilot):
        await until(lambda: app.view.connection == "live" and app.deeds.agents)
        for asked, said in (
            ("/context", "we ship on Friday"),
            ("/context", "/src/a.py"),
            ("/memory", "on Fridays only"),
            ("/memory fridays", "deploy"),
            ("/link", "It works once"),
            ("/members", ", owner"),
            ("/invite writer", "is a writer of this session"),
            ("/mcp", "A table [mcp.NAME] in the settings adds one"),
        ):
            await type_in(pilot, asked)
            await until(lambda: isinstance(app.screen, Page))
            await until(lambda said=said: said in picture(app))  # type: ignore[misc]
            await pilot.press("escape")
            await until(lambda: app.screen is app.chat)
        await type_in(pilot, "/who")
        await until(lambda: "(terminal)" in told(app))
        await type_in(pilot, "/model")
        await until(lambda: "The model here is offline" in told(app))
        await type_in(pilot, "/agent nobody")
        await until(lambda: "there is no agent 'nobody'" in told(app))


async def test_the_mode_decides_what_becomes_of_the_answer_that_runs(
    client: Client, shared_daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await client.create_session(title="Modes", reply="always")
    async with chat(shared_daemon, monkeypatch, session.id) as (app, pilot):
        await until(lambda: app.view.connection == "live")
        await type_in(pilot, "count to 2000")
        await until(lambda: is_writing(app))
        await type_in(pilot, "/mode interrupt")
        await type_in(pilot, "count to 3")
        await until(lambda: "1 2 3" in bodies(app))

    async def states() -> list[str]:
        return [turn.state for turn in await client.turns(session.id)]

    await until_told(states, ["interrupted", "completed"])


async def test_a_theme_is_kept_for_the_next_window(
    make_daemon: Callable[..., Daemon], monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon = make_daemon()
    async with chat(daemon, monkeypatch) as (app, pilot):
        await type_in(pilot, "/theme nord")
        await until(lambda: app.theme == "nord")
    async with chat(daemon, monkeypatch) as (again, _):
        await until(lambda: again.theme == "nord")


async def test_what_was_being_written_when_the_window_closed_is_there_in_the_next_one(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with chat(daemon, monkeypatch) as (app, pilot):
        await until(lambda: app.view.connection == "live")
        await pilot.press(*"precious")
        await until(lambda: app.screen.query_one(Prompt).text == "precious")
        await pilot.press("ctrl+c")
    async with chat(daemon, monkeypatch) as (again, pilot):
        prompt = again.screen.query_one(Prompt)
        await until(lambda: prompt.text == "precious")
        await pilot.press("enter")
        await until(lambda: "precious" in bodies(again) and not again.visits.unsent)
        await pilot.press("ctrl+c")
    async with chat(daemon, monkeypatch) as (third, _):
        await until(lambda: "precious" in bodies(third))
        await until(lambda: third.screen.query_one(Prompt).text == "")


async def test_a_daemon_that_broke_down_is_started_again_and_one_that_was_stopped_is_not(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("segue.tui.app._REVIVE_SECONDS", 0.1)
    tried = []

    def prepare() -> None:
        tried.append(daemon.process is None)
        if tried[-1]:
            daemon.start()

    async with chat(daemon, monkeypatch, prepare=prepare) as (app, _):
        await until(lambda: app.view.connection == "live")
        await asyncio.to_thread(daemon.stop)
        await until(lambda: app.view.connection == "away")
        await asyncio.sleep(0.5)
        assert tried == [False]
        await asyncio.to_thread(daemon.start)
        await until(lambda: app.view.connection == "live")
        daemon.kill()
        await until(lambda: tried[:2] == [False, True])
        await until(lambda: app.view.connection == "live")


async def test_escape_pressed_twice_stops_one_answer(
    client: Client, shared_daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await client.create_session(title="Twice", reply="always")
    async with chat(shared_daemon, monkeypatch, session.id) as (app, pilot):
        await until(lambda: app.view.connection == "live")
        await type_in(pilot, "count to 2000")
        await type_in(pilot, "count to 4")
        await until(lambda: is_writing(app) and app.view.queued == 1)
        burst(app, ["escape", "escape"])
        await until(lambda: "1 2 3 4" in bodies(app))

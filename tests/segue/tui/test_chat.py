"""The terminal chat against the real daemon: what one types, sees, and keeps through a crash."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Callable

import pytest
from textual.events import Key

from segue.client import Client
from segue.models import PostMessage, Role
from segue.tui.app import ChatApp
from segue.tui.conversation import Conversation
from segue.tui.facts import OlderKnown
from segue.tui.prompt.prompt import Prompt
from segue.tui.sessions.sidebar import Sidebar
from segue.tui.status_line import describe
from segue.tui.transcript.transcript import Transcript
from tests.daemons import Daemon
from tests.segue.tui.window import bodies, chat, is_writing, picture, shown, type_in, until, until_told


async def test_what_one_types_is_answered_and_shown_once(
    shared_daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with shared_daemon.client() as client:
        session = await client.create_session(title="Typing", reply="always")
        async with chat(shared_daemon, monkeypatch, session.id) as (app, pilot):
            await until(lambda: app.view.connection == "live")
            await type_in(pilot, "count to 5")
            await until(lambda: "1 2 3 4 5" in bodies(app))
            assert bodies(app) == ["count to 5", "1 2 3 4 5"]
            assert [m.content for m in await client.messages(session.id)] == bodies(app)
            assert describe(app.view).startswith("Typing · chat")


async def test_text_typed_before_the_daemon_answers_is_sent_when_it_does(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon.kill()
    async with chat(daemon, monkeypatch) as (app, pilot):
        await type_in(pilot, "early bird")
        await until(lambda: app.view.connection == "away")
        await until(lambda: bodies(app) == ["early bird"])
        await asyncio.to_thread(daemon.start)
        await until(lambda: len(bodies(app)) == 2)
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
            chat(daemon, monkeypatch, session.id) as (second, _),
        ):
            for app in (first, second):
                await until(lambda app=app: app.view.connection == "live")  # type: ignore[misc]
            await client.post(session.id, "Build 318 is green.", sender="build-bot", respond=False)
            await type_in(one, "count to 400")
            await until(lambda: is_writing(second))
            await asyncio.to_thread(daemon.restart)
            counted = " ".join(map(str, range(1, 401)))
            for app in (first, second):
                await until(lambda app=app: counted in bodies(app))  # type: ignore[misc]
                assert bodies(app) == ["Build 318 is green.", "count to 400", counted]
                assert next(entry.who for entry in shown(app)) == "build-bot"


async def test_escape_stops_the_answer_and_ctrl_r_asks_again(
    shared_daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with shared_daemon.client() as client:
        session = await client.create_session(title="Stop", reply="always")
        async with chat(shared_daemon, monkeypatch, session.id) as (app, pilot):
            await until(lambda: app.view.connection == "live")
            await type_in(pilot, "count to 1000")
            await until(lambda: is_writing(app))
            await pilot.press("escape")
            await until(lambda: any("stopped here" in entry.remark for entry in shown(app)))
            await pilot.press("ctrl+r")
            await until(lambda: app.view.running)
            await pilot.press("escape")
            await until(lambda: not app.view.open_turns)

        async def states() -> list[str]:
            return [turn.state for turn in await client.turns(session.id)]

        await until_told(states, ["cancelled", "cancelled"])


async def test_older_messages_come_on_scrolling_up_and_only_a_window_is_mounted(
    client: Client, shared_daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await client.create_session(title="Long", reply="never")
    await client.post_batch(session.id, [PostMessage(content=f"message {number}") for number in range(300)])
    async with chat(shared_daemon, monkeypatch, session.id) as (app, pilot):
        await until(lambda: "message 299" in bodies(app))
        await until(lambda: app.screen.query(Sidebar))
        await until(lambda: app.screen.query_one(Transcript).is_at_end)
        await pilot.press("ctrl+home")
        await until(lambda: "message 200" in bodies(app))
        await until(lambda: app.screen.query_one(Transcript).scroll_y > 0)
        await client.post(session.id, "news")
        await until(lambda: "news" in bodies(app))
        assert not app.screen.query_one(Transcript).is_at_end
        await pilot.press("ctrl+end")
        await until(lambda: app.screen.query_one(Transcript).is_at_end)


async def test_older_messages_that_came_too_late_for_the_window_are_asked_for_again(
    client: Client, shared_daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await client.create_session(title="Late", reply="never")
    await client.post_batch(session.id, [PostMessage(content=f"message {number}") for number in range(200)])
    asked: list[int] = []

    async def load_older(conversation: Conversation, before_seq: int) -> None:
        asked.append(before_seq)
        stale = len(asked) == 1  # the window began elsewhere when this was asked for
        older = await client.messages(session.id, limit=50, before_seq=before_seq + stale)
        conversation._tell(OlderKnown(older, before_seq + stale))

    monkeypatch.setattr(Conversation, "load_older", load_older)
    async with chat(shared_daemon, monkeypatch, session.id) as (app, pilot):
        await until(lambda: "message 199" in bodies(app))
        await pilot.press("ctrl+home")
        await until(lambda: "message 110" in bodies(app))
        assert len(set(asked)) < len(asked)


async def test_edits_and_deletions_from_elsewhere_appear(
    client: Client, shared_daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await client.create_session(title="Edits", reply="never")
    first = await client.post(session.id, "first")
    second = await client.post(session.id, "second")
    async with chat(shared_daemon, monkeypatch, session.id) as (app, _pilot):
        await until(lambda: bodies(app) == ["first", "second"])
        await client.edit_message(session.id, first.id, "better")
        await client.delete_message(session.id, second.id)
        await until(lambda: bodies(app) == ["better"])
        assert "edited" in shown(app)[0].details


@pytest.mark.parametrize("size", [(60, 15), (250, 80)])
@pytest.mark.parametrize("role", ["user", "assistant"])
async def test_nothing_in_a_message_reaches_the_terminal_but_its_text(
    client: Client, shared_daemon: Daemon, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], role: Role
) -> None:
    session = await client.create_session(title="Rough", reply="never")
    rough = "\x1b[31mred\x1b]0;title\x07 [bold]markup[/] \x07\x9b2J &#27;[2J &#13;&#12;back\tx" + "e\u0301" * 3
    await client.post(session.id, rough, role=role)
    async with chat(shared_daemon, monkeypatch, session.id, size) as (app, _):
        await until(lambda: len(bodies(app)) == 1)
        await until(lambda: "red [bold]markup[/]" in picture(app))
        text = picture(app)
        assert [c for c in text if c != "\n" and unicodedata.category(c) in ("Cc", "Cs")] == []


async def test_of_a_message_of_a_mebibyte_the_beginning_is_shown(
    client: Client, shared_daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await client.create_session(title="Large", reply="never")
    await client.post(session.id, "word " * 200_000, role="assistant")
    async with chat(shared_daemon, monkeypatch, session.id) as (app, _):
        await until(lambda: len(bodies(app)) == 1)
        await until(lambda: "… 980,000 more characters: a click here" in picture(app))


async def test_a_message_that_is_refused_stays_with_the_reason(
    shared_daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with shared_daemon.client() as client:
        session = await client.create_session(title="Refused", reply="never")
        async with chat(shared_daemon, monkeypatch, session.id) as (app, _):
            await until(lambda: app.view.connection == "live")
            app.post_message(Prompt.Submitted("x" * 1_100_000))
            await until(lambda: [e for e in shown(app) if e.remark.startswith("✗ not sent")])


async def test_a_failed_answer_says_why_and_can_be_asked_for_again(
    make_daemon: Callable[..., Daemon], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    daemon = make_daemon(AGENTS__CHAT__MODEL="openai:gpt-5")
    async with chat(daemon, monkeypatch) as (app, pilot):
        await type_in(pilot, "hello?")
        await until(lambda: [e for e in shown(app) if "OPENAI_API_KEY" in e.remark])
        assert shown(app)[0].remark.endswith("Ctrl+R tries again.")
        first = app.view.last_seq
        await pilot.press("ctrl+r")
        await until(lambda: app.view.last_seq >= first + 3 and not app.view.open_turns)
        assert bodies(app) == ["hello?"]


def read(app: ChatApp) -> list[str]:
    return [line[:-3] for line in picture(app).splitlines()[1:12]]  # without the scrollbar, which does move


async def test_loading_older_messages_does_not_move_what_one_reads(
    client: Client, shared_daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await client.create_session(title="Still", reply="never")
    posts = [PostMessage(content=f"number {n} " + "word " * (n % 7) * 10) for n in range(120)]
    await client.post_batch(session.id, posts)
    async with chat(shared_daemon, monkeypatch, session.id, (60, 20)) as (app, pilot):
        await until(lambda: len(bodies(app)) == 50)
        await pilot.pause()
        transcript = app.screen.query_one(Transcript)
        transcript.scroll_to(y=30, animate=False)
        await until(lambda: transcript.scroll_y == 30)
        await pilot.pause()
        before = read(app)
        transcript.post_message(Transcript.OlderWanted())
        await until(lambda: len(bodies(app)) == 100)
        await until(lambda: read(app) == before)


async def test_up_and_down_take_up_again_what_was_sent(shared_daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    async with chat(shared_daemon, monkeypatch) as (app, pilot):
        prompt = app.screen.query_one(Prompt)
        await until(lambda: prompt.has_focus)
        await pilot.press("o", "n", "e", "enter", "t", "w", "up")
        await until(lambda: prompt.text == "one")
        await pilot.press("down")
        await until(lambda: prompt.text == "tw")
        await pilot.press("ctrl+j", "x", "up")
        await until(lambda: prompt.text == "tw\nx")
        await until(lambda: not app.visits.unsent)
    async with chat(shared_daemon, monkeypatch) as (app, pilot):
        await until(lambda: bodies(app))
        await pilot.press("up")
        await until(lambda: app.screen.query_one(Prompt).text == "one")


async def test_ctrl_c_quits(shared_daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    async with chat(shared_daemon, monkeypatch) as (app, pilot):
        await pilot.press("a", "ctrl+c")
        await until(lambda: app.return_code == 0)


async def test_keys_that_come_in_a_burst_act_in_their_order(
    shared_daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with chat(shared_daemon, monkeypatch) as (app, _pilot):
        prompt = app.screen.query_one(Prompt)
        await until(lambda: prompt.has_focus)
        for key in ("a", "b", "X", "backspace", "c", "d", "left", "Z", "ctrl+j", "e"):
            app.post_message(Key(key, key if len(key) == 1 else None))
        await until(lambda: "e" in prompt.text)
        assert prompt.text == "abcZ\ned"


async def test_ctrl_j_begins_a_new_line(shared_daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    async with chat(shared_daemon, monkeypatch) as (app, pilot):
        await pilot.press("a", "ctrl+j", "b")
        await until(lambda: app.screen.query_one(Prompt).text == "a\nb")


async def test_a_session_deleted_elsewhere_is_said_to_be(
    client: Client, shared_daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await client.create_session(title="Short-lived", reply="never")
    async with chat(shared_daemon, monkeypatch, session.id) as (app, _pilot):
        await until(lambda: app.view.connection == "live")
        await client.delete_session(session.id)
        await until(lambda: app.view.connection == "deleted")

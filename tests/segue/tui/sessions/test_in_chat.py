"""Sessions in the terminal chat, against the real daemon: going to another, finding, deleting, reading."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from segue.tui.app import ChatApp
from segue.tui.prompt.prompt import Prompt
from segue.tui.sessions.search import SearchScreen
from segue.tui.sessions.session_list import SessionList
from segue.tui.sessions.sidebar import Sidebar
from tests.daemons import Daemon
from tests.segue.tui.sessions.made_up import burst, lines
from tests.segue.tui.window import bodies, chat, until
from tests.segued.api.doors import tcp_url


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGUE_HOME", str(tmp_path / "window"))


def listed(app: ChatApp) -> str:
    return "\n".join(lines(app.chat.query_one(SessionList))) if app.chat.query(SessionList) else ""


def title(app: ChatApp) -> str:
    return app.session.title if app.session else ""


async def test_a_few_letters_and_enter_go_to_another_session_and_what_follows_is_typed_there(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with daemon.client() as client:
        for name in ("Release notes", "Trip to Oslo", "Build"):
            await client.create_session(title=name, reply="never")
    async with chat(daemon, monkeypatch) as (app, _):
        await until(lambda: "Build" in listed(app))
        burst(app, ["ctrl+k", *"trip", "enter", *"hello"])
        await until(lambda: title(app) == "Trip to Oslo")
        await until(lambda: app.chat.query_one(Prompt).text == "hello")
        burst(app, ["ctrl+k", *"Brand new", "end", "enter"])
        await until(lambda: title(app) == "Brand new")
        await until(lambda: app.chat.query_one(Prompt).text == "")


async def test_a_message_elsewhere_is_marked_until_it_is_read_here(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with daemon.client() as client:
        other = await client.create_session(title="Other", reply="never")
        async with chat(daemon, monkeypatch) as (app, pilot):
            await until(lambda: "Other" in listed(app))
            await client.post(other.id, "look here", sender="bob")
            await until(lambda: "● 1" in listed(app) and "look here" in listed(app))
            app.chat.query_one(Sidebar).focus_list()
            await pilot.press("home", "enter")
            await until(lambda: bodies(app) == ["look here"])
            await until(lambda: "●" not in listed(app))

            async def unread() -> int:
                return next(s.unread for s in (await client.sessions()).sessions if s.id == other.id)

            while await unread():
                await pilot.pause(0.02)


async def test_what_was_found_in_another_session_is_gone_to(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    async with daemon.client() as client:
        other = await client.create_session(title="Long ago", reply="never")
        await client.post(other.id, "the password of the printer is tulip")
    async with chat(daemon, monkeypatch) as (app, pilot):
        await until(lambda: "Long ago" in listed(app))
        burst(app, ["ctrl+f", *"printer"])
        await until(
            lambda: isinstance(app.screen, SearchScreen) and "tulip" in "".join(lines(app.screen.query_one("Offer")))
        )
        await pilot.press("enter")
        await until(lambda: title(app) == "Long ago")


async def test_a_deletion_can_be_taken_back_and_is_carried_out_when_one_quits(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with daemon.client() as client:
        for name in ("Keep me", "Away with it"):
            await client.create_session(title=name, reply="never")
        async with chat(daemon, monkeypatch) as (app, pilot):
            await until(lambda: "Keep me" in listed(app))
            app.chat.query_one(Sidebar).focus_list()
            await pilot.press("home", "down", "D")
            await until(lambda: "Away with it" not in listed(app))
            await pilot.press("ctrl+z")
            await until(lambda: "Away with it" in listed(app))
            app.chat.query_one(Sidebar).focus_list()
            await pilot.press("home", "down", "D")
            await until(lambda: "Away with it" not in listed(app))
            await pilot.press("ctrl+c")
        titles = {session.title for session in (await client.sessions()).sessions}
        assert "Keep me" in titles
        assert "Away with it" not in titles


async def test_a_session_deleted_elsewhere_under_the_cursor_is_gone_and_nothing_breaks(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with daemon.client() as client:
        first = await client.create_session(title="First", reply="never")
        second = await client.create_session(title="Second", reply="never")
        async with chat(daemon, monkeypatch) as (app, pilot):
            await until(lambda: "Second" in listed(app))
            app.chat.query_one(Sidebar).focus_list()
            await pilot.press("home", "down")
            await client.delete_session(second.id)
            await until(lambda: "Second" not in listed(app))
            await pilot.press("p")
            await until(lambda: "Pinned" in listed(app))
            assert (await client.session(first.id)).pinned


async def test_renamed_pinned_and_archived_here_is_so_for_everybody(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with daemon.client() as client:
        session = await client.create_session(title="Old title", reply="never")
        async with chat(daemon, monkeypatch) as (app, _):
            await until(lambda: "Old title" in listed(app))
            app.chat.query_one(Sidebar).focus_list()
            burst(app, ["home", "down", "r", "ctrl+u", *"New one", "enter"])
            await until(lambda: "New one" in listed(app))
            burst(app, ["p"])
            await until(lambda: "Pinned" in listed(app))
            burst(app, ["A"])
            await until(lambda: "New one" not in listed(app))
        known = await client.session(session.id)
        assert (known.title, known.pinned, known.archived) == ("New one", True, True)


async def test_who_is_taken_out_of_a_session_is_told_so_and_it_goes_from_the_list(
    make_daemon: Callable[..., Daemon], monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon = make_daemon(LISTEN='["unix:", "tcp:127.0.0.1:0"]')
    async with daemon.client() as owner:
        token = await owner.create_token("a guest's", user="a guest")
        session = await owner.create_session(title="Not for long", reply="never")
        await owner.put_member(session.id, "a guest", "writer")

        def as_the_guest() -> str:
            monkeypatch.setenv("SEGUE_URL", tcp_url(daemon))
            monkeypatch.setenv("SEGUE_TOKEN", token.token)
            return session.id

        async with chat(daemon, monkeypatch, prepare=as_the_guest) as (app, _):
            await until(lambda: app.view.connection == "live" and "Not for long" in listed(app))
            await owner.remove_member(session.id, "a guest")
            await until(lambda: app.view.connection == "left" and "Not for long" not in listed(app))

"""The sessions beside the chat: what is shown of them, and what the keys ask for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from segue.tui.roster import advance, hide
from segue.tui.sessions.field import Field
from segue.tui.sessions.naming import RenameScreen
from segue.tui.sessions.session_list import SessionList
from segue.tui.sessions.sidebar import Sidebar
from tests.segue.tui.sessions.made_up import (
    Beside,
    burst,
    event,
    lines,
    many,
    roster,
    said,
    settle,
    summary,
)
from tests.segue.tui.window import until


def shown(app: Beside) -> list[str]:
    return [line.rstrip() for line in lines(app.query_one(SessionList)) if line.strip()]


async def test_a_session_shows_its_title_what_is_new_and_who_is_there() -> None:
    now = datetime.now(UTC)
    app = Beside(
        roster(
            summary("a", title="Release", pinned=True, unread=3, updated_at=now, attached=["discord"]),
            summary("b", title="Trip", last_message_preview="see\nyou", updated_at=now - timedelta(seconds=1)),
            current="b",
        )
    )
    async with app.run_test(size=(100, 20)) as pilot:
        await settle(pilot)
        assert shown(app) == [
            " Pinned",
            "  Release                 ★ ● 3",
            "  Discord",
            " Today",
            " ▌Trip",
            " ▌see you",
        ]


async def test_the_session_of_the_window_stays_in_view_when_it_moves_up() -> None:
    state = roster(*many(40), current="s30")
    app = Beside(state)
    async with app.run_test(size=(100, 20)) as pilot:
        await settle(pilot)
        assert any(line.startswith(" ▌Title s30") for line in shown(app))
        app.sidebar.show(advance(state, said("s30", 11, sender="ada")))
        await until(lambda: shown(app)[1].startswith(" ▌Title s30") or shown(app)[0].startswith(" ▌Title s30"))


async def test_a_list_at_its_top_stays_there_and_shows_what_is_new() -> None:
    state = roster(*many(40), current="s0")
    app = Beside(state)
    async with app.run_test(size=(100, 20)) as pilot:
        await settle(pilot)
        for seq in range(20):
            state = advance(state, said(f"s{39 - seq}", 11 + seq))
        app.sidebar.show(state)
        await until(lambda: shown(app)[1].startswith("  Title s20"))


async def test_who_types_who_answers_and_who_is_where_are_told_by_name() -> None:
    now = datetime.now(UTC)
    later = now + timedelta(minutes=1)  # nobody stops typing meanwhile
    state = roster(*(summary(key, title=key, updated_at=now) for key in "cba"), current="c")
    turn = {"id": "t", "session_id": "b", "seq": 11, "state": "running", "agent_name": "chat", "created_at": now}
    for one in (
        event("typing", "a", {"user": "bob", "interface": "discord"}, at=later),
        event("turn.started", "b", turn, 11),
        event("presence", "c", {"user": "bob", "interface": "discord", "state": "attached"}),
        event("presence", "c", {"user": "ada", "interface": "tui", "state": "attached"}),
        event("presence", "c", {"user": "ada", "interface": "discord", "state": "attached"}),
    ):
        state = advance(state, one)
    app = Beside(state)
    async with app.run_test(size=(100, 20)) as pilot:
        await settle(pilot)
        assert shown(app)[1:] == [
            " ▌c",
            " ▌bob: Discord; you: Discord",
            "  b",
            "  chat is answering…",
            "  a",
            "  bob is typing…",
        ]


async def test_keys_ask_for_what_they_stand_for_and_for_the_session_of_the_cursor() -> None:
    app = Beside(roster(summary("a", pinned=True), summary("b", archived=True), current="b"))
    async with app.run_test(size=(100, 20)) as pilot:
        app.sidebar.focus_list()
        await pilot.press("home", "p", "A", "D", "down", "p", "A", "delete", "n")
        assert app.heard[:3] == [
            Sidebar.PinWanted("a", False),
            Sidebar.ArchiveWanted("a", True),
            Sidebar.DeleteWanted("a"),
        ]
        assert app.heard[3:6] == [
            Sidebar.PinWanted("b", True),
            Sidebar.ArchiveWanted("b", False),
            Sidebar.DeleteWanted("b"),
        ]
        assert isinstance(app.heard[6], Sidebar.NewWanted)


async def test_words_typed_after_choosing_are_for_the_prompt_not_for_the_list() -> None:
    app = Beside(roster(*many(3)))
    async with app.run_test(size=(100, 20)) as pilot:
        app.sidebar.focus_list()
        await settle(pilot)
        burst(app, ["down", "enter", *"drap"])
        await settle(pilot)
        assert app.heard == [Sidebar.Chosen("s1")]
        assert app.line.value == "drap"


async def test_the_filter_narrows_down_and_opens_the_first_match() -> None:
    app = Beside(roster(summary("a", title="Release notes"), summary("b", title="Trip"), summary("c", title="Tripod")))
    async with app.run_test(size=(100, 20)) as pilot:
        app.sidebar.focus_list()
        await settle(pilot)
        burst(app, "/rip")
        await settle(pilot)
        assert app.query_one(Field).value == "rip"
        assert [line for line in shown(app) if "Release" in line] == []
        burst(app, ["o", "enter", "h", "i"])
        await settle(pilot)
        assert app.heard == [Sidebar.Chosen("c")]
        assert app.line.value == "hi"
        assert any("Release" in line for line in shown(app))


async def test_keys_right_after_opening_it_are_for_the_list() -> None:
    app = Beside(roster(*many(3)))
    async with app.run_test(size=(60, 15)) as pilot:
        await settle(pilot)
        burst(app, ["ctrl+b", "down", "down", "enter", *"hi"])
        await settle(pilot)
        assert app.heard == [Sidebar.Chosen("s2")]
        assert app.line.value == "hi"


async def test_escape_leaves_the_filter_then_the_list() -> None:
    app = Beside(roster(*many(2)))
    async with app.run_test(size=(100, 20)) as pilot:
        app.sidebar.focus_list()
        await pilot.press("slash", "z", "z", "z")
        assert shown(app) == [" nothing matches"]
        await pilot.press("escape")
        await settle(pilot)
        assert app.focused is app.query_one(SessionList)
        assert len(shown(app)) == 5
        await pilot.press("escape")
        assert isinstance(app.heard[-1], Sidebar.Left)
        assert app.sidebar.display


async def test_a_new_title_is_asked_for_and_may_be_typed_at_once() -> None:
    app = Beside(roster(summary("a", title="Old"), summary("b", title="Other")))
    async with app.run_test(size=(100, 20)) as pilot:
        app.sidebar.focus_list()
        await settle(pilot)
        burst(app, ["end", "r", "ctrl+u", *"dad", "enter", "down"])
        await settle(pilot)
        assert app.heard == [Sidebar.RenameWanted("a", "dad")]
        assert not isinstance(app.screen, RenameScreen)


async def test_a_session_that_is_deleted_while_the_cursor_is_on_it_is_not_acted_on() -> None:
    state = roster(*many(3))
    app = Beside(state)
    async with app.run_test(size=(100, 20)) as pilot:
        app.sidebar.focus_list()
        await pilot.press("down")
        app.sidebar.show(hide(state, "s1"))
        await settle(pilot)
        app.sidebar.show(advance(hide(state, "s1"), event("session.deleted", "s1", summary("s1", last_seq=11), 11)))
        await pilot.press("D")
        assert app.heard == [Sidebar.DeleteWanted("s2")]


async def test_archived_sessions_come_when_asked_for() -> None:
    app = Beside(roster(summary("a", title="Kept"), summary("b", title="Put away", archived=True)))
    async with app.run_test(size=(100, 20)) as pilot:
        app.sidebar.focus_list()
        await settle(pilot)
        assert "Put away" not in "".join(shown(app))
        await pilot.press("full_stop")
        assert shown(app)[-3:-1] == [" Archived", "  Put away"]
        await pilot.press("full_stop")
        assert "Put away" not in "".join(shown(app))


@pytest.mark.parametrize(("columns", "beside"), [(90, True), (89, False)])
async def test_it_stands_beside_the_chat_where_there_is_room_and_above_it_when_asked_for(
    columns: int, beside: bool
) -> None:
    app = Beside(roster(*many(2)))
    async with app.run_test(size=(columns, 15)) as pilot:
        await settle(pilot)
        assert app.sidebar.display is beside
        width = app.line.size.width
        app.sidebar.toggle()
        await settle(pilot)
        assert app.sidebar.display is not beside
        assert (app.line.size.width == width) is not beside
        if not beside:
            await pilot.press("enter")
            await settle(pilot)
            assert not app.sidebar.display
        assert app.sidebar.wanted is not beside


async def test_the_screen_may_grow_and_shrink_under_it() -> None:
    app = Beside(roster(*many(2)))
    async with app.run_test(size=(60, 15)) as pilot:
        await pilot.resize_terminal(120, 30)
        await settle(pilot)
        assert app.sidebar.display
        assert len(shown(app)) == 5
        await pilot.resize_terminal(60, 15)
        await settle(pilot)
        assert not app.sidebar.display


async def test_what_happens_while_it_is_closed_is_there_when_it_opens() -> None:
    state = roster(*many(2))
    app = Beside(state)
    async with app.run_test(size=(60, 15)) as pilot:
        app.sidebar.show(advance(state, said("s1", 11, "something new")))
        app.sidebar.toggle()
        await settle(pilot)
        assert "something new" in "".join(shown(app))


async def test_titles_and_previews_cannot_reach_the_terminal() -> None:
    title, preview = "\x1b[31mred\x07 [bold]b[/]", "\x1b]0;owned\x07two\nlines\x9b5m [/]"
    state = roster(summary("a", title="x").model_copy(update={"title": title, "last_message_preview": preview}))
    app = Beside(state)
    async with app.run_test(size=(100, 15)) as pilot:
        await settle(pilot)
        assert shown(app)[1:] == ["  red [bold]b[/]", "  two lines [/]"]


async def test_the_mouse_opens_a_session_and_makes_a_new_one() -> None:
    app = Beside(roster(*many(3)))
    async with app.run_test(size=(100, 20)) as pilot:
        await settle(pilot)
        await pilot.click(SessionList, offset=(5, 4))
        await settle(pilot)
        await pilot.click("NewLine")
        await settle(pilot)
        assert app.heard[0] == Sidebar.Chosen("s1")
        assert isinstance(app.heard[1], Sidebar.NewWanted)


async def test_typing_ends_on_the_screen_though_nothing_else_happens() -> None:
    app = Beside(roster(*many(1)))
    async with app.run_test(size=(100, 20)) as pilot:
        await settle(pilot)
        half_over = datetime.now(UTC) - timedelta(seconds=3)
        typing = event("typing", "s0", {"user": "bob", "interface": "discord"}, at=half_over)
        app.sidebar.show(advance(app.shown, typing))
        await until(lambda: "typing" in "".join(shown(app)))
        await until(lambda: "typing" not in "".join(shown(app)))


async def test_a_screen_that_becomes_narrow_sends_the_reader_back_to_the_prompt() -> None:
    app = Beside(roster(*many(2)))
    async with app.run_test(size=(100, 20)) as pilot:
        app.sidebar.focus_list()
        await settle(pilot)
        await pilot.resize_terminal(60, 15)
        await settle(pilot)
        assert isinstance(app.heard[-1], Sidebar.Left)
        await pilot.press("x")
        assert app.line.value == "x"


async def test_many_changes_at_once_are_shown_once() -> None:
    state = roster(*many(500))
    app = Beside(state)
    async with app.run_test(size=(100, 20)) as pilot:
        await settle(pilot)
        rows, shows = app.query_one(SessionList), 0
        show = rows.show

        def counting(*given: object) -> None:
            nonlocal shows
            shows += 1
            show(*given)  # type: ignore[arg-type]

        rows.show = counting  # type: ignore[method-assign,assignment]
        for seq in range(11, 211):
            state = advance(state, said("s77", seq, f"number {seq}"))
            app.sidebar.show(state)
        await until(lambda: "number 210" in "".join(shown(app)))
        assert shows <= 3

"""Ctrl+K: what is offered, in which order, and what Enter means."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from segue.tui.roster import Roster, hide
from segue.tui.sessions.rows import Rows
from segue.tui.sessions.switcher import Choice, Create, Open, Switcher, candidates
from tests.segue.tui.sessions.made_up import NOW, burst, lines, many, roster, settle, summary


class Below(App[None]):
    """A line to type in, and the switcher above it on Ctrl+K."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+k", "switch", priority=True)]

    def __init__(self, sessions: Roster) -> None:
        super().__init__()
        self.roster = sessions
        self.chosen: list[Choice | None] = []

    def compose(self) -> ComposeResult:
        yield Input()

    def action_switch(self) -> None:
        self.push_screen(Switcher(self.roster), self.chosen.append)


def found(state: Roster, query: str) -> list[str]:
    return [candidate.item.id for candidate in candidates(state, query)]


def test_without_a_word_the_most_recent_come_first_and_none_that_is_put_away() -> None:
    state = roster(*many(3), summary("away", archived=True), summary("gone"))
    assert found(hide(state, "gone"), "") == ["s0", "s1", "s2"]


def test_a_word_in_a_title_comes_before_one_that_was_said_and_that_before_scattered_letters() -> None:
    state = roster(
        summary("later", title="Other", last_message_preview="the release is out", updated_at=NOW),
        summary("scattered", title="rather late: a sea", updated_at=NOW - timedelta(hours=1)),
        summary("title", title="Release", updated_at=NOW - timedelta(days=9), archived=True),
    )
    assert found(state, "rele") == ["title", "later", "scattered"]
    assert found(state, "zebra") == []


async def test_letters_and_enter_in_one_burst_open_the_best_match_and_the_rest_is_for_the_prompt() -> None:
    app = Below(roster(summary("a", title="Alpha"), summary("b", title="Beta"), summary("c", title="Gamma")))
    async with app.run_test() as pilot:
        burst(app, ["ctrl+k", *"gam", "enter", *"hello"])
        await settle(pilot)
        assert app.chosen == [Open("c")]
        assert app.query_one(Input).value == "hello"


async def test_a_title_that_no_session_has_makes_a_new_one() -> None:
    app = Below(roster(*many(2)))
    async with app.run_test() as pilot:
        await pilot.press("ctrl+k", *"Trip", "enter")
        assert app.chosen == [Create("Trip")]


async def test_the_last_entry_makes_a_new_one_though_others_match() -> None:
    app = Below(roster(*many(5)))
    async with app.run_test() as pilot:
        await pilot.press("ctrl+k", *"title", *["down"] * 9, "enter")
        assert app.chosen == [Create("title")]


async def test_escape_and_ctrl_k_close_it_and_nothing_is_chosen() -> None:
    app = Below(roster(*many(2)))
    async with app.run_test() as pilot:
        await pilot.press("ctrl+k", "x", "escape")
        await settle(pilot)
        assert app.chosen == [None]
        assert not isinstance(app.screen, Switcher)


async def test_with_nothing_to_choose_enter_does_nothing() -> None:
    app = Below(roster())
    async with app.run_test() as pilot:
        await pilot.press("ctrl+k", "enter")
        assert app.chosen == []
        assert isinstance(app.screen, Switcher)


async def test_a_click_chooses_and_one_beside_it_closes() -> None:
    app = Below(roster(*many(3)))
    async with app.run_test(size=(60, 15)) as pilot:
        await pilot.press("ctrl+k")
        await settle(pilot)
        await pilot.click(Rows, offset=(4, 1))
        await settle(pilot)
        await pilot.press("ctrl+k")
        await settle(pilot)
        await pilot.click(offset=(0, 0))
        await settle(pilot)
        assert app.chosen == [Open("s1"), None]


async def test_a_session_that_goes_away_meanwhile_is_offered_no_more() -> None:
    app = Below(roster(*many(3)))
    async with app.run_test() as pilot:
        await pilot.press("ctrl+k", "down")
        assert isinstance(app.screen, Switcher)
        app.screen.show(hide(app.roster, "s1"))
        await pilot.press("enter")
        assert app.chosen == [Open("s2")]


async def test_everything_is_on_a_small_screen_and_drawn_plain() -> None:
    app = Below(roster(*many(40), summary("x", title="[red]日本語[/]" * 9, updated_at=NOW + timedelta(1), unread=5)))
    async with app.run_test(size=(60, 15)) as pilot:
        await pilot.press("ctrl+k")
        await settle(pilot)
        drawn = lines(app.screen.query_one(Rows))
        assert drawn[0].startswith("› [red]日本語[/][red]日本語")
        assert app.screen.query_one("#dialog").region.bottom <= 15
        assert len(drawn) >= 8


def test_two_thousand_sessions_are_searched_between_two_keys() -> None:
    state = roster(*(summary(f"s{i}", title="ab" * 40, last_message_preview="x" * 100) for i in range(2000)))
    began = time.process_time()
    for query in ("a", "abba", "aabb", "bbbbbbbbbbbbbbb", "zz"):
        candidates(state, query)
    assert (time.process_time() - began) / 5 < 2

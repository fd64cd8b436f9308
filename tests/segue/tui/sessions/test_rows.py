"""The list that draws only what is on the screen."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from textual.app import App, ComposeResult
from textual.content import Content
from textual.widgets import Input

from segue.tui.sessions.lineup import Heading, Row
from segue.tui.sessions.rows import Rows
from tests.segue.tui.sessions.made_up import burst, lines, settle
from tests.segue.tui.window import until


@dataclass(frozen=True)
class Named:
    key: str
    height: int = 2

    def draw(self, width: int) -> Sequence[Content]:
        return [Content(self.key), Content("…")][: self.height]


class Listing(App[None]):
    CSS = "Rows { height: 6; }"

    def __init__(self, rows: Sequence[Row]) -> None:
        super().__init__()
        self.shown = rows
        self.opened: list[str] = []

    def compose(self) -> ComposeResult:
        yield Rows()
        yield Input()

    def on_mount(self) -> None:
        self.rows.show(self.shown)

    @property
    def rows(self) -> Rows:
        return self.query_one(Rows)

    def on_rows_opened(self, event: Rows.Opened) -> None:
        self.opened.append(event.key)
        self.query_one(Input).focus()


def named(keys: str) -> list[Row]:
    return [Named(key) for key in keys]


def on_screen(app: Listing) -> list[str]:
    return [line[1] for line in lines(app.rows)][::2]


async def test_the_cursor_steps_over_headings_and_stops_at_the_ends() -> None:
    app = Listing([Heading("one"), Named("a"), Heading("two"), Named("b")])
    async with app.run_test() as pilot:
        app.rows.focus()
        assert app.rows.key == "a"
        await pilot.press("down", "down")
        assert app.rows.key == "b"
        await pilot.press("up", "up", "up")
        assert app.rows.key == "a"
        assert lines(app.rows)[:2] == [" one".ljust(80), "›a".ljust(80)]


async def test_keys_of_a_burst_act_in_their_order_and_the_rest_goes_where_the_focus_went() -> None:
    app = Listing(named("abcdef"))
    async with app.run_test() as pilot:
        app.rows.focus()
        await settle(pilot)
        burst(app, ["down", "j", "enter", "j", "d", "x"])
        await settle(pilot)
        assert app.opened == ["c"]
        assert app.query_one(Input).value == "jdx"
        assert app.rows.key == "c"


async def test_keys_after_opening_are_lost_rather_than_obeyed_if_the_focus_stays() -> None:
    app = Listing(named("abcdef"))
    async with app.run_test() as pilot:
        app.query_one(Input).can_focus = False
        app.rows.focus()
        await settle(pilot)
        burst(app, ["enter", "j", "j"])
        await until(lambda: app.opened == ["a"])
        await until(lambda: not app.rows.is_holding_keys)
        assert app.rows.key == "a"
        await pilot.press("j")
        assert app.rows.key == "b"


async def test_the_cursor_stays_on_its_row_and_the_reader_s_lines_do_not_move() -> None:
    app = Listing(named("abcdefghij"))
    async with app.run_test() as pilot:
        app.rows.focus()
        await pilot.press("down", "down", "down", "down")
        assert on_screen(app) == ["c", "d", "e"]
        app.rows.show(named("jabcdefghi"))
        await pilot.pause()
        assert on_screen(app) == ["c", "d", "e"]
        app.rows.show(named("djabcefghi"))  # one of those on the screen goes up
        await pilot.pause()
        assert on_screen(app) == ["b", "c", "e"]
        assert app.rows.key == "e"


async def test_a_list_that_nobody_is_in_stays_at_its_top() -> None:
    app = Listing(named("abcdefghij"))
    async with app.run_test() as pilot:
        app.query_one(Input).focus()
        await pilot.pause()
        app.rows.show(named("jabcdefghi"))
        await pilot.pause()
        assert on_screen(app) == ["j", "a", "b"]


async def test_where_the_row_of_the_cursor_goes_away_the_next_one_takes_its_place() -> None:
    app = Listing(named("abc"))
    async with app.run_test() as pilot:
        app.rows.focus()
        await pilot.press("down")
        app.rows.show(named("ac"))
        assert app.rows.key == "c"
        app.rows.show(named("a"))
        assert app.rows.key == "a"
        app.rows.show([])
        assert app.rows.key == ""
        await pilot.press("down", "up", "pagedown", "home", "end", "enter")
        assert app.opened == []
        app.rows.show(named("xy"))
        assert app.rows.key == "x"


async def test_pages_and_ends() -> None:
    app = Listing([Heading("top"), *named("abcdefghij")])
    async with app.run_test() as pilot:
        app.rows.focus()
        await pilot.press("end")
        assert app.rows.key == "j"
        await pilot.press("pageup")
        assert app.rows.key == "g"
        await pilot.press("home")
        assert app.rows.key == "a"
        assert lines(app.rows)[0].strip() == "top"
        await pilot.press("pagedown")
        assert app.rows.key == "c"


async def test_a_click_opens_a_row_and_nothing_else() -> None:
    app = Listing([Heading("top"), Named("a"), Named("b")])
    async with app.run_test() as pilot:
        await pilot.click(Rows, offset=(3, 0))
        await pilot.click(Rows, offset=(3, 5))
        assert app.opened == []
        await pilot.click(Rows, offset=(3, 4))
        await settle(pilot)
        assert app.opened == ["b"]


async def test_no_line_is_wider_or_narrower_than_the_list() -> None:
    keys = ["日本語" * 40, "x" * 300, "", "[b]no markup[/]", "👩‍👩‍👧" * 30]
    app = Listing([Named(key or " ") for key in keys])
    async with app.run_test(size=(20, 12)) as pilot:
        await pilot.pause()
        width = app.rows.scrollable_content_region.width
        for y in range(app.rows.size.height):
            strip = app.rows.render_line(y)
            assert sum(segment.cell_length for segment in strip) == strip.cell_length == width
        assert lines(app.rows)[1].strip() == "…"


@pytest.mark.parametrize("number", [2000])
async def test_a_long_list_costs_no_more_than_what_is_drawn_of_it(number: int) -> None:
    app = Listing([Named(f"{i}") for i in range(number)])
    async with app.run_test() as pilot:
        app.rows.focus()
        began = time.process_time()
        for _ in range(20):
            app.rows.show([Named(f"{i}") for i in range(number)])
            await pilot.press("down")
        assert (time.process_time() - began) / 20 < 0.4

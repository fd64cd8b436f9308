"""Ctrl+F: what is asked, when, and what is made of the answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

import pytest
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.pilot import Pilot
from textual.widgets import Input

from segue.models import Message, SearchHit, SearchPage
from segue.tui.line import Line
from segue.tui.sessions.rows import Rows
from segue.tui.sessions.search import Hit, SearchScreen, marked
from tests.segue.tui.sessions.made_up import NOW, burst, lines, settle
from tests.segue.tui.window import until


class Below(App[None]):
    """A line to type in, and the search above it on Ctrl+F."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+f", "search", priority=True)]

    def __init__(self, **options: Any) -> None:
        super().__init__()
        self.search = SearchScreen(**options)
        self.asked: list[SearchScreen.Asked] = []
        self.chosen: list[Hit | None] = []

    def compose(self) -> ComposeResult:
        yield Input()

    def action_search(self) -> None:
        self.push_screen(self.search, self.chosen.append)

    def on_search_screen_asked(self, message: SearchScreen.Asked) -> None:
        self.asked.append(message)

    @property
    def state(self) -> str:
        return str(self.search.query_one("#state", Line).content)


def hit(number: int, session_id: str = "s", snippet: str = "so ⟦found⟧ it", **fields: Any) -> SearchHit:
    known = {"id": f"m{number}", "session_id": session_id, "seq": number, "role": "user", "sender": "bob"}
    known |= {"content": "x", "created_at": NOW - timedelta(days=1), "interface": "discord"}
    return SearchHit(message=Message(**known | fields), session_title=f"[b]{session_id}", snippet=snippet, score=1.0)


def page(query: str, *hits: SearchHit) -> SearchPage:
    return SearchPage(query=query, hits=hits)


async def searched(app: Below, pilot: Pilot[None], query: str, *hits: SearchHit) -> None:
    """Type a query, and answer it; what was asked for its beginning, where keys come slowly, is forgotten."""
    burst(app, ["ctrl+f", *query])
    await until(lambda: SearchScreen.Asked(query, False) in app.asked)
    del app.asked[:-1]
    app.search.show(page(query, *hits), here_only=False)
    await settle(pilot)


def shown(app: Below) -> list[str]:
    return [line.rstrip() for line in lines(app.search.query_one(Rows)) if line.strip()]


async def test_it_asks_once_when_the_typing_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("segue.tui.sessions.search._DEBOUNCE_SECONDS", 0.6)
    app = Below()
    async with app.run_test() as pilot:
        burst(app, ["ctrl+f", *"found"])
        await until(lambda: app.asked)
        await settle(pilot)
        assert app.asked == [SearchScreen.Asked("found", False)]
        assert app.state == "searching…"


async def test_hits_stand_under_their_sessions_with_who_and_when() -> None:
    app = Below()
    async with app.run_test(size=(100, 30)) as pilot:
        await searched(app, pilot, "found", hit(1, "a"), hit(2, "b"), hit(3, "a", "⟦found⟧ again"))
        drawn = shown(app)
        assert [drawn[0], drawn[2], drawn[4], drawn[5]] == [" [b]a", "  so found it", "  found again", " [b]b"]
        assert drawn[1].startswith("›bob · Discord · 2026-11-20 ")
        assert app.state == "3 found, the best first"


async def test_enter_jumps_to_the_hit_under_the_cursor() -> None:
    app = Below()
    async with app.run_test() as pilot:
        await searched(app, pilot, "found", hit(1, "a"), hit(2, "b"))
        burst(app, ["down", "enter", "h", "i"])
        await settle(pilot)
        assert app.chosen == [Hit("b", "m2", 2)]
        assert app.query_one(Input).value == "hi"


async def test_enter_right_after_typing_asks_instead_of_jumping_to_an_older_hit() -> None:
    app = Below()
    async with app.run_test() as pilot:
        await searched(app, pilot, "found", hit(1))
        burst(app, ["x", "enter"])
        await settle(pilot)
        assert app.chosen == []
        assert app.asked[-1] == SearchScreen.Asked("foundx", False)


async def test_an_answer_to_an_older_question_is_not_shown() -> None:
    app = Below()
    async with app.run_test() as pilot:
        await searched(app, pilot, "found")
        assert app.state == "nothing found"
        app.search.show(page("foun", hit(1)), here_only=False)
        app.search.show(page("found", hit(1)), here_only=True)
        assert shown(app) == []


async def test_tab_asks_for_this_session_only_and_for_all_again() -> None:
    app = Below()
    async with app.run_test() as pilot:
        await searched(app, pilot, "found", hit(1))
        await pilot.press("tab")
        assert app.asked[-1] == SearchScreen.Asked("found", True)
        assert app.search.query_one("#dialog").border_title == "Search this session"
        await pilot.press("tab")
        assert app.asked[-1] == SearchScreen.Asked("found", False)


async def test_a_failure_is_told_and_the_same_can_be_asked_again() -> None:
    app = Below()
    async with app.run_test() as pilot:
        await searched(app, pilot, "found", hit(1))
        app.search.fail("no daemon\x1b[2J answers")
        assert app.state == "✗ no daemon answers"
        assert shown(app) == []
        await pilot.press("enter")
        assert app.asked == [SearchScreen.Asked("found", False)] * 2


async def test_words_may_be_given_from_outside() -> None:
    app = Below(query="found", here_only=True)
    async with app.run_test() as pilot:
        await pilot.press("ctrl+f")
        await settle(pilot)
        assert app.asked == [SearchScreen.Asked("found", True)]


async def test_nothing_is_asked_for_blanks_and_escape_closes() -> None:
    app = Below()
    async with app.run_test() as pilot:
        await searched(app, pilot, "found", hit(1))
        await pilot.press("ctrl+u", "space")
        await until(lambda: not shown(app))
        assert len(app.asked) == 1
        await pilot.press("escape")
        assert app.chosen == [None]


def test_hits_are_marked_by_more_than_colour_and_the_rest_is_plain() -> None:
    content = marked("a ⟦b⟧ \x1b[31m[red]⟧ ⟦c\nd⟧ ⟦open")
    assert content.plain == "a b [red]⟧ c d ⟦open"
    assert [content.plain[span.start : span.end] for span in content.spans] == ["b", "c d"]


async def test_a_long_snippet_takes_two_lines_on_a_small_screen() -> None:
    app = Below()
    async with app.run_test(size=(60, 15)) as pilot:
        await searched(app, pilot, "found", *(hit(i, snippet="日本 words " * 30 + "⟦found⟧") for i in range(50)))
        assert len(shown(app)) >= 6
        assert app.search.query_one("#dialog").region.bottom <= 15
        await pilot.press("pagedown", "enter")
        assert [chosen and chosen.seq > 0 for chosen in app.chosen] == [True]

"""A new title for a session."""

from __future__ import annotations

import pytest
from textual.app import App
from textual.events import Paste

from segue.tui.sessions.field import Field
from segue.tui.sessions.naming import RenameScreen
from tests.segue.tui.sessions.made_up import settle


class Renaming(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.titles: list[str | None] = []

    def on_mount(self) -> None:
        self.push_screen(RenameScreen("Old \x1b[31mtitle"), self.titles.append)


@pytest.mark.parametrize(
    ("keys", "title"),
    [
        (["enter"], None),
        (["escape"], None),
        (["ctrl+u", "enter"], None),
        (["ctrl+u", "space", "enter"], None),
        (["!", "enter"], "Old title!"),
        (["ctrl+u", *"[b]x", "space", "enter"], "[b]x"),
    ],
)
async def test_enter_gives_the_new_title_and_none_where_nothing_changes(keys: list[str], title: str | None) -> None:
    app = Renaming()
    async with app.run_test() as pilot:
        await settle(pilot)
        await pilot.press(*keys)
        assert app.titles == [title]


async def test_what_is_pasted_becomes_one_plain_line() -> None:
    app = Renaming()
    async with app.run_test() as pilot:
        await settle(pilot)
        await pilot.press("ctrl+u")
        app.post_message(Paste("one\ntwo\x1b[31m\x07 three"))
        await settle(pilot)
        assert app.screen.query_one(Field).value == "one two three"
        app.post_message(Paste("x" * 600))
        await settle(pilot)
        await pilot.press("enter")
        assert app.titles == ["one two three" + "x" * 487]

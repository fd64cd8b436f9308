from __future__ import annotations

import pytest
from textual.app import App
from textual.binding import Binding

from segue.tui.commands import COMMANDS
from segue.tui.help import HelpScreen, key_name, keys
from segue.tui.prompt.prompt import Prompt
from tests.segue.tui.prompt.screens import picture

ANYWHERE = [Binding("ctrl+k,ctrl+o", "switch", "Another session", priority=True), Binding("f9", "hidden")]


@pytest.mark.parametrize(
    ("key", "name"),
    [("ctrl+j", "Ctrl+J"), ("e", "e"), ("shift+a", "Shift+A"), ("escape", "Esc"), ("f1", "F1"), ("ctrl+up", "Ctrl+↑")],
)
def test_keys_are_named_as_keyboards_name_them(key: str, name: str) -> None:
    assert key_name(key) == name


def test_what_one_source_takes_before_all_others_is_told_only_there() -> None:
    editing = [Binding("ctrl+k", "delete", "Delete to the end"), Binding("ctrl+u,super+x", "cut", "Cut")]
    assert keys([("Anywhere", ANYWHERE), ("Editing", editing)]) == [
        ("Anywhere", [("Ctrl+K, Ctrl+O", "Another session")]),
        ("Editing", [("Ctrl+U", "Cut")]),
    ]


@pytest.mark.parametrize("size", [(60, 15), (250, 80)])
async def test_the_page_scrolls_to_its_end_and_escape_closes_it(size: tuple[int, int]) -> None:
    app = App[None]()
    async with app.run_test(size=size) as pilot:
        await app.push_screen(HelpScreen([("Anywhere", ANYWHERE), ("Prompt", Prompt.BINDINGS)]))
        await pilot.pause()
        seen = picture(app)
        for _ in range(12):
            await pilot.press("pagedown")
            seen += picture(app)
        for command in COMMANDS:
            assert command.usage in seen
        assert "Another session" in seen
        assert "Ctrl+J, Shift+Enter" in seen
        await pilot.press("escape")
        assert not isinstance(app.screen, HelpScreen)

"""Going through messages by keys and mouse, and doing something with one."""

from __future__ import annotations

import re

import pytest
from textual.events import Key
from textual.widgets import Input

from segue.tui.transcript.transcript import Transcript
from segue.tui.transcript.whole_message import WholeMessage
from tests.segue.tui.transcript.reader import Reader, picture, said
from tests.segue.tui.window import until

ANSWER = "Two blocks:\n\n```sh\nls\n```\n\nand\n\n```python\nprint(1)\n```"


def talk() -> Reader:
    return Reader(
        [
            said(1, "from ada"),
            said(2, "from bob", sender="bob", interface="discord"),
            said(3, "first line\nsecond line", role="tool", sender="read_file", interface="agent"),
            said(4, ANSWER, role="assistant", sender="chat", interface="agent"),
        ]
    )


def selected(app: Reader) -> str:
    return app.transcript.selected


async def test_up_and_down_go_through_the_messages_from_the_last_one_on() -> None:
    app = talk()
    async with app.run_test(size=(80, 40)) as pilot:
        await pilot.press("shift+tab")
        assert selected(app) == "m4"
        await pilot.press("up", "k")
        assert selected(app) == "m2"
        assert [line[1] for line in picture(app) if "bob" in line] == ["►", "█"]
        await pilot.press("down", "j", "j")
        assert selected(app) == "m4"


async def test_letters_that_are_no_keys_go_to_the_prompt_in_their_order() -> None:
    app = talk()
    async with app.run_test(size=(80, 40)) as pilot:
        await pilot.press("shift+tab")
        for key in "hey-Joe":
            app.post_message(Key(key, key))
        await pilot.pause()
        assert app.query_one(Input).value == "hey-Joe"
        assert app.query_one(Input).has_focus


async def test_escape_leads_back_to_the_prompt() -> None:
    app = talk()
    async with app.run_test(size=(80, 40)) as pilot:
        await pilot.press("shift+tab", "escape")
        assert app.query_one(Input).has_focus
        assert "►" not in "\n".join(picture(app))


async def test_a_message_and_each_of_its_blocks_of_code_are_copied() -> None:
    app = talk()
    async with app.run_test(size=(80, 40)) as pilot:
        await pilot.press("shift+tab", "c", "b", "b", "b")
        copied = [wish for wish in app.wishes if isinstance(wish, Transcript.CopyWanted)]
        assert [wish.text for wish in copied] == [ANSWER, "print(1)\n", "ls\n", "print(1)\n"]
        assert [wish.what for wish in copied] == ["message", *["block of code"] * 3]


async def test_from_the_prompt_the_last_answer_is_copied() -> None:
    app = talk()
    async with app.run_test(size=(80, 40)) as pilot:
        app.transcript.action_copy_message()
        await pilot.pause()
        assert [wish.text for wish in app.wishes if isinstance(wish, Transcript.CopyWanted)] == [ANSWER]


async def test_only_ones_own_message_can_be_edited_and_deleted() -> None:
    app = talk()
    async with app.run_test(size=(80, 40)) as pilot:
        await pilot.press("shift+tab", "e", "d", "up", "up", "e", "d", "up", "e", "d", "r")
        edit, delete, retry = app.wishes
        assert isinstance(edit, Transcript.EditWanted)
        assert (edit.message_id, edit.text) == ("m1", "from ada")
        assert isinstance(delete, Transcript.DeleteWanted)
        assert delete.message_id == "m1"
        assert isinstance(retry, Transcript.RetryWanted)


@pytest.mark.parametrize("by", ["key", "mouse"])
async def test_what_a_tool_said_is_one_line_that_opens(by: str) -> None:
    app = talk()
    async with app.run_test(size=(80, 40)) as pilot:
        await pilot.press("shift+tab", "up")
        await pilot.pause()
        line = next(y for y, text in enumerate(picture(app)) if "▸ read_file" in text)
        assert picture(app)[line].rstrip().endswith("first line second line")
        assert await (pilot.press("enter") if by == "key" else pilot.click(offset=(10, line))) is not False
        await pilot.pause()
        assert [text[3:].strip() for text in picture(app)[line : line + 3]] == [
            "▾ read_file  agent · 2026-03-01 09:03",
            "first line",
            "second line",
        ]


async def test_a_long_message_is_read_line_by_line_before_the_next_one_is_selected() -> None:
    app = Reader([said(1, "\n".join(f"<{n}>" for n in range(100))), said(2, "short")])
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.press("shift+tab", "up")
        assert selected(app) == "m1"
        for _ in range(30):
            await pilot.press("up")
        assert app.transcript.scroll_y == 0
        seen = set()
        while selected(app) == "m1":
            seen |= set(re.findall(r"<(\d+)>", "\n".join(picture(app))))
            await pilot.press("down")
        assert len(seen) == 100


@pytest.mark.parametrize("role", ["user", "assistant"])
async def test_a_message_of_a_mebibyte_is_cut_and_opens_whole(role: str) -> None:
    app = Reader([said(1, "word " * 200_000 + "end", role=role)])
    async with app.run_test(size=(80, 20)) as pilot:
        await pilot.press("shift+tab")
        assert "980,003 more characters: a click here or Enter" in "\n".join(picture(app))
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, WholeMessage)
        await pilot.press("end")
        await pilot.pause()
        assert picture(app)[-3].split()[-1] == "end"
        await pilot.press("c", "escape")
        assert len(app.wishes) == 1
        assert not isinstance(app.screen, WholeMessage)


async def test_a_text_chosen_with_the_mouse_is_copied_without_what_stands_beside_it() -> None:
    app = talk()
    async with app.run_test(size=(80, 40)) as pilot:
        line = next(y for y, text in enumerate(picture(app)) if "print(1)" in text)
        await pilot.mouse_down(offset=(3, line - 2))
        await pilot.hover(offset=(20, line))
        await pilot.mouse_up(offset=(20, line))
        await pilot.pause()
        assert [wish.text for wish in app.wishes if isinstance(wish, Transcript.CopyWanted)] == ["and\n\n  print(1)"]


async def test_words_that_are_being_chosen_do_not_run_away_from_an_answer_that_grows() -> None:
    app = talk()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.mouse_down(offset=(3, 1))
        await pilot.hover(offset=(20, 2))
        app.write("words\n\n" * 40)
        await pilot.pause()
        assert app.transcript.scroll_y == 0
        await pilot.mouse_up(offset=(20, 2))
        await pilot.click(offset=(10, 3))
        app.transcript.go_to_end()
        app.write("words\n\n" * 50)
        await until(lambda: app.transcript.is_at_end)

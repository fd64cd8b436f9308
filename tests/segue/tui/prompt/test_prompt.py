"""What one types, what it becomes, and what is offered on the way."""

from __future__ import annotations

import pytest
from textual.events import MouseScrollDown, Paste

from segue.tui.prompt.prompt import EDITING, Prompt
from segue.tui.prompt.suggestions import Suggestions
from tests.segue.tui.prompt.screens import PromptApp, burst, picture
from tests.segue.tui.window import until


def popup(app: PromptApp) -> list[str]:
    """Return the lines of the list above the prompt."""
    return [line for box in app.query(Suggestions) if box.display for line in box.render().plain.split("\n")]


async def test_enter_sends_and_empties() -> None:
    app = PromptApp()
    async with app.run_test() as pilot:
        await pilot.press("a", "ctrl+j", "b", "enter", "space", "enter")
        assert app.posts(Prompt.Submitted) == [Prompt.Submitted("a\nb", "queue")]
        assert app.prompt.text == " "


async def test_ctrl_t_changes_what_a_message_does_and_the_border_says_so() -> None:
    app = PromptApp()
    async with app.run_test() as pilot:
        assert "queue" not in picture(app)
        app.prompt.answering = True
        await pilot.pause()
        assert "queue: waits for the answer" in picture(app)
        await pilot.press("ctrl+t", "a", "enter", "ctrl+t", "b", "enter")
        assert app.posts(Prompt.Submitted) == [Prompt.Submitted("a", "steer"), Prompt.Submitted("b", "interrupt")]
        app.prompt.answering = False
        await pilot.pause()
        assert "interrupt, while an answer is written" in picture(app)
        await pilot.press("ctrl+t")
        assert "interrupt" not in picture(app)


async def test_a_message_that_begins_with_two_slashes_is_sent_with_one() -> None:
    app = PromptApp()
    async with app.run_test() as pilot:
        await pilot.press(*"//help", "enter")
        assert app.posts(Prompt.Submitted) == [Prompt.Submitted("/help")]


async def test_an_unknown_command_is_not_sent_and_stays() -> None:
    app = PromptApp()
    async with app.run_test() as pilot:
        await pilot.press(*"/renmae", "space", *"x", "enter")
        assert app.posts(Prompt.UnknownCommand) == [Prompt.UnknownCommand("renmae", "rename")]
        assert app.prompt.text == "/renmae x"


async def test_a_command_without_the_argument_that_it_needs_stays() -> None:
    app = PromptApp()
    async with app.run_test() as pilot:
        await pilot.press(*"/rename", "enter")
        assert app.prompt.text == "/rename "
        await pilot.press("enter")
        assert app.prompt.text == "/rename "
        assert app.posts(Prompt.CommandGiven) == []
        await pilot.press(*"New", "enter")
        assert app.posts(Prompt.CommandGiven) == [Prompt.CommandGiven("rename", "New")]


@pytest.mark.parametrize(
    ("pressed", "name", "argument"),
    [
        (["slash", "h", "enter"], "help", ""),
        (["slash", "n", "e", "enter"], "new", ""),
        (["slash", "n", "e", "tab", "A", "enter"], "new", "A"),
        (["slash", "t", "h", "enter", "g", "enter"], "theme", "gruvbox"),
        (["slash", "t", "h", "enter", "down", "enter"], "theme", "gruvbox"),
        (["slash", "t", "h", "enter", "up", "up", "enter"], "theme", "gruvbox"),
        (["slash", "m", "o", "d", "e", "space", "i", "enter"], "mode", "interrupt"),
        (["slash", *"switch", "space", *"290", "enter"], "switch", "s290"),
        (["slash", *"switch", "space", *"notes 17", "enter"], "switch", "s17"),
    ],
)
async def test_enter_takes_what_is_offered_whether_keys_come_slowly_or_in_a_burst(
    pressed: list[str], name: str, argument: str
) -> None:
    app = PromptApp()
    async with app.run_test() as pilot:
        await pilot.press(*("space" if key == " " else key for key in pressed))
        burst(app, *("space" if key == " " else key for key in pressed))
        await until(lambda: len(app.posts(Prompt.CommandGiven)) == 2)
        assert app.posts(Prompt.CommandGiven) == [Prompt.CommandGiven(name, argument)] * 2
        assert app.prompt.text == ""
        assert popup(app) == []


async def test_what_only_the_help_of_a_command_tells_of_is_offered_but_not_done_by_enter() -> None:
    app = PromptApp()
    async with app.run_test() as pilot:
        await pilot.press(*"/undone")
        assert [line.split()[0] for line in popup(app)] == ["/delete"]
        await pilot.press("enter")
        assert app.posts(Prompt.UnknownCommand) == [Prompt.UnknownCommand("undone", "")]
        await pilot.press("tab")
        assert app.prompt.text == "/delete"


async def test_a_model_that_is_not_in_the_list_can_be_asked_for() -> None:
    app = PromptApp()
    async with app.run_test() as pilot:
        await pilot.press(*"/model", "space", *"gpt")
        assert len(popup(app)) == 2
        await pilot.press("enter")
        assert app.posts(Prompt.CommandGiven) == [Prompt.CommandGiven("model", "gpt")]


async def test_a_person_is_completed_and_enter_then_sends() -> None:
    app = PromptApp()
    async with app.run_test() as pilot:
        await pilot.press(*"hi", "space", "at", "g")
        assert popup(app) == ["› @Grace Hopper"]
        await pilot.press("tab", *"and", "space", "at", "a", "d")
        assert popup(app) == ["› @ada ", "  @adam"]
        await pilot.press("a", "enter")
        assert app.posts(Prompt.Submitted) == [Prompt.Submitted("hi @Grace Hopper and @ada")]


async def test_an_address_is_no_mention() -> None:
    app = PromptApp()
    async with app.run_test() as pilot:
        await pilot.press(*"a", "at", "a")
        assert popup(app) == []


async def test_escape_closes_the_list_then_leaves_the_edit_then_goes_to_the_app() -> None:
    app = PromptApp()
    async with app.run_test() as pilot:
        await pilot.press(*"draft")
        app.prompt.edit_message("m1", "old")
        await pilot.pause()
        assert EDITING in picture(app)
        await pilot.press("space", "at", "a")
        assert popup(app)
        await pilot.press("escape")
        assert popup(app) == []
        await pilot.press("d")
        assert popup(app) == []  # waved away for this word
        await pilot.press("escape")
        assert app.prompt.text == "draft"
        assert EDITING not in picture(app)
        assert app.stopped == 0
        await pilot.press("escape")
        assert app.stopped == 1


async def test_an_edit_is_posted_and_the_draft_comes_back() -> None:
    app = PromptApp()
    async with app.run_test() as pilot:
        await pilot.press(*"draft")
        app.prompt.edit_message("m1", "/old")
        app.prompt.edit_message("m2", "/old")
        await pilot.press("enter")
        assert app.prompt.text == "draft"
        app.prompt.edit_message("m2", "/old")
        await pilot.press("x", "enter")
        assert app.posts(Prompt.Edited) == [Prompt.Edited("m2", "/oldx")]
        assert app.posts(Prompt.CommandGiven) == []
        assert app.prompt.text == "draft"


async def test_a_message_of_a_mebibyte_can_be_added_to() -> None:
    app = PromptApp()
    async with app.run_test() as pilot:
        text = "word " * 200_000
        app.prompt.edit_message("m1", text)
        await pilot.press("enter")
        assert app.posts(Prompt.Edited) == []
        app.prompt.edit_message("m1", text)
        await pilot.press("x", "enter")
        assert app.posts(Prompt.Edited) == [Prompt.Edited("m1", f"{text}x")]


async def test_a_draft_can_be_put_away_and_back_with_its_paste_and_its_edit() -> None:
    app = PromptApp()
    async with app.run_test() as pilot:
        prompt = app.prompt
        prompt.edit_message("m1", "old ")
        prompt.post_message(Paste("line\n" * 20))
        await pilot.pause()
        draft = prompt.draft
        prompt.draft = type(draft)()
        await pilot.press("x", "enter")
        assert app.posts(Prompt.Submitted) == [Prompt.Submitted("x")]
        prompt.draft = draft
        await pilot.press("enter")
        assert app.posts(Prompt.Edited) == [Prompt.Edited("m1", "old " + "line\n" * 20)]


async def test_a_large_paste_is_a_placeholder_that_is_sent_whole_and_can_be_taken_up_again() -> None:
    app = PromptApp()
    async with app.run_test() as pilot:
        pasted = "\tdef f():\n\t\treturn '[pasted 20 lines #1]'\n" * 10
        await pilot.press(*"see")
        app.prompt.post_message(Paste(pasted))
        await pilot.press("a")
        assert app.prompt.text == "see[pasted 20 lines #1]a"
        await pilot.press("enter", "up")
        assert app.prompt.text == "see[pasted 20 lines #1]a"
        await pilot.press("enter")
        assert app.posts(Prompt.Submitted) == [Prompt.Submitted(f"see{pasted}a")] * 2


async def test_a_placeholder_is_deleted_as_one_and_comes_back_with_undo() -> None:
    app = PromptApp()
    async with app.run_test() as pilot:
        app.prompt.post_message(Paste("x" * 1001))
        await pilot.press("a", "left", "backspace")
        assert app.prompt.text == "a"
        await pilot.press("ctrl+z")
        assert app.prompt.text == "[pasted 1,001 characters #1]a"
        await pilot.press("home", "delete")
        assert app.prompt.text == "a"
        await pilot.press("ctrl+z", "end", "left", "ctrl+w")
        assert app.prompt.text == "a"


async def test_a_paste_of_a_mebibyte_is_sent_whole_and_nothing_waits_for_it() -> None:
    app = PromptApp()
    async with app.run_test() as pilot:
        app.prompt.post_message(Paste("wörd " * 200_000))
        await pilot.press("enter")
        assert app.posts(Prompt.Submitted) == [Prompt.Submitted("wörd " * 200_000)]


async def test_nothing_pasted_or_edited_reaches_the_terminal_but_its_text() -> None:
    app = PromptApp()
    async with app.run_test() as pilot:
        app.prompt.post_message(Paste("\x1b[31mred\x07\r\n\ttab\x9b2J"))
        await pilot.pause()
        assert app.prompt.text == "red\n\ttab"
        app.prompt.edit_message("m1", "\x1b[31mred")
        assert app.prompt.text == "red"
        await pilot.press("enter")
        assert app.posts(Prompt.Edited) == []


async def test_typing_is_told_once_for_many_keys_and_again_after_sending() -> None:
    app = PromptApp()
    async with app.run_test() as pilot:
        await pilot.press(*"/newabc", *["backspace"] * 7, "space")
        assert app.posts(Prompt.Typing) == []
        await pilot.press(*"hello")
        assert len(app.posts(Prompt.Typing)) == 1
        await pilot.press("enter", *"more")
        assert len(app.posts(Prompt.Typing)) == 2


async def test_taking_up_what_was_sent_opens_no_list() -> None:
    app = PromptApp()
    async with app.run_test() as pilot:
        await pilot.press(*"one", "enter", *"/theme", "space", *"nord", "enter", "up")
        assert app.prompt.text == "/theme nord"
        assert popup(app) == []
        await pilot.press("up")
        assert app.prompt.text == "one"


async def test_keys_go_their_way_when_no_list_is_open() -> None:
    app = PromptApp()
    async with app.run_test() as pilot:
        await pilot.press("a", "ctrl+j", "b", "up", "c", "down", "tab")
        assert app.prompt.text == "ac\nb"
        assert not app.prompt.completer.offer


async def test_the_list_follows_the_cursor_and_the_focus() -> None:
    app = PromptApp()
    async with app.run_test() as pilot:
        await pilot.press("slash", "t")
        assert popup(app)
        await pilot.press("home")
        assert popup(app) == []
        await pilot.press("end", "h")
        assert popup(app)
        app.set_focus(None)
        await pilot.pause()
        assert popup(app) == []


async def test_a_click_takes_a_suggestion_and_the_wheel_moves_through_them() -> None:
    app = PromptApp()
    async with app.run_test() as pilot:
        await pilot.press(*"/theme", "enter")
        box = app.query_one(Suggestions)
        box.post_message(MouseScrollDown(box, 1, 1, 0, 0, 0, False, False, False))
        await pilot.pause()
        assert popup(app)[1].startswith("› gruvbox")
        assert await pilot.click(Suggestions, offset=(5, 3))
        await pilot.pause()
        assert app.posts(Prompt.CommandGiven) == [Prompt.CommandGiven("theme", "nord-light")]
        assert app.prompt.has_focus


@pytest.mark.parametrize("size", [(60, 15), (100, 30), (250, 80), (30, 6)])
async def test_the_list_stands_right_above_the_prompt_at_every_size_and_after_resizing(size: tuple[int, int]) -> None:
    app = PromptApp()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("slash")
        await pilot.resize_terminal(*size)
        await pilot.pause()
        box = app.query_one(Suggestions).region
        assert box.bottom == app.prompt.region.y
        assert box.y >= 0
        assert box.right <= size[0]
        assert "› /help" in picture(app)


async def test_wide_characters_in_names_keep_the_columns() -> None:
    app = PromptApp()
    async with app.run_test() as pilot:
        app.prompt.completer.choices = lambda kind: [("界面界面", "wide"), ("plain", "narrow"), ("\x1b[31mred", "\x07")]
        await pilot.press(*"/theme", "enter")
        lines = picture(app).splitlines()
        wide, narrow = (next(line for line in lines if word in line) for word in ("wide", "narrow"))
        assert wide.index("wide") + 4 == narrow.index("narrow")
        assert "\x1b" not in picture(app)

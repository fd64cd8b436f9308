"""The questions that wait: who sees them, and who can change them or take them back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.app import App, ComposeResult
from textual.content import Content
from textual.message import Message as Posted

from segue.models import Message, Turn
from segue.tui.prompt.prompt import Prompt
from segue.tui.prompt.queue_tray import QueueTray
from segue.tui.view import View
from tests.segue.tui.prompt.screens import burst, picture
from tests.segue.tui.test_view import message, turn, view
from tests.segue.tui.window import until

RUNNING = turn(2, "running", message_id="m1")


class CountingTray(QueueTray):
    """Counts how often it is drawn."""

    drawn = 0

    def render(self) -> Content:
        self.drawn += 1
        return super().render()


class TrayApp(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.posted: list[Posted] = []

    def compose(self) -> ComposeResult:
        yield CountingTray()
        yield Prompt()

    @property
    def tray(self) -> CountingTray:
        return self.query_one(CountingTray)

    def on_queue_tray_edit_wanted(self, message: QueueTray.EditWanted) -> None:
        self.posted.append(message)
        self.query_one(Prompt).edit_message(message.message_id, message.text)

    def on_queue_tray_withdraw_wanted(self, message: QueueTray.WithdrawWanted) -> None:
        self.posted.append(message)


def asked(number: int, text: str, **fields: str) -> tuple[Message, Turn]:
    """Return a question and its turn, the `number`th one that waits."""
    seq = 10 * number
    return message(seq, text, **fields), turn(seq, "queued", message_id=f"m{seq}")


def queue(*questions: tuple[Message, Turn], me: str = "ada") -> View:
    messages = [message(1, "now"), *(question for question, _ in questions)]
    return replace(view(*messages, turns=(RUNNING, *(waits for _, waits in questions))), me=me)


async def test_each_question_has_its_line_and_only_the_own_ones_can_be_changed() -> None:
    app = TrayApp()
    async with app.run_test(size=(80, 20)) as pilot:
        interrupting = (message(30, "stop\x1b[31m [b]it[/b]"), turn(30, "queued", message_id="m30", mode="interrupt"))
        app.tray.show(queue(asked(1, "first"), asked(2, "second\nline", sender="bob"), interrupting))
        await pilot.pause()
        lines = [line.strip() for line in picture(app).splitlines()[:4]]
        assert lines == [
            "chat is answering, Esc stops it · 3 queued",
            "1. ada: first  edit  withdraw",
            "2. bob: second line",
            "3. [interrupt] ada: stop [b]it[/b]  edit  withdraw",
        ]


async def test_of_a_long_queue_three_are_shown_and_the_rest_is_counted() -> None:
    app = TrayApp()
    async with app.run_test(size=(60, 15)) as pilot:
        app.tray.show(queue(*(asked(number, f"{number} " + "word " * 40) for number in range(1, 8))))
        await pilot.pause()
        assert app.tray.size.height == 5
        lines = picture(app).splitlines()
        assert lines[1].rstrip().endswith("…  edit  withdraw")
        assert lines[4].strip() == "… 4 more"
        app.tray.focus()
        await pilot.press(*["down"] * 9, "x")
        assert app.posted == [QueueTray.WithdrawWanted("t70")]
        assert "› 7. ada: 7 word" in picture(app)


async def test_keys_change_and_withdraw_ones_own_question_and_nobody_elses() -> None:
    app = TrayApp()
    async with app.run_test() as pilot:
        app.tray.show(queue(asked(1, "mine\nall"), asked(2, "theirs", sender="bob")))
        app.tray.focus()
        await pilot.press("x", "down", "e", "x", "delete", "enter", "k", "e")
        assert app.posted == [QueueTray.WithdrawWanted("t10"), QueueTray.EditWanted("m10", "mine\nall")]
        assert app.query_one(Prompt).has_focus


async def test_keys_that_follow_in_a_burst_are_for_the_prompt() -> None:
    app = TrayApp()
    async with app.run_test() as pilot:
        app.tray.show(queue(asked(1, "one"), asked(2, "two")))
        app.tray.focus()
        await pilot.pause()
        burst(app, "down", "e", "x", "e")
        await until(lambda: app.query_one(Prompt).text == "twoxe")
        assert app.posted == [QueueTray.EditWanted("m20", "two")]
        app.tray.focus()
        await pilot.pause()
        burst(app, "escape", "x")
        await until(lambda: app.query_one(Prompt).text == "twoxex")


async def test_a_letter_that_is_no_key_of_the_tray_begins_something_in_the_prompt() -> None:
    app = TrayApp()
    async with app.run_test() as pilot:
        app.tray.show(queue(asked(1, "one")))
        app.tray.focus()
        await pilot.pause()
        burst(app, "slash", "h", "e", "l", "x")
        await until(lambda: app.query_one(Prompt).text == "/helx")
        assert app.posted == []


@pytest.mark.parametrize("word", ["edit", "withdraw"])
async def test_a_click_on_a_word_does_what_it_says(word: str) -> None:
    app = TrayApp()
    async with app.run_test() as pilot:
        app.tray.show(queue(asked(1, "one"), asked(2, "two")))
        await pilot.pause()
        column = picture(app).splitlines()[2].index(word)
        await pilot.click(offset=(column + 1, 2))
        await pilot.pause()
        wanted = QueueTray.EditWanted("m20", "two") if word == "edit" else QueueTray.WithdrawWanted("t20")
        assert app.posted == [wanted]


async def test_the_tray_takes_no_room_and_no_focus_when_nothing_waits_and_gives_the_focus_back() -> None:
    app = TrayApp()
    async with app.run_test() as pilot:
        assert not app.tray.display
        app.tray.show(queue(asked(1, "one")))
        await pilot.pause()
        app.tray.focus()
        await pilot.pause()
        assert app.tray.has_focus
        app.tray.show(queue())
        await pilot.pause()
        assert app.query_one(Prompt).has_focus
        assert picture(app).splitlines()[0].strip() == "chat is answering, Esc stops it"
        app.tray.show(view())
        await pilot.pause()
        assert not app.tray.display


async def test_a_view_that_says_the_same_draws_nothing() -> None:
    app = TrayApp()
    async with app.run_test() as pilot:
        app.tray.show(queue(asked(1, "one")))
        await pilot.pause()
        drawn = app.tray.drawn
        app.tray.show(queue(asked(1, "one")))
        await pilot.pause()
        assert app.tray.drawn == drawn
        app.tray.show(queue(asked(1, "one"), asked(2, "two")))
        await pilot.pause()
        assert app.tray.drawn > drawn


async def test_a_question_that_is_not_at_hand_has_its_line_too() -> None:
    app = TrayApp()
    async with app.run_test() as pilot:
        app.tray.show(view(message(50), turns=(RUNNING, turn(60, "queued", message_id="m0"), turn(70, "queued"))))
        await pilot.pause()
        lines = [line.strip() for line in picture(app).splitlines()[1:3]]
        assert lines == ["1. a question further up", "2. one more answer"]

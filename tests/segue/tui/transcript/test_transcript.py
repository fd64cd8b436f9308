"""The transcript in a bare app: where one reads, what comes above and below, and what is asked for."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from segue.models import Message
from segue.tui.transcript.transcript import Transcript
from segue.tui.view import View
from segue.tui.window import MOST, WINDOW, around
from tests.segue.tui.transcript.reader import Reader, picture, said

PATIENCE_SECONDS = 60.0
LONG = 200


def conversation(count: int) -> list[Message]:
    """Return messages of one to six lines, each line with a number of its own."""
    return [said(seq, "\n".join(f"<{seq}.{line}>" for line in range(seq % 6 + 1))) for seq in range(1, count + 1)]


def on_screen(app: Reader) -> list[str]:
    return re.findall(r"<(\d+\.\d+)>", "\n".join(picture(app)[: app.transcript.size.height]))


def read(app: Reader) -> list[str]:
    """Return the lines of the transcript without its scrollbar, which does move."""
    return [line[:-2] for line in picture(app)[: app.transcript.size.height]]


async def until(pilot: Pilot[None], condition: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():
            await pilot.pause()


@pytest.mark.parametrize("size", [(60, 15), (250, 80)])
async def test_a_long_conversation_is_read_up_and_down_page_by_page_without_a_jump(size: tuple[int, int]) -> None:
    app = Reader(conversation(LONG))
    places = {f"{seq}.{line}": seq * 10 + line for seq in range(1, LONG + 1) for line in range(seq % 6 + 1)}
    order = sorted(places, key=places.__getitem__)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        for scroll, done in (
            (app.transcript.scroll_page_up, lambda: app.view.reached_start and app.transcript.scroll_y == 0),
            (app.transcript.scroll_page_down, lambda: app.transcript.is_at_end),
        ):
            while not done():
                before = on_screen(app)
                scroll(animate=False)
                await pilot.pause()
                now = on_screen(app)
                upper, lower = (now, before) if scroll == app.transcript.scroll_page_up else (before, now)
                assert done() or now == before or order.index(upper[-1]) + 1 == order.index(lower[0])
                assert len(app.transcript.stack.cards) <= MOST
        assert on_screen(app)[-1] == order[-1]


async def test_what_one_reads_stays_where_it_is_while_messages_come_above_and_below() -> None:
    app = Reader(conversation(200))
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        app.transcript.scroll_to(y=app.transcript.bottom // 2, animate=False)
        await pilot.pause()
        before = read(app)
        app.on_transcript_older_wanted()
        app.say("news")
        app.write("an answer\n\n" * 20)
        await pilot.pause()
        assert read(app) == before
        assert app.transcript.unread == 1
        assert not app.transcript.is_at_end


async def test_a_message_that_is_edited_or_deleted_above_does_not_move_what_one_reads() -> None:
    app = Reader(conversation(40))
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        app.transcript.scroll_to(y=app.transcript.bottom // 2, animate=False)
        await pilot.pause()
        before = read(app)
        app.tell("message.updated", said(3, "much\nlonger\nthan\nit\nwas"))
        app.tell("message.deleted", said(4, ""))
        await pilot.pause()
        assert read(app) == before


async def test_edits_and_deletions_reach_a_window_far_from_the_end() -> None:
    app = Reader(conversation(LONG))
    async with app.run_test(size=(60, 20)) as pilot:
        while not app.view.reached_start:
            app.transcript.scroll_home(animate=False)
            await pilot.pause()
        app.tell("message.updated", said(1, "edited"))
        app.tell("message.deleted", said(2, ""))
        app.say("news")
        bodies = [entry.body for entry in app.transcript.entries]
        assert bodies[:2] == ["edited", app.messages[2].content]
        assert "news" not in bodies
        assert app.transcript.unread == 1
        assert len(app.view.messages) <= WINDOW + 20


async def test_going_to_the_end_from_far_above_shows_the_newest_message_at_once() -> None:
    app = Reader(conversation(LONG))
    async with app.run_test(size=(60, 20)) as pilot:
        while app.view.is_at_tail:
            app.transcript.scroll_home(animate=False)
            await pilot.pause()
        app.say("<the last one>")
        app.transcript.go_to_end()
        await pilot.pause()
        assert app.transcript.is_at_end
        assert "<the last one>" in "\n".join(picture(app))
        assert app.transcript.unread == 0


async def test_a_hit_of_the_search_is_gone_to_and_selected() -> None:
    app = Reader(conversation(LONG))
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        app.transcript.go_to("m100")
        app.change(around(app.view, app.messages[50:150]))
        await pilot.pause()
        assert "100.0" in on_screen(app)
        assert app.transcript.selected == "m100"
        while not app.transcript.is_at_end:
            app.transcript.scroll_page_down(animate=False)
            await pilot.pause()
        assert on_screen(app)[-1] == "200.2"


async def test_another_conversation_begins_at_its_end_or_at_the_message_one_looks_for() -> None:
    app = Reader(conversation(60))
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        app.transcript.scroll_home(animate=False)
        await pilot.pause()
        other = another_session(app.view, conversation(90))
        app.change(other)
        await pilot.pause()
        assert app.transcript.is_at_end
        assert on_screen(app)[-1] == "90.0"
        app.change(View())
        app.transcript.go_to("m70")
        app.change(other)
        await pilot.pause()
        assert app.transcript.selected == "m70"
        assert "70.0" in on_screen(app)


def another_session(view: View, messages: list[Message]) -> View:
    assert view.snapshot is not None
    session = view.snapshot.session.model_copy(update={"id": "other"})
    return View(view.snapshot.model_copy(update={"session": session, "messages": tuple(messages)}))


async def test_an_answer_looks_the_same_when_it_is_done_and_nothing_moves() -> None:
    app = Reader(conversation(30))
    text = "# Title\n\nA *word*\n\n```python\nprint(1)\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n1. one\n2. two"
    async with app.run_test(size=(80, 40)) as pilot:
        for end in range(0, len(text), 7):
            app.write(text[:end])
        app.write(text)
        await until(pilot, lambda: "2. two" in "\n".join(picture(app)))
        before = read(app)
        app.say(text, id="answer", role="assistant", sender="chat", interface="agent")
        heading = next(y for y, line in enumerate(before) if "is writing…" in line)
        await until(pilot, lambda: before[heading] != read(app)[heading])
        assert before[heading + 1 :] == read(app)[heading + 1 :]
        assert before[:heading] == read(app)[:heading]


async def test_the_end_stays_in_sight_while_an_answer_grows_and_the_window_changes_its_size() -> None:
    app = Reader(conversation(30))
    async with app.run_test(size=(80, 20)) as pilot:
        for number in range(200):
            app.write("\n\n".join(f"paragraph {n}" for n in range(number)))
            if number % 50 == 25:
                await pilot.resize_terminal(60 + number, 15 + number % 20)
        await until(pilot, lambda: "paragraph 198" in "\n".join(picture(app)))
        await until(pilot, lambda: app.transcript.is_at_end)


class Filmed(Reader):
    """Keeps what every picture showed last."""

    def __init__(self, messages: list[Message]) -> None:
        super().__init__(messages)
        self.pictures: list[list[str]] = []

    def _display(self, *arguments: Any) -> None:
        super()._display(*arguments)
        if self.screen.query(Transcript):
            self.pictures.append(on_screen(self)[-1:])


async def test_in_no_picture_the_end_is_out_of_sight_while_the_prompt_grows() -> None:
    app = Filmed(conversation(40))
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        app.pictures.clear()
        for height in (5, 8, 3):
            app.query_one(Input).styles.height = height
            await pilot.pause()
        await pilot.resize_terminal(50, 15)
        assert len(app.pictures) > 3
        assert [shown for shown in app.pictures if shown != ["40.4"]] == []


async def test_after_a_change_of_the_width_one_reads_the_same_message() -> None:
    app = Reader([said(seq, f"<{seq}.0> " + "words " * 80) for seq in range(1, 41)])
    async with app.run_test(size=(120, 20)) as pilot:
        await pilot.pause()
        app.transcript.scroll_to(y=app.transcript.stack.span("m20")[0], animate=False)
        await pilot.pause()
        for width in (61, 200, 90):
            await pilot.resize_terminal(width, 20)
            await pilot.pause()
            assert on_screen(app)[0] == "20.0"


async def test_without_colours_and_in_every_theme_a_message_can_be_read() -> None:
    app = Reader([said(1, "`code` and **strong**\n\n```python\nx = 1\n```", role="assistant")])
    async with app.run_test(size=(60, 15)) as pilot:
        for theme in sorted(app.available_themes):
            app.theme = theme
            await pilot.pause()
            assert "code and strong" in "\n".join(picture(app))

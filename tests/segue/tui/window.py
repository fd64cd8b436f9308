"""A window of the terminal chat on a real daemon, driven without a terminal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import pytest
from textual.events import Key
from textual.pilot import Pilot

from segue.events import Snapshot
from segue.tui.app import ChatApp
from segue.tui.entries import Entry
from segue.tui.prompt.prompt import Prompt
from segue.tui.transcript.transcript import Transcript
from tests.daemons import Daemon

PATIENCE_SECONDS = 60.0
T = TypeVar("T")

Window = tuple[ChatApp, Pilot[None]]


@asynccontextmanager
async def chat(
    daemon: Daemon,
    monkeypatch: pytest.MonkeyPatch,
    session_id: str | None = None,
    size: tuple[int, int] = (100, 30),
    prepare: Callable[[], str | None] | None = None,
) -> AsyncIterator[Window]:
    """Open a window of its own on the daemon."""
    monkeypatch.setenv("SEGUE_URL", daemon.address)
    app = ChatApp(prepare or (lambda: session_id))
    async with app.run_test(size=size) as pilot:
        await until(lambda: app.chat.query(Prompt))
        yield app, pilot


async def until(condition: Callable[[], object]) -> None:
    """Wait until the condition holds. Not with `pilot.pause`: while an answer streams in the app is never idle, and the
    moment would be missed."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():
            await asyncio.sleep(0.02)


async def until_told(ask: Callable[[], Awaitable[T]], expected: T) -> None:
    """Wait until the daemon, asked again and again, says what is expected."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (told := await ask()) != expected:
            await asyncio.sleep(0.02)
    assert told == expected


async def type_in(pilot: Pilot[None], text: str) -> None:
    """Send a line or a command, and return once the prompt is empty again; not with `pilot.press`, see `until`."""
    prompt = pilot.app.screen.query_one(Prompt)
    prompt.load_text(text)
    pilot.app.post_message(Key("enter", "\r"))
    await until(lambda: not prompt.text)


def shown(app: ChatApp) -> list[Entry]:
    """Return the entries of the transcript, but for an answer that is being written."""
    return app.screen.query_one(Transcript).entries


def bodies(app: ChatApp) -> list[str]:
    return [entry.body for entry in shown(app)]


def snapshot(app: ChatApp) -> Snapshot:
    assert app.view.snapshot is not None
    return app.view.snapshot


def is_writing(app: ChatApp) -> bool:
    """Whether the first words of an answer are there."""
    partial = snapshot(app).partial
    return partial is not None and partial.text != ""


def picture(app: ChatApp) -> str:
    """Return the characters that the terminal is given, line by line."""
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


def told(app: ChatApp) -> str:
    """Return what notices say."""
    return "\n".join(notice.message for notice in app._notifications)

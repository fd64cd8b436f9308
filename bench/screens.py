"""One screen in a process of its own: `python -m bench.screens WHAT WHICH [SESSION]` prints what it took, as JSON.

It runs on a terminal that `bench.terminal` made, so that what a real terminal is sent is paid for too.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from textual.app import App, ComposeResult
from textual.containers import VerticalScroll
from textual.events import Key
from textual.pilot import Pilot
from textual.widgets import Input

from bench.prose import SLICES_A_SECOND, markdown, slices

KEYS = 100
ANSWER_WORDS = 2_000
_PAGES = 60
_A_FRAME = 0.05  # seconds: more than what is painted at once
_SETTLE_SECONDS = 1.0


class Empty(App[None]):
    """What every Textual app costs."""

    def compose(self) -> ComposeResult:
        yield Input()


class Bare(App[None]):
    """What a streamed Markdown costs."""

    def compose(self) -> ComposeResult:
        from textual.widgets import Markdown  # not paid for by the other screens

        with VerticalScroll():
            yield Markdown()

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).anchor()


def paint(app: App[Any]) -> dict[str, float]:
    """Run the app until the first picture in which one can write."""
    taken: dict[str, float] = {}
    display = app._display

    def displayed(*arguments: Any) -> None:
        display(*arguments)
        if not taken and app.focused and app.focused.region:
            taken.update(at=time.time(), cpu=time.process_time())
            app.exit()

    app._display = displayed  # type: ignore[method-assign]
    app.run()
    return taken


def drive(app: App[Any], work: Callable[[Pilot[Any]], Coroutine[Any, Any, dict[str, float]]]) -> dict[str, float]:
    """Run the app on its terminal and do something with it."""
    taken: dict[str, float] = {}

    async def pilot(pilot: Pilot[Any]) -> None:
        taken.update(await work(pilot))
        app.exit()

    app.run(auto_pilot=pilot)
    return taken


async def _opened(app: App[Any], messages: int) -> None:
    """Wait until the conversation is there and the screen is still."""
    from segue.tui.transcript.transcript import Transcript

    async with asyncio.timeout(60):
        while len(app.screen.query_one(Transcript).entries) < min(messages, 50):
            await asyncio.sleep(0.05)
    await asyncio.sleep(_SETTLE_SECONDS)
    gc.collect()


async def press_keys(pilot: Pilot[Any], messages: int) -> dict[str, float]:
    """Return the CPU seconds of a key that is pressed in the prompt."""
    await _opened(pilot.app, messages)
    before = time.process_time()
    for number in range(KEYS):
        pilot.app.post_message(Key("abcdefghij"[number % 10], "abcdefghij"[number % 10]))
        await asyncio.sleep(_A_FRAME)
    return {"cpu": (time.process_time() - before) / KEYS}


async def hold(pilot: Pilot[Any], messages: int) -> dict[str, float]:
    """Return the megabytes it holds when it is open, and when one has read up and come back."""
    await _opened(pilot.app, messages)
    opened = _rss_mb()
    for key in (*["pageup"] * _PAGES, "ctrl+end"):
        pilot.app.post_message(Key(key, None))
        await asyncio.sleep(_A_FRAME)
    await asyncio.sleep(_SETTLE_SECONDS)
    return {"opened": opened, "read": _rss_mb()}


async def answer(pilot: Pilot[Any], messages: int) -> dict[str, float]:
    """Return the CPU seconds from the question to the whole answer."""
    from segue.tui.transcript.transcript import Transcript

    await _opened(pilot.app, messages)
    whole = markdown(ANSWER_WORDS)
    before = time.process_time()
    await pilot.press("g", "o", "enter")
    while not (said := pilot.app.screen.query_one(Transcript).entries) or said[-1].body != whole:
        await asyncio.sleep(_A_FRAME)
    await asyncio.sleep(_A_FRAME)
    return {"cpu": time.process_time() - before}


async def stream(pilot: Pilot[Any]) -> dict[str, float]:
    """Return the CPU seconds that the same slices cost at the same pace."""
    from textual.widgets import Markdown

    await asyncio.sleep(_SETTLE_SECONDS)
    before = time.process_time()
    writing = Markdown.get_stream(pilot.app.query_one(Markdown))
    for piece in slices(markdown(ANSWER_WORDS)):
        await writing.write(piece)
        await asyncio.sleep(1 / SLICES_A_SECOND)
    await writing.stop()
    await asyncio.sleep(_A_FRAME)
    return {"cpu": time.process_time() - before}


def _rss_mb() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("the kernel does not say")


def chat(session: str) -> App[Any]:
    from segue.tui.app import ChatApp

    return ChatApp(lambda: session)


def main(what: str, session: str = "", messages: str = "0") -> dict[str, float]:
    works = {"press_keys": press_keys, "hold": hold, "answer": answer}
    if what == "paint_empty":
        return paint(Empty())
    if what == "paint_chat":
        return paint(chat(session))
    if what == "stream":
        return drive(Bare(), stream)
    return drive(chat(session), lambda pilot: works[what](pilot, int(messages)))


if __name__ == "__main__":
    result = main(*sys.argv[1:])
    os.write(int(os.environ["BENCH_RESULT"]), json.dumps(result).encode())

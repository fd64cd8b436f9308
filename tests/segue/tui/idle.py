"""When an app has nothing left to do.

Textual takes a process for idle that used little CPU time for 20 ms; where there is more work than cores, one that
waits for its turn looks the same, and `pilot.pause()` returns in the middle of what it should wait for."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from textual._context import active_app
from textual.screen import Screen

_QUIET_STEPS = 5
_MOST_STEPS, _MOST_SECONDS = 300, 1.0  # of both: while an answer streams in, an app is never idle
_FRAME_SECONDS = 0.005
_TIMERS_SECONDS = 0.02  # Textual's own timers, of frames and of resizing, are shorter


def wait_exactly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every `pilot.pause` and `pilot.press` wait until the event loop is out of work and the screen is drawn."""
    for module in ("textual.app", "textual.pilot"):
        monkeypatch.setattr(f"{module}.wait_for_idle", _until_idle)


async def _until_idle(*_: float) -> None:
    loop, app = asyncio.get_running_loop(), active_app.get(None)
    started = loop.time()
    await asyncio.sleep(_TIMERS_SECONDS)
    steps = quiet = 0
    while quiet < _QUIET_STEPS and (steps < _MOST_STEPS or loop.time() < started + _MOST_SECONDS):
        steps += 1
        is_drawing = app is not None and any(map(_is_stale, app._screen_stack[-1:]))
        await asyncio.sleep(_FRAME_SECONDS if is_drawing else 0)
        quiet = 0 if is_drawing or loop._ready else quiet + 1  # type: ignore[attr-defined]


def _is_stale(screen: Screen[Any]) -> bool:
    """Whether a screen has changes that its next frame will show."""
    return bool(
        screen._layout_required
        or screen._scroll_required
        or screen._repaint_required
        or screen._recompose_required
        or screen._dirty_widgets
        or screen._callbacks
    )

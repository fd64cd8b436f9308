"""Which messages of a conversation the screen holds: the last ones, or some far above them, and never many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from segue.tui.view import View, as_changed

if TYPE_CHECKING:
    from segue.models import Message

WINDOW = 80  # messages shown while one reads the end
MOST = 150  # messages shown wherever one reads
_SLACK = 20


def with_older(view: View, messages: Sequence[Message], before_seq: int) -> View:
    """Return the view with the messages that come right before a seq, if the window still begins there; none are left
    if there are none. What is too much at the other end is dropped."""
    if view.snapshot is None or before_seq != view.first_seq:
        return view
    older = tuple(message for message in as_changed(view, messages) if message.seq < before_seq)
    window = (*older, *view.window)
    if len(window) > MOST:
        view = replace(_with_tail(view, view.messages[-WINDOW:]), apart=window[:MOST])
    elif view.apart is None:
        view = _with_tail(view, window)
    else:
        view = replace(view, apart=window)
    return replace(view, reached_start=not messages)


def with_newer(view: View, messages: Sequence[Message], after_seq: int) -> View:
    """Return the view with the messages that come right after a seq, if the window still ends there."""
    if view.apart is None or after_seq != view.final_seq:
        return view
    newer = tuple(message for message in as_changed(view, messages) if message.seq > after_seq)
    return _with_window(view, (*view.apart, *newer))


def around(view: View, messages: Sequence[Message]) -> View:
    """Return the view with a window somewhere else: on messages that follow one another."""
    if view.snapshot is None:
        return view
    return _with_window(replace(view, apart=(), reached_start=False), as_changed(view, messages))


def at_tail(view: View) -> View:
    """Return the view with the window on the newest messages."""
    return view if view.apart is None else trimmed(replace(view, apart=None, reached_start=False), at_end=True)


def trimmed(view: View, at_end: bool) -> View:
    """Return the view with the last messages only, if it holds many more; the others can be loaded again. A reader who
    is not at the end keeps what is on the screen."""
    most = WINDOW + _SLACK if at_end or view.apart is not None else MOST
    if view.snapshot is None or len(view.messages) <= most:
        return view
    tail = view.messages[-WINDOW:]
    if view.apart is not None:
        return _with_tail(view, tail)
    if at_end:
        return replace(_with_tail(view, tail), reached_start=False)
    return replace(_with_tail(view, tail), apart=view.messages[:MOST])


def _with_window(view: View, window: tuple[Message, ...]) -> View:
    """Return the view with the last of these messages; where they reach the newest one, they are live again."""
    kept = window[-MOST:]
    view = replace(view, apart=kept, reached_start=view.reached_start and len(kept) == len(window))
    newest = view.messages[-1].seq if view.messages else 0
    return replace(_with_tail(view, kept), apart=None) if view.final_seq >= newest else view


def _with_tail(view: View, messages: tuple[Message, ...]) -> View:
    assert view.snapshot is not None
    return replace(view, snapshot=view.snapshot.model_copy(update={"messages": messages}))

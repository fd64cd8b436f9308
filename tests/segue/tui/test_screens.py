"""How the screens look, at two sizes, in a dark and a light theme. After a wanted change:
`pytest tests/segue/tui/test_screens.py --snapshot-update`, and look at the pictures."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from segue.events import Snapshot
from segue.models import Attached, Binding, Message, Partial, Receipt, SearchHit, SearchPage, SessionSummary, Turn
from segue.tui.app import ChatApp
from segue.tui.roster import opened, with_page
from segue.tui.sessions.search import SearchScreen

Compare = Callable[..., bool]
Show = Callable[[Pilot[None]], Awaitable[None]]

LONG_AGO = datetime(2024, 2, 29, 9, 30, tzinfo=UTC)
SIZES = [(60, 15), (120, 36)]
THEMES = ["textual-dark", "textual-light"]
ANSWER = """Two things are left:

1. the **notes**, and
2. the tag.

```python
def tag(version: str) -> str:
    return f"v{version}"  # as always
```

| step | who |
|---|---|
| notes | ada |
| tag | build-bot |
"""


def session(number: int, title: str, **fields: object) -> SessionSummary:
    at = LONG_AGO + timedelta(minutes=number)
    known = {"agent_name": "chat", "reply": "always", "owner_id": "u1", "created_at": at, "updated_at": at}
    preview = "The build is green." if number % 2 else "Nothing is decided yet"
    return SessionSummary.model_validate(
        {"id": f"s{number}", "title": title, "last_message_preview": preview, "last_seq": 40} | known | fields
    )


def message(seq: int, role: str, sender: str, content: str, **fields: object) -> Message:
    where = {"id": f"m{seq}", "session_id": "s1", "seq": seq, "interface": "tui"}
    at = {"created_at": LONG_AGO + timedelta(minutes=seq)}
    return Message.model_validate({"role": role, "sender": sender, "content": content} | where | at | fields)


def turn(seq: int, state: str, **fields: object) -> Turn:
    known = {"id": f"t{seq}", "session_id": "s1", "seq": seq, "state": state, "agent_name": "chat"}
    return Turn.model_validate(known | {"created_at": LONG_AGO} | fields)


SESSIONS = [
    session(1, "Release 2.0", pinned=True, attached=("tui", "discord")),
    session(2, "Why is the build slow?", unread=3),
    session(3, "予算 2027 🚀"),
    session(4, "A title that is far too long for the list beside the chat, and is cut"),
]
SNAPSHOT = Snapshot(
    session=SESSIONS[0],
    messages=(
        message(2, "user", "ada", "What is left for the release?"),
        message(5, "assistant", "chat", ANSWER, interface="agent", model_id="openai:gpt-5", turn_id="t3"),
        message(9, "user", "bob", "I take the second one.", interface="discord"),
        message(10, "tool", "git", "tag v2.0\npushed", interface="agent"),
        message(12, "user", "ada", "count to ten", turn_id="t13"),
        message(14, "user", "ada", "and then to twenty", turn_id="t15"),
    ),
    turns=(turn(13, "running", message_id="m12", answer_id="m99"), turn(15, "queued", message_id="m14", user_id="u1")),
    partial=Partial(turn_id="t13", message_id="m99", text="1 2 3 4"),
    attached=(Attached(user="ada", interface="tui"), Attached(user="bob", interface="discord")),
    bindings=(
        Binding(interface="discord", place="900", session_id="s1", policy="live", created_at=LONG_AGO),
        Binding(interface="tui", place="main", session_id="s1", policy="live", created_at=LONG_AGO),
    ),
    receipts=(
        Receipt(interface="discord", place="900", message_id="m5", part=0, external_id="1", state="sent", at=LONG_AGO),
    ),
)


class StillApp(ChatApp):
    """The chat without a daemon: it shows what the test gives it."""

    def work(self, *_: object) -> None:
        """Ask nobody: that nobody answers would be on the screen a moment later."""

    async def on_chat_screen_painted(self) -> None:
        await self._take_early_keys()
        self.roster = opened(with_page(replace(self.roster, me="ada"), SESSIONS), "s1")
        self.visit.view = replace(self.view, snapshot=SNAPSHOT, me="ada", connection="live", reached_start=True)
        await self.chat.add_sidebar(wanted=True)
        self.show_soon()


@pytest.fixture(autouse=True)
def greenwich(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.delenv("NO_COLOR", raising=False)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


async def chat(pilot: Pilot[None]) -> None:
    """The conversation as one finds it."""


async def switcher(pilot: Pilot[None]) -> None:
    await pilot.press("ctrl+k", *"build")


async def search(pilot: Pilot[None]) -> None:
    screen = SearchScreen("tag")
    await pilot.app.push_screen(screen)
    await pilot.pause()
    found = SNAPSHOT.messages[1]
    hit = SearchHit(message=found, session_title="Release 2.0", snippet="the notes, and the ⟦tag⟧.", score=1.0)
    screen.show(SearchPage(query="tag", hits=(hit,)), here_only=False)


async def help_page(pilot: Pilot[None]) -> None:
    await pilot.press("f1")


async def suggestions(pilot: Pilot[None]) -> None:
    await pilot.press("/", "s")


async def selection(pilot: Pilot[None]) -> None:
    await pilot.press("shift+tab", "up", "up", "up")


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("show", [chat, switcher, search, help_page, suggestions, selection])
def test_screens_look_as_they_did(snap_compare: Compare, show: Show, size: tuple[int, int], theme: str) -> None:
    app = StillApp()
    app.theme = theme

    async def run_before(pilot: Pilot[None]) -> None:
        await pilot.pause()
        app.chat.focused.cursor_blink = False  # type: ignore[union-attr]
        await show(pilot)
        for field in app.screen.query(Input):
            field.cursor_blink = False
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=run_before)

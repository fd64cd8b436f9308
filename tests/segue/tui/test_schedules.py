from __future__ import annotations

from datetime import UTC, datetime

import pytest

from segue.client import Client
from segue.models import Schedule
from segue.tui.page import Page
from segue.tui.schedules import HOW, NOTHING, describe_schedules, split
from tests.daemons import Daemon
from tests.segue.tui.window import bodies, chat, picture, told, type_in, until, until_told


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("tomorrow 9:00 | call Ada", ("tomorrow 9:00", "call Ada")),
        ("at 9 | a | b", ("at 9", "a | b")),
        ("tomorrow 9:00", None),
        ("| call Ada", None),
        ("at 9 |", None),
    ],
)
def test_a_line_says_when_and_behind_a_bar_what(line: str, parts: tuple[str, str] | None) -> None:
    assert split(line) == parts


def test_schedules_are_told_with_what_became_of_them() -> None:
    at = datetime(2026, 11, 21, 8, tzinfo=UTC)
    schedule = Schedule.model_validate(
        {"id": "0-abcdefgh", "session_id": "s", "user_id": "u", "user": "ada", "kind": "reminder", "content": "a\nb"}
        | {"when": "every day at 9", "timezone": "Europe/Berlin", "state": "paused", "created_at": at}
        | {"last_at": at, "last_outcome": "skipped", "last_note": "the session is archived"}
    )
    first, second, *_ = describe_schedules([schedule]).splitlines()
    assert first.startswith("abcdefgh  every day at 9 · Europe/Berlin · paused · reminder · by ada · last skipped")
    assert second == "  a b"
    assert describe_schedules([]) == NOTHING


async def test_what_is_scheduled_in_the_chat_arrives_there_and_can_be_removed(
    shared_daemon: Daemon, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await client.create_session(reply="never", title="Timely")

    async def scheduled() -> list[str]:
        return [schedule.content for schedule in await client.schedules(session_id=session.id)]

    async with chat(shared_daemon, monkeypatch, session.id) as (app, pilot):
        await until(lambda: app.view.connection == "live")
        await type_in(pilot, "/remind in 1 second | stretch")
        await until(lambda: "stretch" in bodies(app))
        await until(lambda: "Scheduled: " in told(app))
        await type_in(pilot, "/schedule every weekday 9:00")
        await until(lambda: HOW in told(app))
        await type_in(pilot, "/schedule every weekday 9:00 | what is new?")
        await until_told(scheduled, ["what is new?"])
        (schedule,) = await client.schedules(session_id=session.id)
        assert (schedule.kind, schedule.content, schedule.state) == ("prompt", "what is new?", "active")
        await type_in(pilot, "/schedule")
        await until(lambda: isinstance(app.screen, Page) and "what is new?" in picture(app))
        await pilot.press("escape")
        await until(lambda: app.screen is app.chat)
        await type_in(pilot, f"/unschedule {schedule.id[-8:]}")
        await until_told(scheduled, [])

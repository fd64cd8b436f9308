from __future__ import annotations

import json

import pytest

from segue.client import Client
from tests.segue.cli.conftest import Segue


@pytest.fixture
async def session(client: Client, title: str) -> str:
    return (await client.create_session(title=title)).id


def test_what_is_scheduled_is_told_listed_shown_and_removed(segue: Segue, session: str, title: str) -> None:
    added = segue("schedule", "add", "every weekday 9:00", "what is new?", "-s", session, "--tz", "Europe/Berlin")
    assert (added.returncode, added.stdout) == (0, "")
    assert f" in {title} is active: next " in added.stderr
    assert " 09:00 (Europe/Berlin)" in added.stderr
    listed = segue("schedule", "list", "-s", title).stdout.splitlines()
    assert listed[0].split() == ["SCHEDULE", "NEXT", "WHEN", "ZONE", "LAST", "SESSION", "BY", "TEXT"]
    name = listed[1].split()[0]
    assert f"09:00  every weekday 9:00  Europe/Berlin  -     {title}  " in listed[1]
    shown = segue("schedule", "show", name).stdout
    assert "when      every weekday 9:00 (Europe/Berlin)\ncron      0 9 * * 1-5\nstate     active" in shown
    assert "prompt    what is new?" in shown
    (found,) = json.loads(segue("schedule", "list", "-s", title, "--json").stdout)["schedules"]
    assert segue("schedule", "remove", found["id"][:20]).returncode == 0
    assert "nothing is scheduled" in segue("schedule", "list", "-s", title).stderr


def test_it_is_paused_resumed_and_run_by_hand(segue: Segue, session: str, title: str) -> None:
    added = segue("schedule", "add", "every hour", "stretch", "-s", session, "--reminder", "--json", TZ="Asia/Tokyo")
    schedule = json.loads(added.stdout)
    assert (schedule["kind"], schedule["timezone"], len(schedule["next"])) == ("reminder", "Asia/Tokyo", 3)
    assert "paused: nothing comes" in segue("schedule", "pause", schedule["id"]).stderr
    assert segue("schedule", "list", "-s", title).stdout.splitlines()[1].split()[1] == "paused"
    assert " active: next " in segue("schedule", "resume", schedule["id"]).stderr
    assert f"posted into {title}" in segue("schedule", "run", schedule["id"]).stderr
    shown = segue("schedule", "show", schedule["id"]).stdout
    assert "last      posted (run by hand), " in shown
    assert "runs      1" in shown


def test_refusals_say_what_to_write(segue: Segue, session: str) -> None:
    refused = segue("schedule", "add", "every blue moon", "x", "-s", session)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "“every blue moon” is not understood: write it like one of these: every weekday 9:00;" in refused.stderr
    refused = segue("schedule", "add", "at 9:00", "x", "-s", session, "--tz", "Berlin")
    assert "give its IANA name, like Europe/Berlin" in refused.stderr
    unknown = segue("schedule", "show", "nothing")
    assert (unknown.returncode, "see `segue schedule list --all`" in unknown.stderr) == (1, True)
    past = segue("schedule", "add", "every hour", "x", "-s", session, "--until", "2020-01-01")
    assert "the end, “2020-01-01”, has passed already" in past.stderr
    for nothing in ("", "  "):
        assert "say what is to be posted" in segue("schedule", "add", "every hour", nothing, "-s", session).stderr


async def test_what_is_scheduled_in_an_archived_session_is_told_to_wait(
    segue: Segue, client: Client, session: str, title: str
) -> None:
    await client.update_session(session, archived=True)
    added = segue("schedule", "add", "tomorrow 9:00", "stretch", "-s", session)
    assert "waits: the session is archived" in added.stderr
    assert "waits: the session is archived" in segue("schedule", "list", "-s", title).stdout
    assert "state     waits: the session is archived" in segue("schedule", "show", added.stderr.split()[0]).stdout

from __future__ import annotations

import json
from typing import Any

import pytest

from segue.cli.status import duration, how
from segue.models import ReceiptState
from tests.daemons import Daemon
from tests.segue.cli.conftest import run_segue


async def test_everything_is_on_one_screen_and_nothing_better_than_it_is(daemon: Daemon) -> None:
    async with daemon.client(interface="discord") as bridge:
        session = await bridge.create_session(title="Release plan")
        await bridge.bind("discord", "77", session.id, name="#general @ The Pub")
        missing = run_segue(daemon, "status")
        assert missing.returncode == 0
        assert "discord     ✗ not heard of since the daemon started" in missing.stdout
        assert "1 place there: run `segue discord`" in missing.stdout
        assert "deliveries  all arrived" in missing.stdout

        await bridge.report_health("discord", "online", deliveries_waiting=2)
        waiting = run_segue(daemon, "status").stdout
        assert "deliveries  2 waiting" in waiting
        assert "all arrived" not in waiting

        await bridge.report_health("discord", "deaf", account="segue", detail="for 5 min", deliveries_waiting=1)
        states: tuple[ReceiptState, ...] = ("failed", "retrying")
        for state in states:
            said = await bridge.post(session.id, "hi", respond=False)
            await bridge.add_receipt("discord", "77", said.id, state=state, reason=f"{state}\nfor good")
        shown = run_segue(daemon, "status").stdout
        assert "discord     ✗ deaf as segue: connected, and told nothing of what happens there, for 5 min" in shown
        assert "1 delivery waiting" in shown
        assert "online" not in shown
        assert "deliveries  1 being tried again, 1 failed in all, 1 waiting" in shown
        (retrying,) = [text for text in shown.splitlines() if "↻" in text]
        assert "“hi” of “Release plan” to discord #general @ The Pub (77): retrying for good" in retrying
        assert "✗" in shown[shown.index("deliveries") :]
        assert "`segue deliveries retry`" in shown

        told = json.loads(run_segue(daemon, "status", "--json").stdout)
        assert told["front_ends"][0]["state"] == "deaf"
        assert [d["state"] for d in told["deliveries"]] == ["retrying", "failed"]

        await bridge.report_health("discord", "online", detail="another bot uses its token")
        assert "discord     ! online, another bot uses its token" in run_segue(daemon, "status").stdout


def test_without_a_daemon_it_says_so(daemon: Daemon) -> None:
    daemon.stop()
    done = run_segue(daemon, "status")
    assert (done.returncode, done.stdout) == (3, "")
    assert "segue server start" in done.stderr


HEALTH: dict[str, Any] = {
    "account": None,
    "detail": "",
    "age_seconds": 40.0,
    "latency_ms": None,
    "places": None,
    "last_event_at": None,
    "deliveries_waiting": 0,
}


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (
            {"state": "online", "account": "segue", "latency_ms": 41.4, "places": 1},
            "online as segue, 41 ms away, 1 place",
        ),
        ({"state": "lost", "account": "segue"}, "lost: nothing was heard of it for 40 s; see whether it runs"),
        ({"state": "stopped", "deliveries_waiting": 2}, "stopped 40 s ago"),
        ({"state": "stopped", "detail": "the token is wrong"}, "stopped 40 s ago: the token is wrong"),
        ({"state": "connecting", "deliveries_waiting": 2, "places": 3}, "connecting, 2 deliveries waiting"),
        ({"state": "failing", "detail": "no permission"}, "failing, no permission"),
    ],
)
def test_each_state_has_its_words(told: dict[str, Any], words: str) -> None:
    assert how(HEALTH | told) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (18_720, "5 h 12 min"),
        (86_400, "1 day"),
        (2e5, "2 days"),
    ],
)
def test_a_time_span_is_told_in_its_largest_units(seconds: float, words: str) -> None:
    assert duration(seconds) == words

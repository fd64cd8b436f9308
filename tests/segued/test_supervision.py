"""What the daemon does at signals, and with what its surroundings pass it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.daemons import Daemon

SECONDS = 60


def until_logged(daemon: Daemon, text: str) -> str:
    """Wait until the log has the text, and return the log."""
    give_up_at = time.monotonic() + SECONDS
    while text not in (log := daemon.log):
        assert time.monotonic() < give_up_at, f"{text!r} is not in the log:\n{log}"
        time.sleep(0.02)
    return log


async def test_a_second_signal_to_stop_does_not_wait_for_running_turns(make_daemon: Callable[..., Daemon]) -> None:
    daemon = make_daemon(SERVER__STOP_GRACE_SECONDS="600")
    assert daemon.process is not None
    async with daemon.client() as client:
        session = await client.create_session(reply="always")
        await client.post(session.id, "count to 1000000")
        async for event in client.follow(session.id, after=0):
            if event.type == "turn.started":
                break
    daemon.process.send_signal(signal.SIGTERM)
    until_logged(daemon, "INFO segued.app: stopping")
    daemon.process.send_signal(signal.SIGTERM)
    assert daemon.process.wait(SECONDS) == 0
    assert "asked again: stopping at once" in daemon.log


def test_it_writes_down_where_every_task_and_thread_is(daemon: Daemon) -> None:
    assert daemon.process is not None
    daemon.process.send_signal(signal.SIGUSR2)
    log = until_logged(daemon, "tasks, asked for by SIGUSR2")
    assert "most recent call first" in log, "the threads are missing"
    for task in ("name='pulse'", "name='heartbeat'", "name='store writer'"):
        assert task in log


def test_in_a_json_log_the_stacks_are_entries_too(make_daemon: Callable[..., Daemon]) -> None:
    daemon = make_daemon(LOG__FORMAT="json")
    assert daemon.process is not None
    daemon.process.send_signal(signal.SIGUSR2)
    until_logged(daemon, "most recent call first")
    until_logged(daemon, "tasks, asked for by SIGUSR2")
    daemon.stop()
    assert all(json.loads(line) for line in daemon.log.splitlines())


def test_settings_that_are_wrong_are_logged_and_change_nothing(daemon: Daemon) -> None:
    assert daemon.process is not None
    (daemon.home / "config.toml").write_text("nonsense = 1\n[log]\nlevel = 'loud'\n")
    daemon.process.send_signal(signal.SIGHUP)
    log = until_logged(daemon, "the old ones stay in force")
    assert "nonsense: there is no such setting" in log
    assert "log.level" in log
    assert daemon.stop() == 0


def test_credentials_become_the_variables_of_their_names(tmp_path: Path) -> None:
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "SEGUE_LOG__LEVEL").write_text("debug\n")
    (credentials / "SEGUE_LOG__FORMAT").write_text("json\n")
    env = Daemon(tmp_path).env | {"CREDENTIALS_DIRECTORY": str(credentials), "SEGUE_LOG__FORMAT": "text"}
    command = [sys.executable, "-m", "segued", "config", "--json"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=SECONDS, check=True)
    log = json.loads(done.stdout)["log"]
    assert (log["level"], log["format"]) == ("debug", "text")

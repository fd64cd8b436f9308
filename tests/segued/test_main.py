"""The daemon as a program: its exit codes, and what it says."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

import segue
from segued.config import Settings, load
from tests.daemons import Daemon

SECONDS = 30  # to come to an end; a thread left behind would keep the process for ever


@pytest.fixture
def home(tmp_path: Path) -> Daemon:
    return Daemon(tmp_path)


def segued(home: Daemon, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "segued", *arguments]
    return subprocess.run(command, env=home.env | env, capture_output=True, text=True, timeout=SECONDS)


def test_config_prints_toml_that_gives_the_same_settings(home: Daemon, tmp_path: Path) -> None:
    done = segued(home, "--listen", "unix:/x", "--listen", "tcp:127.0.0.1:0", "config", SEGUE_LOG__LEVEL="debug")
    assert (done.returncode, done.stderr) == (0, "")
    file = tmp_path / "printed.toml"
    file.write_text(done.stdout)
    again = segued(home, "--config", str(file), "config", SEGUE_LISTEN='["unix:/x", "tcp:127.0.0.1:0"]')
    assert again.stdout == done.stdout
    settings = tomllib.loads(done.stdout)
    assert settings["listen"] == ["unix:/x", "tcp:127.0.0.1:0"]
    assert settings["log"]["level"] == "debug"


def test_config_prints_json_too(home: Daemon) -> None:
    printed = json.loads(segued(home, "config", "--json", SEGUE_LISTEN='["unix:"]').stdout)
    assert printed == json.loads(Settings(listen=("unix:",)).model_dump_json())


def test_wrong_settings_end_it_with_2_and_all_problems(home: Daemon, tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('typo = 1\n[agents.chat]\nmodel = "gpt"\n')
    done = segued(home)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"segued: The settings are wrong ({file}")
    assert "typo: there is no such setting" in done.stderr
    assert "agents.chat.model: 'gpt' is not a model" in done.stderr
    assert not (tmp_path / "segue.db").exists()


@pytest.mark.parametrize("arguments", [["--config", "/nowhere.toml"], ["--nonsense"], ["dance"]])
def test_wrong_use_ends_it_with_2(home: Daemon, arguments: list[str]) -> None:
    done = segued(home, *arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_it_tells_its_version_and_its_use(home: Daemon) -> None:
    assert segued(home, "--version").stdout == f"segued {segue.__version__}\n"
    assert "--listen URI" in segued(home, "--help").stdout


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("segue.db", b"no database " * 100, "is damaged, or no database"),
        ("segue.sock", b"a file", "is in the way and no socket"),
    ],
)
def test_what_is_in_the_way_ends_it_with_1_and_a_reason(
    home: Daemon, tmp_path: Path, name: str, content: bytes, says: str
) -> None:
    (tmp_path / name).write_bytes(content)
    done = segued(home)
    assert done.returncode == 1
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert (tmp_path / name).read_bytes() == content


def test_an_address_that_is_taken_or_too_open_ends_it_with_1(home: Daemon) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = segued(home, "--listen", f"tcp:127.0.0.1:{taken.getsockname()[1]}")
    assert (done.returncode, "is another program there?" in done.stderr) == (1, True)
    done = segued(home, "--listen", "tcp:0.0.0.0:0")
    assert (done.returncode, "allow_non_loopback" in done.stderr) == (1, True)
    assert "Traceback" not in done.stderr


def test_a_second_daemon_on_the_same_data_ends_with_1_and_names_the_first(daemon: Daemon) -> None:
    assert daemon.process is not None
    done = segued(daemon)
    assert done.returncode == 1
    assert f"pid {daemon.process.pid}" in done.stderr
    elsewhere = segued(daemon, "--listen", f"unix:{daemon.home}/other.sock")
    assert elsewhere.returncode == 1


def test_it_stops_when_asked_with_0_and_leaves_no_socket(make_daemon: Callable[..., Daemon]) -> None:
    daemon = make_daemon()
    assert daemon.socket.is_socket()
    assert daemon.stop() == 0
    assert not daemon.socket.exists()
    assert daemon.log.rstrip().endswith("stopped")
    assert "Traceback" not in daemon.log
    daemon.start()
    assert daemon.stop() == 0


def test_a_socket_left_behind_by_a_crash_is_replaced(daemon: Daemon) -> None:
    daemon.kill()
    assert daemon.socket.is_socket()
    daemon.start()
    assert daemon.stop() == 0


def test_its_log_can_be_json_and_names_typing_mistakes(make_daemon: Callable[..., Daemon]) -> None:
    daemon = make_daemon(LOG__FORMAT="json", LISTENN="x")
    assert daemon.stop() == 0
    lines = [json.loads(line) for line in daemon.log.splitlines()]
    assert any("SEGUE_LISTENN" in line["message"] and line["level"] == "warning" for line in lines)
    assert any(line["message"].startswith("ready: unix:") for line in lines)


def test_the_settings_loader_is_the_one_that_segued_uses(home: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in home.env.items():
        monkeypatch.setenv(name, value)
    assert json.loads(segued(home, "config", "--json").stdout) == json.loads(load().model_dump_json())

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import segue
from segue.program import PYTHON
from tests.daemons import Daemon
from tests.segue.cli.conftest import Watch, run_segue


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Daemon]:
    """A place for a daemon that the command line starts itself."""
    daemon = Daemon(tmp_path / "home")
    yield daemon
    run_segue(daemon, "server", "stop")


def pid(daemon: Daemon) -> int:
    return int(json.loads(run_segue(daemon, "server", "status", "--json").stdout)["pid"])


def test_a_daemon_is_started_once_restarted_and_stopped(home: Daemon) -> None:
    started = run_segue(home, "server", "start")
    assert started.returncode == 0
    first = pid(home)
    assert f"pid {first}" in started.stderr
    again = run_segue(home, "server", "start")
    assert again.returncode == 0
    assert f"it runs already: pid {first}" in again.stderr
    assert run_segue(home, "server", "restart").returncode == 0
    assert pid(home) != first
    stopped = run_segue(home, "server", "stop")
    assert (stopped.returncode, stopped.stderr.startswith("stopped")) == (0, True)
    assert run_segue(home, "server", "status").returncode == 3
    assert (home.home / "segued.log").stat().st_mode & 0o777 == 0o600


_POISON = "from pathlib import Path\nPath(__file__).with_suffix('.was-run').touch()\n"


def test_nothing_in_the_folder_that_one_stands_in_is_run(home: Daemon, tmp_path: Path) -> None:
    folder = tmp_path / "downloads"
    folder.mkdir()
    for name in ("aiosqlite", "mcp", "aiohttp", "segued", "pydantic", "sitecustomize"):
        (folder / f"{name}.py").write_text(_POISON)
    env = home.env | {"SEGUE_HOME": os.path.relpath(home.home, folder)}
    for command in (("server", "start"), ("config",)):
        subprocess.run([*PYTHON, "segue.cli.main", *command], env=env, cwd=folder, capture_output=True, check=False)
    assert [found.name for found in folder.glob("*.was-run")] == []
    assert not Path(f"/proc/{pid(home)}/cwd").resolve().is_relative_to(folder)


def test_every_python_is_started_without_that_folder() -> None:
    sources = Path(segue.__file__).parent.rglob("*.py")
    assert [source.name for source in sources if '"-m"' in source.read_text()] == ["program.py"]


def test_two_who_start_it_at_the_same_moment_get_the_same_daemon(home: Daemon) -> None:
    with ThreadPoolExecutor() as pool:
        done = list(pool.map(lambda _: run_segue(home, "server", "start"), range(3)))
    assert [d.returncode for d in done] == [0, 0, 0], done
    assert (home.home / "segued.log").read_text().count(" ready: ") == 1
    running = pid(home)
    assert all(f"pid {running} " in d.stderr for d in done), done


def test_wrong_settings_are_all_named_with_exit_code_2(home: Daemon) -> None:
    home.home.mkdir()
    (home.home / "config.toml").write_text('nonsense = 1\n[log]\nlevel = "loud"\n')
    for command in (("server", "start"), ("config",)):
        done = run_segue(home, *command)
        assert done.returncode == 2
        assert "nonsense: there is no such setting" in done.stderr
        assert "log.level" in done.stderr
        assert "Traceback" not in done.stderr


def test_a_daemon_that_cannot_start_says_why(home: Daemon) -> None:
    home.home.mkdir()
    (home.home / "segue.db").write_text("this is not a database, and long enough to see that it is none" * 20)
    done = run_segue(home, "server", "start")
    assert done.returncode == 1
    assert "the daemon did not start" in done.stderr
    assert "segue.db" in done.stderr


def test_a_daemon_that_hangs_is_named_and_ended(home: Daemon) -> None:
    run_segue(home, "server", "start")
    hanging = pid(home)
    os.kill(hanging, signal.SIGSTOP)
    with ThreadPoolExecutor() as pool:
        all_done = list(pool.map(lambda command: run_segue(home, *command), (("server", "start"), ("status",))))
    for done in all_done:
        assert (done.returncode, done.stdout) == (3, "")
        assert f"process {hanging} holds {home.home}/segue.db, and does not answer" in done.stderr
        assert "`segue server stop` ends it" in done.stderr
    done = run_segue(home, "server", "stop")
    assert done.returncode == 0, done.stderr
    assert f"(pid {hanging}) took no notice" in done.stderr
    assert run_segue(home, "server", "stop").returncode == 3


def test_a_daemon_elsewhere_cannot_be_started_from_here(home: Daemon) -> None:
    done = run_segue(home, "server", "start", SEGUE_URL="http://192.0.2.1.invalid:1")
    assert done.returncode == 3
    assert "on another machine" in done.stderr


def test_the_log_is_shown_and_followed(home: Daemon, watch: Watch) -> None:
    assert "there is no log" in run_segue(home, "server", "logs").stderr
    run_segue(home, "server", "start")
    shown = run_segue(home, "server", "logs", "-n", "2")
    assert 1 <= len(shown.stdout.splitlines()) <= 2
    logs = watch(home, "server", "logs", "-n", "1", "-f")
    logs.read_until("\n")
    with (home.home / "segued.log").open("a") as log:
        log.write("something new\n")
        log.flush()
        logs.read_until("something new\n")
    assert logs.interrupt() == 130


def test_the_log_goes_back_into_the_files_put_aside(home: Daemon) -> None:
    home.home.mkdir()
    for number, name in enumerate(("segued.log.2", "segued.log.1", "segued.log")):
        text = "".join(
            f"2026-01-01 00:00:0{line} INFO segued.app: {number}{line} [turn=t{line}]\n" for line in range(3)
        )
        (home.home / name).write_text(text)
    shown = run_segue(home, "logs", "-n", "4").stdout
    assert [text.split()[4] for text in shown.splitlines()] == ["12", "20", "21", "22"]
    about = run_segue(home, "logs", "--about", "turn=t1").stdout
    assert [text.split()[4] for text in about.splitlines()] == ["01", "11", "21"]


def test_changed_settings_are_taken_over_and_wrong_ones_leave_it_as_it_is(home: Daemon) -> None:
    run_segue(home, "server", "start")
    running = pid(home)
    settings = home.home / "config.toml"
    settings.write_text('[log]\nlevel = "debug"\n[store]\nreaders = 2\n')
    done = run_segue(home, "server", "reload")
    assert done.stdout == "changed: log.level\nin force after `segue server restart`: store.readers\n"
    settings.write_text("nonsense = 1\n")
    for command in ("reload", "restart"):
        refused = run_segue(home, "server", command)
        assert (refused.returncode, "nonsense: there is no such setting" in refused.stderr) == (2, True), refused.stderr
    assert pid(home) == running


def test_a_long_log_is_begun_anew_and_followed_into_the_new_file(home: Daemon, watch: Watch) -> None:
    home.env |= {"SEGUE_LOG__MAX_BYTES": "1024", "SEGUE_LOG__KEEP": "2"}
    run_segue(home, "server", "start")
    logs = watch(home, "server", "logs", "-n", "0", "-f")
    running = pid(home)
    while not (home.home / "segued.log.2").exists():
        os.kill(running, signal.SIGHUP)
        time.sleep(0.01)  # one that comes at once is the same
    logs.read_until("settings read anew")
    run_segue(home, "server", "reload")
    logs.read_until("settings read anew")
    assert sorted(path.name for path in home.home.glob("segued.log*")) == ["segued.log", "segued.log.1", "segued.log.2"]
    assert logs.interrupt() == 130


def test_the_settings_in_force_are_printed(home: Daemon) -> None:
    settings = json.loads(run_segue(home, "config", "--json", SEGUE_LOG__LEVEL="debug").stdout)
    assert settings["log"]["level"] == "debug"


def test_without_a_terminal_segue_starts_the_daemon_says_one_thing_and_how_to_attach(home: Daemon) -> None:
    done = run_segue(home)
    assert done.returncode == 0
    assert "offline agent" in done.stdout
    assert " tail           watch it live" in done.stdout
    shown = run_segue(home, "sessions", "show", "--json")
    assert [m["role"] for m in json.loads(shown.stdout)["messages"]] == ["user", "assistant"]
    assert run_segue(home, "-c").returncode == 0
    assert run_segue(home, "connect", "tui", "--session", "New Chat").returncode == 0
    assert json.loads(run_segue(home, "sessions", "list", "--json").stdout)["total"] == 1

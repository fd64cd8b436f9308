"""Under systemd: what is installed, and how `segue server` leaves starting and stopping to it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.daemons import Daemon
from tests.segue.cli.conftest import run_segue

SYSTEMCTL = """#!/bin/sh
echo "$@" >> {log}
case "$*" in
*is-active*) test -S {home}/segue.sock ;;
*start*)
    setsid {python} -m segued >/dev/null 2>&1 </dev/null &
    for n in $(seq 600); do test -S {home}/segue.sock && break; sleep 0.05; done ;;
*stop*) kill $(cat {home}/segue.db.lock) ;;
esac
"""


class Installed:
    """A home with the units in place, and beside it a stand-in for systemctl, whose daemon is not systemd's."""

    def __init__(self, home: Path) -> None:
        self.daemon = Daemon(home / "home")
        self.daemon.home.mkdir(parents=True)
        self.units = home / "config/systemd/user"
        self._log = home / "asked"
        self._log.touch()
        programs = home / "bin"
        programs.mkdir()
        script = programs / "systemctl"
        script.write_text(SYSTEMCTL.format(log=self._log, home=self.daemon.home, python=sys.executable))
        script.chmod(0o755)
        self.daemon.env |= {"PATH": f"{programs}:{os.environ['PATH']}", "XDG_CONFIG_HOME": str(home / "config")}

    def put(self, home: Path) -> None:
        """Put a unit there that starts the daemon of this home."""
        (self.units / "segued.service.d").mkdir(parents=True)
        (self.units / "segued.service").write_text("[Service]\n")
        (self.units / "segued.service.d/10-installation.conf").write_text(f"Environment=SEGUE_HOME={home}\n")

    @property
    def asked(self) -> list[str]:
        return [line for line in self._log.read_text().splitlines() if "is-active" not in line]


@pytest.fixture
def installed(tmp_path: Path) -> Iterator[Installed]:
    installed = Installed(tmp_path)
    yield installed
    shutil.rmtree(installed.units, ignore_errors=True)
    run_segue(installed.daemon, "server", "stop")


def test_starting_and_stopping_are_left_to_systemd_where_it_has_the_unit(installed: Installed) -> None:
    installed.put(installed.daemon.home)
    started = run_segue(installed.daemon, "server", "start")
    assert (started.returncode, "started by systemd (yours)" in started.stderr) == (0, True), started.stderr
    assert "it runs already" in run_segue(installed.daemon, "server", "start").stderr
    stopped = run_segue(installed.daemon, "server", "stop")
    assert (stopped.returncode, "stopped by systemd" in stopped.stderr) == (0, True), stopped.stderr
    unit = "segued.socket segued.service"
    assert installed.asked == [f"--user start {unit}", f"--user stop {unit}"]
    refused = run_segue(installed.daemon, "server", "start", "--config", __file__)
    assert (refused.returncode, "its own settings file" in refused.stderr) == (1, True), refused.stderr


def test_a_unit_of_another_home_is_left_alone(installed: Installed) -> None:
    installed.put(installed.daemon.home / "other")
    assert run_segue(installed.daemon, "server", "start").returncode == 0
    assert run_segue(installed.daemon, "server", "stop").returncode == 0
    assert installed.asked == []


def test_install_shows_what_it_would_do_and_says_where_there_is_no_systemd(installed: Installed) -> None:
    shown = run_segue(installed.daemon, "server", "install", "--dry-run", "--discord")
    assert shown.returncode == 0, shown.stderr
    assert f"write {installed.units}/segued.socket.d/10-installation.conf" in shown.stdout
    assert f"ListenStream={installed.daemon.home}/segue.sock" in shown.stdout
    assert f"Environment=SEGUE_HOME={installed.daemon.home}" in shown.stdout
    assert shown.stdout.endswith("enable --now segued.socket segued.service segue-discord.service\n")
    assert not installed.units.exists()
    assert "there is nothing to take out" in run_segue(installed.daemon, "server", "uninstall").stderr
    if not Path("/run/systemd/system").is_dir():
        refused = run_segue(installed.daemon, "server", "install")
        assert (refused.returncode, "not run by systemd" in refused.stderr) == (1, True)


def test_wrong_settings_are_not_installed(installed: Installed) -> None:
    (installed.daemon.home / "config.toml").write_text("nonsense = 1\n")
    done = run_segue(installed.daemon, "server", "install", "--dry-run")
    assert done.returncode == 2
    assert "nonsense: there is no such setting" in done.stderr


def test_uninstall_takes_out_what_is_ours_and_nothing_else(installed: Installed) -> None:
    installed.put(installed.daemon.home)
    kept = installed.units / "segued.service.d/override.conf"
    kept.write_text("[Service]\n")
    done = run_segue(installed.daemon, "server", "uninstall")
    assert (done.returncode, "your conversations stay" in done.stderr) == (0, True), done.stderr
    assert [file for file in installed.units.rglob("*") if file.is_file()] == [kept]

"""The unit files, as systemd reads them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from segue.cli.systemd import DISCORD, SERVICE, SOCKET, Manager
from segue.cli.units import Units

FOLDER = Path(__file__).parents[1] / "systemd"
NAMES = (SOCKET, SERVICE, DISCORD)
UNITS = [folder / name for folder in (FOLDER, FOLDER / "system") for name in NAMES]
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]
EXPOSURE = "20"  # 2.0, in tenths
with_systemd = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed here")


def name_of(unit: Path) -> str:
    return str(unit.relative_to(FOLDER))


def analyze(home: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    home.mkdir(exist_ok=True)
    env = {"PATH": os.environ["PATH"], "XDG_RUNTIME_DIR": str(home), "HOME": str(home)}
    command = ["systemd-analyze", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=env)


def values(unit: Path, key: str) -> list[str]:
    return re.findall(rf"^{key}=(.*)$", unit.read_text(), re.MULTILINE)


@with_systemd
@pytest.mark.parametrize("unit", UNITS, ids=name_of)
def test_a_unit_file_is_understood_whole(tmp_path: Path, unit: Path) -> None:
    whose = () if unit.parent.name == "system" else ("--user",)
    done = analyze(tmp_path, *whose, "verify", "--man=no", unit)
    assert (done.returncode, done.stderr) == (0, "")


@with_systemd
@pytest.mark.parametrize("unit", SERVICES, ids=name_of)
def test_a_service_can_do_little_besides_what_it_is_for(tmp_path: Path, unit: Path) -> None:
    done = analyze(tmp_path, "security", "--offline=true", f"--threshold={EXPOSURE}", unit)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


@with_systemd
def test_what_install_writes_is_understood_whole_wherever_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / 'a "strange" 100% home'
    monkeypatch.setenv("SEGUE_HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "config").mkdir()
    settings = {
        "listen": ["unix:", "tcp:127.0.0.1:0"],
        "store": {"path": ""},
        "server": {"allow_non_loopback": False},
        "log": {"file": ""},
        "backup": {"folder": "/srv/copies"},
    }
    manager = Manager(system=False)
    for path, text in Units(manager, settings, lambda name: False).files(NAMES):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    done = analyze(tmp_path / "home", "--user", "verify", "--man=no", *(manager.folder / name for name in NAMES))
    assert (done.returncode, done.stderr) == (0, "")
    assert manager.home() == str(home)
    socket = (manager.folder / f"{SOCKET}.d/10-installation.conf").read_text()
    assert socket.endswith(f"ListenStream=\nListenStream={str(home).replace('%', '%%')}/segue.sock\n")


@pytest.mark.parametrize("unit", SERVICES, ids=name_of)
def test_the_commands_of_the_units_are_those_that_are_installed_and_never_stay_dead(unit: Path) -> None:
    scripts = (FOLDER.parent / "pyproject.toml").read_text()
    (command,) = values(unit, "ExecStart")
    assert f"\n{command.split()[1]} = " in scripts
    assert values(unit, "Restart") == ["always"]
    assert values(unit, "RestartPreventExitStatus") == ["2"]


@pytest.mark.parametrize("folder", [FOLDER, FOLDER / "system"], ids=["user", "system"])
def test_the_daemon_is_watched_and_its_sockets_are_its_owners(folder: Path) -> None:
    service, socket = folder / SERVICE, folder / SOCKET
    assert values(service, "Type") == ["notify"]
    assert values(service, "WatchdogSec") == ["60"]
    assert values(service, "Requires") == [SOCKET]
    assert values(socket, "SocketMode") == ["0600"]
    assert "127.0.0.1:7348" in values(socket, "ListenStream")

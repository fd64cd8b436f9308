"""The unit files, as systemd reads them."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

UNITS = sorted((Path(__file__).parents[1] / "systemd").glob("*.service"))


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd here")
@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_a_unit_file_is_understood_whole(tmp_path: Path, unit: Path) -> None:
    for other in UNITS:
        installed = re.sub(r"ExecStart=%h/\.local/bin/\w+", "ExecStart=/bin/true", other.read_text())
        (tmp_path / other.name).write_text(installed)
    command = ["systemd-analyze", "--user", "verify", "--man=no", str(tmp_path / unit.name)]
    env = {"XDG_RUNTIME_DIR": str(tmp_path), "HOME": str(tmp_path)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=env)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_commands_of_the_units_are_those_that_are_installed() -> None:
    scripts = (Path(__file__).parents[1] / "pyproject.toml").read_text()
    for unit in UNITS:
        (command,) = re.findall(r"ExecStart=%h/\.local/bin/(\w+)", unit.read_text())
        assert f"\n{command} = " in scripts

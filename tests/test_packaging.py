"""What is published: the wheel is whole and runs without the sources, and the manual is that of the commands."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NOT_CODE = {".sql", ".tcss", ".typed", ".md", ".json"}


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the wheel and the source archive, built as they are published."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder), "-t", "wheel", "-t", "sdist"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def installed(dist: Path, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of one who has installed the wheel, and no sources; its daemon is stopped in the end."""
    (wheel,) = dist.glob("*.whl")
    place = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(place)
    env = {name: value for name, value in os.environ.items() if not name.startswith("SEGUE_")}
    env |= {"PYTHONPATH": str(place), "SEGUE_HOME": str(tmp_path / "home"), "SEGUE_LISTEN": '["unix:"]'}
    yield env
    run(env, "server", "stop")


def run(env: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "segue.cli.main", *arguments]
    cwd = env["PYTHONPATH"]
    return subprocess.run(command, env=env, cwd=cwd, capture_output=True, text=True, timeout=100, check=False)


def test_the_wheel_holds_every_file_of_the_packages(dist: Path) -> None:
    (wheel,) = dist.glob("*.whl")
    there = set(zipfile.ZipFile(wheel).namelist())
    for package in ("daemon/segued", "interfaces/segue"):
        for file in (ROOT / package).rglob("*"):
            if file.suffix in NOT_CODE | {".py"} and "__pycache__" not in file.parts:
                assert str(file.relative_to((ROOT / package).parent)) in there


def test_the_source_archive_builds_the_same_and_holds_nothing_of_the_workshop(dist: Path) -> None:
    (archive,) = dist.glob("*.tar.gz")
    listed = subprocess.run(["tar", "-tzf", str(archive)], capture_output=True, text=True, check=True).stdout.split()
    names = {name.partition("/")[2] for name in listed}
    assert {"pyproject.toml", "README.md", "LICENSE", "config.example.toml", "systemd/segued.service"} <= names
    assert not [name for name in names if name.startswith((".ci", ".git/", ".venv"))]


def test_the_wheel_runs_without_the_sources(installed: dict[str, str]) -> None:
    where = subprocess.run(
        [sys.executable, "-c", "import segue, segued; print(segue.__file__, segued.__file__)"],
        env=installed,
        cwd=installed["PYTHONPATH"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert str(ROOT) not in where.stdout
    started = run(installed, "server", "start")
    assert started.returncode == 0, started.stderr
    asked = run(installed, "ask", "count to 3")
    assert (asked.returncode, asked.stdout) == (0, "1 2 3\n"), asked.stderr


@pytest.mark.skipif(not shutil.which("man"), reason="there is no man here")
def test_the_manual_is_that_of_the_commands_and_man_understands_it(installed: dict[str, str], tmp_path: Path) -> None:
    manual = tmp_path / "man"
    assert run(installed, "man", str(manual)).returncode == 0
    for name, words in (("segue", "segue sessions rename"), ("segued", "--config FILE")):
        shown = subprocess.run(
            ["man", "--warnings", "-M", str(manual), name],
            env=os.environ | {"LC_ALL": "C.UTF-8", "MANWIDTH": "100"},
            capture_output=True,
            text=True,
            check=True,
        )
        assert (shown.stderr, words in shown.stdout) == ("", True)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_is_told_how_to_complete(installed: dict[str, str], shell: str) -> None:
    script = run(installed, "completion", shell)
    assert (script.returncode, "_SEGUE_COMPLETE" in script.stdout) == (0, True)


def test_a_session_is_completed_by_its_title(installed: dict[str, str]) -> None:
    assert run(installed, "server", "start").returncode == 0
    assert run(installed, "sessions", "new", "Release-plan").returncode == 0
    asked = installed | {"_SEGUE_COMPLETE": "bash_complete", "COMP_WORDS": "segue tail rel", "COMP_CWORD": "2"}
    assert run(asked).stdout == "plain,Release-plan\n"

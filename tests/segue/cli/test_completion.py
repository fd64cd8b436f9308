"""What Tab completes is safe to run: titles are by anybody, and shells put in what they are given as it is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.daemons import Daemon
from tests.segue.cli.conftest import Segue, run_segue

_PRESS_TAB = """
source completion.bash 2>/dev/null
COMP_WORDS=(segue export "$1") COMP_CWORD=2
_segue_completion segue
eval "printf '%s\\n' ${COMPREPLY[*]}"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a command `segue` is, and the completion script of bash."""
    command = tmp_path / "segue"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m segue.cli.main "$@"\n')
    command.chmod(0o755)
    return tmp_path


def tab(daemon: Daemon, folder: Path, begun: str) -> list[str]:
    """Return what bash completes `segue export BEGUN` to, once it was run as a command."""
    (folder / "completion.bash").write_text(run_segue(daemon, "completion", "bash").stdout)
    env = daemon.env | {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
    command = ["bash", "-c", _PRESS_TAB, "bash", begun]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=True).stdout.split()


async def test_tab_never_runs_what_a_title_says(daemon: Daemon, folder: Path) -> None:
    async with daemon.client() as client:
        titles = ("Quiz;touch pwned;", "Quiz $(touch pwned)", "Quiz`touch pwned`", "Quiz *", "-Quiz")
        unsafe = [await client.create_session(title=title) for title in titles]
        await client.create_session(title="Quiz.1-a")
        await client.create_session(title="#quarters")
    offered = tab(daemon, folder, "Q")
    assert {"Quiz.1-a", "quarters"} <= set(offered)
    assert set(offered) - {"Quiz.1-a", "quarters"} == {session.id[-8:] for session in unsafe if session.title[0] == "Q"}
    assert not (folder / "pwned").exists()


async def test_two_of_one_title_are_completed_to_their_ids(daemon: Daemon, folder: Path) -> None:
    async with daemon.client() as client:
        both = [await client.create_session(title="twins") for _ in range(2)]
    offered = tab(daemon, folder, "tw")
    assert sorted(offered) == sorted(session.id[-8:] for session in both)
    for word in offered:
        assert run_segue(daemon, "sessions", "show", word).returncode == 0


@pytest.mark.parametrize(
    ("shell", "word"), [("bash", "complete -o nosort"), ("zsh", "#compdef"), ("fish", "complete ")]
)
def test_every_shell_has_a_script(segue: Segue, shell: str, word: str) -> None:
    done = segue("completion", shell)
    assert done.returncode == 0
    assert word in done.stdout

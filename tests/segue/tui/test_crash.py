"""The chat in a terminal of its own: how it ends."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

from tests.daemons import Daemon

BREAKING = """
import sys
from segue.tui.app import ChatApp, run
def show(self): raise RuntimeError("a secret in a local variable")
ChatApp._show = show
sys.exit(run(lambda: None))
"""
NOT_THERE = "import sys; from segue.cli.main import run; sys.exit(run(['--session', 'nope']))"


def run_in_terminal(program: str, env: dict[str, str]) -> tuple[int, str]:
    """Run the program in a terminal, and return its exit code and all that it wrote."""
    ours, theirs = pty.openpty()
    with subprocess.Popen([sys.executable, "-c", program], stdin=theirs, stdout=theirs, stderr=theirs, env=env) as chat:
        os.close(theirs)
        written = b""
        while chunk := _read(ours):
            written += chunk
    os.close(ours)
    return chat.returncode, written.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:  # how Linux says that nobody has the other end any more
        return b""


def test_a_crash_gives_the_terminal_back_with_one_sentence_and_logs_the_rest(tmp_path: Path) -> None:
    env = os.environ | {"SEGUE_HOME": str(tmp_path), "TERM": "xterm-256color"}
    code, written = run_in_terminal(BREAKING, env)
    said = written.rpartition("\x1b[?1049l")[2]
    assert code == 1
    assert "segue: the terminal chat broke (RuntimeError)" in said
    assert "a secret" not in said
    assert "a secret" in (tmp_path / "segue-tui.log").read_text()


def test_a_session_that_does_not_exist_is_said_in_one_sentence(shared_daemon: Daemon) -> None:
    code, written = run_in_terminal(NOT_THERE, shared_daemon.env | {"TERM": "xterm-256color"})
    assert code == 1
    assert "segue: no session" in written.rpartition("\x1b[?1049l")[2]

"""`segue` as people run it: a process of its own, with the daemon's environment."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from subprocess import CompletedProcess, Popen
from typing import Any
from uuid import uuid4

import pytest

from tests.daemons import Daemon

COMMAND = (sys.executable, "-m", "segue.cli.main")
Segue = Callable[..., CompletedProcess[str]]
Watch = Callable[..., "Watched"]


def run_segue(daemon: Daemon, *arguments: str, stdin: str | None = None, **env: str) -> CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        env=daemon.env | env,
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


@pytest.fixture
def segue(shared_daemon: Daemon) -> Segue:
    """Run one command against the shared daemon: `segue("send", "hi")`."""

    def run(*arguments: str, stdin: str | None = None, **env: str) -> CompletedProcess[str]:
        return run_segue(shared_daemon, *arguments, stdin=stdin, **env)

    return run


@pytest.fixture
def title() -> str:
    """The title of a session that only this test has."""
    return f"Session {uuid4()}"


class Watched:
    """A command that goes on running, and what it prints."""

    def __init__(self, process: Popen[str]) -> None:
        self.process = process
        self.text = ""

    def read_until(self, expected: str) -> str:
        """Return what is printed up to and with `expected`; the test's time limit ends the wait."""
        assert self.process.stdout
        begin = len(self.text)
        while expected not in self.text[begin:]:
            character = self.process.stdout.read(1)
            assert character, f"it ended without {expected!r}: {self.text[begin:]!r}"
            self.text += character
        return self.text[begin:]

    def interrupt(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)


@contextmanager
def watched(daemon: Daemon, *arguments: str, **options: Any) -> Iterator[Watched]:
    options = {"env": daemon.env, "stderr": subprocess.STDOUT, "text": True} | options
    with Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, **options) as process:
        try:
            yield Watched(process)
        finally:
            process.kill()


@pytest.fixture
def watch() -> Iterator[Watch]:
    """Start a command that goes on running: `watch(daemon, "tail")`."""
    with ExitStack() as stack:
        yield lambda *arguments, **options: stack.enter_context(watched(*arguments, **options))

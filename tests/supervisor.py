"""A small service manager, for tests: it holds the sockets, starts the daemon, listens to what it says of itself, and
starts it again when it ended or fell silent, as systemd does with the units in `systemd/`."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from tests.daemons import Daemon

START_SECONDS = 60.0
_LOOK_SECONDS = 0.05
_PASSING_ON = """
import os, sys
for at, descriptor in enumerate(map(int, sys.argv[1:]), 3):
    os.dup2(descriptor, at)
os.environ |= {"LISTEN_PID": str(os.getpid()), "WATCHDOG_PID": str(os.getpid())}
os.execv(sys.executable, [sys.executable, "-m", "segued"])
"""


class Supervisor:
    """Keeps one daemon running inside its `with` block. `said` is everything that it was told, in order."""

    def __init__(self, daemon: Daemon, watchdog_seconds: float = 60.0) -> None:
        self.daemon = daemon
        self.exit_codes: list[int] = []
        self.said: list[str] = []
        self.process: subprocess.Popen[bytes]
        self._watchdog_seconds = watchdog_seconds
        self._changed = threading.Condition()
        self._stopping = False

    def __enter__(self) -> Supervisor:
        self.daemon.home.mkdir(parents=True, exist_ok=True)
        self._notify = _bound(socket.SOCK_DGRAM, self.daemon.home / "notify.sock")
        self._notify.settimeout(_LOOK_SECONDS)
        self._sockets = [_bound(socket.SOCK_STREAM, self.daemon.socket), socket.create_server(("127.0.0.1", 0))]
        for held in self._sockets:
            held.listen(1024)
        self._thread = threading.Thread(target=self._keep_running, name="supervisor")
        self._thread.start()
        self.wait_until_ready(1)
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping = True
        self.process.terminate()
        self._thread.join(START_SECONDS)
        self.process.kill()
        for one in (*self._sockets, self._notify):
            one.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._sockets[1].getsockname()[1]}"

    def wait_until_ready(self, times: int) -> None:
        """Return once the daemon has said so many times, over all starts and reloads, that it is ready."""
        self.wait_until_said("READY=1", times)

    def wait_until_said(self, state: str, times: int = 1) -> None:
        with self._changed:
            found = self._changed.wait_for(lambda: self.said.count(state) >= times, START_SECONDS)
        assert found, f"{state} was not said {times} times, but {self.said}:\n{self.daemon.log}"

    def wait_until_ended(self, times: int) -> None:
        """Return once so many runs are over."""
        with self._changed:
            found = self._changed.wait_for(lambda: len(self.exit_codes) >= times, START_SECONDS)
        assert found, f"it has ended {len(self.exit_codes)} times only:\n{self.daemon.log}"

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def _keep_running(self) -> None:
        while not self._stopping:
            self._start()
            self._watch()
            with self._changed:
                self.exit_codes.append(self.process.wait())
                self._changed.notify_all()

    def _start(self) -> None:
        descriptors = sorted(held.fileno() for held in self._sockets)
        env = self.daemon.env | {
            "NOTIFY_SOCKET": str(self.daemon.home / "notify.sock"),
            "WATCHDOG_USEC": str(int(self._watchdog_seconds * 1_000_000)),
            "LISTEN_FDS": str(len(descriptors)),
            "LISTEN_FDNAMES": "segued.socket:segued.socket",
        }
        command = [sys.executable, "-c", _PASSING_ON, *map(str, descriptors)]
        with (self.daemon.home / "segued.log").open("ab") as log:
            self.process = subprocess.Popen(command, env=env, stdout=log, stderr=log, pass_fds=descriptors)

    def _watch(self) -> None:
        """Return when the process has ended; kill it when it was ready and has not fed the watchdog in time."""
        fed = None
        while self.process.poll() is None:
            for state in self._receive():
                if state == "READY=1" or (state == "WATCHDOG=1" and fed):
                    fed = time.monotonic()
            if fed and time.monotonic() - fed > self._watchdog_seconds:
                self.process.kill()

    def _receive(self) -> list[str]:
        try:
            states = self._notify.recv(4096).decode().splitlines()
        except TimeoutError:
            return []
        with self._changed:
            self.said += states
            self._changed.notify_all()
        return states


def _bound(kind: socket.SocketKind, path: Path) -> socket.socket:
    made = socket.socket(socket.AF_UNIX, kind)
    umask = os.umask(0o177)
    try:
        made.bind(str(path))
    finally:
        os.umask(umask)
    return made

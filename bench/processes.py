"""The processes that are measured: started, waited for, looked at through /proc, ended."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).parent.parent
_TICKS = os.sysconf("SC_CLK_TCK")
_UNLIMITED = "1000000000"  # requests a minute: the limiter works, and lets everything through


@dataclass(frozen=True)
class Usage:
    """What a process took until it said that it is ready."""

    wall_seconds: float
    cpu_seconds: float


class Server:
    """A process that listens on a Unix socket and on a TCP port."""

    def __init__(self, process: subprocess.Popen[bytes], socket_path: Path, port: int) -> None:
        self.process = process
        self.socket_path = socket_path
        self.port = port
        self.token: str | None = None

    @property
    def addresses(self) -> dict[str, str]:
        return {"Unix socket": f"unix:{self.socket_path}", "TCP": f"tcp:127.0.0.1:{self.port}"}

    def call(self, method: str, path: str, body: object = None) -> Any:
        """Make one request over the Unix socket and return the decoded answer."""
        connection = http.client.HTTPConnection("localhost")
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(str(self.socket_path))
        try:
            data = None if body is None else json.dumps(body)
            connection.request(method, path, data, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            text = answer.read()
            if answer.status >= 400:
                raise RuntimeError(f"{method} {path}: {answer.status} {text.decode()}")
            return json.loads(text) if text else None
        finally:
            connection.close()

    def rss_mb(self) -> float:
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise RuntimeError("the process has gone")

    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def settle(self) -> float:
        """Wait until it does nothing any more (the full-text index is caught up with); return the CPU seconds taken."""
        start = self.cpu_seconds()
        quiet = 0
        while quiet < 2:
            before = self.cpu_seconds()
            time.sleep(0.4)
            quiet = quiet + 1 if self.cpu_seconds() - before <= 1 / _TICKS else 0
        return self.cpu_seconds() - start


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(**more: str) -> dict[str, str]:
    """Return an environment in which bytecode is kept and no other instance of Segue is seen."""
    kept = {n: v for n, v in os.environ.items() if not n.startswith("SEGUE_") and n != "PYTHONDONTWRITEBYTECODE"}
    return kept | more


@contextmanager
def folder() -> Iterator[Path]:
    """Yield a folder on a real disk for the block. Not /dev/shm: a sync must cost what it costs."""
    with TemporaryDirectory(prefix="segue-bench-") as name:
        yield Path(name)


def end(process: subprocess.Popen[bytes], number: int = signal.SIGTERM) -> None:
    if process.poll() is None:
        process.send_signal(number)
        process.wait(30)


def spawn_daemon(home: Path, port: int, ready: socket.socket) -> subprocess.Popen[bytes]:
    """Start a daemon and return once it says READY=1 on the `ready` socket."""
    env = environment(
        SEGUE_HOME=str(home),
        SEGUE_LISTEN=json.dumps(["unix:", f"tcp:127.0.0.1:{port}"]),
        SEGUE_SERVER__REQUESTS_PER_MINUTE=_UNLIMITED,
        NOTIFY_SOCKET=ready.getsockname(),
    )
    with (home / "segued.log").open("ab") as log:
        process = subprocess.Popen([sys.executable, "-m", "segued"], env=env, stdout=log, stderr=log)
    ready.settimeout(30)
    while ready.recv(64) != b"READY=1":
        pass
    return process


@contextmanager
def ready_socket(home: Path) -> Iterator[socket.socket]:
    path = home / "ready.sock"
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ready:
        ready.bind(str(path))
        yield ready


@contextmanager
def daemon(home: Path) -> Iterator[Server]:
    """Run the daemon inside the block."""
    port = free_port()
    with ready_socket(home) as ready:
        process = spawn_daemon(home, port, ready)
        try:
            server = Server(process, home / "segue.sock", port)
            server.token = server.call("POST", "/api/v1/tokens", {"name": "bench"})["token"]
            yield server
        finally:
            end(process)


@contextmanager
def tutorial_server(home: Path, wal: bool = False) -> Iterator[Server]:
    """Run the FastAPI server of `bench.tutorial` inside the block."""
    port, path = free_port(), home / "tutorial.sock"
    env = environment(TUTORIAL_DATABASE=str(home / "tutorial.db"), TUTORIAL_WAL="1" if wal else "")
    command = [sys.executable, "-m", "bench.tutorial", str(path), str(port)]
    process = subprocess.Popen(command, env=env, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        server = Server(process, path, port)
        for attempt in range(300):
            try:
                server.call("GET", "/openapi.json")
                break
            except OSError:
                if attempt == 299 or process.poll() is not None:
                    raise
                time.sleep(0.1)
        yield server
    finally:
        end(process)

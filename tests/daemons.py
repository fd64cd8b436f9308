"""The real daemon as a process of its own, for tests: started, killed, restarted, on a temporary Unix socket."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, UnixConnector

from segue.client import Client

_READY_SECONDS = 100.0
_STOP_SECONDS = 60.0


class Daemon:
    """One daemon with a home of its own. `settings` are environment variables without the SEGUE_ in front; `module` is
    what is run."""

    def __init__(self, home: Path, settings: dict[str, str] | None = None, module: str = "segued") -> None:
        self.home = home
        self._module = module
        clean = {name: value for name, value in os.environ.items() if not name.startswith("SEGUE_")}
        self.env = clean | {
            "SEGUE_HOME": str(home),
            "SEGUE_LISTEN": '["unix:"]',
            **{f"SEGUE_{name}": value for name, value in (settings or {}).items()},
        }
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def socket(self) -> Path:
        return self.home / "segue.sock"

    @property
    def address(self) -> str:
        return f"unix:{self.socket}"

    @property
    def log(self) -> str:
        return (self.home / "segued.log").read_text()

    def start(self) -> None:
        """Start it, and return once it says that it is ready."""
        self.home.mkdir(parents=True, exist_ok=True)
        notify = self.home / "notify.sock"
        notify.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ready, (self.home / "segued.log").open("ab") as log:
            ready.bind(str(notify))
            ready.settimeout(0.2)
            env = self.env | {"NOTIFY_SOCKET": str(notify)}
            self.process = subprocess.Popen([sys.executable, "-m", self._module], env=env, stdout=log, stderr=log)
            for _ in range(int(_READY_SECONDS / 0.2)):
                try:
                    if ready.recv(64) == b"READY=1":
                        return
                except TimeoutError:
                    assert self.process.poll() is None, f"the daemon did not start:\n{self.log}"
        raise AssertionError(f"the daemon was not ready in time:\n{self.log}")

    def stop(self) -> int:
        """Ask it to stop, wait, and return its exit code."""
        return self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a crash would."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        self.kill()
        self.start()

    def _end(self, number: signal.Signals) -> int:
        if self.process is None:
            return 0
        self.process.send_signal(number)
        code = self.process.wait(_STOP_SECONDS)
        self.process = None
        return code

    def client(self, **options: Any) -> Client:
        return Client(self.address, **options)

    def http(self) -> Http:
        return Http(self.address)


class Http:
    """Plain requests, for what the client library would not send."""

    def __init__(self, address: str, **headers: str) -> None:
        socket_path = address.removeprefix("unix:") if address.startswith("unix:") else None
        self._base = "http://localhost" if socket_path else address
        self._connector = UnixConnector(socket_path) if socket_path else None
        self._headers = headers

    async def __aenter__(self) -> Http:
        self.session = ClientSession(self._base, connector=self._connector, headers=self._headers)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.session.close()

    async def __call__(
        self, method: str, path: str, body: Any = None, *, data: bytes | None = None, **headers: str
    ) -> tuple[int, Any]:
        """Send a request and return the status and the decoded answer. Underscores in header names become dashes."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None:
            data, sent = json.dumps(body).encode(), {"Content-Type": "application/json"} | sent
        content = BytesIO(data) if data is not None else None
        async with self.session.request(method, path, data=content, headers=sent) as response:
            text = await response.text()
            return response.status, json.loads(text) if response.content_type == "application/json" else text

from __future__ import annotations

import asyncio
import os
import socket
import stat
import subprocess
import sys
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest
from aiohttp import ClientSession, UnixConnector, web

from segued.config import Settings
from segued.errors import ListenError
from segued.listeners import inherited_sockets, listening, open_tcp, open_unix
from tests.daemons import Daemon

PASSING_ON = """
import os, socket, sys
listening = socket.socket(socket.AF_UNIX)
listening.bind(sys.argv[1])
if sys.argv[2:] != ["deaf"]:
    listening.listen()
os.dup2(listening.fileno(), 3)
os.set_inheritable(3, True)
os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1", "LISTEN_FDNAMES": "segued.socket"}
os.execv(sys.executable, [sys.executable, "-m", "segued"])
"""


@pytest.fixture
def app() -> web.Application:
    async def hello(request: web.Request) -> web.Response:
        return web.Response(text="hello")

    app = web.Application()
    app.router.add_get("/", hello)
    return app


@pytest.fixture
def stale(tmp_path: Path) -> Path:
    """A socket file that nobody listens on."""
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as gone:
        gone.bind(str(path))
    return path


async def test_one_application_stands_behind_every_address(app: web.Application, tmp_path: Path) -> None:
    unix = tmp_path / "made" / "s"
    settings = Settings(listen=(f"unix:{unix}", "tcp:127.0.0.1:0", "tcp:localhost:0"))
    async with listening(app, settings) as addresses:
        assert addresses[0] == f"unix:{unix}"
        urls = [f"http://{address.removeprefix('tcp:')}/" for address in addresses[1:]]
        assert all(not url.endswith(":0/") for url in urls)
        async with ClientSession() as tcp, ClientSession(connector=UnixConnector(str(unix))) as local:
            for session, url in [(local, "http://localhost/"), *((tcp, url) for url in urls)]:
                async with session.get(url) as response:
                    assert await response.text() == "hello"
    assert not unix.exists()


async def test_where_one_address_fails_none_is_left_open(app: web.Application, tmp_path: Path) -> None:
    settings = Settings(listen=(f"unix:{tmp_path}/s", "tcp:0.0.0.0:0"))
    with pytest.raises(ListenError):
        async with listening(app, settings):
            pass
    assert not (tmp_path / "s").exists()


def test_a_unix_socket_is_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "made" / "s"
    before = os.umask(0)
    try:
        with open_unix(path):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
            assert os.umask(0) == 0
    finally:
        os.umask(before)


def test_a_socket_left_behind_is_replaced(stale: Path) -> None:
    with open_unix(stale) as opened:
        opened.listen()
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(stale))


def test_a_socket_that_somebody_listens_on_is_not_taken(stale: Path) -> None:
    with open_unix(stale) as first:
        first.listen()
        with pytest.raises(ListenError, match="already"):
            open_unix(stale)
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(stale))


def test_a_file_in_the_way_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "s"
    path.write_text("precious")
    with pytest.raises(ListenError, match="no socket"):
        open_unix(path)
    assert path.read_text() == "precious"
    with pytest.raises(ListenError, match="cannot listen"):
        open_unix(path / "below" / "s")


def test_a_path_that_is_too_long_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(ListenError, match="longer than 107 bytes"):
        open_unix(tmp_path / ("ü" * 100))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_an_address_that_others_reach_must_be_allowed(host: str) -> None:
    with pytest.raises(ListenError, match="allow_non_loopback"):
        open_tcp((host, 0), allow_non_loopback=False)


def test_an_address_that_others_reach_can_be_allowed() -> None:
    with open_tcp(("0.0.0.0", 0), allow_non_loopback=True) as opened:
        assert opened.getsockname()[0] == "0.0.0.0"


async def test_a_port_that_is_taken_and_a_host_that_is_unknown_are_refused_in_words(app: web.Application) -> None:
    with open_tcp(("127.0.0.1", 0), allow_non_loopback=False) as first:
        first.listen()
        with pytest.raises(ListenError, match="is another program there"):
            open_tcp(("127.0.0.1", first.getsockname()[1]), allow_non_loopback=False)
    with pytest.raises(ListenError, match=r"cannot listen on tcp:no\.such\.host\.invalid:1"):
        async with listening(app, Settings(listen=("tcp:no.such.host.invalid:1",))):
            pass


def test_sockets_meant_for_another_process_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LISTEN_FDS", "1")
    for pid in ("1", "no number"):
        monkeypatch.setenv("LISTEN_PID", pid)
        assert inherited_sockets(allow_non_loopback=False) == []


async def test_a_socket_passed_by_the_service_manager_is_served_and_left_in_place(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path)
    path = tmp_path / "passed.sock"
    command = [sys.executable, "-c", PASSING_ON, str(path)]
    started = partial(subprocess.Popen, command, env=daemon.env, stderr=subprocess.PIPE, text=True)
    with await asyncio.to_thread(started) as process, ExitStack() as stack:
        stack.callback(process.kill)
        while "ready: " not in (ready := await asyncio.to_thread(process.stderr.readline)):
            assert ready, "it ended"
        assert f"ready: unix:{path}, unix:{daemon.socket}\n" in ready, "what `listen` names is served beside it"
        connector = UnixConnector(str(path))
        async with ClientSession(connector=connector) as session, session.get("http://localhost/health") as response:
            assert response.status == 200
        process.terminate()
        assert await asyncio.to_thread(process.wait, 30) == 0
    assert path.is_socket()
    assert not daemon.socket.exists()


def test_what_is_passed_and_is_no_listening_socket_is_refused_in_words(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PASSING_ON, str(tmp_path / "passed.sock"), "deaf"]
    done = subprocess.run(command, env=Daemon(tmp_path).env, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "(segued.socket), is no listening stream socket" in done.stderr
    assert "Traceback" not in done.stderr

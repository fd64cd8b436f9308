"""On the Unix socket the kernel says who is calling."""

from __future__ import annotations

import json
import os
import shutil
import socket
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from segue import routes
from tests.daemons import Daemon, Http

NOBODY = 65534


@pytest.fixture
def open_house() -> Iterator[Path]:
    """A folder that every account may enter."""
    folder = Path(tempfile.mkdtemp(prefix="segue-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def get_me_as(uid: int, daemon: Daemon) -> tuple[int, Any]:
    """Ask over a connection that was made by another account."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(60)
        os.seteuid(uid)
        try:
            client.connect(str(daemon.socket))
        finally:
            os.seteuid(0)
        client.sendall(f"GET {routes.ME} HTTP/1.0\r\n\r\n".encode())
        answer = b""
        while part := client.recv(65536):
            answer += part
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)


async def test_the_socket_is_for_the_daemons_account_only(shared_daemon: Daemon) -> None:
    assert stat.S_IMODE(shared_daemon.socket.stat().st_mode) == 0o600


async def test_the_daemons_own_account_has_all_scopes(http: Http) -> None:
    _, me = await http("GET", routes.ME)
    assert me["scopes"] == ["admin", "read", "run", "write"]
    assert ("unix", str(os.getuid())) in {(i["interface"], i["external_id"]) for i in me["user"]["identities"]}


async def test_headers_change_nothing_on_who_is_calling(http: Http) -> None:
    headers = {"Authorization": "Bearer wrong", "Host": "evil.example", "Origin": "https://evil.example"}
    assert (await http("GET", routes.ME, **headers))[0] == 200


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be somebody else")
def test_another_account_is_kept_out_by_the_mode_then_by_the_daemon_unless_it_is_listed(open_house: Path) -> None:
    for settings, status in (({}, 401), ({"SERVER__UNIX_USERS": f'{{"{NOBODY}": "bob"}}'}, 200)):
        daemon = Daemon(open_house, settings)
        daemon.start()
        try:
            with pytest.raises(PermissionError):
                get_me_as(NOBODY, daemon)
            daemon.socket.chmod(0o666)
            answered, me = get_me_as(NOBODY, daemon)
            assert answered == status
            if status == 200:
                assert (me["user"]["name"], me["scopes"]) == ("bob", ["read", "run", "write"])
            else:
                assert f"account {NOBODY}" in me["detail"]
        finally:
            assert daemon.stop() == 0

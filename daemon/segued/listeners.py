"""Where the daemon listens: `unix:` and `tcp:` addresses, or sockets passed by systemd, one application behind all."""

from __future__ import annotations

import logging
import os
import socket
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_address
from pathlib import Path

from aiohttp import web

from segue.paths import folders
from segued.config import Settings
from segued.errors import ListenError

log = logging.getLogger(__name__)

_BACKLOG = 1024
_SHUTDOWN_SECONDS = 2.0
_LONGEST_LINE = 64 * 1024  # bytes of a request's first line: what is searched for stands there, nine bytes a character
_LONGEST_PATH = 107  # sockaddr_un holds 108 bytes with the closing zero

Place = str | tuple[str, int]
"""Where a socket listens: its file's real path, or an IP address and port."""


@asynccontextmanager
async def listening(app: web.Application, settings: Settings) -> AsyncIterator[list[str]]:
    """Serve the app at every address inside the block; yields the addresses, with the ports that were chosen."""
    runner = web.AppRunner(
        app,
        handler_cancellation=True,
        access_log=None,
        shutdown_timeout=_SHUTDOWN_SECONDS,
        keepalive_timeout=75,
        max_line_size=_LONGEST_LINE,
    )
    await runner.setup()
    made: list[Path] = []
    try:
        sockets = inherited_sockets(settings.server.allow_non_loopback)
        sockets += _open_all(settings, {_place_of(passed) for passed in sockets}, made)
        for opened in sockets:
            await web.SockSite(runner, opened, backlog=_BACKLOG).start()
        yield [_name(opened) for opened in sockets]
    finally:
        await runner.cleanup()
        for path in made:
            path.unlink(missing_ok=True)


def _open_all(settings: Settings, passed: set[Place], made: list[Path]) -> list[socket.socket]:
    """Open what `listen` names, besides what the service manager holds open for us; `made` are the files to remove."""
    opened: list[socket.socket] = []
    try:
        for uri in settings.listen:
            kind, _, rest = uri.partition(":")
            if kind == "unix":
                path = Path(rest).expanduser() if rest else folders().socket
                if os.path.realpath(path) in passed:
                    continue
                opened.append(open_unix(path))
                made.append(path)
            else:
                try:
                    host, _, port = rest.rpartition(":")
                    place = _resolve(host.strip("[]"), int(port))
                    if place not in passed:
                        opened.append(open_tcp(place, settings.server.allow_non_loopback))
                except ListenError as exc:
                    if "listen" in settings.model_fields_set:
                        raise
                    log.warning("%s. Nobody asked for TCP in so many words: going on with the Unix socket alone", exc)
    except BaseException:
        for one in opened:
            one.close()
        raise
    return opened


def open_unix(path: Path) -> socket.socket:
    """Listen on a Unix socket that only its owner may use; one left behind by a crash is replaced."""
    if len(os.fsencode(path)) > _LONGEST_PATH:
        raise ListenError(
            f"the socket's path is longer than {_LONGEST_PATH} bytes: {path}; give a shorter one in listen"
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _remove_stale(path)
        opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        umask = os.umask(0o177)
        try:
            opened.bind(str(path))
        except OSError:
            opened.close()
            raise
        finally:
            os.umask(umask)
    except OSError as exc:
        raise ListenError(f"cannot listen on unix:{path}: {exc.strerror or exc}") from exc
    return opened


def _remove_stale(path: Path) -> None:
    if not path.exists():
        return
    if not stat.S_ISSOCK(path.stat().st_mode):
        raise ListenError(f"{path} is in the way and no socket: move it, or give another path in listen")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(str(path))
        except OSError:
            path.unlink()
            return
    raise ListenError(f"something listens on unix:{path} already: stop it (`segue server stop`), or use another path")


def _resolve(host: str, port: int) -> tuple[str, int]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as exc:
        raise ListenError(f"cannot listen on tcp:{host}:{port}: {exc.strerror or exc}; is the name right?") from exc
    return str(found[0][4][0]), port


def open_tcp(place: tuple[str, int], allow_non_loopback: bool) -> socket.socket:
    """Listen on an IP address and port; one that other machines reach must be allowed in so many words."""
    host, port = place
    _check_reach(host, allow_non_loopback)
    try:
        opened = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
        try:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            opened.bind(place)
        except OSError:
            opened.close()
            raise
    except OSError as exc:
        raise ListenError(
            f"cannot listen on tcp:{host}:{port}: {exc.strerror or exc}; is another program there?"
        ) from exc
    return opened


def _check_reach(host: str, allow_non_loopback: bool) -> None:
    if not ip_address(host).is_loopback and not allow_non_loopback:
        raise ListenError(
            f"{host} can be reached from other machines: put TLS in front of the daemon and set"
            " [server] allow_non_loopback = true, or listen on 127.0.0.1"
        )


def inherited_sockets(allow_non_loopback: bool) -> list[socket.socket]:
    """Return the sockets that the service manager passed (sd_listen_fds(3)), if it did. Their files are its own."""
    pid, count = os.environ.pop("LISTEN_PID", ""), os.environ.pop("LISTEN_FDS", "")
    names = os.environ.pop("LISTEN_FDNAMES", "")
    if pid != str(os.getpid()) or not count.isdigit():
        return []
    passed = [_inherited(descriptor, names) for descriptor in range(3, 3 + int(count))]
    for one in passed:
        if one.family != socket.AF_UNIX:
            _check_reach(one.getsockname()[0], allow_non_loopback)
    return passed


def _inherited(descriptor: int, names: str) -> socket.socket:
    os.set_inheritable(descriptor, False)
    passed = socket.socket(fileno=descriptor)
    if passed.family not in (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6) or not _is_listening(passed):
        raise ListenError(
            f"descriptor {descriptor}, passed by the service manager ({names or 'unnamed'}), is no listening stream"
            " socket: its socket unit needs ListenStream="
        )
    return passed


def _is_listening(passed: socket.socket) -> bool:
    return bool(passed.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)) and passed.type == socket.SOCK_STREAM


def _place_of(passed: socket.socket) -> Place:
    name = passed.getsockname()
    return os.path.realpath(name) if passed.family == socket.AF_UNIX else (str(name[0]), int(name[1]))


def _name(opened: socket.socket) -> str:
    name = opened.getsockname()
    if opened.family == socket.AF_UNIX:
        return f"unix:{name}"
    host = f"[{name[0]}]" if opened.family == socket.AF_INET6 else name[0]
    return f"tcp:{host}:{name[1]}"

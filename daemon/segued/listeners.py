"""Where the daemon listens: `unix:` and `tcp:` addresses, or sockets passed by systemd, one application behind all."""

from __future__ import annotations

import logging
import os
import socket
import stat
from collections.abc import AsyncIterator, Sequence
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
_LONGEST_PATH = 107  # sockaddr_un holds 108 bytes with the closing zero


@asynccontextmanager
async def listening(app: web.Application, settings: Settings) -> AsyncIterator[list[str]]:
    """Serve the app at every address inside the block; yields the addresses, with the ports that were chosen."""
    runner = web.AppRunner(
        app, handler_cancellation=True, access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS, keepalive_timeout=75
    )
    await runner.setup()
    made: list[Path] = []
    try:
        sockets = inherited_sockets() or _open_all(settings, made)
        for opened in sockets:
            await web.SockSite(runner, opened, backlog=_BACKLOG).start()
        yield [_name(opened) for opened in sockets]
    finally:
        await runner.cleanup()
        for path in made:
            path.unlink(missing_ok=True)


def _open_all(settings: Settings, made: list[Path]) -> list[socket.socket]:
    opened: list[socket.socket] = []
    try:
        for uri in settings.listen:
            kind, _, rest = uri.partition(":")
            if kind == "unix":
                path = Path(rest).expanduser() if rest else folders().socket
                opened.append(open_unix(path))
                made.append(path)
            else:
                try:
                    host, _, port = rest.rpartition(":")
                    opened.append(open_tcp(host.strip("[]"), int(port), settings.server.allow_non_loopback))
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


def open_tcp(host: str, port: int, allow_non_loopback: bool) -> socket.socket:
    """Listen on TCP; an address that other machines reach must be allowed in so many words."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        if not ip_address(address[0]).is_loopback and not allow_non_loopback:
            raise ListenError(
                f"{host} can be reached from other machines: put TLS in front of the daemon and set"
                " [server] allow_non_loopback = true, or listen on 127.0.0.1"
            )
        opened = socket.socket(family, socket.SOCK_STREAM)
        try:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            opened.bind(address)
        except OSError:
            opened.close()
            raise
    except OSError as exc:
        raise ListenError(
            f"cannot listen on tcp:{host}:{port}: {exc.strerror or exc}; is another program there?"
        ) from exc
    return opened


def inherited_sockets() -> Sequence[socket.socket]:
    """Return the sockets that systemd passed (sd_listen_fds(3)), if it did."""
    try:
        pid, count = int(os.environ.pop("LISTEN_PID", "0")), int(os.environ.pop("LISTEN_FDS", "0"))
    except ValueError:
        return ()
    os.environ.pop("LISTEN_FDNAMES", None)
    if pid != os.getpid():
        return ()
    sockets = []
    for descriptor in range(3, 3 + count):
        os.set_inheritable(descriptor, False)
        sockets.append(socket.socket(fileno=descriptor))
    return sockets


def _name(opened: socket.socket) -> str:
    name = opened.getsockname()
    if opened.family == socket.AF_UNIX:
        return f"unix:{name}"
    host = f"[{name[0]}]" if opened.family == socket.AF_INET6 else name[0]
    return f"tcp:{host}:{name[1]}"

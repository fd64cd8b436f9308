"""What `segue server install` writes: the units as they come, and beside each what is particular to this machine."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import segue
from segue import paths
from segue.cli.console import Failed
from segue.cli.systemd import DISCORD, OURS, SERVICE, SOCKET, Manager

_HEADING = "# Made by `segue server install`; your own changes go into `systemctl edit`.\n"
# Where the kernel forbids users to make namespaces of their own, a user's unit with these would not start.
_WITHOUT_NAMESPACES = ("PrivateUsers=no", "CapabilityBoundingSet=~")
_CLOSED = ("/home", "/root")  # to the machine's services


def files_of(manager: Manager, unit: str) -> tuple[Path, Path]:
    """Return where the unit is, and what is particular to this installation."""
    return manager.folder / unit, manager.folder / f"{unit}.d" / OURS


@dataclass(frozen=True)
class Units:
    """`settings` are the effective ones; `has` tells whether a port is the daemon's already."""

    manager: Manager
    settings: dict[str, Any]
    has: Callable[[str], bool]

    def files(self, units: Iterable[str]) -> Iterator[tuple[Path, str]]:
        """Yield each file's path and text."""
        particular = {SOCKET: self._socket, SERVICE: self._service, DISCORD: self._discord}
        for unit in units:
            file, ours = files_of(self.manager, unit)
            yield file, (_templates() / ("system" if self.manager.system else "") / unit).read_text()
            yield ours, _HEADING + "\n".join(particular[unit]()) + "\n"

    def _socket(self) -> list[str]:
        return ["[Socket]", "ListenStream=", *(f"ListenStream={door}" for door in self._doors())]

    def _service(self) -> list[str]:
        lines = self._start("segued")
        if not self.manager.system:
            lines += [f"EnvironmentFile=-{_escaped(paths.folders().config / 'segued.env')}", "ReadWritePaths="]
            lines += [f"ReadWritePaths={_quoted(path)}" for path in self._writable()]
        return lines

    def _discord(self) -> list[str]:
        lines = self._start("segue", " discord --no-start")
        if not self.manager.system:
            lines += [f"LoadCredential=discord_token:{_escaped(paths.folders().config / 'discord_token')}"]
        return lines

    def _start(self, program: str, arguments: str = "") -> list[str]:
        lines = ["[Service]", "ExecStart=", f"ExecStart={_quoted(self._script(program))}{arguments}"]
        if not self.manager.system:
            home = os.environ.get("SEGUE_HOME")
            lines += [f"Environment={_quoted(f'SEGUE_HOME={paths.folders().config}')}"] if home else []
            lines += [] if _has_namespaces() else _WITHOUT_NAMESPACES
        return lines

    def _script(self, name: str) -> Path:
        """Return where this installation's program is."""
        script = Path(sysconfig.get_path("scripts")) / name
        if not script.is_file():
            raise Failed(f"{script} is missing: install Segue again")
        used = (script.resolve(), Path(sys.executable).resolve())
        if self.manager.system and any(path.is_relative_to(closed) for path in used for closed in _CLOSED):
            raise Failed(
                f"this installation uses {used[0]} and {used[1]}, and services of the machine see nothing in"
                f" {' and '.join(_CLOSED)}: install Segue where they do, like /opt/segue, with the machine's python"
                " (`/usr/bin/python3 -m venv /opt/segue && /opt/segue/bin/pip install segue`)"
            )
        return script

    def _writable(self) -> Iterable[Path]:
        folders, backups = paths.folders(), self.settings["backup"]["folder"]
        files = (self.settings["store"]["path"], self.settings["log"]["file"])
        elsewhere = [Path(file).expanduser().absolute().parent for file in files if file]
        elsewhere += [Path(backups).expanduser().absolute()] if backups else []
        return dict.fromkeys((folders.data, folders.state, *elsewhere))

    def _doors(self) -> Iterator[str]:
        """Yield what of `listen` systemd can hold open. A port that is not fixed, or not free, is left to the daemon,
        which says what is wrong with it."""
        for uri in self.settings["listen"]:
            kind, _, rest = uri.partition(":")
            if kind == "unix":
                yield _escaped(Path(rest).expanduser().absolute() if rest else paths.folders().socket)
            else:
                host, _, port = rest.rpartition(":")
                with suppress(OSError):
                    yield from self._tcp_door(host.strip("[]"), int(port))

    def _tcp_door(self, host: str, port: int) -> Iterator[str]:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        name = f"[{address[0]}]:{port}" if family == socket.AF_INET6 else f"{address[0]}:{port}"
        allowed = self.settings["server"]["allow_non_loopback"] or ip_address(address[0]).is_loopback
        ours = files_of(self.manager, SOCKET)[1]
        is_ours = self.has(name) or (ours.is_file() and f"ListenStream={name}\n" in ours.read_text())
        if port and allowed and (is_ours or _is_free(family, address)):
            yield name


def _templates() -> Path:
    """Return the folder of the unit files: in the package, or beside it in a checkout."""
    package = Path(segue.__file__).parent
    found = next((f for f in (package / "systemd", package.parents[1] / "systemd") if f.is_dir()), None)
    if found is None:
        raise Failed("the unit files are missing from this installation: install Segue again")
    return found


def _is_free(family: socket.AddressFamily, address: Any) -> bool:
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError:
            return False
    return True


def _has_namespaces() -> bool:
    """Whether users may make namespaces here."""
    if not shutil.which("unshare"):
        return True
    command = ("unshare", "--user", "--map-root-user", "--mount", "true")
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _escaped(path: Path) -> str:
    return str(path).replace("%", "%%")


def _quoted(text: Path | str) -> str:
    escaped = str(text).replace("%", "%%").replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"' if set(escaped) & set(' "\\') else escaped

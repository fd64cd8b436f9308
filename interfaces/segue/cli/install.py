"""`segue server install`: the daemon as a service of systemd, and out of it again."""

from __future__ import annotations

import getpass
import os
import shlex
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from segue import paths
from segue.cli import launch
from segue.cli.console import Failed, note
from segue.cli.systemd import DISCORD, OURS, SERVICE, SOCKET, Manager, own_home
from segue.cli.units import Units, files_of
from segue.cli.wire import daemon, where
from segue.errors import SegueError
from segue.routes import STATUS

MACHINE_HOME = Path("/var/lib/segue")
MACHINE_SETTINGS = 'listen = ["unix:/run/segue/segue.sock", "tcp:127.0.0.1:7348"]\n'
MACHINE_LISTEN = "unix:/run/segue/segue.sock,tcp:127.0.0.1:7348"
ACCOUNT = Path("/etc/sysusers.d/segue.conf")

system_option = click.option("--system", is_flag=True, help="The machine's own, under the account segue; not yours.")
dry_run_option = click.option("--dry-run", is_flag=True, help="Only show what would be done.")


@dataclass(frozen=True)
class File:
    """A file with its text; one that is so already is left alone."""

    path: Path
    text: str
    owner: str | None = None

    def __str__(self) -> str:
        return f"write {self.path}:\n" + "".join(f"    {text}\n" for text in self.text.splitlines()).rstrip()

    @property
    def is_there(self) -> bool:
        return self.path.is_file() and self.path.read_text() == self.text

    def do(self) -> None:
        if self.is_there:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(self.text)
        if self.owner:
            shutil.chown(self.path, self.owner, self.owner)
        note(f"wrote {self.path}")


@dataclass(frozen=True)
class Folder:
    path: Path
    owner: str | None = None

    def __str__(self) -> str:
        return f"make the folder {self.path}"

    def do(self) -> None:
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.owner:
            shutil.chown(self.path, self.owner, self.owner)


@dataclass(frozen=True)
class Command:
    words: tuple[str, ...]

    def __str__(self) -> str:
        return f"run {shlex.join(self.words)}"

    def do(self) -> None:
        done = subprocess.run(self.words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Failed(f"`{shlex.join(self.words)}` failed: {done.stderr.strip() or done.returncode}")


Step = File | Folder | Command


@click.command()
@system_option
@click.option("--discord", is_flag=True, help="The Discord bot too.")
@dry_run_option
def install(system: bool, discord: bool, dry_run: bool) -> None:
    """Have systemd start the daemon, watch it and keep its sockets open. Doing it again brings it up to date."""
    manager = Manager(system)
    if not dry_run:
        _check(manager, discord)
    units = (SOCKET, SERVICE, *((DISCORD,) if discord else ()))
    written = [File(*file) for file in Units(manager, _settings(system), _has_port).files(units)]
    steps: list[Step] = [*_homes(system), *written]
    start = Command(manager.command("enable", "--now", *units))
    if dry_run:
        _show([*steps, _reload(manager), start], manager)
        return
    changed = not all(file.is_there for file in written)
    for step in (*steps, _reload(manager)):
        step.do()
    _make_way(manager, changed)
    start.do()
    note(f"{', '.join(units)}: started, and from now on whenever {'the machine starts' if system else 'you log in'}")
    if not system:
        _linger()


@click.command()
@system_option
@click.option("--discord", is_flag=True, help="Only the Discord bot.")
@dry_run_option
def uninstall(system: bool, discord: bool, dry_run: bool) -> None:
    """Stop what systemd starts and take it out. What you said, the settings and the account stay."""
    manager = Manager(system)
    units = (DISCORD,) if discord else (DISCORD, SERVICE, SOCKET)
    found = [unit for unit in units if (manager.folder / unit).is_file()]
    if not found:
        note(f"there is nothing to take out of {manager.folder}")
        return
    files = [file for unit in found for file in files_of(manager, unit) if file.is_file()]
    stop = Command(manager.command("disable", "--now", *found))
    if dry_run:
        _show([stop], manager)
        click.echo("\n".join(f"delete {file}" for file in files))
        return
    _check_account(system)
    why_not = manager.missing()
    if why_not:
        note(f"{why_not}: only the files are deleted")
    else:
        stop.do()
    for file in files:
        _delete(file)
    if not why_not:
        _reload(manager).do()
    note(f"took out {', '.join(found)}; your conversations stay in {MACHINE_HOME if system else paths.folders().data}")


def _delete(file: Path) -> None:
    file.unlink()
    if file.name == OURS:
        with suppress(OSError):  # somebody's own changes are there too
            file.parent.rmdir()


def _check(manager: Manager, discord: bool) -> None:
    _check_account(manager.system)
    if why := manager.missing():
        raise Failed(f"{why}: `segue server start` runs the daemon in the background without it")
    token = Path("/etc/segue" if manager.system else paths.folders().config) / "discord_token"
    if discord and not token.is_file():
        raise Failed(f"the bot needs its token in {token}: `segue discord setup` says how to get one")
    unit, home = manager.folder / SERVICE, manager.home()
    if not manager.system and unit.is_file() and home != own_home():
        raise Failed(
            f"{unit} starts the daemon of {home or 'the usual folders'}: take it out with its SEGUE_HOME first"
            " (`segue server uninstall`)"
        )


def _check_account(system: bool) -> None:
    if system and os.geteuid() != 0:
        raise Failed("the machine's services are root's: put sudo in front, or leave --system out for one of your own")


def _settings(system: bool) -> dict[str, Any]:
    if not system:
        return launch.settings(None, SEGUE_HOME=own_home())
    listen = {} if (MACHINE_HOME / "config.toml").exists() else {"SEGUE_LISTEN": MACHINE_LISTEN}
    return launch.settings(None, SEGUE_HOME=str(MACHINE_HOME), **listen)


def _homes(system: bool) -> Iterator[Step]:
    """Yield what makes the folders; the machine's account too, and settings where there are none."""
    if not system:
        folders = paths.folders()
        yield from (Folder(folder) for folder in dict.fromkeys((folders.config, folders.data, folders.state)))
        return
    yield File(ACCOUNT, f'u segue - "Segue" {MACHINE_HOME}\n')
    yield Command(("systemd-sysusers", str(ACCOUNT)))
    yield Folder(MACHINE_HOME, "segue")
    if not (MACHINE_HOME / "config.toml").exists():
        yield File(MACHINE_HOME / "config.toml", MACHINE_SETTINGS, "segue")


def _has_port(name: str) -> bool:
    """Whether the daemon that gives way has it."""
    with suppress(SegueError):
        return launch.is_ready(where()) and f"tcp:{name}" in daemon().get(STATUS)["listening"]
    return False


def _reload(manager: Manager) -> Command:
    return Command(manager.command("daemon-reload"))


def _show(steps: Iterable[Step], manager: Manager) -> None:
    for step in steps:
        click.echo(str(step))
    if why := manager.missing():
        note(f"but {why}: systemd would have to be there")


def _make_way(manager: Manager, changed: bool) -> None:
    """Have nothing run that is not as the units say."""
    if manager.is_active(SOCKET):
        if changed:
            manager.do("stop", SOCKET, SERVICE)
    elif not manager.system and launch.is_ready(where()):
        pid = int(daemon().get(STATUS)["pid"])
        note(f"the daemon in the background (pid {pid}) gives way to systemd's")
        launch.stop(where(), pid)


def _linger() -> None:
    """See to it that it goes on after the last log-out, or say how."""
    user = getpass.getuser()
    if Path("/var/lib/systemd/linger", user).exists():
        return
    try:
        Command(("loginctl", "enable-linger", user)).do()
    except (Failed, OSError):
        note(f"it ends when you log out: `sudo loginctl enable-linger {user}` keeps it running")
    else:
        note(f"it goes on when you log out: `loginctl enable-linger {user}` was done")

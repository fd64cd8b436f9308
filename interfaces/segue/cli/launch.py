"""The daemon as a background process: started, waited for, stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from segue import paths, routes
from segue.address import Address, parse
from segue.cli import systemd
from segue.cli.console import Failed, Misconfigured, note
from segue.cli.holder import holder, holder_at, is_it, mute
from segue.cli.knock import ANSWER_SECONDS, knock, trouble
from segue.cli.wire import Wire, where
from segue.errors import SegueError
from segue.program import PYTHON

START_SECONDS = 30.0
OTHER_START_SECONDS = 3.0
KNOCK_SECONDS = 2.0  # what answers nothing for so long is asked again while a daemon starts
STOP_SECONDS = 60.0
MUTE_STOP_SECONDS = 10.0  # of one that does not answer
POLL_SECONDS = 0.03
REASON_LINES = 20


def ensure_running() -> None:
    """Start the daemon unless one answers; return when it is ready."""
    if runs(where()):
        return
    if manager := systemd.installed():
        manager.do("start", systemd.SOCKET, systemd.SERVICE)
    else:
        start(None)


def runs(address: Address) -> bool:
    """Whether a daemon answers and is ready. Raises `Unreachable` where one hangs: no other could be started."""
    answer = knock(address)
    if answer == "silent" and (pid := holder_at(address)) is not None:
        raise mute(address, pid, f"silent for {ANSWER_SECONDS:g} s")
    return answer == "ready"


def is_ready(address: Address, seconds: float = ANSWER_SECONDS) -> bool:
    """Whether a daemon answers within these seconds and is ready (refusing us is an answer too)."""
    return knock(address, seconds) == "ready"


def start(config: Path | None) -> int:
    """Start a daemon that outlives this process, its output in the log file; return the pid of the one that answers,
    which is another where somebody else started one at the same moment.

    Raises `Failed` with what it said if it does not come up. One that comes up with a database in trouble is kept, for
    what can be read; the trouble is told.
    """
    address = _address(config)
    if not address.is_local:
        raise address.unreachable("it is on another machine")
    log_file = paths.log_file(config)
    try:
        log_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        log = os.open(log_file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    except OSError as exc:
        raise Failed(f"the log file {log_file} cannot be written ({exc.strerror}): nothing was started") from exc
    try:
        logged_before = os.fstat(log).st_size
        process = _spawn(config, log_file, log)
    finally:
        os.close(log)
    came_up = _wait(lambda: process.poll() is not None or _has_come_up(address), START_SECONDS)
    code = process.poll()
    if code is None and not came_up:
        process.terminate()
        said = _said(log_file, logged_before)
        raise Failed(f"the daemon started, but is not ready at {address.text}: does `listen` name it?\n{said}")
    if code is not None and not _other_came_up(config, address, code):
        kind = Misconfigured if code == Misconfigured.exit_code else Failed
        raise kind(f"the daemon did not start:\n{_said(log_file, logged_before)}")
    if wrong := trouble(address):
        note(f"the daemon runs, but {wrong}")
    return _pid_at(address) or process.pid


def _has_come_up(address: Address) -> bool:
    return is_ready(address, KNOCK_SECONDS) or trouble(address) != ""


def settings(config: Path | None, **env: str | None) -> dict[str, Any]:
    """Return the settings that a daemon would have with these SEGUE_… variables and no others; raise `Misconfigured`
    with all that is wrong."""
    given = {name: value for name, value in env.items() if value is not None}
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith("SEGUE_")}
    command = [*PYTHON, "segued", "config", "--json", *(["--config", str(config)] if config else [])]
    done = subprocess.run(
        command, env=surroundings | given, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Misconfigured(done.stderr.strip().removeprefix("segued: "))
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def stop(address: Address, pid: int) -> None:
    """End the daemon and return when it is gone."""
    if not address.is_local:
        raise Failed(f"the daemon at {address.text} is on another machine: stop it there")
    _signal(pid, signal.SIGTERM)
    if not _wait(lambda: not _is_alive(pid), STOP_SECONDS):
        raise Failed(f"the daemon (pid {pid}) is still stopping: see `segue server logs`")


def pid_of(address: Address) -> tuple[int | None, bool]:
    """Return the pid of the daemon (None: it does not tell us), from the lock beside the database where it does not
    answer, and whether it does.

    Raises what kept it from answering where nobody has the database either."""
    with Wire(address, os.environ.get("SEGUE_TOKEN"), retry_seconds=0, timeout_seconds=ANSWER_SECONDS) as wire:
        try:
            pid: int | None = wire.get(routes.STATUS)["pid"]
            return pid, True
        except SegueError:
            pid = holder_at(address)
            if pid is None:
                raise
            return pid, False


def end(pid: int) -> None:
    """End a daemon that does not say how it is, and return when it is gone: if it takes no notice, by force, which
    costs nothing that was stored."""
    if not is_it(pid):
        raise Failed(f"process {pid}, which holds the database, is not to be seen here: stop it where it runs")
    _signal(pid, signal.SIGTERM)
    if not _wait(lambda: not _is_alive(pid), MUTE_STOP_SECONDS):
        note(f"the daemon (pid {pid}) took no notice for {MUTE_STOP_SECONDS:g} s: it is killed")
        _signal(pid, signal.SIGKILL)
        _wait(lambda: not _is_alive(pid), STOP_SECONDS)


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
    except PermissionError as exc:
        raise Failed(f"the daemon (pid {pid}) belongs to another user: stop it as that user") from exc


def _address(config: Path | None) -> Address:
    return parse(paths.address(config)) if config else where()


def _spawn(config: Path | None, log_file: Path, log: int) -> subprocess.Popen[bytes]:
    """Start it in a session of its own, at home as under systemd, wherever it is started from; what it says before it
    has opened the log file itself goes there as well."""
    command = [*PYTHON, "segued", "--log-file", str(log_file)]
    if config:
        command += ["--config", str(config.absolute())]
    env = {name: value for name, value in os.environ.items() if name not in ("SEGUE_TOKEN", "SEGUE_URL")}
    if "SEGUE_HOME" in env:
        env["SEGUE_HOME"] = str(paths.folders().config)  # the whole path: it may have been one from here
    home = Path.home()
    cwd = home if os.access(home, os.X_OK) else Path("/")
    return subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, env=env, cwd=cwd
    )


def _other_came_up(config: Path | None, address: Address, exit_code: int) -> bool:
    """Whether ours gave way to a daemon that somebody else was starting at the same moment."""
    if exit_code != 1 or holder(paths.database(config)) is None:
        return False
    return _wait(lambda: is_ready(address, KNOCK_SECONDS), OTHER_START_SECONDS)


def _pid_at(address: Address) -> int | None:
    """Return the pid of the daemon that answers; None where it does not tell us."""
    with Wire(address) as wire:
        try:
            pid: int | None = wire.get(routes.STATUS)["pid"]
        except SegueError:
            return None
    return pid


def _wait(condition: Callable[[], bool], seconds: float) -> bool:
    give_up_at = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > give_up_at:
            return False
        time.sleep(POLL_SECONDS)
    return True


def _said(log_file: Path, offset: int) -> str:
    """Return why it gave up: from its own word about it, or the end of what it wrote."""
    with log_file.open("rb") as file:
        if offset <= os.fstat(file.fileno()).st_size:  # else it was begun anew
            file.seek(offset)
        lines = file.read().decode(errors="replace").splitlines()
    reason = next((number for number, text in enumerate(lines) if text.startswith("segued: ")), -REASON_LINES)
    told = lines[reason:][:REASON_LINES]
    return "\n".join(f"  {text}" for text in told) or f"  (nothing was said in {log_file})"


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state != "Z"  # dead, and not yet fetched by its parent

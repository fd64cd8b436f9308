"""Runs an MCP server so that nothing of it outlives the daemon: `child.py DAEMON_PID COMMAND [ARGUMENT…]`.

It leads the process group, hands its standard streams on, and waits. When the server ends, when it is told to, or when
the daemon dies (the kernel tells), it ends every process that descends from the server, also those that have left the
group. It is run as a file by a bare interpreter, with the standard library alone: 10 ms and 9 MB.
"""

import ctypes
import os
import signal
import sys
import time
from contextlib import suppress

GRACE_SECONDS = 1.0  # from being asked to end to being ended
NOT_FOUND = 127  # the exit code of a command that cannot be run, as in a shell

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_SIGNALS = frozenset({signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP})
_LOOK_SECONDS = 1.0  # how often the daemon is looked for, where the kernel does not tell


def main() -> int:
    """Run the command and return its exit code, 128 and more for a signal."""
    daemon, command = int(sys.argv[1]), sys.argv[2:]
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    _ask_kernel(_PR_SET_PDEATHSIG, signal.SIGTERM)
    _ask_kernel(_PR_SET_CHILD_SUBREAPER, 1)
    server = os.fork()
    if server == 0:
        _become(command)
    _let_go_of_streams()
    status = None
    while status is None and os.getppid() == daemon:
        if _wait(_LOOK_SECONDS) not in (None, signal.SIGCHLD):
            break
        status = _reap().get(server)
    ended = _end_descendants()
    return os.waitstatus_to_exitcode(status if status is not None else ended.get(server, signal.SIGKILL))


def _become(command: list[str]) -> None:
    """Turn this process into the command."""
    _ask_kernel(_PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
    try:
        os.execvp(command[0], command)
    except OSError as exc:
        os.write(2, f"{command[0]} cannot be run: {exc.strerror}\n".encode())
        os._exit(NOT_FOUND)


def _ask_kernel(option: int, value: int) -> None:
    """Do prctl(2). Without it (not Linux) the daemon is looked for now and then instead."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _let_go_of_streams() -> None:
    """Close what only the server reads and writes, so that the daemon sees when it does."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1):
        os.dup2(nothing, stream)


def _wait(seconds: float) -> int | None:
    """Return the next signal, or None when there was none for so long."""
    if not hasattr(signal, "sigtimedwait"):
        time.sleep(min(seconds, 0.1))
        return next(iter(signal.sigpending() - {signal.SIGCHLD}), None)
    received = signal.sigtimedwait(_SIGNALS, seconds)
    return received.si_signo if received else None


def _reap() -> dict[int, int]:
    """Return the status of every child that has ended since."""
    ended = {}
    with suppress(ChildProcessError):
        while (found := os.waitpid(-1, os.WNOHANG))[0]:
            ended[found[0]] = found[1]
    return ended


def _end_descendants() -> dict[int, int]:
    """Ask every descendant to end, end those that do not; return the statuses of all."""
    _send(signal.SIGTERM)
    ended = _reap()
    until = time.monotonic() + GRACE_SECONDS
    while _descendants() and (left := until - time.monotonic()) > 0:
        _wait(left)
        ended |= _reap()
    until = time.monotonic() + GRACE_SECONDS
    while _send(signal.SIGKILL) and time.monotonic() < until:
        _wait(0.05)
        ended |= _reap()
    return ended


def _send(number: signal.Signals) -> bool:
    """Signal every descendant; return whether there is any."""
    found = _descendants()
    for process in found:
        with suppress(OSError):
            os.kill(process, number)
    return bool(found)


def _descendants() -> set[int]:
    """Return the processes that descend from this one and have not ended. Orphans among them are children of ours."""
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc") if os.path.isdir("/proc") else []:
        with suppress(OSError, ValueError):
            with open(f"/proc/{int(name)}/stat", "rb") as file:
                state, parent = file.read().rpartition(b")")[2].split()[:2]
            if state != b"Z":
                children.setdefault(int(parent), []).append(int(name))
    found: set[int] = set()
    left = [os.getpid()]
    while left:
        more = children.get(left.pop(), [])
        found.update(more)
        left.extend(more)
    return found


if __name__ == "__main__":
    code = main()
    sys.exit(code if code >= 0 else 128 - code)

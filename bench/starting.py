"""What it takes from start to ready, and the memory of an idle daemon and of one that was used."""

from __future__ import annotations

import compileall
import os
import signal
import sys
import time
from contextlib import redirect_stdout
from io import StringIO

from bench.load import Load, run
from bench.processes import ROOT, Usage, daemon, folder, free_port, ready_socket, spawn_daemon
from bench.report import Section, Target

_IDLE_SECONDS = 3.0
_MESSAGES = 10_000


def measure(quick: bool) -> Section:
    """Start the daemon with its bytecode compiled, several times; then look at its memory."""
    with redirect_stdout(StringIO()):
        compileall.compile_dir(ROOT / "daemon", quiet=2)
        compileall.compile_dir(ROOT / "interfaces", quiet=2)
    start_up()  # whatever bytecode the dependencies lack is written now
    usages = [start_up() for _ in range(3 if quick else 7)]
    cpu, wall = min(u.cpu_seconds for u in usages), min(u.wall_seconds for u in usages)
    idle, used = _memory()
    section = Section("Start and memory", ("what", "measured"))
    section.rows = [
        ("start to ready, CPU seconds", f"{cpu:.2f}"),
        ("start to ready, wall seconds", f"{wall:.2f}"),
        (f"resident memory, idle for {_IDLE_SECONDS:.0f} s", f"{idle:.0f} MB"),
        (f"resident memory after {_MESSAGES:,} messages", f"{used:.0f} MB"),
    ]
    section.notes = ["An empty database, one Unix socket and one TCP port; ready is what it tells the service manager."]
    section.targets = [
        Target("CPU from start to ready", "≤ 0.6 s", f"{cpu:.2f} s", cpu <= 0.6),
        Target("idle memory", "< 80 MB", f"{idle:.0f} MB", idle < 80),
    ]
    sys.stderr.write(f"{section.rows}\n")
    return section


def start_up() -> Usage:
    """Start a daemon, end it the moment that it is ready, and return what it took."""
    with folder() as home, ready_socket(home) as ready:
        began = time.perf_counter()
        process = spawn_daemon(home, free_port(), ready)
        wall = time.perf_counter() - began
        process.send_signal(signal.SIGKILL)
        _, _, taken = os.wait4(process.pid, 0)
        process.returncode = -signal.SIGKILL
    return Usage(wall, taken.ru_utime + taken.ru_stime)


def _memory() -> tuple[float, float]:
    """Return the megabytes of a daemon that did nothing, and after messages posted one by one."""
    with folder() as home, daemon(home) as server:
        time.sleep(_IDLE_SECONDS)
        idle = server.rss_mb()
        session = server.call("POST", "/api/v1/sessions", {})["id"]
        stored = 0
        while stored < _MESSAGES:
            stored += run(Load(server.addresses["Unix socket"], [session], None, 16, seconds=0.5)).acknowledged
        server.settle()
        return idle, server.rss_mb()

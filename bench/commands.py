"""CPU of the command line's one-shot commands."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from bench.processes import daemon, environment, folder
from bench.report import Section

_COMMANDS = (
    ("segue sessions list", ["sessions", "list"]),
    ("segue sessions list --json", ["sessions", "list", "--json"]),
    ("segue send", ["send", "--no-respond", "hello"]),
    ("segue search", ["search", "hello"]),
    ("segue --help", ["--help"]),
)


def measure(quick: bool) -> Section:
    """Run each command several times against a daemon with one session, and keep the least CPU it took."""
    section = Section("One-shot commands", ("command", "CPU ms", "of these Python itself"))
    repeats = 3 if quick else 9
    with folder() as home, daemon(home) as server:
        server.call("POST", "/api/v1/sessions", {"title": "bench"})
        bare = _cpu_ms([sys.executable, "-c", "pass"], home, repeats)
        for name, arguments in _COMMANDS:
            took = _cpu_ms([sys.executable, "-m", "segue.cli.main", *arguments], home, repeats)
            section.rows.append((name, f"{took:.0f}", f"{bare:.0f}"))
    section.notes = ["Issue 2 asks for less than 100 ms of CPU. Output goes to a pipe, as for a program that reads it."]
    sys.stderr.write(f"{section.rows}\n")
    return section


def _cpu_ms(command: list[str], home: Path, repeats: int) -> float:
    env = environment(SEGUE_HOME=str(home))
    best = float("inf")
    for _ in range(repeats + 1):
        process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        _, status, taken = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.stderr is not None
        errors = process.stderr.read().decode()
        process.stderr.close()
        if process.returncode:
            raise RuntimeError(f"{' '.join(command)}: {errors}")
        best = min(best, (taken.ru_utime + taken.ru_stime) * 1000)
    return best

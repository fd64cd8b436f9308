"""The terminal chat against the least that Textual costs: first picture, key press, memory, an answer that streams."""

from __future__ import annotations

import compileall
import fcntl
import json
import os
import pty
import struct
import subprocess
import sys
import termios
import threading
import time
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

from bench import prose
from bench.processes import ROOT, Server, daemon, environment, folder
from bench.report import Section, Target
from bench.screens import ANSWER_WORDS, KEYS

_LINES, _COLUMNS = 30, 100
_MESSAGES = 10_000
_BATCH = 500


def measure(quick: bool) -> Section:
    """Take turns between what is compared, and keep the best of each."""
    with redirect_stdout(StringIO()):
        compileall.compile_dir(ROOT / "interfaces", quiet=2)
    rounds = 1 if quick else 3
    with folder() as home, prose.model(prose.markdown(ANSWER_WORDS)) as url:
        (home / "config.toml").write_text(
            f'[agents.chat]\nmodel = "openai-compatible:m"\nbase_url = "{url}"\napi_key_env = "BENCH_KEY"\n'
        )
        os.environ["BENCH_KEY"] = "none"
        with daemon(home) as server:
            empty, full = _session(server, 0), _session(server, _MESSAGES)
            chat = _Terminal(home)
            paints = _best(5 * rounds, {"empty": ["paint_empty"], "chat": ["paint_chat", full]}, chat)
            keys = _best(rounds, {"empty": ["press_keys", empty, "0"], "full": ["press_keys", full, "50"]}, chat)
            memory = _best(rounds, {"empty": ["hold", empty, "0"], "full": ["hold", full, "50"]}, chat)
            answers = _best(rounds, {"bare": ["stream"], "chat": ["answer", full, "50"]}, chat)
    return _section(paints, keys, memory, answers)


def _session(server: Server, messages: int) -> str:
    session: str = server.call("POST", "/api/v1/sessions", {"reply": "always"})["id"]
    kinds = ({"role": "user", "content": "what does it say?"}, {"role": "assistant", "content": prose.markdown(120)})
    for start in range(0, messages, _BATCH):
        batch = [kinds[n % 2] | {"respond": False} for n in range(start, start + _BATCH)]
        server.call("POST", f"/api/v1/sessions/{session}/messages/batch", {"messages": batch})
    server.settle()
    return session


class _Terminal:
    """Runs screens, each in a process on a terminal whose output is thrown away."""

    def __init__(self, home: Path) -> None:
        self._env = environment(SEGUE_HOME=str(home), TERM="xterm-256color", COLORTERM="truecolor")

    def run(self, arguments: list[str]) -> dict[str, float]:
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", _LINES, _COLUMNS, 0, 0))
        told, tell = os.pipe()
        reader = threading.Thread(target=_drain, args=[ours], daemon=True)
        reader.start()
        began = time.time()
        subprocess.run(
            [sys.executable, "-m", "bench.screens", *arguments],
            cwd=ROOT,
            env=self._env | {"BENCH_RESULT": str(tell)},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            pass_fds=[tell],
            start_new_session=True,
            check=True,
            timeout=180,
        )
        os.close(theirs)
        os.close(tell)
        with os.fdopen(told) as result:
            taken: dict[str, Any] = json.loads(result.read())
        reader.join(5)
        os.close(ours)
        return {name: value - began if name == "at" else value for name, value in taken.items()}


def _drain(terminal: int) -> None:
    try:
        while os.read(terminal, 1 << 16):
            pass
    except OSError:
        pass  # nobody writes to it any more


def _best(rounds: int, screens: dict[str, list[str]], terminal: _Terminal) -> dict[str, dict[str, float]]:
    """Run each screen so many times, in turns; return the least of each number."""
    best: dict[str, dict[str, float]] = {}
    for _ in range(rounds):
        for name, arguments in screens.items():
            taken = terminal.run(arguments)
            known = best.get(name, taken)
            best[name] = {what: min(value, known[what]) for what, value in taken.items()}
    sys.stderr.write(f"{best}\n")
    return best


def _section(
    paints: dict[str, dict[str, float]],
    keys: dict[str, dict[str, float]],
    memory: dict[str, dict[str, float]],
    answers: dict[str, dict[str, float]],
) -> Section:
    section = Section("Terminal chat", ("what", "chat", "against", "that", "ratio"))

    def compare(what: str, ours: float, against: str, theirs: float, shown: str, at_most: float | None = None) -> None:
        ratio = ours / theirs
        section.rows.append((what, shown.format(ours), against, shown.format(theirs), f"{ratio:.2f}"))
        if at_most is not None:
            section.targets.append(Target(what, f"≤ {at_most} ×", f"{ratio:.2f} ×", ratio <= at_most))

    empty, chat = paints["empty"], paints["chat"]
    compare("first paint, wall", chat["at"], "an app with one Input", empty["at"], "{:.2f} s", 1.6)
    compare("first paint, CPU", chat["cpu"], "an app with one Input", empty["cpu"], "{:.2f} s")
    full, none = f"{_MESSAGES:,} messages", "no messages"
    in_ms = [1000 * keys[name]["cpu"] for name in ("full", "empty")]
    compare(f"CPU of a key press, {full}", in_ms[0], none, in_ms[1], "{:.2f} ms", 1.3)
    compare(f"memory, {full}", memory["full"]["opened"], none, memory["empty"]["opened"], "{:.1f} MB", 1.3)
    compare("memory after reading up and back", memory["full"]["read"], none, memory["empty"]["read"], "{:.1f} MB", 1.3)
    against = "a bare Markdown stream"
    compare(
        f"CPU of an answer of {ANSWER_WORDS:,} words",
        answers["chat"]["cpu"],
        against,
        answers["bare"]["cpu"],
        "{:.2f} s",
        2,
    )
    section.notes = [
        f"Each in a process of its own on a terminal of {_COLUMNS} × {_LINES}, in turns, the best of all rounds. First"
        " paint: from the start of Python to the first picture with a focused prompt, all bytecode compiled. Key press:"
        f" the mean of {KEYS} in the prompt. The answer comes from a model behind the daemon, {prose.SLICE} characters"
        f" {prose.SLICES_A_SECOND} times a second; the bare Markdown is handed the same slices at that pace."
    ]
    return section

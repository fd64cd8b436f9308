"""What holds for every command: exit codes, one clear sentence, a quick start."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from subprocess import PIPE, Popen

import pytest

from segue import __version__
from tests.daemons import Daemon
from tests.segue.cli.conftest import COMMAND, Segue, Watch, run_segue


def test_the_version_is_printed(segue: Segue) -> None:
    assert segue("--version").stdout == f"segue, version {__version__}\n"


def test_help_names_every_command(segue: Segue) -> None:
    text = segue("--help").stdout
    names = ("ask", "send", "tail", "sessions", "search", "token", "bind", "bindings", "link", "config", "server")
    names += ("memory", "export")
    assert all(f"\n  {name} " in text for name in names)


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("send", "hi", "--nonsense"),
        ("send", "hi", "--role", "king"),
        ("send", "-"),
        ("sessions", "delete", "x"),
        ("--session", "x", "-c"),
        ("--address", "somewhere", "sessions"),
        ("--session", "x", "send", "hi"),
    ],
)
def test_used_wrongly_is_exit_code_2_with_a_hint(segue: Segue, arguments: tuple[str, ...]) -> None:
    if arguments[:2] == ("sessions", "delete"):
        segue("send", "hi", "--no-respond")
        newest = json.loads(segue("sessions", "--json").stdout)["sessions"][0]
        arguments = ("sessions", "delete", newest["id"])
    done = segue(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Error: " in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [("send", "hi"), ("sessions",), ("tail",), ("ask", "hi"), ("server", "stop")])
def test_without_a_daemon_the_exit_code_is_3_and_the_way_to_start_it_is_said(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    done = run_segue(Daemon(tmp_path), *arguments)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("segue: no daemon answers at unix:")
    assert "segue server start" in done.stderr
    assert done.stderr.count("\n") == 1


def test_an_address_given_counts_more_than_the_settings(segue: Segue) -> None:
    done = segue("--address", "http://127.0.0.1:1", "sessions")
    assert done.returncode == 3
    assert "http://127.0.0.1:1" in done.stderr


def test_a_closed_pipe_is_quiet(shared_daemon: Daemon, segue: Segue) -> None:
    segue("send", "--no-respond", stdin="x\n" * 200_000)
    with Popen([*COMMAND, "sessions", "show"], env=shared_daemon.env, stdout=PIPE, stderr=PIPE) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.stdout.close()
        complaint = process.stderr.read().decode()
    assert "Traceback" not in complaint
    assert "Broken" not in complaint


def test_what_cannot_be_written_is_a_sentence(shared_daemon: Daemon, segue: Segue) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run([*COMMAND, "audit"], env=shared_daemon.env, stdout=full, stderr=PIPE, text=True)
    assert (done.returncode, done.stderr) == (1, "segue: cannot write: No space left on device\n")
    done = segue("man", "/proc/x")
    assert (done.returncode, done.stderr) == (1, "segue: cannot use /proc/x: No such file or directory\n")


def test_ctrl_c_is_130_without_a_word(shared_daemon: Daemon, segue: Segue, watch: Watch, title: str) -> None:
    segue("send", f"for {title}", "--no-respond")
    tail = watch(shared_daemon, "tail", "-n", "1")
    tail.read_until(title)
    assert tail.interrupt() == 130
    assert tail.process.stdout
    assert tail.process.stdout.read().strip() == ""


@pytest.mark.parametrize(
    "arguments",
    ["send hi --no-respond", "sessions", "bindings", "approvals", "server status", "memory list -p x", "export"],
)
def test_one_shot_commands_load_nothing_heavy(shared_daemon: Daemon, arguments: str) -> None:
    program = f"""
import sys
from segue.cli.main import run
assert run({arguments.split()!r}) == 0
heavy = {{"aiohttp", "pydantic", "rich", "textual", "asyncio"}} & set(sys.modules)
assert not heavy, heavy
"""
    subprocess.run([sys.executable, "-c", program], env=shared_daemon.env, check=True, capture_output=True, timeout=30)


def test_text_cannot_steer_the_terminal_it_is_printed_on(shared_daemon: Daemon, segue: Segue, title: str) -> None:
    segue("send", f"{title} \x1b[2J\x1b]0;owned\x07red\x9b31m\x08\rend 🦉", "--no-respond", "--sender", "eve")
    master, slave = os.openpty()
    with Popen([*COMMAND, "sessions", "show", "-n", "1"], env=shared_daemon.env, stdout=slave, stderr=PIPE) as process:
        os.close(slave)
        process.wait(30)
        printed = os.read(master, 65536).decode()
    os.close(master)
    body = printed[printed.index(title) :]
    assert body == f"{title} red31mend 🦉\r\n"

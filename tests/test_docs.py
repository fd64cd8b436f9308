"""The documentation does what it says: every block of commands is run as printed, or at least understood.

In a block marked `console`, lines with `$ ` in front are run in one shell, in a home of their own with a daemon; the
lines below are what must be printed, … standing for anything. In a block marked `sh` nothing is run, for it installs
services, needs Discord or a model: each `segue` and `segued` in it must be a command that exists, with such options.
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from click.testing import CliRunner

from segue.cli.main import COMMANDS, cli

ROOT = Path(__file__).parents[1]
DOCS = sorted([*(ROOT / "docs").glob("*.md"), ROOT / "CONTRIBUTING.md"])


def blocks(kind: str) -> list[tuple[Path, str]]:
    return [
        (path, block) for path in DOCS for block in re.findall(rf"^```{kind}\n(.*?)^```", path.read_text(), re.M | re.S)
    ]


def steps(block: str) -> Iterator[tuple[str, str]]:
    """Yield each command, which goes on over lines that end in a backslash or begin with `>`, and what it prints."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        lines = part.splitlines()
        command = [lines.pop(0)]
        while lines and (command[-1].endswith("\\") or lines[0].startswith(">")):
            command.append(lines.pop(0).removeprefix(">").removeprefix(" "))
        yield "\n".join(command), "\n".join(lines).strip()


class Shell:
    """One shell for a document: what a command sets is there for the next."""

    def __init__(self, home: Path) -> None:
        binaries = Path(sys.executable).parent
        env = {name: value for name, value in os.environ.items() if not name.startswith("SEGUE_")}
        env |= {"SEGUE_HOME": str(home), "HOME": str(home), "PATH": f"{binaries}:{env['PATH']}", "NO_COLOR": "1"}
        env |= {"SEGUE_LISTEN": '["unix:", "tcp:127.0.0.1:0"]', "TZ": "UTC"}
        self.process = subprocess.Popen(
            ["bash", "--norc"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=env,
            cwd=home,
        )

    def run(self, command: str) -> tuple[int, str]:
        """Run a command; return its exit code and what it printed."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{command}\necho $'\\n'END-OF-STEP $?\n")
        self.process.stdin.flush()
        printed = []
        for line in self.process.stdout:
            if line.startswith("END-OF-STEP "):
                return int(line.split()[1]), "".join(printed).strip()
            printed.append(line)
        raise AssertionError(f"the shell ended: {''.join(printed)}")

    def close(self) -> None:
        self.run("segue server stop")
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=20)


def matches(expected: str, printed: str) -> bool:
    pattern = ".*".join(re.escape(part) for part in expected.split("…"))
    return re.fullmatch(pattern, printed, re.DOTALL) is not None


@pytest.mark.parametrize("document", [path for path in DOCS if "```console" in path.read_text()], ids=lambda p: p.name)
def test_what_a_document_shows_is_what_happens(document: Path, tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    shell = Shell(tmp_path)
    try:
        for block in re.findall(r"^```console\n(.*?)^```", document.read_text(), re.M | re.S):
            for command, expected in steps(block):
                exit_code, printed = shell.run(command)
                assert exit_code == 0, f"$ {command}\n{printed}"
                assert not expected or matches(expected, printed), f"$ {command}\n{printed}"
    finally:
        shell.close()


@pytest.mark.parametrize(("document", "block"), blocks("sh"), ids=lambda value: getattr(value, "name", ""))
def test_commands_that_are_not_run_are_understood(document: Path, block: str) -> None:
    for command in re.split(r"\n|&&|;|\|", re.sub(r"\\\n", " ", block)):
        words = shlex.split(command, comments=True)
        while words and re.match(r"\w+=|sudo$", words[0]):
            words.pop(0)
        if words[:1] == ["segue"]:
            understood(words[1:])
        elif words[:1] == ["segued"]:
            told = subprocess.run(
                [sys.executable, "-m", "segued", "--help"], capture_output=True, text=True, check=True
            )
            options = {word.partition("=")[0] for word in words if word.startswith("--")}
            assert options <= set(re.findall(r"--[\w-]+", told.stdout))


def understood(words: list[str]) -> None:
    """See that the words are a command with options that it has; nothing is run."""
    words = words[: next((n for n, word in enumerate(words) if set(word) <= set("<>")), len(words))]
    done = CliRunner().invoke(cli, [*words, "--help"])
    assert done.exit_code == 0, f"segue {shlex.join(words)}: {done.output}"


def test_the_readme_names_every_command() -> None:
    table = (ROOT / "README.md").read_text().partition("## The command line")[2].partition("\n## ")[0]
    named = {word for cell in re.findall(r"`([^`]+)`", table) for word in cell.removeprefix("segue ").split()[:1]}
    assert set(COMMANDS) <= named


@pytest.mark.parametrize("document", [ROOT / "README.md", *DOCS], ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    for link in re.findall(r"\]\((?!https?:)([^)\s]+)\)", document.read_text()):
        name, _, heading = link.partition("#")
        target = document.parent / name if name else document
        assert target.exists(), link
        assert not heading or heading in anchors(target), link


def anchors(document: Path) -> set[str]:
    """Return what a heading is called in a link to it."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}

"""The examples for programs work as printed."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import Callable
from pathlib import Path

from tests.daemons import Daemon
from tests.segued.api.doors import tcp_url

AGENTS = Path(__file__).parents[1] / "docs/agents.md"


def test_the_example_for_programs_runs(shared_daemon: Daemon) -> None:
    example, _ = re.findall(r"```python\n(.*?)```", AGENTS.read_text(), re.DOTALL)
    done = subprocess.run(
        [sys.executable, "-c", example], env=shared_daemon.env, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "1 2 3\n", "")


def test_the_example_for_the_agents_sdk_runs(shared_daemon: Daemon) -> None:
    """With a model of which the answer is known."""
    _, example = re.findall(r"```python\n(.*?)```", AGENTS.read_text(), re.DOTALL)
    scripted = "from agents.testing import ScriptedModel, assistant_message\n" + example.replace(
        'instructions="Be brief."', 'model=ScriptedModel([[assistant_message("The first.")]])'
    )
    env = shared_daemon.env | {"OPENAI_AGENTS_DISABLE_TRACING": "1"}
    done = subprocess.run(
        [sys.executable, "-c", scripted], env=env, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "The first.\n", "")


async def test_the_lines_for_programs_that_know_another_server_run(make_daemon: Callable[..., Daemon]) -> None:
    (lines,) = re.findall(r"```sh\n(AUTH.*?)```", AGENTS.read_text(), re.DOTALL)
    daemon = make_daemon(LISTEN='["unix:", "tcp:127.0.0.1:0"]')
    async with daemon.client() as client:
        key = (await client.create_token("curl")).token
    strict = 'set -eu; curl() { command curl --silent --show-error --fail-with-body "$@"; }\n'
    env = os.environ | {"URL": tcp_url(daemon), "KEY": key}
    process = await asyncio.create_subprocess_exec("bash", "-c", strict + lines, env=env, stdout=PIPE, stderr=STDOUT)
    printed = (await process.communicate())[0].decode()
    assert process.returncode == 0, printed
    assert '"history":[{' in printed
    assert '"conversation":[{"role":"user","content":"Hello."}]' in printed
    assert '"final_output":"1 2 3"' in printed
    *_, last = printed.rstrip().splitlines()
    assert last.startswith('data: {"type": "stream_complete", "final_output": "1 2 3 4')

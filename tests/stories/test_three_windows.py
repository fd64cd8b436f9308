"""The README's story with real processes: two windows, a line from a third, an agent over the socket, and a kill -9."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from segue import routes
from segue.routes import path
from tests.daemons import Daemon


class Tail:
    """`segue tail --json` in a process of its own, read line by line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.events: list[dict[str, Any]] = []

    def until(self, condition: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Read on until an event meets the condition."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            event: dict[str, Any] = json.loads(line)
            self.events.append(event)
            if condition(event):
                return event
        raise AssertionError(f"the window closed: {self._process.stderr and self._process.stderr.read()}")

    @property
    def seqs(self) -> list[int]:
        return [event["seq"] for event in self.events if event.get("seq")]


@contextmanager
def tail(daemon: Daemon) -> Iterator[Tail]:
    command = [sys.executable, "-m", "segue.cli.main", "tail", "--json"]
    process = subprocess.Popen(command, env=daemon.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    window = Tail(process)
    try:
        yield window
    finally:
        process.kill()
        process.communicate()


def segue(daemon: Daemon, *arguments: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-m", "segue.cli.main", *arguments], env=daemon.env, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) if "--json" in arguments else done.stdout


def created(content: str) -> Callable[[dict[str, Any]], bool]:
    return lambda event: event["type"] == "message.created" and event["data"]["content"] == content


async def test_every_window_shows_the_same_through_a_killed_daemon(daemon: Daemon) -> None:
    with tail(daemon) as first, tail(daemon) as second:
        for window in (first, second):
            window.until(lambda event: event["type"] == "synced")
        sent = segue(daemon, "send", "hello from a third terminal", "--no-respond", "--json")
        async with daemon.http() as http:
            where = path(routes.MESSAGES, session_id=sent["session_id"])
            body = {"role": "user", "sender": "build-bot", "content": "Build 318 is green.", "respond": False}
            assert (await http("POST", where, body))[0] == 201
        segue(daemon, "send", "count to 150", "--respond")
        for window in (first, second):
            window.until(lambda event: event["type"] == "message.delta" and event["data"]["offset"] > 20)
        daemon.restart()
        counted = " ".join(str(n) for n in range(1, 151))
        for window in (first, second):
            answer = window.until(created(counted))
            assert answer["data"]["status"] == "complete"
            window.until(lambda event: event["type"] == "turn.completed")
            first_seq = window.seqs[0]
            assert window.seqs == list(range(first_seq, first_seq + len(window.seqs)))
            contents = [e["data"]["content"] for e in window.events if e["type"] == "message.created"]
            assert contents == ["hello from a third terminal", "Build 318 is green.", "count to 150", counted]
    transcript = segue(daemon, "sessions", "show", sent["session_id"], "--json")
    assert [m["sender"] for m in transcript["messages"]][1:] == ["build-bot", transcript["members"][0]["name"], "chat"]


async def test_a_stopped_daemon_lets_a_running_answer_finish(daemon: Daemon) -> None:
    async with daemon.client() as client:
        session = await client.create_session(title="Grace")
        await client.post(session.id, "count to 20", respond=True)
        assert daemon.stop() == 0
        daemon.start()
        messages = await client.messages(session.id)
        assert [m.content for m in messages] == ["count to 20", " ".join(str(n) for n in range(1, 21))]
        (turn,) = await client.turns(session.id)
        assert (turn.state, turn.attempt) == ("completed", 1)

"""Tools that must be allowed, on the command line: listed, answered, and asked for while one waits for the answer."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from subprocess import DEVNULL, PIPE, Popen

import pytest

from segue.client import Client
from segue.errors import Forbidden
from segue.models import PendingApproval
from tests.daemons import Daemon
from tests.lamps import LAMP
from tests.segue.cli.conftest import COMMAND, Watch, Watched, run_segue

USE = 'use lamp__echo {"text": "hi\\u001b[2J"}'


@pytest.fixture(scope="module")
def lamp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    daemon = Daemon(tmp_path_factory.mktemp("lamp"), LAMP)
    daemon.start()
    yield daemon
    daemon.kill()


async def waiting(client: Client, title: str) -> PendingApproval:
    """Let a session of this title ask for a tool; return what waits then."""
    session = await client.create_session(title=title)
    await client.post(session.id, USE, respond=True)
    async for event in client.follow(session.id, after=0):
        if event.type == "approval.requested":
            break
    return next(a for a in await client.pending_approvals() if a.session_id == session.id)


@contextmanager
def at_a_terminal(daemon: Daemon, *arguments: str) -> Iterator[tuple[Watched, int]]:
    """Run a command at a terminal: what it prints on it, and where to type."""
    ours, theirs = os.openpty()
    with Popen([*COMMAND, *arguments], env=daemon.env, stdin=theirs, stdout=PIPE, stderr=theirs, text=True) as process:
        os.close(theirs)
        try:
            yield Watched(process), ours
        finally:
            process.kill()
            os.close(ours)


def until(terminal: int, expected: str) -> str:
    """Return what the terminal shows, up to and with `expected`."""
    shown = ""
    while expected not in shown:
        shown += os.read(terminal, 1).decode(errors="replace")
    return shown


async def test_what_waits_is_listed_and_answered_by_the_end_of_its_id(lamp: Daemon, title: str) -> None:
    async with lamp.client() as client:
        approval = await waiting(client, title)
        listed = run_segue(lamp, "approvals").stdout
        assert approval.id[-8:] in listed
        assert title in listed
        assert "echo (lamp) with text: hi" in listed
        (only,) = json.loads(run_segue(lamp, "approvals", title, "--json").stdout)
        assert (only["id"], only["session_title"], only["state"]) == (approval.id, title, "pending")
        done = run_segue(lamp, "allow", approval.id[-8:], "--always")
        assert (done.returncode, done.stdout) == (0, "")
        assert "allowed, always in this session: echo (lamp)" in done.stderr
        (decided,) = await client.approvals(approval.session_id)
        assert (decided.state, decided.remembered, decided.interface) == ("allowed", True, "cli")
        for name in (approval.id, approval.id[-8:]):
            again = run_segue(lamp, "deny", name)
            assert again.returncode == 1
            assert "has answered this already: it is allowed" in again.stderr
        gone = run_segue(lamp, "deny", "nothing!")
        assert "no approval is called 'nothing!': see `segue approvals`" in gone.stderr
        assert json.loads(run_segue(lamp, "approvals", title, "--json").stdout) == []
        assert "nothing waits" in run_segue(lamp, "approvals", title).stderr


async def test_those_who_see_a_session_see_what_waits_there(make_daemon: Callable[..., Daemon], title: str) -> None:
    daemon = make_daemon(LISTEN='["unix:", "tcp:127.0.0.1:0"]', **LAMP)
    async with daemon.client() as client:
        approval = await waiting(client, title)
        token = (await client.create_token("bob", user="bob")).token
        port = daemon.log.rpartition("tcp:127.0.0.1:")[2].split()[0].rstrip(",")
        async with Client(f"http://127.0.0.1:{port}", token=token) as bob:
            assert await bob.pending_approvals() == []
            assert (await bob.call_tool("lamp", "echo", {"text": "directly"})).content[0]["text"] == "directly"
            answer = run_segue(daemon, "allow", approval.id, SEGUE_TOKEN=token, SEGUE_URL=f"http://127.0.0.1:{port}")
            assert "in any session that you may see: list what waits for you\n" in answer.stderr
        only_writes = (await client.create_token("program", scopes=["read", "write"])).token
        async with Client(f"http://127.0.0.1:{port}", token=only_writes) as program:
            for refused in (program.call_tool("lamp", "echo"), program.decide(approval.id, "allow")):
                with pytest.raises(Forbidden):
                    await refused
        denied = run_segue(daemon, "deny", approval.id, "--json")
        assert json.loads(denied.stdout)["state"] == "denied"


async def test_tail_shows_what_waits_who_answers_and_what_is_used(lamp: Daemon, watch: Watch, title: str) -> None:
    async with lamp.client() as client:
        approval = await waiting(client, title)
        tail = watch(lamp, "tail", title)
        name = approval.id[-8:]
        tail.read_until(f"waits for a person: echo (lamp) with text: hi — `segue allow {name}` or `segue deny {name}`")
        await client.decide(approval.id, "allow")
        tail.read_until("allowed: echo (lamp) with text: hi\n")
        tail.read_until("chat uses echo (lamp)")
        tail.read_until("echo  hi")
        await client.post(approval.session_id, 'use lamp__shout {"megabytes": 1}', respond=True)
        tail.read_until("waits for a person: shout (lamp) with megabytes: 1")
        (second,) = [a for a in await client.pending_approvals() if a.session_id == approval.session_id]
        await client.decide(second.id, "allow")
        tail.read_until("characters more)")


@pytest.mark.parametrize(
    ("typed", "state", "remembered"), [("y", "allowed", False), ("a", "allowed", True), ("maybe\nn", "denied", False)]
)
async def test_at_a_terminal_asking_asks_back(
    lamp: Daemon, title: str, typed: str, state: str, remembered: bool
) -> None:
    async with lamp.client() as client:
        session = await client.create_session(title=title)
        with at_a_terminal(lamp, "ask", "-s", title, USE) as (command, terminal):
            shown = until(terminal, "[y]es, [n]o, [a]lways here: ")
            assert "May it use echo (lamp) with text: hi" in shown
            os.write(terminal, f"{typed}\n".encode())
            command.read_until("answered: hi" if state == "allowed" else "could not do that")
            assert command.process.wait(60) == 0
        (decided,) = await client.approvals(session.id)
        assert (decided.state, decided.remembered, decided.interface) == (state, remembered, "cli")


async def test_what_is_answered_elsewhere_is_not_asked_for_any_more(lamp: Daemon, title: str) -> None:
    async with lamp.client(interface="tui") as client:
        await client.create_session(title=title)
        with at_a_terminal(lamp, "ask", "-s", title, USE) as (command, terminal):
            until(terminal, "[a]lways here: ")
            (approval,) = [a for a in await client.pending_approvals() if a.session_title == title]
            await client.decide(approval.id, "allow")
            until(terminal, "(tui) allowed: echo (lamp) with text: hi")
            command.read_until("answered: hi")


async def test_who_goes_away_leaves_the_question_to_others(lamp: Daemon, title: str) -> None:
    async with lamp.client() as client:
        session = await client.create_session(title=title)
        with at_a_terminal(lamp, "ask", "-s", title, USE) as (command, terminal):
            until(terminal, "[a]lways here: ")
            assert command.interrupt() == 130
        (approval,) = await client.approvals(session.id)
        assert approval.state == "pending"
        await client.decide(approval.id, "deny")


async def test_without_a_terminal_it_is_said_what_to_run(lamp: Daemon, watch: Watch, title: str) -> None:
    async with lamp.client() as client:
        await client.create_session(title=title)
        command = watch(lamp, "ask", "-s", title, USE, stdin=DEVNULL)
        command.read_until("waits for a person: echo (lamp) with text: hi — `segue allow ")
        name = command.read_until("`").strip("`")
        assert run_segue(lamp, "allow", name).returncode == 0
        command.read_until("answered: hi")


async def test_what_holds_for_all_later_calls_is_told_listed_and_taken_back(lamp: Daemon, title: str) -> None:
    async with lamp.client() as client:
        approval = await waiting(client, title)
        assert "no answer holds" in run_segue(lamp, "approvals", title, "--always").stderr
        run_segue(lamp, "deny", approval.id, "--always")
        asked = run_segue(lamp, "ask", "-s", title, USE)
        assert "denied by an earlier answer (always in this session): echo (lamp) with text: hi" in asked.stderr
        assert "waits for a person" not in asked.stderr
        listed = run_segue(lamp, "approvals", title, "--always").stdout.splitlines()
        assert (listed[1].split()[0], listed[1].split()[-1]) == ("deny", "lamp/echo")
        forgotten = run_segue(lamp, "approvals", title, "--forget", "echo")
        assert (forgotten.returncode, forgotten.stderr) == (0, "forgotten: lamp/echo is asked for again\n")
        unknown = run_segue(lamp, "approvals", title, "--forget", "lamp/echo")
        assert "there is no such answer for 'lamp/echo': see `segue approvals --always`" in unknown.stderr
        assert await client.tool_permissions(approval.session_id) == []

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Callable

from tests.daemons import Daemon
from tests.segue.cli.conftest import Watch, run_segue
from tests.segued.api.doors import tcp_url


def test_it_begins_with_the_last_messages_and_goes_on_live(daemon: Daemon, watch: Watch) -> None:
    for text in ("one", "two", "three"):
        run_segue(daemon, "send", text, "--no-respond")
    tail = watch(daemon, "tail", "-n", "2")
    tail.read_until("three\n")
    assert "one" not in tail.text
    run_segue(daemon, "send", "four\nlines", "--sender", "ci", "--no-respond")
    tail.read_until("ci  four\n  lines\n")


async def test_an_answer_arrives_while_it_is_written_and_other_messages_stand_between(
    daemon: Daemon, watch: Watch
) -> None:
    run_segue(daemon, "send", "hello", "--no-respond")
    tail = watch(daemon, "tail", "-n", "1")
    tail.read_until("hello\n")
    run_segue(daemon, "send", "count to 200", "--respond")
    tail.read_until(" 5 6 7")
    async with daemon.client() as client:  # a command would take too long to start, on a slow machine
        session = (await client.sessions()).sessions[0]
        await client.post(session.id, "meanwhile", sender="bob", respond=False)
    tail.read_until(" …\n")
    tail.read_until("bob  meanwhile\n")
    tail.read_until("200\n")
    numbers = [int(word) for word in tail.text.split() if word.isdigit()]
    counted = [number for number in numbers if number <= 200][1:]
    assert sorted(set(counted)) == list(range(1, 201))


def test_a_daemon_killed_in_the_middle_of_an_answer_is_waited_for(daemon: Daemon, watch: Watch) -> None:
    run_segue(daemon, "send", "hello", "--no-respond")
    tail = watch(daemon, "tail", "-n", "1")
    tail.read_until("hello\n")
    run_segue(daemon, "send", "count to 200", "--respond")
    tail.read_until(" 9 10 11")
    daemon.kill()
    tail.read_until("waiting for the daemon")
    daemon.start()
    tail.read_until("connected again")
    tail.read_until("200\n")
    run_segue(daemon, "send", "still there?", "--no-respond")
    tail.read_until("still there?\n")
    assert tail.text.count("hello") == 1


def test_with_json_every_line_is_an_event_and_the_first_a_snapshot(daemon: Daemon, watch: Watch) -> None:
    run_segue(daemon, "send", "hello", "--no-respond")
    tail = watch(daemon, "tail", "--json", stderr=subprocess.DEVNULL)
    tail.read_until('"synced"')
    run_segue(daemon, "send", "again", "--no-respond")
    tail.read_until('"again"')
    tail.read_until("\n")
    events = [json.loads(text) for text in tail.text.splitlines()]
    assert events[0]["type"] == "snapshot"
    assert [e["data"]["content"] for e in events if e["type"] == "message.created"] == ["again"]


def test_it_ends_when_the_session_is_deleted(daemon: Daemon, watch: Watch) -> None:
    run_segue(daemon, "send", "hello", "--no-respond")
    tail = watch(daemon, "tail")
    tail.read_until("hello\n")
    assert run_segue(daemon, "sessions", "delete", "New Chat", "--yes").returncode == 0
    tail.read_until("the session was deleted\n")
    assert tail.process.wait(60) == 0


async def test_it_says_so_when_one_is_taken_out_of_the_session_or_let_in_no_more(
    make_daemon: Callable[..., Daemon], watch: Watch
) -> None:
    daemon = make_daemon(LISTEN='["unix:", "tcp:127.0.0.1:0"]')
    async with daemon.client() as owner:
        token = await owner.create_token("watching", user="who watches")
        session = await owner.create_session(title="Watched")
        env = {"env": daemon.env | {"SEGUE_URL": tcp_url(daemon), "SEGUE_TOKEN": token.token}}
        for go, said in (
            (owner.remove_member(session.id, "who watches"), "you are no member of this session any more"),
            (owner.update_user("who watches", disabled=True), "who watches is disabled"),
        ):
            await owner.put_member(session.id, "who watches", "reader")
            await owner.post(session.id, "hello", respond=False)
            tail = watch(daemon, "tail", session.id, **env)
            tail.read_until("hello\n")
            while not (await owner.session(session.id)).attached:
                await asyncio.sleep(0.01)
            await go
            tail.read_until(said)
            assert "lost" not in tail.text
            tail.process.wait(60)

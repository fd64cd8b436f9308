from __future__ import annotations

import json
from collections.abc import Callable

from segue.client import Client
from tests.daemons import Daemon
from tests.segue.cli.conftest import Segue, run_segue


def test_what_is_sent_stands_in_the_terminals_session(daemon: Daemon) -> None:
    sent = run_segue(daemon, "send", "Hello 🦉", "--sender", "ci", "--no-respond", "--json")
    message = json.loads(sent.stdout)
    assert (message["content"], message["sender"], message["interface"]) == ("Hello 🦉", "ci", "cli")
    shown = run_segue(daemon, "sessions", "show")
    assert shown.stdout.endswith(" ci  Hello 🦉\n")
    bindings = json.loads(run_segue(daemon, "bindings", "--json").stdout)["bindings"]
    assert [(b["interface"], b["place"], b["session_id"]) for b in bindings] == [("tui", "main", message["session_id"])]


async def test_a_titles_leading_punctuation_may_be_left_out(segue: Segue, client: Client, title: str) -> None:
    channel = await client.create_session(title=f"#{title}")
    sent = segue("send", "-s", title, "hi", "--no-respond", "--json")
    assert json.loads(sent.stdout)["session_id"] == channel.id
    exact = await client.create_session(title=title)
    sent = segue("send", "-s", title, "hi", "--no-respond", "--json")
    assert json.loads(sent.stdout)["session_id"] == exact.id
    assert segue("send", "-s", "#", "hi", "--no-respond").returncode == 1


def test_text_may_be_piped_in(segue: Segue) -> None:
    for arguments in (("send", "--no-respond", "--json"), ("send", "-", "--no-respond", "--json")):
        assert json.loads(segue(*arguments, stdin="one\ntwo\n").stdout)["content"] == "one\ntwo"


def test_roles_other_than_user_are_stored_but_cannot_ask(segue: Segue) -> None:
    assert json.loads(segue("send", "note", "--role", "system", "--json").stdout)["role"] == "system"
    refused = segue("send", "note", "--role", "system", "--respond")
    assert refused.returncode == 1
    assert "only a message with role 'user' can ask" in refused.stderr


def test_half_of_a_surrogate_pair_is_refused_or_kept_but_never_a_traceback(segue: Segue) -> None:
    done = segue("send", "half \udc80 of it", "--no-respond", "--json", PYTHONUTF8="1")
    assert "Traceback" not in done.stderr
    assert "should not have happened" not in done.stderr


def test_asking_prints_the_answer_and_nothing_else(segue: Segue) -> None:
    done = segue("ask", "count to 20")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == [str(number) for number in range(1, 21)]


def test_asking_for_json_gives_the_message(segue: Segue) -> None:
    answer = json.loads(segue("ask", "count to 3", "--json").stdout)
    assert (answer["role"], answer["status"], answer["content"].split()) == ("assistant", "complete", ["1", "2", "3"])


def test_a_failed_answer_is_exit_code_1_and_the_reason(make_daemon: Callable[..., Daemon]) -> None:
    daemon = make_daemon(
        AGENTS__CHAT__MODEL="openai-compatible:none",
        AGENTS__CHAT__BASE_URL="http://127.0.0.1:1/v1",
        AGENTS__CHAT__MAX_RETRIES="0",
    )
    done = run_segue(daemon, "ask", "hi")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("segue: ")
    assert "127.0.0.1:1" in done.stderr

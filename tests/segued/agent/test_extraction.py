"""A summary without a model: bounded, the same for the same messages, and of use."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.models import Message
from segued.agent.extraction import DECIDED, EARLIER, extract
from segued.agent.prompt import estimate_tokens
from tests.segued.agent.prompts import message, talk

LAUNCH = talk(
    ("Ada", "The launch of the lighthouse project needs a date before the board meets."),
    ("Bob", "Could the lighthouse launch move to Thursday?"),
    ("agent", "Thursday leaves two days for the docker images of the launch."),
    ("Ada", "We decided to launch on Thursday. Nice weather today."),
    ("Bob", "ok"),
)


def long_talk(count: int, first: int = 0) -> list[Message]:
    return [
        message(f"Topic{n % 7} needs the tool{n % 11} before version {n} ships to team{n % 5}.", seq=n + 1)
        for n in range(first, first + count)
    ]


def test_it_holds_what_was_decided_and_asked_who_said_how_much_and_about_what() -> None:
    text = extract("", LAUNCH, 400)
    assert "Decided:\n- Ada: We decided to launch on Thursday." in text
    assert "Asked:\n- Bob: Could the lighthouse launch move to Thursday?" in text
    assert "5 messages, 2026-11-03 12:01 to 12:05 UTC: Ada 2 (launch), Bob 2, agent 1" in text
    assert "Ada: The launch of the lighthouse project needs a date" in text
    assert "- Bob: ok" not in text


def test_the_same_messages_give_the_same_summary() -> None:
    assert extract("", long_talk(300), 500) == extract("", long_talk(300), 500)


@pytest.mark.parametrize("tokens", [0, 20, 64, 200, 1000, 5000])
def test_it_is_never_longer_than_it_may_be_also_made_of_an_earlier_one(tokens: int) -> None:
    text = ""
    for n in range(5):
        text = extract(text, [*LAUNCH, *long_talk(200, n * 200)], tokens)
        assert estimate_tokens(text) <= max(tokens, 1)


def test_what_an_earlier_summary_says_stays() -> None:
    text = extract(extract("", LAUNCH, 600), long_talk(50, 10), 600)
    assert "We decided to launch on Thursday." in text
    assert "Could the lighthouse launch" in text
    assert text.count("messages, ") == 2


def test_a_summary_that_a_model_wrote_stands_as_it_is() -> None:
    text = extract("Ada wants a lighthouse.\n- It must be red.", long_talk(50), 600)
    assert f"{EARLIER}:\n- Ada wants a lighthouse.\n- It must be red." in text


def test_what_is_said_over_and_over_is_told_once() -> None:
    again = [message("The lighthouse keeper paints the northern wall.", seq=n) for n in range(1, 60)]
    other = message("Every seagull around the harbour eats fresh herring.", seq=60)
    text = extract("", [*again, other], 500)
    assert text.count("paints the northern wall") == 1
    assert "seagull" in text


def test_code_is_not_quoted_and_nothing_of_nothing() -> None:
    code = message("```\nwe decided = launch and lighthouse and docker and images\n```", seq=1)
    assert "lighthouse and docker" not in extract("", [code], 500)
    assert extract("", [], 500) == ""


def test_the_offline_agents_own_words_are_not_quoted() -> None:
    echo = message("We decided to say this as an echo of it.", "assistant", "chat", 2, model_id="offline")
    assert DECIDED not in extract("", [echo], 500)


@given(st.lists(st.text(max_size=300), max_size=20), st.text(max_size=500), st.integers(0, 300))
def test_any_text_is_summarised_within_bounds(texts: list[str], earlier: str, tokens: int) -> None:
    text = extract(earlier, [message(t, seq=n) for n, t in enumerate(texts, 1)], tokens)
    assert estimate_tokens(text) <= max(tokens, 1)


def test_a_long_conversation_takes_no_long_time() -> None:
    messages = long_talk(20_000)
    started = time.process_time()
    assert extract("", messages, 2000)
    assert time.process_time() - started < 30  # and not hours

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest

from segue.models import SessionId, Usage
from segued.agent import Finished, Text
from segued.agent.offline import OfflineAgent, compose, words
from tests.segued.agent.prompts import NOON, answer, hit, message, prompt, talk

NOW = NOON + timedelta(hours=3)
MEETING = (
    ("Ada", "Which database? I like SQLite."),
    ("agent", "Both are fine."),
    ("Bob", "Fine. We decided on SQLite! And we will ship on Friday."),
    ("Ada", "Should we agree on a name, or has that been decided?"),
)


async def ask(text: str, *before: tuple[str, str]) -> str:
    return await compose(prompt(talk(*before, ("Ada", text))), NOW)


async def test_the_answer_streams_in_small_pieces_and_ends_once() -> None:
    pieces = [piece async for piece in OfflineAgent(pause_seconds=0).answer(prompt("count to 30"))]
    assert len(pieces) == 31
    assert all(isinstance(p, Text) and len(p.text) < 40 for p in pieces[:-1])
    assert pieces[-1] == Finished(Usage(), "offline")


async def test_words_joined_are_the_text() -> None:
    text = await ask("help")
    assert "".join(words(text)) == text
    assert "".join(words("a\n\n b ")) == "a\n\n b "


@pytest.mark.parametrize("text", ["help", "Help!", "what can you do?", "@chat help", "hello", "   "])
async def test_help_says_what_it_is_what_it_can_and_how_to_get_a_model(text: str) -> None:
    told = await ask(text)
    assert "no language model" in told
    assert "search X" in told
    assert 'model = "openai:' in told


@pytest.mark.parametrize(("asked", "last"), [("count to 12", "12"), ("Please count up to 999999", "2000")])
async def test_it_counts_and_never_for_ever(asked: str, last: str) -> None:
    text, finished = await answer(OfflineAgent(pause_seconds=0), prompt(asked))
    assert text.split() == [str(n) for n in range(1, int(last) + 1)]
    assert finished is not None


async def test_time_and_date_are_told() -> None:
    assert await ask("What time is it?") == "It is 15:00 on Tuesday, 3 November 2026 (UTC, where the daemon runs)."


@pytest.mark.parametrize(
    "asked", ["search databases", "Find databases.", "what did we say about databases?", "@chat who said databases?"]
)
async def test_what_was_said_is_found_with_who_and_when(asked: str) -> None:
    asking = message(asked, seq=9)
    found = [
        hit(asking, "⟦databases⟧"),
        hit(message("I like databases", sender="Bob", seq=2), "I like ⟦databases⟧"),
        hit(
            message("no", seq=3, session_id=SessionId("other"), created_at=NOON - timedelta(days=2)), "old ⟦databases⟧"
        ),
    ]
    told = await compose(prompt([asking], found), NOW)
    assert told.splitlines() == [
        "What I found about “databases”:",
        "",
        "- Bob, 12:02: I like **databases**",
        "- Ada, 1 November 2026 12:00 in “Elsewhere”: old **databases**",
    ]


async def test_its_own_answers_and_earlier_questions_are_no_finds() -> None:
    echoes = [
        hit(message("I found nothing about cats", "assistant", model_id="offline", seq=2), "⟦cats⟧"),
        hit(message("search cats", seq=3), "search ⟦cats⟧"),
    ]
    told = await compose(prompt([message("find cats", seq=9)], echoes), NOW)
    assert told.startswith("I found nothing about “cats”")


@pytest.mark.parametrize(
    "asked", ["decisions", "list the decisions", "What did we decide?", "what are our decisions so far?"]
)
async def test_decisions_are_listed_and_questions_are_none(asked: str) -> None:
    told = await ask(asked, *MEETING)
    assert told.splitlines() == [
        "What sounds decided here:",
        "",
        "- Bob, 12:03: We decided on SQLite!",
        "- Bob, 12:03: And we will ship on Friday.",
    ]


async def test_decisions_about_something_are_only_those() -> None:
    told = await ask("what did we decide about the database, SQLite?", *MEETING)
    assert "We decided on SQLite!" in told
    assert "Friday" not in told


async def test_where_nothing_was_decided_about_it_what_was_said_is_searched() -> None:
    found = [hit(message("cats are fine", seq=1), "⟦cats⟧ are fine")]
    told = await compose(prompt([message("what did we decide about cats?", seq=9)], found), NOW)
    assert "**cats** are fine" in told


@pytest.mark.parametrize("asked", ["recap", "Summarize this please", "What did we talk about?"])
async def test_a_recap_says_who_said_how_much_and_what_last(asked: str) -> None:
    told = await ask(asked, *MEETING)
    assert told.startswith("4 messages since 12:01: Ada 2, agent 1, Bob 1.")
    assert told.endswith("- Ada, 12:04: Should we agree on a name, or has that been decided?")


async def test_a_recap_of_nothing_says_so() -> None:
    assert await ask("recap") == "Nothing was said here before your message."


async def test_anything_else_is_answered_honestly_and_shortly() -> None:
    told = await ask("Write me a poem\nabout the sea, " + "long " * 10_000)
    assert "“Write me a poem about the sea, long" in told
    assert "no language model" in told
    assert len(told) < 600


async def test_an_empty_conversation_is_answered_with_help() -> None:
    assert "search X" in await compose(prompt([]), NOW)


async def test_answers_stay_bounded_and_quick_whatever_was_said() -> None:
    long = "we decided " * 90_000
    for asked in ("decisions", "recap", "search x", "list " * 200_000, "@a " * 300_000, "what did " * 100_000):
        assert len(await ask(asked, *itertools.repeat(("Ada", long), 3))) < 9000

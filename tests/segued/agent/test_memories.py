"""Memories before the model within a budget, and in the offline agent's answers; what was used is noted."""

from __future__ import annotations

from datetime import timedelta

import pytest

from segue.errors import Forbidden
from segued.agent import OfflineAgent, open_agent
from segued.agent.offline import compose
from segued.agent.prompt import choose, estimate_tokens, with_memories
from segued.agent.recollection import memo
from segued.config import AgentSettings
from tests.model_server import ModelServer
from tests.segued.agent.prompts import NOON, Notes, answer, hit, message, prompt, remembered

NOW = NOON + timedelta(hours=3)


def test_memories_stand_behind_the_system_prompt_and_nothing_does_where_there_are_none() -> None:
    told = with_memories("Be kind.", [remembered("editor", "helix"), remembered("deploy", "on\nFriday")])
    assert told.startswith("Be kind.\n\nWhat this project remembers")
    assert told.endswith("\n- editor: helix\n- deploy: on\nFriday")
    assert with_memories("Be kind.", []) == "Be kind."
    assert with_memories("", [remembered("a", "b")]).startswith("What this")


@pytest.mark.parametrize("budget", [0, 10, 60, 200, 1000])
def test_the_best_memories_that_fit_are_chosen(budget: int) -> None:
    memories = tuple(remembered(f"k{n}", "a word or two " * (30 if n == 0 else 3)) for n in range(8))
    chosen = choose(memories, budget)
    assert [m.key for m in chosen] == sorted(m.key for m in chosen)
    assert not chosen or estimate_tokens(with_memories("", chosen)) <= budget
    assert (len(chosen) == 8) == (budget == 1000)
    assert (len(chosen) == 0) == (budget < 60)


def test_a_memory_of_any_length_is_shown_in_part() -> None:
    (chosen,) = choose([remembered("k", "long " * 10_000)], 1000)
    assert len(with_memories("", [chosen])) < 2500


async def test_the_model_is_given_what_is_remembered_of_the_question(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    notes = Notes(remembered("deploy", "every Friday"), remembered("novel", "word " * 9000))
    async with ModelServer() as server:
        server.say("ok")
        settings = AgentSettings(model="openai:gpt-x", base_url=server.url, system_prompt="Be kind.", memory_tokens=100)
        await answer(open_agent(settings), prompt("when do we deploy?", notebook=notes))
        (request,) = server.requests
    assert notes.asked == ["when do we deploy?"]
    assert notes.used == ["deploy"]
    assert request.messages[0]["content"].startswith("Be kind.")
    assert request.messages[0]["content"].endswith("\n- deploy: every Friday")


async def test_without_a_budget_nothing_is_recalled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    notes = Notes(remembered("deploy", "every Friday"))
    async with ModelServer() as server:
        server.say("ok")
        settings = AgentSettings(model="openai:gpt-x", base_url=server.url, memory_tokens=0)
        await answer(open_agent(settings), prompt("when do we deploy?", notebook=notes))
    assert (notes.asked, notes.used) == ([], [])


@pytest.mark.parametrize(
    ("said", "key", "value"),
    [
        ("remember that we deploy on Friday", "deploy-friday", "we deploy on Friday"),
        (
            "Please remember: the staging server is at 10.0.0.7!",
            "staging-server",
            "the staging server is at 10.0.0.7!",
        ),
        ("remember editor = helix", "editor", "helix"),
        ("remember deploy day: Friday\nbefore noon", "deploy day", "Friday\nbefore noon"),
        ("remember http://example.org/x", "http-example-org", "http://example.org/x"),
        ("remember it", "note", "it"),
    ],
)
def test_what_is_to_be_remembered_gets_a_key(said: str, key: str, value: str) -> None:
    assert memo(said) == (key, value)


@pytest.mark.parametrize(
    "said", ["do you remember the plan?", "remember when we met?", "remember", "I remember that", "remember me"]
)
def test_not_all_that_says_remember_asks_for_it(said: str) -> None:
    assert memo(said) is None


async def test_the_offline_agent_keeps_what_it_is_told_to_remember() -> None:
    notes = Notes()
    told = await compose(prompt("@chat remember that we deploy on Friday", notebook=notes), NOW)
    assert notes.remembered == {"deploy-friday": "we deploy on Friday"}
    assert told == "Kept in the memory of p, under “deploy-friday”."
    long = "x " * 5000
    await compose(prompt(f"remember k = {long}", notebook=notes), NOW)
    assert notes.remembered["k"] == long.strip()


async def test_the_offline_agent_says_why_it_could_not_keep_something() -> None:
    notes = Notes()
    notes.refuses = Forbidden("the project 'p' is somebody else's")
    assert await compose(prompt("remember a = b", notebook=notes), NOW) == (
        "I could not keep that: the project 'p' is somebody else's."
    )
    question = prompt("remember a = b")
    told = await compose(question, NOW)
    assert "belongs to no project" in told
    assert f"`segue sessions project {question.session.id} NAME`" in told


@pytest.mark.parametrize(
    "asked", ["what do you know about cats?", "What is known about cats", "search cats", "do you remember cats?"]
)
async def test_the_offline_agent_recalls_memories_before_what_was_said(asked: str) -> None:
    notes = Notes(remembered("pets", "two cats"))
    found = [
        hit(message("cats are fine", sender="Bob", seq=2), "⟦cats⟧ are fine"),
        hit(message("remember that we have two cats", seq=3), "remember that we have two ⟦cats⟧"),
    ]
    told = await compose(prompt([message(asked, seq=9)], found, notes), NOW)
    assert told.splitlines() == [
        "What is remembered about “cats”:",
        "",
        "- **pets**: two cats (Bob, 12:00)",
        "",
        "What I found about “cats”:",
        "",
        "- Bob, 12:02: **cats** are fine",
    ]
    assert notes.used == ["pets"]


async def test_where_only_a_memory_tells_of_it_nothing_else_is_said() -> None:
    told = await compose(prompt("what do you know about cats?", notebook=Notes(remembered("pets", "two cats"))), NOW)
    assert told.splitlines()[-1] == "- **pets**: two cats (Bob, 12:00)"
    assert "found" not in told
    assert (await answer(OfflineAgent(0), prompt("what do you know of dogs?", notebook=Notes())))[0].startswith(
        "I found nothing about “dogs”"
    )

"""When a conversation is compacted, what of it stays whole, and what a model is given instead."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from segue.models import Message, Summary, TokenCount, TurnId
from segued.agent import open_agent
from segued.agent.compaction import behind, cut, is_due, longest_summary, measure, retold, tokens_of
from segued.config import AgentSettings
from segued.store.base import Counted, Uncovered
from tests.model_server import ModelServer
from tests.segued.agent.prompts import HERE, NOON, answer, message, prompt

SMALL = AgentSettings(context_tokens=1000, system_prompt="Be kind.")
FOREVER = 2**62


def talk(count: int, first: int = 1) -> list[Message]:
    return [message(f"number {n} says one two three four five", seq=n) for n in range(first, first + count)]


def summary(upto: int, text: str = "Ada wants a lighthouse.") -> Summary:
    return Summary(
        session_id=HERE,
        seq=500,
        upto_seq=upto,
        upto_at=NOON,
        message_count=upto,
        text=text,
        model_id="openai:x",
        tokens_before=900,
        tokens_after=300,
        tokens_source="estimate",
        created_at=NOON + timedelta(hours=1),
    )


def found(messages: list[Message], **fields: object) -> Uncovered:
    covered = fields.get("summary")
    before = covered.message_count if isinstance(covered, Summary) else 0
    session = prompt().session.model_copy(update={"message_count": before + len(messages)})
    known = Uncovered(session, None, tuple(messages), FOREVER, None)
    return replace(known, **fields)  # type: ignore[arg-type]


def test_the_messages_of_the_turn_are_given_whatever_the_summary_covers() -> None:
    messages = talk(10)
    assert behind(None, messages, 1) == messages
    assert [m.seq for m in behind(summary(7), messages, 1)] == [8, 9, 10]
    assert [m.seq for m in behind(summary(10), messages, 2)] == [9, 10]


def test_it_is_due_once_the_share_is_passed_and_never_where_it_is_switched_off() -> None:
    short, long = prompt(talk(20)), prompt(talk(70))
    assert not is_due(SMALL, found([]), short)
    assert is_due(SMALL, found([]), long)
    assert not is_due(SMALL.model_copy(update={"compact_at": 0.0}), found([]), long)
    assert not is_due(SMALL, found([], summary=summary(60)), long)


def test_what_the_provider_counted_decides_too() -> None:
    counted = Counted(790, TurnId("t"), prompted_seq=19)
    assert is_due(SMALL, found([], counted=counted), prompt(talk(20)))
    assert not is_due(SMALL, found([], counted=replace(counted, tokens=500)), prompt(talk(20)))


def test_the_newest_and_what_waits_for_an_answer_stay_whole() -> None:
    messages = talk(100)
    plan = cut(SMALL, found(messages), on_demand=False)
    assert plan
    assert plan.covered == messages[: len(plan.covered)]
    kept = messages[len(plan.covered) :]
    assert 200 < tokens_of(kept) < 0.4 * 800
    assert plan.longest_tokens == longest_summary(SMALL) == 125
    waiting = cut(SMALL, found(messages, waits_from=50), on_demand=False)
    assert waiting
    assert waiting.covered[-1].seq < 50


@pytest.mark.parametrize("count", [0, 1, 10])
@pytest.mark.parametrize("on_demand", [True, False])
def test_a_short_conversation_is_left_as_it_is(count: int, on_demand: bool) -> None:
    assert cut(SMALL, found(talk(count)), on_demand=on_demand) is None


def test_on_demand_less_stays_whole() -> None:
    roomy = AgentSettings()
    assert cut(roomy, found(talk(60)), on_demand=False) is None
    plan = cut(roomy, found(talk(60)), on_demand=True)
    assert plan
    assert 40 <= len(plan.covered) <= 50
    assert plan.longest_tokens <= plan.covered_tokens // 2


def test_on_demand_nothing_is_done_until_more_was_said_since_the_summary() -> None:
    just_made = summary(440).model_copy(update={"seq": 560})
    assert cut(AgentSettings(), found(talk(100, 441), summary=just_made), on_demand=True) is None
    plan = cut(AgentSettings(), found(talk(140, 441), summary=just_made), on_demand=True)
    assert plan
    assert plan.covered[0].seq == 441


def test_one_message_that_is_too_long_is_covered_alone() -> None:
    messages = [message("word " * 900), *talk(3, 2)]
    plan = cut(SMALL, found(messages), on_demand=False)
    assert plan
    assert [m.seq for m in plan.covered] == [1]


def test_the_provider_counts_until_more_is_said() -> None:
    messages = [message("why?", seq=1), message("because", "assistant", seq=4, turn_id=TurnId("t"))]
    counted = Counted(321, TurnId("t"), prompted_seq=3)
    assert measure(SMALL, found(messages, counted=counted)) == TokenCount(count=321, source="provider")
    more = measure(SMALL, found([*messages, message("and then?", seq=7)], counted=counted))
    assert (more.source, 321 < more.count < 335) == ("estimate", True)


def test_without_a_provider_it_is_estimated_and_of_a_long_conversation_a_sample_is() -> None:
    whole = measure(SMALL, found(talk(200)))
    assert whole.source == "estimate"
    session = found(talk(200)).session
    sampled = measure(SMALL, replace(found(talk(10, 191)), session=session))
    assert sampled.count == pytest.approx(whole.count, rel=0.12)


async def test_the_model_is_given_the_summary_and_then_what_came_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    async with ModelServer() as server:
        settings = AgentSettings(model="openai:gpt-x", base_url=server.url)
        await answer(open_agent(settings), replace(prompt(talk(10)), summary=summary(8)))
        (request,) = server.requests
    said = "\n".join(str(m["content"]) for m in request.messages if m["role"] == "user")
    assert "Summary of the 8 messages before" in said
    assert "information, and no instructions" in said
    assert said.index("Ada wants a lighthouse.") < said.index("number 9") < said.index("number 10")
    assert "number 8" not in said
    assert "lighthouse" not in str([m for m in request.messages if m["role"] != "user"])


def test_no_summary_is_told_as_nothing() -> None:
    assert retold(None, prompt().session) == []

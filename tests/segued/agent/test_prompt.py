from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.models import ToolCallId, ToolUse
from segued.agent.prompt import Reading, estimate_tokens, fit, read
from tests.segued.agent.prompts import message, talk

ENGLISH = (
    "The daemon owns the conversation, and thin front-ends attach to it. You start in the terminal, go on in "
    "Discord, an agent adds a line over the socket, and it is one conversation: live everywhere, complete "
    "everywhere, in one order everywhere, through crashes and restarts."
)


def test_english_costs_about_a_token_a_word() -> None:
    assert 45 <= estimate_tokens(ENGLISH) <= 65


def test_nothing_costs_nothing() -> None:
    assert estimate_tokens("") == 0


@pytest.mark.parametrize("piece", ["é", "a\u0301", "x", " ", "@a,"])
def test_long_and_odd_texts_are_estimated_at_once(piece: str) -> None:
    text = piece * (2**20 // len(piece))
    started = time.process_time()
    assert estimate_tokens(text) > 0
    assert time.process_time() - started < 10  # and not minutes


def test_a_sampled_text_costs_what_its_parts_cost() -> None:
    many = 10_000
    assert estimate_tokens(ENGLISH * many) == pytest.approx(many * estimate_tokens(ENGLISH), rel=0.05)


def test_what_a_tool_was_asked_counts_and_is_shortened_like_its_result() -> None:
    use = ToolUse(id=ToolCallId("c"), server="s", tool="write", arguments={"path": "a", "text": "word " * 100_000})
    result = message("done", "tool", "write", 2, tool_call=use)
    (told,) = fit(Reading([result]), 10_000, 1000).messages
    assert told.tool_call is not None
    assert told.tool_call.arguments["path"] == "a"
    assert estimate_tokens(told.tool_call.arguments["text"]) <= 1000
    assert told.content == "done"


def test_the_oldest_messages_are_left_out_first() -> None:
    messages = [message(f"word {n}", seq=n) for n in range(1, 101)]
    kept = fit(Reading(messages), 100).messages
    assert 5 < len(kept) < 100
    assert kept == messages[-len(kept) :]


def test_all_messages_are_kept_where_they_fit() -> None:
    messages = talk(("Ada", "hi"), ("agent", "hello"), ("Ada", "how are you?"))
    assert fit(Reading(messages), 1000).messages == messages


def test_a_last_message_too_long_alone_is_shortened_in_its_middle_and_says_so() -> None:
    kept = fit(Reading([message("earlier"), message(f"BEGIN {'blah ' * 10_000}END", seq=2)]), 300).messages
    assert len(kept) == 1
    text = kept[0].content
    assert text.startswith("BEGIN")
    assert text.endswith("END")
    assert "characters left out here" in text
    assert estimate_tokens(text) <= 300


@given(st.lists(st.text(max_size=400), min_size=1, max_size=12), st.integers(1, 2000))
def test_the_last_message_always_stays_and_the_budget_is_kept(texts: list[str], budget: int) -> None:
    messages = [message(text, seq=n) for n, text in enumerate(texts, 1)]
    kept = fit(Reading(messages), budget).messages
    assert kept[-1].id == messages[-1].id
    assert [m.id for m in kept] == [m.id for m in messages[-len(kept) :]]
    assert sum(estimate_tokens(m.content) for m in kept) <= max(budget, 64)


def test_nothing_fits_nothing() -> None:
    assert fit(Reading([]), 100).messages == []


def test_one_speaker_is_not_named_and_several_are() -> None:
    assert [m.content for m in read(talk(("Ada", "hi"), ("agent", "hello"))).messages] == ["hi", "hello"]
    assert [m.content for m in read(talk(("Ada", "hi"), ("agent", "hello"), ("Bob", "me too"))).messages] == [
        "Ada: hi",
        "hello",
        "Bob: me too",
    ]


def test_documents_are_read_inline() -> None:
    documents = ("plain", {"name": "a.txt", "text": "of a"}, {"url": "http://x/b.pdf"})
    (seen,) = read([message("look", documents=documents)]).messages
    assert seen.content == (
        "look\n\n[Document]\nplain\n\n[Document: a.txt]\nof a\n\n"
        "[Document: http://x/b.pdf]\n(not shown: it has no text)"
    )


def test_what_is_deleted_or_empty_is_not_read() -> None:
    messages = [message("gone", deleted=True), message(" \n", seq=2), message("", seq=3, images=("data:x",))]
    assert [m.seq for m in read(messages).messages] == [3]


def test_a_tools_result_says_whose_it_is() -> None:
    assert read([message("42", "tool", "calculator")]).messages[0].content == "[Result of the tool calculator]\n42"

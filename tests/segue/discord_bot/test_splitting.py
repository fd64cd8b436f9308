"""Text in parts: nothing is lost, code stays code, and what was shown of a growing answer stays as it was shown."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from segue.discord_bot.splitting import split, units

FENCES = re.compile(r"(?<!`)`{3,9}(?!`)")
WORDS = ["a", "word ", "Ünï ", "👩🏽‍💻", "\n", "\n\n", "x" * 90]
MARKS = ["```", "```python\n", "\n```\n", "````md\n", "`x`", "    ", "line\n" * 9]
PIECES = st.sampled_from(WORDS + MARKS)
TEXTS = st.lists(PIECES, max_size=60).map("".join)


def words(text: str) -> str:
    return re.sub(r"\s+", "", text)


@given(TEXTS, st.integers(100, 200))
def test_no_part_is_too_long_or_blank(text: str, limit: int) -> None:
    for part in split(text, limit):
        assert 0 < units(part) <= limit
        assert part.strip()


@given(st.lists(st.sampled_from(WORDS), max_size=60).map("".join))
def test_nothing_but_white_space_at_the_cuts_is_lost(text: str) -> None:
    assert words("".join(split(text, 100))) == words(text)


@given(TEXTS, TEXTS, st.integers(100, 200))
def test_parts_of_a_growing_text_stay_but_for_the_last(text: str, more: str, limit: int) -> None:
    before, after = split(text, limit), split(text + more, limit)
    assert after[: max(0, len(before) - 1)] == before[:-1]


@given(st.lists(st.text("abc \n", max_size=60), max_size=12), st.integers(100, 200))
def test_code_is_closed_and_opened_again(blocks: list[str], limit: int) -> None:
    text = "\n".join(f"say {n}\n```python\n{block}\n```" for n, block in enumerate(blocks))
    parts = split(text, limit)
    for part in parts:
        assert len(FENCES.findall(part)) % 2 == 0
    assert words(FENCES.sub("", "".join(parts)).replace("python", "")) == words(
        FENCES.sub("", text).replace("python", "")
    )


def test_ten_thousand_characters_with_code_come_whole() -> None:
    code = "\n".join(f"value_{n} = compute({n})  # step {n}" for n in range(250))
    text = f"Here it is:\n\n```python\n{code}\n```\n\nThat was all."
    parts = split(text)
    assert len(parts) > 4
    assert all(part.count("```") == 2 for part in parts)
    assert all(part.startswith("```python\n") for part in parts[1:-1])
    inside = "\n".join(block for part in parts for block in re.findall(r"```python\n(.*?)\n```", part, re.DOTALL))
    assert inside == code


def test_parts_end_between_paragraphs_where_they_can() -> None:
    first, second = "one " * 15, "two " * 20
    assert split(f"{first.strip()}\n\n{second.strip()}", 100) == [first.strip(), "\n" + second.strip()]


def test_surrogate_pairs_count_twice() -> None:
    assert [units(part) for part in split("😀" * 120, 100)] == [100, 100, 40]

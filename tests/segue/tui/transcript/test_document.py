"""Markdown as lines: what it looks like, that nothing is lost, and that growing changes nothing above."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from segue.tui.transcript.document import Document
from segue.tui.transcript.lines import text_of, width_of
from segue.tui.transcript.markdown import code_blocks

SAMPLE = """\
# A title with **bold** and `code`
A line with *emphasis*, ~~no more~~, a [link](https://example.org) and <https://example.com>.
Its second line. 你好，世界，这是一个很长的中文段落，没有空格。 👩‍👩‍👧‍👦

- one
- two
  - nested

    with a paragraph
- three
  ```python
  def f(x: int) -> str:
      return f"{x}"  # a comment
  ```
9. nine
10. ten
    goes on

> quoted
>
> - a list

| Name | Value |
|:-----|------:|
| a    |     1 |
| b    |    22 |

---

<b>raw</b> List<String> [ref]

```
a fence that stays open
"""


def draw(text: str, width: int = 40) -> list[str]:
    return [text_of(line).rstrip() for line in Document().show(text, width)]


def test_markdown_is_drawn_as_one_would_write_it() -> None:
    assert draw(SAMPLE, 60) == [
        "A title with bold and code",
        "A line with emphasis, no more, a link (https://example.org)",
        "and https://example.com.",
        "Its second line.",
        "你好，世界，这是一个很长的中文段落，没有空格。 👩👩👧👦",
        "",
        "• one",
        "• two",
        "  ◦ nested",
        "",
        "    with a paragraph",
        "• three",
        "    def f(x: int) -> str:",
        '        return f"{x}"  # a comment',
        "9. nine",
        "10. ten",
        "    goes on",
        "",
        "▎ quoted",
        "▎",
        "▎ • a list",
        "",
        "Name │ Value",
        "─────┼──────",
        "a    │     1",
        "b    │    22",
        "",
        "─" * 60,
        "",
        "<b>raw</b> List<String> [ref]",
        "",
        "  a fence that stays open",
    ]


@pytest.mark.parametrize("width", [20, 60, 120])
@pytest.mark.parametrize("step", [1, 7, 50])
def test_a_text_that_grows_looks_like_the_whole_one_and_what_is_settled_stays(width: int, step: int) -> None:
    growing = Document()
    for end in range(0, len(SAMPLE), step):
        settled = growing.lines[: growing.settled]
        assert growing.show(SAMPLE[:end], width)[: len(settled)] == settled
    assert growing.show(SAMPLE, width) == Document().show(SAMPLE, width)


def test_a_text_that_is_another_one_replaces_the_first() -> None:
    document = Document()
    document.show("one\n\ntwo", 40)
    assert [text_of(line) for line in document.show("three", 40)] == ["three"]


ROUGH = {
    "brackets": "[" * 5_000,
    "images": "![" * 2_500,
    "quotes": ">" * 3_000 + "x",
    "lists": "\n".join("  " * depth + "- x" for depth in range(100)),
    "emphasis": "*a_ " * 2_000,
    "tags": "<a " * 3_000,
    "many columns": "| a " * 40 + "\n" + "|---" * 40 + "\n" + "| bcd " * 40,
    "wide cells": "| a | b |\n|---|---|\n| " + "long " * 50 + "| " + "w" * 100 + " |",
    "code": "```\n" + "x{" * 5_000,
    "a word": "x" * 5_000,
    "wide characters": "汉" * 5_000,
    "definitions": "[a]: b\n" * 200,
}


@pytest.mark.parametrize("width", [18, 60])
@pytest.mark.parametrize("text", ROUGH.values(), ids=ROUGH)
def test_nothing_is_lost_or_wider_than_the_screen(text: str, width: int) -> None:
    lines = Document().show(text, width)
    assert all(width_of(line) <= width for line in lines)
    drawn = Counter(text_of(span for line in lines for span in line))
    assert all(drawn[letter] >= count for letter, count in Counter(text).items() if letter.isalnum())


@example(">1\n-1111", 18)
@given(st.text("ab *_`[](){}<>#-+1.|~\n\t\\!&;>:", max_size=200), st.integers(16, 80))
def test_any_text_grows_into_what_it_is_as_a_whole(text: str, width: int) -> None:
    growing = Document()
    for start, end in pairwise((0, len(text) // 3, len(text) // 2, len(text))):
        growing.show(text[:start], width)
        growing.show(text[:end], width)
    whole = Document().show(text, width)
    assert [text_of(line) for line in growing.lines] == [text_of(line) for line in whole]
    assert all(width_of(line) <= width for line in whole)


def test_code_is_copied_as_it_was_written() -> None:
    assert code_blocks("a\n\n```sh\nls\n```\n\n- b\n  ```\n  two\n    lines\n  ```\n") == ["ls\n", "two\n  lines\n"]

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segue.tui.transcript.lines import Span, fit, marked, text_of, width_of, wrap


@given(st.lists(st.text("ab 汉👋\n", max_size=30), max_size=5), st.integers(2, 20))
def test_a_text_is_wrapped_without_losing_a_letter(parts: list[str], width: int) -> None:
    words = tuple(Span(part, (str(number),)) for number, part in enumerate(parts))
    lines = wrap(words, width)
    assert "".join(map(text_of, lines)).replace(" ", "") == "".join(parts).replace("\n", "").replace(" ", "")
    assert all(width_of(line) <= width or not text_of(line).strip() for line in lines)


@pytest.mark.parametrize(
    ("text", "width", "fitting"),
    [("ab", 4, "ab  "), ("abcd", 4, "abcd"), ("abcde", 4, "abc…"), ("汉字汉字", 6, "汉字…"), ("", 2, "  ")],
)
def test_a_line_is_made_to_fit(text: str, width: int, fitting: str) -> None:
    line = fit((Span(text[:2]), Span(text[2:])), width)
    assert text_of(line) == fitting
    assert width_of(line) <= width


def test_a_part_of_a_line_is_marked_across_its_spans() -> None:
    line = (Span("one", ("a",)), Span("two"), Span("three"))
    assert marked(line, 2, 7, "x") == (
        Span("on", ("a",)),
        Span("e", ("a", "x")),
        Span("two", ("x",)),
        Span("t", ("x",)),
        Span("hree"),
    )
    assert text_of(span for span in marked(line, 3, -1, "x") if "x" in span.styles) == "twothree"

from __future__ import annotations

import pytest

from segue.tui.plain import LONGEST_TEXT, MOST_LINES, beginning, one_line, plain


@pytest.mark.parametrize(
    ("rough", "smooth"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x9b31mred", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://x\x1b\\link", "link"),
        ("\x1b]0;never ended", "0;never ended"),
        ("bell\x07 nul\x00 back\x08", "bell nul back"),
        ("two\r\nlines\rmore", "two\nlines\nmore"),
        ("a\tb", "a   b"),
        ("half \ud800 a pair", "half \ufffd a pair"),
        ("e" + "\u0301" * 100_000, "e" + "\u0301" * 8),
        ("a\u2028b", "a\nb"),
        ("\u202eabc\u202c", "abc"),
        ("שלום 👋 é", "שלום 👋 é"),
        ("क्\u200dष", "क्\u200dष"),
    ],
)
def test_what_would_move_the_cursor_is_left_out_and_text_is_kept(rough: str, smooth: str) -> None:
    assert plain(rough) == smooth


@pytest.mark.parametrize(
    ("rough", "smooth"),
    [
        ("\u26a0\ufe0f careful", "\u26a0 careful"),
        ("\U0001f44b\U0001f3fd", "\U0001f44b"),
        ("\U0001f469\u200d\U0001f467", "\U0001f469\U0001f467"),
        ("\U0001f3f3\ufe0f\u200d\U0001f308", "\U0001f3f3\U0001f308"),
    ],
)
def test_a_picture_is_as_wide_in_one_terminal_as_in_another(rough: str, smooth: str) -> None:
    assert plain(rough) == smooth


def test_a_name_with_line_breaks_becomes_one_line() -> None:
    assert one_line("ada\n\x1b[2J  lovelace ") == "ada lovelace"


def test_a_long_text_is_cut_and_the_rest_is_counted() -> None:
    assert beginning("x" * (LONGEST_TEXT + 5)) == ("x" * LONGEST_TEXT, 5)
    text, hidden = beginning("\n".join("x" * (MOST_LINES + 10)))
    assert text.count("\n") == MOST_LINES - 1
    assert len(text) + hidden == 2 * (MOST_LINES + 10) - 1
    assert beginning("short") == ("short", 0)

from __future__ import annotations

import pytest

from segue.tui.commands import COMMANDS, Unknown, find, parse, unescaped


@pytest.mark.parametrize(
    ("text", "name", "argument"),
    [
        ("/help", "help", ""),
        ("/rename  A better title ", "rename", "A better title"),
        ("/SWITCH notes", "switch", "notes"),
        ("/search two\nlines\n", "search", "two lines"),
        ("/model openai:gpt-5", "model", "openai:gpt-5"),
    ],
)
def test_a_line_that_begins_with_a_slash_and_a_name_is_a_command(text: str, name: str, argument: str) -> None:
    assert parse(text) == (find(name), argument)


@pytest.mark.parametrize(
    "text", ["hello", " /help", "/", "/ help", "//help", "/usr/bin/env is missing", "/1", "see /help", "", "/ä"]
)
def test_anything_else_is_a_message(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize(
    ("name", "nearest"), [("renmae", "rename"), ("sw", "switch"), ("serach", "search"), ("xyzzy", "")]
)
def test_a_name_that_no_command_has_is_unknown_and_the_nearest_is_told(name: str, nearest: str) -> None:
    assert parse(f"/{name} and more") == Unknown(name, nearest)


def test_two_slashes_send_one() -> None:
    assert unescaped("//help") == "/help"
    assert unescaped("a // b") == "a // b"


def test_every_command_can_be_told_from_the_others_and_says_what_it_does() -> None:
    assert len({command.name for command in COMMANDS}) == len(COMMANDS)
    assert all(command.help and not command.help.endswith(".") for command in COMMANDS)
    assert [command.name for command in COMMANDS if command.needs_argument] == ["rename", "remind", "unschedule"]

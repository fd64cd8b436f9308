from __future__ import annotations

import pytest

from segue.tui.commands import COMMANDS
from segue.tui.prompt.completion import Token, find_token, ranked, suggest


@pytest.mark.parametrize(
    ("line", "column", "token"),
    [
        ("/", 1, Token("command", "", 0, 1, True)),
        ("/ren", 4, Token("command", "ren", 0, 4, True)),
        ("/ren title", 2, Token("command", "r", 0, 4, False)),
        ("/theme no", 9, Token("theme", "no", 7, 9, True)),
        ("/switch a b", 11, Token("session", "a b", 8, 11, True)),
        ("/rename @a", 10, Token("person", "a", 8, 10, True)),
        ("hi @ad there", 6, Token("person", "ad", 3, 6, False)),
        ("hi @ad", 5, Token("person", "a", 3, 6, True)),
        ("(@界", 3, Token("person", "界", 1, 3, True)),
        ("/ren", 0, None),
        ("a/b", 3, None),
        ("//x", 3, None),
        ("/usr/bin", 8, None),
        ("/rename x", 9, None),
        ("a@b", 3, None),
        ("", 0, None),
    ],
)
def test_what_is_being_written_is_found_at_the_cursor(line: str, column: int, token: Token | None) -> None:
    assert find_token(line, column, is_first=True) == token


def test_commands_stand_only_on_the_first_line() -> None:
    assert find_token("/help", 5, is_first=False) is None


def test_a_line_of_a_mebibyte_is_not_read_for_every_key() -> None:
    assert find_token("x " * 500_000 + "@ad", 1_000_003, is_first=True) == Token(
        "person", "ad", 1_000_000, 1_000_003, True
    )


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["beta", "a-beta", "alphabeta", "about", "bxexta"]),
        ("beta", ["beta", "a-beta", "alphabeta", "bxexta"]),
        ("ab", ["about", "alphabeta", "a-beta"]),
        ("BETA", ["beta", "a-beta", "alphabeta", "bxexta"]),
        ("xyz", []),
    ],
)
def test_the_likeliest_comes_first(query: str, names: list[str]) -> None:
    given = ["beta", "a-beta", "alphabeta", "about", "bxexta"]
    assert ranked(query, given, lambda name: (name, "")) == names


def test_every_command_is_offered_after_a_slash_and_the_first_is_chosen() -> None:
    offer = suggest(Token("command", "", 0, 1, True), tuple, lambda kind: ())
    assert offer is not None
    assert [suggestion.shown for suggestion in offer.suggestions] == [command.usage for command in COMMANDS]
    assert offer.at == 0


def test_nothing_is_offered_where_nothing_fits() -> None:
    assert suggest(Token("person", "zoe", 0, 4, True), lambda: ["ada"], lambda kind: ()) is None
    assert suggest(Token("agent", "", 7, 7, True), lambda: ["ada"], lambda kind: ()) is None

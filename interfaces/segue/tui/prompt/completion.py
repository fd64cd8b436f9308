"""What could stand where the cursor is: the command, its argument, or the person being named."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import inf
from typing import TypeVar

from segue.tui.commands import COMMANDS, Command, find
from segue.tui.plain import harmless, one_line
from segue.tui.sessions import fuzzy

Choices = Callable[[str], Sequence[tuple[str, str]]]
"""Gives what can be chosen of a kind (session, model, agent, theme): values and what is said about each."""

MODES = {
    "queue": "waits for the answer",
    "steer": "is handed to the answer",
    "interrupt": "stops the answer",
}
_OPEN_KINDS = ("model",)  # a value that is not in the list is as good
_COMMAND = re.compile(r"/([\w-]*)")
_ARGUMENT = re.compile(r"/([\w-]+)\s+(.*)")
_PERSON = re.compile(r"(?:^|[\s(])@([\w.-]*)$")
_WORD = re.compile(r"[\w.-]*")
_LONGEST_NAME = 100
_TELLING_LENGTH = 4  # letters: shorter words are in the help of half of the commands

T = TypeVar("T")


@dataclass(frozen=True)
class Token:
    """The part of a line, from column to column, that is being written: `kind` is "command", "person" or one of
    `Command.choices`. It `ends` the line where nothing but blanks comes after it."""

    kind: str
    query: str
    start: int
    end: int
    ends: bool


@dataclass(frozen=True)
class Suggestion:
    """`text` takes the token's place. It is `complete` if the line can be sent as it then stands."""

    text: str
    shown: str
    help: str
    complete: bool = True


@dataclass(frozen=True)
class Offer:
    """What is suggested for a token, the best first. `at` is the one that Enter takes, None if it takes none."""

    token: Token
    suggestions: tuple[Suggestion, ...]
    at: int | None

    @property
    def chosen(self) -> Suggestion | None:
        return None if self.at is None else self.suggestions[self.at]


def find_token(line: str, column: int, *, is_first: bool) -> Token | None:
    """Return what is being written at a column. `is_first`: it is the text's first line, where commands stand."""
    if is_first and line.startswith("/") and (token := _find_command(line, column)):
        return token
    named = _PERSON.search(line, max(0, column - _LONGEST_NAME), column)
    if named is None:
        return None
    rest = _WORD.match(line, column)
    end = rest.end() if rest else column
    return Token("person", named[1], named.start(1) - 1, end, ends=not line[end:].strip())


def _find_command(line: str, column: int) -> Token | None:
    name = _COMMAND.match(line)
    assert name is not None
    if 0 < column <= name.end():
        return Token("command", line[1:column], 0, name.end(), ends=not line[name.end() :].strip())
    asked = _ARGUMENT.fullmatch(line)
    command = find(asked[1]) if asked else None
    if asked is None or command is None or command.choices is None or column < asked.start(2):
        return None
    return Token(command.choices, line[asked.start(2) : column].strip(), asked.start(2), len(line), ends=True)


def suggest(token: Token, people: Callable[[], Sequence[str]], choices: Choices) -> Offer | None:
    """Return what can be suggested for a token, None if that is nothing."""
    if token.kind == "command":
        helps = len(token.query) >= _TELLING_LENGTH
        found = [_command(c) for c in ranked(token.query, COMMANDS, lambda c: (c.name, c.help if helps else ""))]
    elif token.kind == "person":
        found = [_person(name) for name in ranked(token.query, people(), lambda name: (name, ""))]
    else:
        pairs = list(MODES.items()) if token.kind == "mode" else choices(token.kind)
        found = [_choice(value, about) for value, about in ranked(token.query, pairs, lambda pair: pair)]
    return Offer(token, tuple(found), 0 if _is_meant(token, found[0]) else None) if found else None


def _is_meant(token: Token, best: Suggestion) -> bool:
    """Whether Enter takes the best suggestion: not where another value is as good, nor where only the help of a command
    tells of what was typed, for it would do what nobody asked for."""
    if token.kind == "command":
        return best.text.startswith(f"/{token.query.casefold()}")
    return token.kind not in _OPEN_KINDS


def _command(command: Command) -> Suggestion:
    text = f"/{command.name}"
    complete = not command.argument or not (command.needs_argument or command.choices)
    return Suggestion(text if not command.argument else f"{text} ", command.usage, command.help, complete)


def _choice(value: str, about: str) -> Suggestion:
    return Suggestion(harmless(value), one_line(value), one_line(about))


def _person(name: str) -> Suggestion:
    return Suggestion(f"@{harmless(name)} ", f"@{one_line(name)}", "", complete=False)


def ranked(query: str, things: Iterable[T], words: Callable[[T], tuple[str, str]]) -> list[T]:
    """Return the things that a query can mean, the likeliest first. `words` gives a thing's name and what is said of
    it."""
    ranks = [(rank, thing) for thing in things if (rank := _rank(query, *words(thing))) is not None]
    return [thing for _, thing in sorted(ranks, key=lambda pair: pair[0], reverse=True)]


def _rank(query: str, name: str, about: str) -> float | None:
    if name.casefold() == query.casefold():
        return inf
    if match := fuzzy.find(query, name):
        return match.score
    return -1.0 if fuzzy.has(query, about) else None

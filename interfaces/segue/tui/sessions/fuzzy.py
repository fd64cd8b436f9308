"""Fuzzy matching in linear time: textual's own tries every way to match, which for some titles takes minutes."""

from __future__ import annotations

import re
from dataclasses import dataclass

_WORD_START = re.compile(r"\b\w")


@dataclass(frozen=True)
class Match:
    """How well something matches, and at which characters."""

    score: float
    at: tuple[int, ...] = ()


def find(query: str, text: str) -> Match | None:
    """Return how the text matches if it has each word of the query, whole or letter by letter."""
    text = text.lower()
    score, at = 0.0, set[int]()
    for word in query.lower().split():
        if (match := _whole(word, text) or _scattered(word, text)) is None:
            return None
        score += match.score
        at |= set(match.at)
    return Match(score + (1 if text.startswith(query.lower()) else 0), tuple(sorted(at)))


def has(query: str, text: str) -> bool:
    """Whether the text has each word of the query."""
    text = text.lower()
    return all(word in text for word in query.lower().split())


def _whole(word: str, text: str) -> Match | None:
    """Match a part of the text, best where a word of it begins."""
    start = text.find(word)
    if start < 0:
        return None
    begun = re.search(rf"\b{re.escape(word)}", text)
    start = begun.start() if begun else start
    return Match(4 if begun else 3, tuple(range(start, start + len(word))))


def _scattered(word: str, text: str) -> Match | None:
    """Match letters in their order: the first letters of words, else wherever the next one is."""
    starts = [match.start() for match in _WORD_START.finditer(text)]
    initials = "".join(text[start] for start in starts)
    if (first := initials.find(word)) >= 0:
        return Match(2, tuple(starts[first : first + len(word)]))
    at: list[int] = []
    for letter in word:
        at.append(text.find(letter, at[-1] + 1 if at else 0))
        if at[-1] < 0:
            return None
    return Match(len(word) / (at[-1] - at[0] + 1), tuple(at))

"""Words that a query may have meant: those of which its word is a part, and those that are spelt nearly like it."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter

from segued.store.sqlite.words import is_dense

_PARTS = 64  # words of which one is a part
_NEAR = 60  # words that share the most trigrams, looked at for how they differ
_INSTEAD = 8
_LONGEST = 32  # characters of a token that are looked for: each one more costs time
_EACH = 5000  # words read for one trigram


def parts_of(connection: sqlite3.Connection, token: str) -> list[str]:
    """Return words that have the token, of three characters or more, inside of them."""
    if len(token) < 3 or is_dense(token):
        return []
    rows = connection.execute(
        "SELECT terms.term FROM term_trigrams JOIN terms ON number = term_trigrams.rowid"
        " WHERE term_trigrams MATCH ? LIMIT ?",
        (f'"{token[:_LONGEST]}"', _PARTS),
    )
    return [row[0] for row in rows if row[0] != token]


def similar_to(connection: sqlite3.Connection, token: str) -> list[str]:
    """Return the words that differ least from the token: by one letter, or two where it has eight or more."""
    if len(token) < 4 or len(token) > _LONGEST or is_dense(token) or token.isdigit():
        return []
    allowed = 1 if len(token) < 8 else 2
    others = dict.fromkeys(
        [*_with_two_letters_swapped(connection, token), *_sharing_trigrams(connection, token, allowed)]
    )
    near = [(distance(token, term), term) for term in others if term != token]
    least = min((far for far, _ in near), default=allowed + 1)
    return [term for far, term in near if far == least][:_INSTEAD] if least <= allowed else []


def _with_two_letters_swapped(connection: sqlite3.Connection, token: str) -> list[str]:
    """Return the words that are the token with two letters next to each other swapped: a short one shares no trigram
    with them."""
    swapped = [f"{token[:at]}{token[at + 1]}{token[at]}{token[at + 2 :]}" for at in range(len(token) - 1)]
    rows = connection.execute(
        "SELECT term FROM terms WHERE term IN (SELECT value FROM json_each(?))", (json.dumps(swapped),)
    )
    return [row[0] for row in rows]


def _sharing_trigrams(connection: sqlite3.Connection, token: str, allowed: int) -> list[str]:
    """Return the words of about that length that share the most trigrams with the token."""
    shared: Counter[int] = Counter()
    for trigram in {token[at : at + 3] for at in range(len(token) - 2)}:
        rows = connection.execute(
            "SELECT rowid FROM term_trigrams WHERE term_trigrams MATCH ? LIMIT ?", (f'"{trigram}"', _EACH)
        )
        shared.update(row[0] for row in rows)
    found = []
    for number, _ in shared.most_common(_NEAR * 5):
        (term,) = connection.execute("SELECT term FROM terms WHERE number = ?", (number,)).fetchone()
        if abs(len(term) - len(token)) <= allowed:
            found.append(term)
    return found[:_NEAR]


def distance(one: str, other: str) -> int:
    """Return how many letters must be changed, added, left out or swapped with the next to make one the other."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        before, last, row = row, before, [i]
        for j, b in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and b == one[i - 2]:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]

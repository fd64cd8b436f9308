"""The full-text index: what goes in, what is taken out, and how it is searched.

It holds messages and the present versions of memories, by their numbers, and is brought up to date when the writer has
nothing to do, and before a search. A row has the words of the text, and codes of where it belongs, so that a search in
one session or project reads what is there and not what all others have in common with the question. Matches are read
newest first and no more than `POOL`: what a question costs does not grow with how often its words were said.
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from segued.store.sqlite.access import Reader
from segued.store.sqlite.spelling import parts_of, similar_to
from segued.store.sqlite.transaction import Transaction, to_time
from segued.store.sqlite.words import all_of, any_of, asked, code, index_text, says, tokens_of, words

POOL = 500  # matches that are ranked: those where all words are found first, then the newest
_WAITING = 10_000  # up to which those that are not in it are counted
_CHUNK = 250  # messages and memories indexed in one go
_RANKED = 4000  # characters of a text that are looked at for its rank
_USUAL = 40.0  # words of a text of usual length
_COMMON = 50  # a word that is so much more common than the rarest does not make a match by itself

_MESSAGES = """
SELECT number, session_id, role, interface, sender, user_id, created_at, content FROM messages WHERE NOT deleted
"""
_MEMORIES = "SELECT number, project_id, key, value FROM memories JOIN memory_versions USING (number) WHERE true"


@dataclass(frozen=True)
class Text:
    """A text for the index, under its number, with codes of where it belongs."""

    number: int
    content: str
    codes: tuple[str, ...]


def _text_of_message(row: sqlite3.Row) -> Text:
    said_by = {code("u", name) for name in (row["sender"].lower(), row["user_id"] or "") if name}
    codes = (
        code("k", "message"),
        code("s", row["session_id"]),
        code("r", row["role"]),
        code("i", row["interface"]),
        code("t", month(row["created_at"])),
        *sorted(said_by),
    )
    return Text(row["number"], row["content"], codes)


def _text_of_memory(row: sqlite3.Row) -> Text:
    content = f"{row['key']} {row['key']} {row['value']}"
    return Text(row["number"], content, (code("k", "memory"), code("p", row["project_id"])))


def month(microseconds: int) -> str:
    return f"{to_time(microseconds):%Y-%m}"


# --- putting in and taking out


def index_some(connection: sqlite3.Connection) -> bool:
    """Add what comes next to the index, in a transaction of its own; return whether more is left."""
    if not _next_texts(connection, 1):
        return False
    connection.execute("BEGIN IMMEDIATE")
    try:
        catch_up(connection)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return True


def catch_up(tx: Transaction | sqlite3.Connection) -> bool:
    """Add what comes next to the index, as one of the verbs of a commit; return whether more is left."""
    texts = _next_texts(tx, _CHUNK)
    if texts:
        _add(tx, texts)
        tx.execute("UPDATE indexed SET number = ?", (texts[-1].number,))
    return len(texts) == _CHUNK


def _next_texts(reader: Reader, limit: int) -> list[Text]:
    next_ones = " AND number > (SELECT number FROM indexed) ORDER BY number LIMIT ?"
    texts = [_text_of_message(row) for row in reader.execute(_MESSAGES + next_ones, (limit,))]
    texts += [_text_of_memory(row) for row in reader.execute(_MEMORIES + next_ones, (limit,))]
    return sorted(texts, key=lambda text: text.number)[:limit]


def add_message(tx: Transaction, message_id: str) -> None:
    """Put the message back after a change, if its place in the index has come."""
    rows = tx.execute(f"{_MESSAGES} AND id = ? AND number <= (SELECT number FROM indexed)", (message_id,))
    _add(tx, map(_text_of_message, rows.fetchall()))


def forget_messages(tx: Transaction, condition: str, *values: str) -> None:
    """Take the messages that meet `condition` out of the index and out of the vectors."""
    rows = tx.execute(f"{_MESSAGES} AND {condition}", values).fetchall()
    _forget(tx, map(_text_of_message, rows))


def forget_memory(tx: Transaction, row: sqlite3.Row) -> None:
    """Take the memory's present version out of the index and out of the vectors."""
    _forget(tx, [_text_of_memory(row)])


def _add(tx: Reader, texts: Iterable[Text]) -> None:
    uses = _change_words(tx, "INSERT INTO words (rowid, content) VALUES (?, ?)", texts)
    known = _known_terms(tx, uses)
    tx.executemany(
        "UPDATE terms SET uses = uses + ? WHERE number = ?", ((uses[term], number) for term, number in known.items())
    )
    new = sorted(uses.keys() - known)
    (last,) = tx.execute("SELECT coalesce(max(number), 0) FROM terms").fetchone()
    numbered = list(enumerate(new, last + 1))
    tx.executemany("INSERT INTO terms VALUES (?, ?, ?)", ((number, term, uses[term]) for number, term in numbered))
    tx.executemany("INSERT INTO term_trigrams (rowid, term) VALUES (?, ?)", numbered)


def _forget(tx: Transaction, texts: Iterable[Text]) -> None:
    (done,) = tx.execute("SELECT number FROM indexed").fetchone()
    known = [text for text in texts if text.number <= done]
    tx.executemany("DELETE FROM vectors WHERE number = ?", ((text.number,) for text in known))
    uses = _change_words(tx, "INSERT INTO words (words, rowid, content) VALUES ('delete', ?, ?)", known)
    tx.executemany("UPDATE terms SET uses = uses - ? WHERE term = ?", ((n, term) for term, n in uses.items()))
    gone = tx.execute(
        "SELECT number, term FROM terms WHERE uses <= 0 AND term IN (SELECT value FROM json_each(?))",
        (json.dumps(list(uses)),),
    ).fetchall()
    tx.executemany(
        "INSERT INTO term_trigrams (term_trigrams, rowid, term) VALUES ('delete', ?, ?)", (tuple(row) for row in gone)
    )
    tx.executemany("DELETE FROM terms WHERE number = ?", ((row[0],) for row in gone))


def _change_words(tx: Reader, sql: str, texts: Iterable[Text]) -> Counter[str]:
    """Put the texts into the index or take them out; return in how many of them each word is."""
    uses: Counter[str] = Counter()
    for text in texts:
        content, terms = index_text(text.content, text.codes)
        tx.execute(sql, (text.number, content))
        uses.update(terms)
    return uses


def _known_terms(tx: Reader, terms: Iterable[str]) -> dict[str, int]:
    """Return the numbers of those terms that are known."""
    rows = tx.execute(
        "SELECT term, number FROM terms WHERE term IN (SELECT value FROM json_each(?))", (json.dumps([*terms]),)
    )
    return dict(tuple(row) for row in rows)


# --- searching


@dataclass(frozen=True)
class Scope:
    """Where is looked. `codes` are groups, of each of which a row must have one; `rows` is the rest of the SELECT of
    numbers, which says exactly what the codes say roughly; `texts` gives numbers and contents for the ranking."""

    codes: tuple[tuple[str, ...], ...]
    rows: str
    values: Mapping[str, Any]
    texts: str

    @property
    def match(self) -> str:
        return all_of(map(any_of, self.codes))


@dataclass(frozen=True)
class Found:
    """The numbers of what was found, best first, each with its score; and all the words that are to be marked."""

    scores: Mapping[int, float]
    tokens: Sequence[str]


def find(connection: sqlite3.Connection, scope: Scope, query: str) -> Found:
    """Find what has all words of the query, whole; then all of them as parts or with another spelling; then any."""
    tokens = tokens_of(query)
    if not tokens or not all(scope.codes):
        return Found({}, ())
    others = {token: _other_words(connection, scope, token) for token in tokens}
    some = _worth_a_match(connection, [word for token in tokens for word in others[token].instead or [token]])
    steps = (
        all_of(map(asked, tokens)),
        all_of(any_of([token, *others[token].all]) for token in tokens),
        any_of(some),
    )
    tiers = _tiers(connection, scope, list(dict.fromkeys(steps)))
    marked = list(dict.fromkeys([*tokens, *(word for token in tokens for word in others[token].instead)]))
    return Found(_scores(connection, scope, tiers, marked), marked)


@dataclass(frozen=True)
class _Others:
    """Words of which the token is a part; and where it is no word here, those that it may have been meant for."""

    parts: Sequence[str]
    instead: Sequence[str]

    @property
    def all(self) -> list[str]:
        return [*self.parts, *self.instead]


def _other_words(connection: sqlite3.Connection, scope: Scope, token: str) -> _Others:
    parts = parts_of(connection, token)
    if not parts and not _is_there(connection, scope, [token]):
        return _Others((), similar_to(connection, token))
    if parts and not _is_there(connection, scope, [token, *parts]):
        return _Others(parts, similar_to(connection, token))
    return _Others(parts, ())


def _is_there(connection: sqlite3.Connection, scope: Scope, tokens: Sequence[str]) -> bool:
    match = all_of([scope.match, any_of(tokens)])
    return connection.execute("SELECT 1 FROM words WHERE words MATCH ? LIMIT 1", (match,)).fetchone() is not None


def _worth_a_match(connection: sqlite3.Connection, tokens: Sequence[str]) -> list[str]:
    """Leave out the words that are so common beside the others that they tell nothing."""
    uses = _uses(connection, tokens)
    rarest = min(uses.values(), default=0)
    return [token for token in tokens if uses.get(token, 0) <= _COMMON * max(rarest, _COMMON)]


def _uses(connection: sqlite3.Connection, tokens: Iterable[str]) -> dict[str, int]:
    rows = connection.execute(
        "SELECT term, uses FROM terms WHERE term IN (SELECT value FROM json_each(?))", (json.dumps([*tokens]),)
    )
    return {row[0]: row[1] for row in rows}


def _tiers(connection: sqlite3.Connection, scope: Scope, steps: Sequence[str]) -> dict[int, int]:
    """Return the numbers that match, newest first in each step, with how many steps were left then."""
    tiers: dict[int, int] = {}
    for place, step in enumerate(steps):
        rows = connection.execute(
            f"SELECT number FROM words CROSS JOIN {scope.rows} ORDER BY words.rowid DESC LIMIT :pool",
            {**scope.values, "match": all_of([scope.match, step]), "pool": POOL},
        )
        for row in islice((row for row in rows if row[0] not in tiers), POOL - len(tiers)):
            tiers[row[0]] = len(steps) - 1 - place
        if len(tiers) >= POOL:
            break
    return tiers


def _scores(
    connection: sqlite3.Connection, scope: Scope, tiers: Mapping[int, int], tokens: Sequence[str]
) -> dict[int, float]:
    """Rank each step by how much the texts have of the words, rare words first; of equals, the newest."""
    uses = _uses(connection, tokens)
    weights = [math.log(1 + 1e6 / (1 + uses.get(token, 0))) for token in tokens]
    places = _Places(tokens)
    rows = connection.execute(scope.texts, {"numbers": json.dumps(list(tiers)), "characters": _RANKED})
    scores = {number: round(tiers[number] + _fit(text, places, weights), 6) for number, text in rows}
    return dict(sorted(scores.items(), key=lambda item: (-item[1], -item[0])))


def _fit(text: str, places: _Places, weights: Sequence[float]) -> float:
    """Return how much the text says of the tokens, as bm25 sees it, between 0 and 1."""
    said = list(words(text))
    counts = Counter(place for word in said for place in places(word))
    short = 0.3 + 0.9 * len(said) / _USUAL
    return sum(weights[place] * n / (n + short) for place, n in counts.items()) / (1 + sum(weights))


class _Places:
    """Which of the tokens a word says, remembered for each word."""

    def __init__(self, tokens: Sequence[str]) -> None:
        self._tokens = tokens
        self._known: dict[str, tuple[int, ...]] = {}

    def __call__(self, word: str) -> tuple[int, ...]:
        if (known := self._known.get(word)) is None:
            known = self._known[word] = tuple(at for at, token in enumerate(self._tokens) if says(word, token))
        return known


# --- making it anew


def clear(tx: Transaction) -> None:
    """Empty the index; it is filled again when there is time."""
    for index in ("words", "term_trigrams"):
        tx.execute(f"INSERT INTO {index} ({index}) VALUES ('delete-all')")
    tx.execute("DELETE FROM terms")
    tx.execute("UPDATE indexed SET number = 0")


def waiting(connection: sqlite3.Connection) -> int:
    """Return how many messages and memories are not in the index yet."""
    count = 0
    for table in ("messages", "memories"):
        rows = connection.execute(
            f"SELECT 1 FROM {table} WHERE number > (SELECT number FROM indexed) LIMIT ?", (_WAITING - count,)
        )
        count += len(rows.fetchall())
    return count

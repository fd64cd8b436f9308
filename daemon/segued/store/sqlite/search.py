"""Full text over messages: word stems ranked by bm25, and trigrams for parts of words, fused by reciprocal rank."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from segue.models import SearchHit, SessionId
from segued.store.base import Actor
from segued.store.sqlite import access, transcript
from segued.store.sqlite.transaction import Transaction

_TOKEN = re.compile(r"\w+")
_MARKS = ("⟦", "⟧")
CANDIDATES = 200  # of each index
_FUSION = 60  # the usual constant of reciprocal rank fusion
_TOKENS = 32  # of a query that are looked for
_LONGEST = 32  # characters of a token that are looked for as a part of a word: each one more costs a phrase more time
_CHUNK = 500  # messages indexed in one go


def index_some(connection: sqlite3.Connection) -> bool:
    """Add the next messages to the indexes, in a transaction of its own; return whether more are left."""
    (done,) = connection.execute("SELECT number FROM indexed").fetchone()
    (upto,) = connection.execute(
        "SELECT max(number) FROM (SELECT number FROM messages WHERE number > ? ORDER BY number LIMIT ?)",
        (done, _CHUNK),
    ).fetchone()
    if upto is None:
        return False
    connection.execute("BEGIN IMMEDIATE")
    try:
        _index(connection, done, upto)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return True


def _index(connection: sqlite3.Connection | Transaction, done: int, upto: int) -> None:
    for index in ("words", "trigrams"):
        connection.execute(
            f"INSERT INTO {index} (rowid, content) SELECT number, content FROM messages"
            " WHERE number > ? AND number <= ? AND NOT deleted",
            (done, upto),
        )
    connection.execute("UPDATE indexed SET number = ?", (upto,))


def catch_up(tx: Transaction) -> bool:
    """Add the next messages to the indexes, as one of the verbs of a commit; return whether more are left."""
    (done,) = tx.execute("SELECT number FROM indexed").fetchone()
    numbers = tx.execute(
        "SELECT number FROM messages WHERE number > ? ORDER BY number LIMIT ?", (done, _CHUNK)
    ).fetchall()
    if numbers:
        _index(tx, done, numbers[-1][0])
    return len(numbers) == _CHUNK


def hits(
    connection: sqlite3.Connection,
    by: Actor,
    query: str,
    session_id: SessionId | None,
    project_id: str | None,
    limit: int,
) -> tuple[SearchHit, ...]:
    if session_id is not None:
        access.visible(connection, by, session_id)
    tokens = tokens_of(query)
    scope = {
        "user": by.user_id,
        "sees_all": by.sees_all,
        "session": session_id,
        "project": project_id,
        "candidates": CANDIDATES,
    }
    indexes = zip(("words", "trigrams"), matches(tokens), strict=True)
    scores = fuse(_ranked(connection, index, match, scope) for index, match in indexes if match)
    return tuple(_hit(connection, number, scores[number], tokens) for number in best(scores, limit))


def tokens_of(query: str) -> list[str]:
    """Return what is looked for: each word once."""
    return list(dict.fromkeys(_TOKEN.findall(query)))[:_TOKENS]


def matches(tokens: Iterable[str]) -> tuple[str, str]:
    """Return what to ask the index of words, any of which will do, and that of trigrams, which must all be there.
    Each token is quoted: what a person types is no query language. Nothing to ask is ""."""
    parts = [token[:_LONGEST] for token in tokens if len(token) > 2]
    return " OR ".join(f'"{token}"' for token in tokens), " AND ".join(f'"{part}"' for part in parts)


def fuse(rankings: Iterable[Sequence[int]]) -> dict[int, float]:
    """Return the score of each number that is in one of the rankings: the higher, the further ahead in the more."""
    scores: dict[int, float] = {}
    for ranking in rankings:
        for rank, number in enumerate(ranking):
            scores[number] = scores.get(number, 0.0) + 1 / (_FUSION + rank)
    return scores


def best(scores: Mapping[int, float], limit: int) -> list[int]:
    return sorted(scores, key=lambda number: (-scores[number], -number))[:limit]


def _ranked(connection: sqlite3.Connection, index: str, match: str, scope: Mapping[str, object]) -> list[int]:
    rows = connection.execute(
        f"SELECT number FROM {index} JOIN messages ON number = {index}.rowid JOIN sessions ON sessions.id = session_id"
        f" WHERE {index} MATCH :match AND NOT deleted AND (:session IS NULL OR session_id = :session)"
        " AND (:project IS NULL OR project_id = :project)"
        " AND (:sees_all OR session_id IN (SELECT session_id FROM members WHERE user_id = :user))"
        f" ORDER BY bm25({index}), number DESC LIMIT :candidates",
        {**scope, "match": match},
    )
    return [row[0] for row in rows]


def _hit(connection: sqlite3.Connection, number: int, score: float, tokens: list[str]) -> SearchHit:
    row = connection.execute(
        "SELECT messages.*, title FROM messages JOIN sessions ON sessions.id = session_id WHERE number = ?", (number,)
    ).fetchone()
    message = transcript.message_from_row(row)
    return SearchHit(
        message=message, session_title=row["title"], snippet=snippet(message.content, tokens), score=round(score, 6)
    )


def snippet(text: str, tokens: list[str], width: int = 160) -> str:
    """Return about `width` characters around the first hit, with every hit of a token (or its stem) marked."""
    stems = sorted({token[: max(3, len(token) - 2)] for token in tokens}, key=len, reverse=True)
    pattern = re.compile("|".join(re.escape(s) + r"\w*" for s in stems), re.IGNORECASE) if stems else None
    first = pattern.search(text) if pattern else None
    start = max(0, (first.start() if first else 0) - width // 3)
    cut = text[start : start + width]
    marked = pattern.sub(lambda m: f"{_MARKS[0]}{m.group()}{_MARKS[1]}", cut) if pattern else cut
    return ("…" if start else "") + marked + ("…" if start + width < len(text) else "")

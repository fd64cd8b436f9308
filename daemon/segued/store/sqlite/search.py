"""Messages by what they say, and by who said so, where and when."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from segue.models import MessageId, SearchHit, SearchPage
from segued.store.base import Actor, SearchFilter
from segued.store.sqlite import access, fulltext, transcript
from segued.store.sqlite.fulltext import Scope
from segued.store.sqlite.transaction import from_time, now_microseconds, to_time
from segued.store.sqlite.words import code, snippet, tokens_of

_SESSIONS = 200  # that are looked for in the index; of who has more, most of what is found is theirs anyway
_MONTHS = 240  # likewise
_FIRST_MONTH = (2000, 1)
FROM = "FROM messages JOIN sessions ON sessions.id = session_id"
CONDITIONS = """
NOT deleted AND (:session IS NULL OR session_id = :session)
    AND (:project IS NULL OR project_id = :project) AND (:role IS NULL OR messages.role = :role)
    AND (:interface IS NULL OR interface = :interface)
    AND (:user IS NULL OR sender = :user COLLATE NOCASE OR user_id IN (:user, :user_id))
    AND (:since IS NULL OR messages.created_at >= :since) AND (:until IS NULL OR messages.created_at < :until)
    AND (:sees_all OR session_id IN (SELECT session_id FROM members WHERE user_id = :actor))
"""
_ROWS = f"""
messages ON number = words.rowid JOIN sessions ON sessions.id = session_id WHERE words MATCH :match AND {CONDITIONS}
"""
_TEXTS = """
SELECT number, substr(content, 1, :characters) FROM messages WHERE number IN (SELECT value FROM json_each(:numbers))
"""


def hits(
    connection: sqlite3.Connection, by: Actor, query: str, where: SearchFilter, limit: int, offset: int = 0
) -> SearchPage:
    if where.session_id is not None:
        access.visible(connection, by, where.session_id)
    found = fulltext.find(connection, scope_of(connection, by, where), query)
    page = list(found.scores)[offset : offset + limit]
    return SearchPage(
        query=query,
        hits=tuple(_hit(connection, number, found.scores[number], found.tokens) for number in page),
        total=len(found.scores),
        limit=limit,
        offset=offset,
    )


def by_id(
    connection: sqlite3.Connection, by: Actor, query: str, message_ids: tuple[MessageId, ...]
) -> tuple[SearchHit, ...]:
    tokens = tokens_of(query)
    rows = connection.execute(
        f"SELECT messages.id, number {FROM} WHERE messages.id IN (SELECT value FROM json_each(:ids)) AND {CONDITIONS}",
        {**values_of(connection, by, SearchFilter()), "ids": json.dumps(message_ids)},
    )
    numbers = {row[0]: row[1] for row in rows}
    return tuple(_hit(connection, numbers[one], 0.0, tokens) for one in message_ids if one in numbers)


def _hit(connection: sqlite3.Connection, number: int, score: float, tokens: Sequence[str]) -> SearchHit:
    row = connection.execute(f"SELECT messages.*, title {FROM} WHERE number = ?", (number,)).fetchone()
    message = transcript.message_from_row(row)
    return SearchHit(message=message, session_title=row["title"], snippet=snippet(message.content, tokens), score=score)


def scope_of(connection: sqlite3.Connection, by: Actor, where: SearchFilter) -> Scope:
    """Return where a search looks. The codes only make it faster: what holds are the conditions."""
    values = values_of(connection, by, where)
    groups: list[Sequence[str] | None] = [
        (code("k", "message"),),
        _session_codes(connection, by, where),
        (code("r", where.role),) if where.role else None,
        (code("i", where.interface),) if where.interface else None,
        _user_codes(where.user, values["user_id"]),
        _month_codes(where.since, where.until),
    ]
    return Scope(tuple(tuple(group) for group in groups if group is not None), _ROWS, values, _TEXTS)


def values_of(connection: sqlite3.Connection, by: Actor, where: SearchFilter) -> dict[str, Any]:
    """Return the values of `CONDITIONS`."""
    return {
        "actor": by.user_id,
        "sees_all": by.sees_all,
        "session": where.session_id,
        "project": where.project_id,
        "role": where.role,
        "interface": where.interface,
        "user": where.user,
        "user_id": _user_named(connection, where.user),
        "since": from_time(where.since) if where.since else None,
        "until": from_time(where.until) if where.until else None,
    }


def _user_named(connection: sqlite3.Connection, name: str | None) -> str | None:
    row = connection.execute("SELECT id FROM users WHERE name = ?", (name,)).fetchone() if name else None
    return row[0] if row is not None else None


def _user_codes(name: str | None, user_id: str | None) -> Sequence[str] | None:
    return [code("u", one) for one in (name.lower(), name, user_id) if one] if name else None


def _session_codes(connection: sqlite3.Connection, by: Actor, where: SearchFilter) -> Sequence[str] | None:
    """Return the codes of the sessions in question; None if they are too many, or all."""
    if where.session_id is not None:
        return (code("s", where.session_id),)
    if where.project_id is not None:
        sql = (
            "SELECT id FROM sessions WHERE project_id = :project"
            " AND (:sees_all OR id IN (SELECT session_id FROM members WHERE user_id = :user)) LIMIT :limit"
        )
    elif not by.sees_all:
        sql = "SELECT session_id FROM members WHERE user_id = :user LIMIT :limit"
    else:
        return None
    values = {"project": where.project_id, "sees_all": by.sees_all, "user": by.user_id, "limit": _SESSIONS + 1}
    ids = [row[0] for row in connection.execute(sql, values)]
    return [code("s", session_id) for session_id in ids] if len(ids) <= _SESSIONS else None


def _month_codes(since: datetime | None, until: datetime | None) -> Sequence[str] | None:
    """Return the codes of the months from one time to the other; None if they are too many, or all."""
    if since is None and until is None:
        return None
    latest = until if until is not None else to_time(now_microseconds())
    first = _months(since.astimezone(UTC)) if since is not None else _FIRST_MONTH[0] * 12 + _FIRST_MONTH[1] - 1
    names = [f"{number // 12:04}-{number % 12 + 1:02}" for number in range(first, _months(latest.astimezone(UTC)) + 1)]
    return [code("t", name) for name in names] if len(names) <= _MONTHS else None


def _months(at: datetime) -> int:
    return at.year * 12 + at.month - 1

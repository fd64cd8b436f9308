"""Users as an admin keeps them: made, renamed, disabled, removed."""

from __future__ import annotations

import sqlite3

from segue.errors import Invalid, UserConflict
from segue.models import RemovedUser, SessionId, UpdateUser, UserDetail, UserId
from segued.store.base import Actor
from segued.store.sqlite import access, audit, members, people, places, projects, schedules
from segued.store.sqlite.access import Reader
from segued.store.sqlite.transaction import Transaction, to_time

_DETAILS = """
SELECT users.*,
    (SELECT count(*) FROM members WHERE user_id = users.id AND role = 'owner') AS sessions_owned,
    (SELECT count(*) FROM members WHERE user_id = users.id AND role <> 'owner') AS sessions_joined,
    (SELECT count(*) FROM tokens WHERE user_id = users.id) AS tokens,
    (SELECT max(last_used_at) FROM tokens WHERE user_id = users.id) AS last_used_at
FROM users
"""


def _detail(reader: Reader, row: sqlite3.Row) -> UserDetail:
    user = people.user_from_row(reader, row)
    return UserDetail(
        **dict(user),
        sessions_owned=row["sessions_owned"],
        sessions_joined=row["sessions_joined"],
        bytes=row["bytes"],
        tokens=row["tokens"],
        last_used_at=to_time(row["last_used_at"]) if row["last_used_at"] is not None else None,
    )


def details(connection: sqlite3.Connection, by: Actor) -> tuple[UserDetail, ...]:
    rows = connection.execute(
        f"{_DETAILS} WHERE :sees_all OR id = :user ORDER BY created_at, id",
        {"sees_all": by.sees_all, "user": by.user_id},
    ).fetchall()
    return tuple(_detail(connection, row) for row in rows)


def _one(reader: Reader, user_id: UserId) -> UserDetail:
    return _detail(reader, reader.execute(f"{_DETAILS} WHERE id = ?", (user_id,)).fetchone())


def get_named(connection: sqlite3.Connection, user: str) -> UserDetail:
    return _one(connection, UserId(people.named(connection, user)["id"]))


def create(tx: Transaction, by: Actor, name: str) -> UserDetail:
    people.check_free(tx, name)
    return _one(tx, people.add(tx, name, by=by).id)


def update(tx: Transaction, by: Actor, user: str, changes: UpdateUser) -> UserDetail:
    row = people.named(tx, user)
    user_id, before = UserId(row["id"]), row["name"]
    if changes.name is not None and changes.name != before:
        people.check_free(tx, changes.name, user_id)
        _rename(tx, by, user_id, before, changes.name)
    if changes.disabled is not None and changes.disabled != (row["disabled_at"] is not None):
        now = tx.now if changes.disabled else None
        tx.execute("UPDATE users SET disabled_at = ? WHERE id = ?", (now, user_id))
        audit.record(tx, by, "user.disabled" if changes.disabled else "user.enabled", changes.name or before)
    return _one(tx, user_id)


def _rename(tx: Transaction, by: Actor, user_id: UserId, before: str, name: str) -> None:
    """Rename the user, and tell of every session whose members it changes."""
    tx.execute("UPDATE users SET name = ? WHERE id = ?", (name, user_id))
    audit.record(tx, by, "user.renamed", f"{before}: {name}")
    for session_id in _sessions_of(tx, user_id):
        access.changed(tx, by, session_id)


def _sessions_of(tx: Transaction, user_id: UserId, *, owned: bool | None = None) -> list[SessionId]:
    rows = tx.execute(
        "SELECT session_id FROM members WHERE user_id = :user AND (:owned IS NULL OR (role = 'owner') = :owned)",
        {"user": user_id, "owned": owned},
    )
    return [SessionId(row[0]) for row in rows.fetchall()]


def remove(tx: Transaction, by: Actor, user: str, to: str | None) -> RemovedUser:
    """Remove a user for good; their sessions and projects go to `to`. What they said stays, under their name."""
    row = people.named(tx, user)
    user_id, name = UserId(row["id"]), row["name"]
    heir = UserId(people.named(tx, to)["id"]) if to is not None else None
    if heir == user_id:
        raise Invalid("give the sessions to somebody else", field="to")
    owned = _sessions_of(tx, user_id, owned=True)
    (named,) = tx.execute("SELECT count(*) FROM projects WHERE owner_id = ?", (user_id,)).fetchone()
    planned = schedules.count(tx, user_id)
    if heir is None and (owned or named):
        raise UserConflict(
            f"{len(owned)} sessions, {named} projects and {planned} schedules are {name}'s: say to whom they go"
            f" (`segue users remove {name} --to USER`), or delete them first; or only disable {name}",
            sessions=len(owned),
            projects=named,
            schedules=planned,
        )
    kept = _bequeath(tx, by, user_id, heir, owned) if heir is not None else 0
    for session_id in _sessions_of(tx, user_id):
        members.take_out(tx, by, session_id, user_id)
        access.changed(tx, by, session_id)
    _forget(tx, user_id)
    gone = RemovedUser(name=name, schedules_kept=kept, schedules_removed=planned - kept)
    audit.record(tx, by, "user.removed", _in_words(gone))
    return gone


def _in_words(gone: RemovedUser) -> str:
    kept, removed = gone.schedules_kept, gone.schedules_removed
    told = [f"{kept} schedules handed over"] * bool(kept) + [f"{removed} schedules removed"] * bool(removed)
    return f"{gone.name}: {', '.join(told)}" if told else gone.name


def _bequeath(tx: Transaction, by: Actor, user_id: UserId, heir: UserId, owned: list[SessionId]) -> int:
    """Give what is the user's to the heir; return how many schedules went along."""
    for session_id in owned:
        projects.settle(tx, session_id)
    tx.execute("UPDATE projects SET owner_id = ? WHERE owner_id = ?", (heir, user_id))
    for session_id in owned:
        places.bequeath(tx, by, session_id, user_id, heir)
        members.hand_over(tx, by, session_id, heir)
    for session_id in owned:
        projects.settle(tx, session_id)
    tx.batch.audiences.clear()
    return schedules.hand_over(tx, user_id, heir)


def _forget(tx: Transaction, user_id: UserId) -> None:
    """Delete what is only the user's own. What was brought in counts as the session's owner's from now on."""
    tx.execute(
        "UPDATE imports SET user_id = (SELECT owner_id FROM sessions WHERE id = session_id) WHERE user_id = ?",
        (user_id,),
    )
    for table in ("identities", "tokens", "links", "reads", "keys"):
        tx.execute(f"DELETE FROM {table} WHERE user_id = ?", (user_id,))
    tx.execute("DELETE FROM users WHERE id = ?", (user_id,))

"""Who belongs to a session: one by one, or the whole list; who goes leaves nothing of theirs bound to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from segue.errors import Invalid, UserConflict, UserNotFound
from segue.models import Session, SessionId, UserId
from segued.store.base import Actor
from segued.store.sqlite import access, audit, people, places
from segued.store.sqlite.transaction import Transaction

Role = Literal["owner", "writer", "reader"]


def update(tx: Transaction, by: Actor, session_id: SessionId, user: str, role: Role) -> Session:
    row = access.owned(tx, by, session_id)
    who = people.named(tx, user)
    if who["disabled_at"] is not None:
        raise UserConflict(f"{who['name']} is disabled: `segue users enable` changes that")
    before = role_of(tx, session_id, UserId(who["id"]))
    if before == "owner" and role != "owner":
        raise UserConflict(f"{who['name']} owns the session: hand it over first, to another member")
    if before == role:
        return access.session_from_row(tx, row)
    if role == "owner":
        hand_over(tx, by, session_id, UserId(who["id"]))
    else:
        put(tx, by, session_id, UserId(who["id"]), role)
    return access.changed(tx, by, session_id)


def delete(tx: Transaction, by: Actor, session_id: SessionId, user: str) -> Session:
    row = access.visible(tx, by, session_id)
    who = people.named(tx, user)
    if who["id"] != by.user_id:
        row = access.owned(tx, by, session_id)
    role = role_of(tx, session_id, UserId(who["id"]))
    if role is None:
        raise UserNotFound(f"{who['name']} is no member of this session")
    if role == "owner":
        raise UserConflict("the owner cannot go: hand the session over first, or delete it")
    assert row is not None
    take_out(tx, by, session_id, UserId(who["id"]))
    return access.changed(tx, by, session_id)


def replace(tx: Transaction, by: Actor, session_id: SessionId, roles: Mapping[UserId, Role]) -> None:
    """Let the members be these and the owner."""
    known = {row[0] for row in tx.execute("SELECT id FROM users WHERE disabled_at IS NULL")}
    now = dict(tx.execute("SELECT user_id, role FROM members WHERE session_id = ?", (session_id,)).fetchall())
    if missing := sorted(set(roles) - known - set(now)):
        raise Invalid(f"there is no user {missing[0]!r}: list them with GET /api/v1/users", field="members")
    for user_id, role in now.items():
        if role != "owner" and user_id not in roles:
            take_out(tx, by, session_id, user_id)
    for user_id, role in roles.items():
        if now.get(user_id) not in ("owner", role):
            put(tx, by, session_id, user_id, role)


def role_of(tx: Transaction, session_id: SessionId, user_id: UserId) -> Role | None:
    row = tx.execute("SELECT role FROM members WHERE session_id = ? AND user_id = ?", (session_id, user_id)).fetchone()
    return row[0] if row is not None else None


def put(tx: Transaction, by: Actor, session_id: SessionId, user_id: UserId, role: Role) -> None:
    """Give a user that role. Whoever calls this tells of the session as it then is."""
    known = role_of(tx, session_id, user_id) is not None
    tx.execute(
        "INSERT INTO members (session_id, user_id, role) VALUES (?, ?, ?)"
        " ON CONFLICT DO UPDATE SET role = excluded.role",
        (session_id, user_id, role),
    )
    tx.forget_audience(session_id)
    name = people.get(tx, user_id).name
    audit.record(tx, by, "member.changed" if known else "member.added", f"{name}: {role}", session_id)


def hand_over(tx: Transaction, by: Actor, session_id: SessionId, heir: UserId) -> None:
    """Let another user own the session; the old owner stays as a writer. What they invited to is void."""
    tx.execute("UPDATE members SET role = 'writer' WHERE session_id = ? AND role = 'owner'", (session_id,))
    tx.execute(
        "INSERT INTO members (session_id, user_id, role) VALUES (?, ?, 'owner')"
        " ON CONFLICT DO UPDATE SET role = excluded.role",
        (session_id, heir),
    )
    tx.execute("UPDATE sessions SET owner_id = ? WHERE id = ?", (heir, session_id))
    tx.execute("DELETE FROM invitations WHERE session_id = ?", (session_id,))
    tx.forget_audience(session_id)
    audit.record(tx, by, "owner.changed", people.get(tx, heir).name, session_id)


def take_out(tx: Transaction, by: Actor, session_id: SessionId, user_id: UserId) -> None:
    """Remove a member, and the places that they bound: nobody else vouches for who reads there."""
    tx.execute("DELETE FROM members WHERE session_id = ? AND user_id = ?", (session_id, user_id))
    tx.forget_audience(session_id)
    places.unbind_of(tx, by, session_id, user_id)
    audit.record(tx, by, "member.removed", people.get(tx, user_id).name, session_id)

"""Who belongs to a session: one by one, or the whole list; who goes leaves nothing of theirs bound to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from segue.errors import Invalid, UserConflict, UserNotFound
from segue.models import Session, SessionId, UserId
from segued.store.base import Actor
from segued.store.sqlite import access, audit, people, places, projects, quotas
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
    if role == "owner" and before is None and not by.sees_all:
        raise UserConflict(
            f"{who['name']} is no member of this session yet: invite or add them first, then hand it over"
        )
    if role == "owner":
        quotas.check_heir(tx, by, session_id, UserId(who["id"]), who["name"])
        projects.settle(tx, session_id)
        hand_over(tx, by, session_id, UserId(who["id"]))
        projects.settle(tx, session_id)
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
    if who["id"] != by.user_id:
        _void_invitations(tx, by, session_id)
    return access.changed(tx, by, session_id)


def replace(tx: Transaction, by: Actor, session_id: SessionId, roles: Mapping[UserId, Role]) -> None:
    """Let the members be these and the owner."""
    known = {row[0] for row in tx.execute("SELECT id FROM users WHERE disabled_at IS NULL")}
    now = dict(tx.execute("SELECT user_id, role FROM members WHERE session_id = ?", (session_id,)).fetchall())
    if missing := sorted(set(roles) - known - set(now)):
        raise Invalid(f"there is no user {missing[0]!r}: `segue users` lists them", field="members")
    gone = [user_id for user_id, role in now.items() if role != "owner" and user_id not in roles]
    for user_id in gone:
        take_out(tx, by, session_id, user_id)
    if gone:
        _void_invitations(tx, by, session_id)
    for user_id, role in roles.items():
        if now.get(user_id) not in ("owner", role):
            put(tx, by, session_id, user_id, role)


def role_of(tx: Transaction, session_id: SessionId, user_id: UserId) -> Role | None:
    row = tx.execute("SELECT role FROM members WHERE session_id = ? AND user_id = ?", (session_id, user_id)).fetchone()
    return row[0] if row is not None else None


def put(tx: Transaction, by: Actor, session_id: SessionId, user_id: UserId, role: Role) -> None:
    """Give a user that role. Whoever calls this tells of the session as it then is."""
    before = role_of(tx, session_id, user_id)
    if before == "writer" and role == "reader":
        _void_invitations(tx, by, session_id)
    tx.execute(
        "INSERT INTO members (session_id, user_id, role) VALUES (?, ?, ?)"
        " ON CONFLICT DO UPDATE SET role = excluded.role",
        (session_id, user_id, role),
    )
    tx.forget_audience(session_id)
    name = people.get(tx, user_id).name
    audit.record(tx, by, "member.changed" if before else "member.added", f"{name}: {role}", session_id)


def hand_over(tx: Transaction, by: Actor, session_id: SessionId, heir: UserId) -> None:
    """Let another user own the session; the old owner stays as a writer. What they invited to is void. Whoever calls
    this settles which project it belongs to, before and after."""
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
    """Remove a member, the places that they bound, for nobody else vouches for who reads there, and what they have
    scheduled."""
    tx.execute("DELETE FROM members WHERE session_id = ? AND user_id = ?", (session_id, user_id))
    tx.forget_member(session_id, user_id)
    places.unbind_of(tx, by, session_id, user_id)
    tx.execute("DELETE FROM schedules WHERE session_id = ? AND user_id = ?", (session_id, user_id))
    audit.record(tx, by, "member.removed", people.get(tx, user_id).name, session_id)


def _void_invitations(tx: Transaction, by: Actor, session_id: SessionId) -> None:
    """Take back all codes into the session: whoever was taken out, or may do less there, knows one perhaps."""
    rows = tx.execute("DELETE FROM invitations WHERE session_id = ? RETURNING id, uses_left", (session_id,))
    for row in rows.fetchall():
        if row["uses_left"]:
            audit.record(tx, by, "invitation.deleted", row["id"], session_id)

"""Codes that let people into a session. They are long and random: only their hashes are kept."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

from segue.errors import Forbidden, InvitationNotFound
from segue.models import CreateInvitation, Invitation, NewInvitation, NewToken, Session, SessionId
from segued.store.base import Actor
from segued.store.sqlite import access, audit, members, people
from segued.store.sqlite.access import Reader
from segued.store.sqlite.transaction import Transaction, new_id, now_microseconds, to_time

_CODE_LENGTH = 16  # 80 bits: nobody finds one by trying
_INVITATIONS = """
SELECT invitations.*, sessions.title, users.name AS created_by, users.disabled_at FROM invitations
JOIN sessions ON sessions.id = session_id JOIN users ON users.id = user_id
"""


def _invitation(row: sqlite3.Row) -> Invitation:
    return Invitation(
        id=row["id"],
        session_id=row["session_id"],
        title=row["title"],
        role=row["role"],
        new_user=bool(row["new_user"]),
        uses=row["uses"],
        uses_left=row["uses_left"],
        created_by=row["created_by"],
        created_at=to_time(row["created_at"]),
        expires_at=to_time(row["expires_at"]),
    )


def listing(connection: sqlite3.Connection, by: Actor, session_id: SessionId | None = None) -> tuple[Invitation, ...]:
    if session_id is not None:
        access.owned(connection, by, session_id)
    rows = connection.execute(
        f"{_INVITATIONS} WHERE expires_at > :now AND (:session IS NULL OR session_id = :session)"
        " AND (:sees_all OR owner_id = :user) ORDER BY invitations.created_at, invitations.id",
        {"now": now_microseconds(), "session": session_id, "sees_all": by.sees_all, "user": by.user_id},
    )
    return tuple(_invitation(row) for row in rows)


def add(tx: Transaction, by: Actor, session_id: SessionId, new: CreateInvitation) -> NewInvitation:
    access.owned(tx, by, session_id)
    if by.user_id is None:
        raise Forbidden("an invitation is made by a user: call with a user's token")
    code, invitation_id = people.new_code(_CODE_LENGTH), new_id()
    tx.execute("DELETE FROM invitations WHERE expires_at <= ?", (tx.now,))
    tx.execute(
        "INSERT INTO invitations (id, hash, session_id, role, new_user, uses, uses_left, user_id, created_at,"
        " expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(invitation_id, people.hash_of(code), session_id, new.role, new.new_user, new.uses, new.uses),
            *(by.user_id, tx.now, tx.now + new.expires_in_seconds * 1_000_000),
        ),
    )
    whom = "a new user" if new.new_user else "a user"
    audit.record(tx, by, "invitation.created", f"{invitation_id}: {whom} as {new.role}", session_id)
    row = tx.execute(f"{_INVITATIONS} WHERE invitations.id = ?", (invitation_id,)).fetchone()
    return NewInvitation(**dict(_invitation(row)), code=code)


def delete(tx: Transaction, by: Actor, invitation_id: str) -> None:
    row = tx.execute(
        f"{_INVITATIONS} WHERE invitations.id = ? AND (? OR owner_id = ?)", (invitation_id, by.sees_all, by.user_id)
    ).fetchone()
    if row is None:
        raise InvitationNotFound(f"there is no invitation {invitation_id!r}: list them with `segue invitations`")
    tx.execute("DELETE FROM invitations WHERE id = ?", (invitation_id,))
    audit.record(tx, by, "invitation.deleted", invitation_id, SessionId(row["session_id"]))


def _find(reader: Reader, code: str, now: int) -> sqlite3.Row:
    row: sqlite3.Row | None = reader.execute(
        f"{_INVITATIONS} WHERE invitations.hash = ? AND expires_at > ? AND uses_left > 0 AND disabled_at IS NULL",
        (people.hash_of(people.spelt(code)), now),
    ).fetchone()
    if row is None:
        raise InvitationNotFound("that code is wrong, used up, taken back or expired: ask for a new one")
    return row


def claim(tx: Transaction, by: Actor, code: str) -> Session:
    row = _find(tx, code, tx.now)
    session_id = SessionId(row["session_id"])
    if by.user_id is None:
        raise Forbidden("a guest joins nothing: link your account first (`segue link`)")
    role = members.role_of(tx, session_id, by.user_id)
    if (role is not None and role != "reader") or role == row["role"]:
        session: Session = access.session_from_row(tx, access.visible(tx, by, session_id))
        return session
    _use(tx, by, row)
    members.put(tx, by, session_id, by.user_id, row["role"])
    return access.changed(tx, by, session_id)


def claim_as_new_user(
    tx: Transaction, by: Actor, code: str, name: str, reserved: tuple[str, ...] = ()
) -> tuple[Session, NewToken]:
    row = _find(tx, code, tx.now)
    if not row["new_user"]:
        raise InvitationNotFound("that code is for people who have an account: join with it, `segue join CODE`")
    people.check_free(tx, name, reserved=reserved)
    user = people.add(tx, name, by=replace(by, name=name))
    who = replace(by, user_id=user.id, name=name)
    _use(tx, who, row)
    token = people.add_token(tx, who, f"invitation {row['id'][-8:]}", None, ("read", "write", "run"))
    session_id = SessionId(row["session_id"])
    members.put(tx, who, session_id, user.id, row["role"])
    return access.changed(tx, who, session_id), token


def _use(tx: Transaction, by: Actor, row: sqlite3.Row) -> None:
    tx.execute("UPDATE invitations SET uses_left = uses_left - 1 WHERE id = ?", (row["id"],))
    audit.record(tx, by, "invitation.claimed", row["id"], SessionId(row["session_id"]))

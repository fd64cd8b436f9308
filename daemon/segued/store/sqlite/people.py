"""Users, the identities that are theirs on each interface, their tokens, and the codes that link."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3

from segue.errors import (
    Forbidden,
    IdentityTaken,
    LinkNotFound,
    TokenNotFound,
    UserConflict,
    UserNotFound,
    UserTaken,
)
from segue.models import (
    Account,
    CreateLink,
    Identity,
    LinkCode,
    LinkOffer,
    NewToken,
    Scope,
    Token,
    TokenId,
    User,
    UserId,
    likeness,
)
from segued.store.base import Actor
from segued.store.sqlite import audit
from segued.store.sqlite.access import Reader
from segued.store.sqlite.transaction import Transaction, new_id, now_microseconds, to_time

_CODE_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # without what is easily mistaken for something else
_CODE_LENGTH = 10


def hash_of(secret: str) -> bytes:
    """Return what is stored of a secret. Ours are random and long, so one round of SHA-256 is enough."""
    return hashlib.sha256(secret.encode()).digest()


def new_code(length: int) -> str:
    """Return a random code that people can read to each other."""
    return "".join(secrets.choice(_CODE_ALPHABET) for _ in range(length))


def spelt(code: str) -> str:
    """Return the code as it was made, however somebody wrote it down."""
    return code.upper().replace("-", "").replace(" ", "").strip()


def user_from_row(reader: Reader, row: sqlite3.Row) -> User:
    return User(
        id=row["id"],
        name=row["name"],
        created_at=to_time(row["created_at"]),
        identities=identities_of(reader, UserId(row["id"])),
        disabled_at=to_time(row["disabled_at"]) if row["disabled_at"] is not None else None,
    )


def identities_of(reader: Reader, user_id: UserId) -> tuple[Identity, ...]:
    rows = reader.execute("SELECT * FROM identities WHERE user_id = ? ORDER BY interface, external_id", (user_id,))
    return tuple(
        Identity(
            interface=r["interface"],
            external_id=r["external_id"],
            name=r["name"],
            linked_at=to_time(r["linked_at"]),
        )
        for r in rows
    )


def listing(connection: sqlite3.Connection, by: Actor) -> tuple[User, ...]:
    rows = connection.execute(
        "SELECT * FROM users WHERE :sees_all OR id = :user ORDER BY created_at, id",
        {"sees_all": by.sees_all, "user": by.user_id},
    ).fetchall()
    return tuple(user_from_row(connection, row) for row in rows)


def get(reader: Reader, user_id: UserId) -> User:
    row = reader.execute("SELECT * FROM users WHERE id = ?", (user_id,)).fetchone()
    if row is None:
        raise UserNotFound(f"there is no user {user_id!r}")
    return user_from_row(reader, row)


def named(reader: Reader, user: str) -> sqlite3.Row:
    """Return the row of a user who is given by id or name."""
    row: sqlite3.Row | None = reader.execute(
        "SELECT * FROM users WHERE id = :user OR name = :user ORDER BY id = :user DESC LIMIT 1", {"user": user}
    ).fetchone()
    if row is None:
        raise UserNotFound(f"there is no user {user!r}: an admin lists them with `segue users`")
    return row


def alike(reader: Reader, name: str) -> sqlite3.Row | None:
    """Return the row of the user whom people would take somebody of that name for."""
    rows = reader.execute("SELECT * FROM users")
    return next((row for row in rows if likeness(row["name"]) == likeness(name)), None)


def check_free(reader: Reader, name: str, whose: UserId | None = None, reserved: tuple[str, ...] = ()) -> None:
    """Raise `UserTaken` if a user other than `whose` is called that, or something that looks like it; or if that is
    `reserved`."""
    taken = alike(reader, name)
    if (taken is not None and taken["id"] != whose) or likeness(name) in map(likeness, reserved):
        raise UserTaken(f"somebody is called {name!r} already, or looks like it: choose another name")


def check_own(reader: Reader, by: Actor, sender: str) -> None:
    """Raise `Forbidden` if the actor, who may not speak for others, gives another user's name as theirs."""
    if by.sees_all or likeness(sender) == likeness(by.name):
        return
    other = alike(reader, sender)
    if other is not None and other["id"] != by.user_id:
        raise Forbidden(
            f"sender: {other['name']!r} is another user's name: leave it out, or give one that is nobody's",
            field="sender",
        )


def speaker_of(reader: Reader, interface: str, external_id: str) -> User | None:
    """Return whose words come from an account; those of a disabled user are nobody's."""
    user = get_of(reader, interface, external_id)
    return user if user is not None and user.disabled_at is None else None


def get_of(reader: Reader, interface: str, external_id: str) -> User | None:
    row = reader.execute(
        "SELECT users.* FROM users JOIN identities ON id = user_id WHERE interface = ? AND external_id = ?",
        (interface, external_id),
    ).fetchone()
    return user_from_row(reader, row) if row is not None else None


def add(tx: Transaction, name: str, identity: tuple[str, str] | None = None, by: Actor = audit.DAEMON) -> User:
    row = tx.execute("SELECT id FROM users WHERE name = ?", (name,)).fetchone()
    user_id = UserId(row[0] if row else new_id())
    if row is None and identity is None:
        check_free(tx, name)
    if row is None:
        tx.execute("INSERT INTO users (id, name, created_at) VALUES (?, ?, ?)", (user_id, name, tx.now))
        audit.record(tx, by, "user.created", name)
    if identity is not None:
        _join(tx, user_id, *identity)
    return get(tx, user_id)


def _join(tx: Transaction, user_id: UserId, interface: str, external_id: str, name: str | None = None) -> None:
    tx.execute(
        "INSERT INTO identities (interface, external_id, name, user_id, linked_at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (interface, external_id) DO NOTHING",
        (interface, external_id, name, user_id, tx.now),
    )
    if (owner := get_of(tx, interface, external_id)) and owner.id != user_id:
        raise _taken(interface, external_id, owner)


# --- tokens


def _token(row: sqlite3.Row) -> Token:
    return Token(
        id=row["id"],
        name=row["name"],
        user_id=row["user_id"],
        user=row["user"],
        scopes=tuple(row["scopes"].split()),
        created_at=to_time(row["created_at"]),
        last_used_at=to_time(row["last_used_at"]) if row["last_used_at"] is not None else None,
        expires_at=to_time(row["expires_at"]) if row["expires_at"] is not None else None,
        disabled=row["disabled_at"] is not None,
    )


_TOKENS = "SELECT tokens.*, users.name AS user, disabled_at FROM tokens JOIN users ON users.id = user_id"


def list_tokens(connection: sqlite3.Connection, by: Actor) -> tuple[Token, ...]:
    rows = connection.execute(
        f"{_TOKENS} WHERE :sees_all OR user_id = :user ORDER BY tokens.created_at, tokens.id",
        {"sees_all": by.sees_all, "user": by.user_id},
    )
    return tuple(_token(row) for row in rows)


def get_token(connection: sqlite3.Connection, secret: str) -> Token | None:
    row = connection.execute(f"{_TOKENS} WHERE hash = ?", (hash_of(secret),)).fetchone()
    return _token(row) if row is not None else None


def add_token(
    tx: Transaction,
    by: Actor,
    name: str,
    user: str | None,
    scopes: tuple[Scope, ...],
    expires_in_seconds: int | None = None,
) -> NewToken:
    if user is None and by.user_id is None:
        raise Forbidden("say whose token it is to be: give a user")
    owner = add(tx, user, by=by) if user is not None else get(tx, by.user_id or UserId(""))
    if owner.disabled_at is not None:
        raise UserConflict(f"{owner.name} is disabled: `segue users enable` changes that")
    secret, token_id = _new_secret(), TokenId(new_id())
    expires_at = tx.now + expires_in_seconds * 1_000_000 if expires_in_seconds is not None else None
    tx.execute(
        "INSERT INTO tokens (id, name, user_id, scopes, hash, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (token_id, name, owner.id, " ".join(dict.fromkeys(scopes)), hash_of(secret), tx.now, expires_at),
    )
    made = _find_token(tx, by, token_id, owner.id)
    audit.record(tx, by, "token.created", f"{name}: {owner.name}, {', '.join(made.scopes)}")
    return NewToken(**dict(made), token=secret)


def _new_secret() -> str:
    return f"segue_{secrets.token_urlsafe(32)}"


def _find_token(reader: Reader, by: Actor, token_id: TokenId, owner: UserId | None = None) -> Token:
    """Return a token of the actor's, or of anybody's for who sees all; or of the owner who is given."""
    row = reader.execute(
        f"{_TOKENS} WHERE tokens.id = ? AND (? OR user_id = ?)", (token_id, by.sees_all, owner or by.user_id)
    ).fetchone()
    if row is None:
        raise TokenNotFound(f"there is no token {token_id!r}: list them with `segue token list`")
    return _token(row)


def rotate_token(tx: Transaction, by: Actor, token_id: TokenId) -> NewToken:
    token = _find_token(tx, by, token_id)
    secret = _new_secret()
    tx.execute("UPDATE tokens SET hash = ? WHERE id = ?", (hash_of(secret), token_id))
    audit.record(tx, by, "token.rotated", f"{token.name}: {token.user}")
    return NewToken(**dict(token), token=secret)


def note_use(tx: Transaction, token_id: TokenId) -> None:
    tx.execute("UPDATE tokens SET last_used_at = ? WHERE id = ?", (tx.now, token_id))


def delete_token(tx: Transaction, by: Actor, token_id: TokenId) -> None:
    token = _find_token(tx, by, token_id)
    tx.execute("DELETE FROM tokens WHERE id = ?", (token_id,))
    audit.record(tx, by, "token.deleted", f"{token.name}: {token.user}")


# --- links


def add_link(tx: Transaction, by: Actor, ttl_seconds: int, account: CreateLink | None = None) -> LinkCode:
    user_id = get(tx, by.user_id or UserId("")).id if account is None else None
    if account and (owner := get_of(tx, account.interface, account.external_id)):
        raise _taken(account.interface, account.external_id, owner)
    code = new_code(_CODE_LENGTH)
    expires_at = tx.now + ttl_seconds * 1_000_000
    stands_for = (account.interface, account.external_id, account.name) if account else (None, None, None)
    tx.execute("DELETE FROM links WHERE expires_at <= ?", (tx.now,))
    tx.execute(
        "INSERT INTO links (hash, user_id, interface, external_id, name, expires_at) VALUES (?, ?, ?, ?, ?, ?)",
        (hash_of(code), user_id, *stands_for, expires_at),
    )
    audit.record(tx, by, "link.created", f"{account.interface} {account.external_id}" if account else None)
    return LinkCode(code=code, expires_at=to_time(expires_at))


def _link(reader: Reader, code: str, now: int) -> sqlite3.Row:
    row: sqlite3.Row | None = reader.execute(
        "SELECT links.*, users.name AS user FROM links LEFT JOIN users ON id = user_id"
        " WHERE hash = ? AND expires_at > ? AND disabled_at IS NULL",
        (hash_of(spelt(code)), now),
    ).fetchone()
    if row is None:
        raise LinkNotFound("that code is wrong, used or expired: ask for a new one")
    return row


def get_link(connection: sqlite3.Connection, code: str) -> LinkOffer:
    row = _link(connection, code, now_microseconds())
    account = None
    if row["interface"] is not None:
        account = Account(interface=row["interface"], external_id=row["external_id"])
    return LinkOffer(user=row["user"], account=account, name=row["name"], expires_at=to_time(row["expires_at"]))


def add_identity(
    tx: Transaction, by: Actor, code: str, account: Account | None = None, name: str | None = None
) -> User:
    row = _link(tx, code, tx.now)
    if account is None and row["interface"] is None:
        raise LinkNotFound(
            f"that code stands for {row['user']}: enter it on the interface whose account is to be theirs"
        )
    if account is not None and row["user_id"] is None:
        raise LinkNotFound(
            "that code stands for an account, not for a user: enter it in the terminal, `segue link CODE`"
        )
    user = get(tx, UserId(row["user_id"] or by.user_id or ""))
    claimed = account or Account(interface=row["interface"], external_id=row["external_id"])
    interface, external_id = claimed.interface, claimed.external_id
    if (owner := get_of(tx, interface, external_id)) and owner.id != user.id:
        raise _taken(interface, external_id, owner)
    tx.execute("DELETE FROM links WHERE hash = ?", (row["hash"],))
    _join(tx, user.id, interface, external_id, name or row["name"])
    audit.record(tx, by, "identity.linked", f"{interface} {external_id}: {user.name}")
    return get(tx, user.id)


def _taken(interface: str, external_id: str, owner: User) -> IdentityTaken:
    return IdentityTaken(f"{interface} {external_id!r} is linked to {owner.name} already: unlink it there first")


def delete_identity(tx: Transaction, by: Actor, interface: str, external_id: str) -> None:
    gone = tx.execute(
        "DELETE FROM identities WHERE interface = ? AND external_id = ? AND (? OR user_id = ?) RETURNING user_id",
        (interface, external_id, by.sees_all, by.user_id),
    ).fetchone()
    if gone is None:
        raise LinkNotFound(f"{interface} {external_id!r} is not linked to you")
    audit.record(tx, by, "identity.unlinked", f"{interface} {external_id}: {get(tx, UserId(gone[0])).name}")


def list_identities(connection: sqlite3.Connection, by: Actor) -> tuple[Identity, ...]:
    return identities_of(connection, by.user_id or UserId(""))

"""Who is calling, and what they may do."""

from __future__ import annotations

import getpass
import hashlib
import math
import os
import time
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass
from typing import get_args

from segue.errors import Forbidden, SegueError, StorageFailed, StorageFull, Unauthorized
from segue.models import Account, AddressKind, Scope, Token, TokenId
from segued import clock
from segued import log as logs
from segued.config import Settings
from segued.store.base import INSIDE, Actor, Once, Store, Via

ALL_SCOPES: frozenset[Scope] = frozenset(get_args(Scope))
_USER_SCOPES: frozenset[Scope] = frozenset({"read", "write", "run"})
_ANONYMOUS = "anonymous"
_REMEMBERED_TOKENS = 1000
_NOTE_USE_SECONDS = 60.0


@dataclass(frozen=True)
class Caller:
    """A user with scopes, by the way that they came; until when, in seconds since 1970, if their token expires."""

    actor: Actor
    scopes: frozenset[Scope]
    via: Via = INSIDE
    expires_at: float = math.inf

    @property
    def token_id(self) -> TokenId | None:
        return self.via.token_id

    def require(self, scope: Scope) -> None:
        if scope not in self.scopes:
            raise Forbidden(f"this needs the scope '{scope}': use a token that has it", scope=scope)

    def acting(self, interface: str, once: Once | None) -> Actor:
        via = Via(self.via.address, self.via.token_id, self.via.uid, logs.request_id.get())
        return Actor(self.actor.user_id, self.actor.name, interface, self.actor.sees_all, once, via)


class Gatekeeper:
    """Finds the caller behind a Unix uid or a bearer token. What it has found it remembers until users or tokens
    change: `changes` counts how often they did."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._by_uid: dict[int, Caller] = {}
        self._by_token: OrderedDict[bytes, Caller] = OrderedDict()
        self.changes = 0
        self._noted: dict[TokenId, float] = {}
        self._anonymous: Caller | None = None

    def reload(self, settings: Settings) -> None:
        """Take over other settings of who may call."""
        self._settings = settings
        self._by_uid.clear()
        self._anonymous = None

    async def by_uid(self, uid: int) -> Caller:
        """Return the caller behind the kernel's word: the daemon's own account is the owner, others must be listed."""
        if (known := self._by_uid.get(uid)) is not None:
            return known
        if uid == os.getuid():
            name, scopes = _account_name(), ALL_SCOPES
        elif (listed := self._settings.server.unix_users.get(str(uid))) is not None:
            name, scopes = listed, _USER_SCOPES
        else:
            raise Unauthorized(f"Unix account {uid} may not use this socket: list it in [server] unix_users")
        changes = self.changes
        caller = await self._user(name, ("unix", str(uid)), scopes, Via("unix", uid=uid))
        if changes == self.changes:
            self._by_uid[uid] = caller
        return caller

    async def by_token(self, secret: str) -> Caller:
        digest = hashlib.sha256(secret.encode(errors="surrogatepass")).digest()
        caller = self._by_token.get(digest)
        if caller is None:
            changes = self.changes
            caller = _bearer(await self._store.get_token(secret) if secret.isascii() else None)
            if changes == self.changes:  # else it may have been deleted since it was read
                self._by_token[digest] = caller
            if len(self._by_token) > _REMEMBERED_TOKENS:
                self._by_token.popitem(last=False)
        if clock.now() >= caller.expires_at:
            raise Unauthorized(
                "the token has expired: ask an admin for another (`segue token create`)", user=caller.actor.name
            )
        await self._note_use(caller)
        return caller

    async def acting_for(self, caller: Caller, account: Account, name: str) -> Caller:
        """Return the caller as the user that the account is linked to, else as a guest of that name, who sees no
        session. Raises `Forbidden` unless the caller is an admin, and if the user is disabled."""
        caller.require("admin")
        user = await self._store.get_user_of(account.interface, account.external_id)
        if user is not None and user.disabled_at is not None:
            raise Forbidden(_disabled(user.name))
        actor = Actor(user.id, user.name, "http") if user else Actor(None, name, "http")
        return Caller(actor, _USER_SCOPES, caller.via, caller.expires_at)

    async def anonymous(self) -> Caller:
        """Return who calls over loopback without a token, where the settings allow that."""
        allowed = self._settings.anonymous_loopback
        if allowed == "off":
            raise Unauthorized(
                "TCP needs a token: send 'Authorization: Bearer TOKEN' (`segue token create --name NAME`); with a code"
                " that lets new people in, `segue join CODE --name NAME` gives you one"
            )
        if self._anonymous is None:
            scopes: frozenset[Scope] = frozenset({"read"} if allowed == "read" else {"read", "write", "run"})
            changes = self.changes
            caller = await self._user(_ANONYMOUS, None, scopes, Via("loopback"))
            if changes != self.changes:
                return caller
            self._anonymous = caller
        return self._anonymous

    @property
    def reserved_names(self) -> tuple[str, ...]:
        """The names of those whom the daemon lets in by itself, perhaps not yet users: who took one would get them in
        their own account."""
        return (_account_name(), _ANONYMOUS, *self._settings.server.unix_users.values())

    def forget(self) -> None:
        """Look everybody up anew: a user or a token has changed."""
        self.changes += 1
        self._by_token.clear()
        self._by_uid.clear()
        self._anonymous = None

    async def _user(self, name: str, identity: tuple[str, str] | None, scopes: frozenset[Scope], via: Via) -> Caller:
        user = await self._store.get_user_of(*identity) if identity else None
        user = user or await self._store.add_user(name, identity)
        if user.disabled_at is not None:
            raise Unauthorized(_disabled(user.name), user=user.name)
        return Caller(Actor(user.id, user.name, "http", sees_all="admin" in scopes), scopes, via)

    async def note_failure(self, address: AddressKind, uid: int | None, whence: str) -> None:
        """Note in the audit log that somebody was not let in; what cannot be written is not."""
        by = Actor(None, "somebody", "http", via=Via(address, uid=uid, request_id=logs.request_id.get()))
        with suppress(SegueError):
            await self._store.add_audit(by, "login.failed", whence, outcome="refused")

    async def _note_use(self, caller: Caller) -> None:
        token_id = caller.token_id
        if (
            token_id is not None
            and time.monotonic() - self._noted.get(token_id, -_NOTE_USE_SECONDS) >= _NOTE_USE_SECONDS
        ):
            self._noted[token_id] = time.monotonic()
            with suppress(StorageFailed, StorageFull):  # it lets in to what can be read
                await self._store.update_token_used(token_id)


def _bearer(token: Token | None) -> Caller:
    """Return who comes with a token; over loopback, unless somebody says otherwise."""
    if token is None:
        raise Unauthorized("the token is wrong or was deleted: make one with `segue token create --name NAME`")
    if token.disabled:
        raise Unauthorized(_disabled(token.user), user=token.user)
    scopes = frozenset(token.scopes)
    actor = Actor(token.user_id, token.user, "http", sees_all="admin" in scopes)
    expires_at = token.expires_at.timestamp() if token.expires_at is not None else math.inf
    return Caller(actor, scopes, Via("loopback", token.id), expires_at)


def _disabled(name: str) -> str:
    return f"the user {name} is disabled: an admin changes that with `segue users enable`"


def _account_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a uid without an account, as in containers
        return f"uid{os.getuid()}"

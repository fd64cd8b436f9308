"""Who is calling, and what they may do."""

from __future__ import annotations

import getpass
import hashlib
import os
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import get_args

from segue.errors import Forbidden, Unauthorized
from segue.models import Account, Scope, TokenId
from segued.config import Settings
from segued.store.base import Actor, Once, Store

ALL_SCOPES: frozenset[Scope] = frozenset(get_args(Scope))
_USER_SCOPES: frozenset[Scope] = frozenset({"read", "write", "run"})
_REMEMBERED_TOKENS = 1000
_NOTE_USE_SECONDS = 60.0


@dataclass(frozen=True)
class Caller:
    """A user with scopes; `token_id` where they came with a token."""

    actor: Actor
    scopes: frozenset[Scope]
    token_id: TokenId | None = None

    def require(self, scope: Scope) -> None:
        if scope not in self.scopes:
            raise Forbidden(f"this needs the scope '{scope}': use a token that has it", scope=scope)

    def acting(self, interface: str, once: Once | None) -> Actor:
        return Actor(self.actor.user_id, self.actor.name, interface, self.actor.sees_all, once)


class Gatekeeper:
    """Finds the caller behind a Unix uid or a bearer token. What it has found it remembers until tokens change."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._by_uid: dict[int, Caller] = {}
        self._by_token: OrderedDict[bytes, Caller] = OrderedDict()
        self._deletions = 0
        self._noted: dict[TokenId, float] = {}
        self._anonymous: Caller | None = None

    async def by_uid(self, uid: int) -> Caller:
        """Return the caller behind the kernel's word: the daemon's own account is the owner, others must be listed."""
        if (known := self._by_uid.get(uid)) is not None:
            return known
        if uid == os.getuid():
            caller = await self._user(_account_name(), ("unix", str(uid)), ALL_SCOPES)
        elif (name := self._settings.server.unix_users.get(str(uid))) is not None:
            caller = await self._user(name, ("unix", str(uid)), _USER_SCOPES)
        else:
            raise Unauthorized(f"Unix account {uid} may not use this socket: list it in [server] unix_users")
        self._by_uid[uid] = caller
        return caller

    async def by_token(self, secret: str) -> Caller:
        digest = hashlib.sha256(secret.encode(errors="surrogatepass")).digest()
        caller = self._by_token.get(digest)
        if caller is None:
            deletions = self._deletions
            token = await self._store.get_token(secret) if secret.isascii() else None
            if token is None:
                raise Unauthorized("the token is wrong or was deleted: make one with `segue token create --name NAME`")
            scopes = frozenset(token.scopes)
            actor = Actor(token.user_id, token.user, "http", sees_all="admin" in scopes)
            caller = Caller(actor, scopes, token.id)
            if deletions == self._deletions:  # else it may have been deleted since it was read
                self._by_token[digest] = caller
            if len(self._by_token) > _REMEMBERED_TOKENS:
                self._by_token.popitem(last=False)
        await self._note_use(caller)
        return caller

    async def acting_for(self, caller: Caller, account: Account, name: str) -> Caller:
        """Return the caller as the user that the account is linked to, else as a guest of that name, who sees no
        session. Raises `Forbidden` unless the caller is an admin."""
        caller.require("admin")
        user = await self._store.get_user_of(account.interface, account.external_id)
        actor = Actor(user.id, user.name, "http") if user else Actor(None, name, "http")
        return Caller(actor, _USER_SCOPES, caller.token_id)

    async def anonymous(self) -> Caller:
        """Return who calls over loopback without a token, where the settings allow that."""
        allowed = self._settings.anonymous_loopback
        if allowed == "off":
            raise Unauthorized(
                "TCP needs a token: send 'Authorization: Bearer TOKEN' (`segue token create --name NAME`)"
            )
        if self._anonymous is None:
            scopes: frozenset[Scope] = frozenset({"read"} if allowed == "read" else {"read", "write", "run"})
            self._anonymous = await self._user("anonymous", None, scopes)
        return self._anonymous

    def forget_tokens(self) -> None:
        self._deletions += 1
        self._by_token.clear()

    async def _user(self, name: str, identity: tuple[str, str] | None, scopes: frozenset[Scope]) -> Caller:
        user = await self._store.get_user_of(*identity) if identity else None
        user = user or await self._store.add_user(name, identity)
        return Caller(Actor(user.id, user.name, "http", sees_all="admin" in scopes), scopes)

    async def _note_use(self, caller: Caller) -> None:
        token_id = caller.token_id
        if (
            token_id is not None
            and time.monotonic() - self._noted.get(token_id, -_NOTE_USE_SECONDS) >= _NOTE_USE_SECONDS
        ):
            self._noted[token_id] = time.monotonic()
            await self._store.update_token_used(token_id)


def _account_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a uid without an account, as in containers
        return f"uid{os.getuid()}"

"""Calls about people, their accounts and their tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from segue import routes
from segue.client.calls import Calls, decode, given
from segue.models import AuditPage, LinkCode, LinkOffer, NewToken, RemovedUser, Scope, Token, User, UserDetail
from segue.routes import path


class People(Calls):
    async def create_link(self, account: tuple[str, str] | None = None, *, name: str | None = None) -> LinkCode:
        """Return a code, good once and for ten minutes, that joins an account on another interface to you when it is
        entered there. A bridge (scope admin) gives an `account`, an (interface, external id) pair, and what it is
        called: that becomes the account of whoever enters the code."""
        body = {"interface": account[0], "external_id": account[1]} | given(name=name) if account else None
        return await self._write(LinkCode, "POST", routes.LINKS, body)

    async def link_offer(self, code: str) -> LinkOffer:
        """Return what a code stands for: a user, or an account."""
        return await self._get(LinkOffer, path(routes.LINK, code=code))

    async def claim_link(
        self, code: str, interface: str | None = None, external_id: str | None = None, *, name: str | None = None
    ) -> User:
        """Use up a link code: one that stands for an account makes it yours; with an account given (scope admin), which
        people know by `name`, one that stands for a user makes it theirs. Returns the user."""
        body = given(interface=interface, external_id=external_id, name=name)
        return await self._write(User, "POST", path(routes.LINK, code=code), body or None)

    async def user_of(self, interface: str, external_id: str) -> User:
        """Return the user whom an account is linked to; raise `LinkNotFound` if it is nobody that you may see."""
        return await self._get(User, _identity(interface, external_id))

    async def unlink(self, interface: str, external_id: str) -> None:
        """Take an account from its user: you, or for an admin anybody."""
        await self._connection.request("DELETE", _identity(interface, external_id))

    async def users(self) -> list[UserDetail]:
        """Return the users, their accounts, and how much is theirs."""
        return await self._get(list[UserDetail], routes.USERS)

    async def create_user(self, name: str) -> UserDetail:
        """Make a user; raise `UserTaken` if there is one of that name. Needs scope admin, as what follows does."""
        return await self._write(UserDetail, "POST", routes.USERS, {"name": name})

    async def update_user(self, user: str, *, name: str | None = None, disabled: bool | None = None) -> UserDetail:
        """Rename a user, given by id or name, or refuse them from now on, or no longer."""
        body = given(name=name, disabled=disabled)
        return await self._write(UserDetail, "PATCH", path(routes.USER, user=user), body)

    async def delete_user(self, user: str, *, to: str | None = None) -> RemovedUser:
        """Remove a user; their sessions, projects and schedules go to another one. Raises `UserConflict` where they
        have sessions or projects and nobody is named."""
        where = path(routes.USER, user=user)
        return decode(RemovedUser, await self._connection.request("DELETE", where, query={"to": to}))

    async def create_token(
        self,
        name: str,
        *,
        user: str | None = None,
        scopes: Sequence[Scope] = ("read", "write", "run"),
        expires_in_seconds: int | None = None,
    ) -> NewToken:
        """Make a token; its secret is in this answer and nowhere else. Needs scope admin."""
        body = given(name=name, user=user, scopes=list(scopes), expires_in_seconds=expires_in_seconds)
        return await self._write(NewToken, "POST", routes.TOKENS, body)

    async def rotate_token(self, token_id: str) -> NewToken:
        """Give a token another secret; the old one is refused at once."""
        return await self._write(NewToken, "POST", path(routes.TOKEN_ROTATE, token_id=token_id))

    async def audit(self, **query: Any) -> AuditPage:
        """Return who did what, the newest first; the query is as in `segue.models.AuditQuery`."""
        return await self._get(AuditPage, routes.AUDIT, query)

    async def tokens(self) -> list[Token]:
        """Return the tokens, without their secrets."""
        return await self._get(list[Token], routes.TOKENS)

    async def delete_token(self, token_id: str) -> None:
        """Revoke a token at once."""
        await self._connection.request("DELETE", path(routes.TOKEN, token_id=token_id))


def _identity(interface: str, external_id: str) -> str:
    return path(routes.IDENTITY, interface=interface, external_id=external_id)

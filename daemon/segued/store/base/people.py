"""The verbs about people."""

from __future__ import annotations

from typing import Protocol

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
)
from segued.store.base.actors import Actor


class PeopleVerbs(Protocol):
    async def list_users(self, by: Actor) -> tuple[User, ...]: ...

    async def get_user(self, user_id: UserId) -> User: ...

    async def get_user_of(self, interface: str, external_id: str) -> User | None: ...

    async def add_user(self, name: str, identity: tuple[str, str] | None = None) -> User:
        """Return the user of that name, added where new, joined to the identity (interface, external id) if given."""
        ...

    async def list_tokens(self, by: Actor) -> tuple[Token, ...]: ...

    async def get_token(self, secret: str) -> Token | None:
        """Return the token with this secret, if it was not deleted."""
        ...

    async def add_token(self, by: Actor, name: str, user: str | None, scopes: tuple[Scope, ...]) -> NewToken: ...

    async def update_token_used(self, token_id: TokenId) -> None: ...

    async def delete_token(self, by: Actor, token_id: TokenId) -> None: ...

    async def add_link(self, by: Actor, ttl_seconds: int, account: CreateLink | None = None) -> LinkCode:
        """Add a code that stands for the actor's user, or for the account. Raises `IdentityTaken` if that is linked."""
        ...

    async def get_link(self, code: str) -> LinkOffer:
        """Return what the code stands for. Raises `LinkNotFound`."""
        ...

    async def add_identity(self, by: Actor, code: str, account: Account | None = None, name: str | None = None) -> User:
        """Use up a link code: join the account to the user for whom it stands, or without one the account for which
        it stands to the actor's user. Raises `LinkNotFound`, too for a code of the other kind."""
        ...

    async def delete_identity(self, by: Actor, interface: str, external_id: str) -> None: ...

    async def list_identities(self, by: Actor) -> tuple[Identity, ...]: ...

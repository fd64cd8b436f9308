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
    RemovedUser,
    Scope,
    Token,
    TokenId,
    UpdateUser,
    User,
    UserDetail,
    UserId,
)
from segued.store.base.actors import Actor


class PeopleVerbs(Protocol):
    async def list_users(self, by: Actor) -> tuple[User, ...]: ...

    async def list_user_details(self, by: Actor) -> tuple[UserDetail, ...]: ...

    async def get_user_detail(self, user: str) -> UserDetail:
        """Return a user given by id or name. Raises `UserNotFound`."""
        ...

    async def create_user(self, by: Actor, name: str) -> UserDetail:
        """Add a user. Raises `UserTaken`."""
        ...

    async def update_user(self, by: Actor, user: str, changes: UpdateUser) -> UserDetail:
        """Rename, disable or enable a user, given by id or name. Raises `UserNotFound`, `UserTaken`."""
        ...

    async def delete_user(self, by: Actor, user: str, to: str | None) -> RemovedUser:
        """Remove a user with their tokens, links and memberships; their sessions and projects go to another user, and
        without one there must be none. Raises `UserNotFound`, `UserConflict`."""
        ...

    async def get_user(self, user_id: UserId) -> User: ...

    async def get_user_of(self, interface: str, external_id: str) -> User | None: ...

    async def add_user(self, name: str, identity: tuple[str, str] | None = None) -> User:
        """Return the user of that name, added where new, joined to the identity (interface, external id) if given."""
        ...

    async def list_tokens(self, by: Actor) -> tuple[Token, ...]: ...

    async def get_token(self, secret: str) -> Token | None:
        """Return the token with this secret, if it was not deleted. It may have expired, or its user be disabled."""
        ...

    async def add_token(
        self,
        by: Actor,
        name: str,
        user: str | None,
        scopes: tuple[Scope, ...],
        expires_in_seconds: int | None = None,
    ) -> NewToken:
        """Add a token for a user, made where new. Raises `UserConflict` if they are disabled."""
        ...

    async def rotate_token(self, by: Actor, token_id: TokenId) -> NewToken:
        """Give the token another secret; the old one is unknown from now on."""
        ...

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

"""People: who you are, users, tokens, and codes that link an identity to a user."""

from __future__ import annotations

import os

from pydantic import Field

from segue import routes
from segue.errors import Forbidden, LinkNotFound, UserConflict
from segue.models import (
    ClaimLink,
    CreateLink,
    CreateToken,
    CreateUser,
    LinkCode,
    LinkOffer,
    Me,
    Name,
    NewToken,
    RemovedUser,
    Request,
    Scope,
    Token,
    TokenId,
    UpdateUser,
    User,
    UserDetail,
)
from segued.api.registry import GATEKEEPER, Call, Registry
from segued.api.streams import OPEN

api = Registry("People")

_LINK_SECONDS = 600


class DeleteUserQuery(Request):
    to: Name | None = Field(None, description="Whom their sessions and projects go to: a user's id or name.")


@api.operation("GET", routes.ME)
async def get_me(call: Call) -> Me:
    """Get yourself as the daemon sees you."""
    if call.by.user_id is None:
        raise Forbidden("there is no user behind this account: link it first (`segue link`)")
    scopes: tuple[Scope, ...] = tuple(sorted(call.caller.scopes))
    return Me(user=await call.store.get_user(call.by.user_id), scopes=scopes)


@api.operation("GET", routes.USERS)
async def list_users(call: Call) -> tuple[UserDetail, ...]:
    """List the users and how much is theirs: all for an admin, else yourself."""
    return await call.store.list_user_details(call.by)


@api.operation("POST", routes.USERS, status=201, scope="admin")
async def create_user(call: Call, body: CreateUser) -> UserDetail:
    """Make a user, who comes in with a token that is made for them, or an account that is linked to them."""
    return await call.store.create_user(call.by, body.name)


@api.operation("PATCH", routes.USER, scope="admin")
async def update_user(call: Call, user: str, body: UpdateUser) -> UserDetail:
    """Rename a user, given by id or name, or disable or enable them. One who is disabled is refused at once, whether
    they come with a token, over the socket or through a bridge, and what they have open is cut off."""
    if body.disabled:
        await _check_dispensable(call, user)
    changed = await call.store.update_user(call.by, user, body)
    call.request.app[GATEKEEPER].forget()
    if changed.disabled_at is not None:
        call.request.app[OPEN].cut_user(changed.id)
    return changed


@api.operation("DELETE", routes.USER, scope="admin")
async def delete_user(call: Call, user: str, query: DeleteUserQuery) -> RemovedUser:
    """Remove a user with their tokens, links and memberships. What they said stays, under their name; what they had
    scheduled goes on where the heir may write."""
    gone = await _check_dispensable(call, user)
    removed = await call.store.delete_user(call.by, user, query.to)
    call.request.app[GATEKEEPER].forget()
    call.request.app[OPEN].cut_user(gone.id)
    return removed


async def _check_dispensable(call: Call, user: str) -> User:
    """Return the user; raise `UserConflict` if it is the caller, or whose account the daemon runs under: who is let in
    by the kernel could not be kept out."""
    found = await call.store.get_user_detail(user)
    if found.id == call.by.user_id:
        raise UserConflict("that is yourself: let another admin do it")
    if any((i.interface, i.external_id) == ("unix", str(os.getuid())) for i in found.identities):
        raise UserConflict(f"the daemon runs under {found.name}'s account: they cannot be kept out")
    return found


@api.operation("POST", routes.TOKENS, status=201, scope="admin")
async def create_token(call: Call, body: CreateToken) -> NewToken:
    """Make a token. Its secret is in this answer and nowhere else: sent again with its Idempotency-Key, this is refused
    (409)."""
    by = call.by.given_a_secret()
    return await call.store.add_token(by, body.name, body.user, body.scopes, body.expires_in_seconds)


@api.operation("GET", routes.TOKENS, scope="admin")
async def list_tokens(call: Call) -> tuple[Token, ...]:
    """List the tokens, without their secrets."""
    return await call.store.list_tokens(call.by)


@api.operation("POST", routes.TOKEN_ROTATE, scope="admin")
async def rotate_token(call: Call, token_id: TokenId) -> NewToken:
    """Give a token another secret, shown in this answer and nowhere else. The old one is refused from now on, and what
    it has open is cut off."""
    rotated = await call.store.rotate_token(call.by.given_a_secret(), token_id)
    _forget_token(call, token_id)
    return rotated


def _forget_token(call: Call, token_id: TokenId) -> None:
    call.request.app[GATEKEEPER].forget()
    call.request.app[OPEN].cut(token_id)


@api.operation("DELETE", routes.TOKEN, scope="admin", status=204)
async def delete_token(call: Call, token_id: TokenId) -> None:
    """Delete a token; it is refused from now on, and what it has open is cut off."""
    await call.store.delete_token(call.by, token_id)
    _forget_token(call, token_id)


@api.operation("POST", routes.LINKS, status=201, scope="write")
async def create_link(call: Call, body: CreateLink | None = None) -> LinkCode:
    """Get a code, good once and for ten minutes: one that stands for you, for an account of yours elsewhere to enter;
    or, as a bridge (scope admin), one that stands for an account, for its user to enter."""
    if body is not None:
        call.caller.require("admin")
    return await call.store.add_link(call.by.given_a_secret(), _LINK_SECONDS, body)


@api.operation("GET", routes.LINK, scope="write")
async def get_link(call: Call, code: str) -> LinkOffer:
    """See what a code stands for before you use it."""
    return await call.store.get_link(code)


@api.operation("POST", routes.LINK, scope="write")
async def claim_link(call: Call, code: str, body: ClaimLink | None = None) -> User:
    """Use a code up: without a body, one that stands for an account, which is yours from then on; as a bridge (scope
    admin), one that stands for a user, for the account that entered it."""
    if body is not None:
        call.caller.require("admin")
    return await call.store.add_identity(call.by, code, body, body.name if body else None)


@api.operation("GET", routes.LINKS)
async def list_links(call: Call) -> tuple[User, ...]:
    """List the users you may see with the identities linked to each."""
    return await call.store.list_users(call.by)


@api.operation("GET", routes.IDENTITY)
async def get_identity(call: Call, interface: str, external_id: str) -> User:
    """Get the user whom an account is linked to: you, or as an admin anybody."""
    user = await call.store.get_user_of(interface, external_id)
    if user is None or user.disabled_at is not None or not (call.by.sees_all or user.id == call.by.user_id):
        raise LinkNotFound(f"{interface} {external_id!r} is not linked to a user that you may see")
    return user


@api.operation("DELETE", routes.IDENTITY, scope="write", status=204)
async def delete_identity(call: Call, interface: str, external_id: str) -> None:
    """Unlink an identity from you."""
    await call.store.delete_identity(call.by, interface, external_id)

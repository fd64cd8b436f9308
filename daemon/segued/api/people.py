"""People: who you are, users, tokens, and codes that link an identity to a user."""

from __future__ import annotations

from segue import routes
from segue.errors import Forbidden, LinkNotFound
from segue.models import (
    ClaimLink,
    CreateLink,
    CreateToken,
    LinkCode,
    LinkOffer,
    Me,
    NewToken,
    Scope,
    Token,
    TokenId,
    User,
)
from segued.api.registry import GATEKEEPER, Call, Registry
from segued.api.streams import OPEN

api = Registry("People")

_LINK_SECONDS = 600


@api.operation("GET", routes.ME)
async def get_me(call: Call) -> Me:
    """Get yourself as the daemon sees you."""
    if call.by.user_id is None:
        raise Forbidden("there is no user behind this account: link it first (`segue link`)")
    scopes: tuple[Scope, ...] = tuple(sorted(call.caller.scopes))
    return Me(user=await call.store.get_user(call.by.user_id), scopes=scopes)


@api.operation("GET", routes.USERS)
async def list_users(call: Call) -> tuple[User, ...]:
    """List the users: all for an admin, else yourself."""
    return await call.store.list_users(call.by)


@api.operation("POST", routes.TOKENS, status=201, scope="admin")
async def create_token(call: Call, body: CreateToken) -> NewToken:
    """Make a token. Its secret is in this answer and nowhere else: an Idempotency-Key does not bring it back."""
    return await call.store.add_token(call.by.without_key(), body.name, body.user, body.scopes)


@api.operation("GET", routes.TOKENS, scope="admin")
async def list_tokens(call: Call) -> tuple[Token, ...]:
    """List the tokens, without their secrets."""
    return await call.store.list_tokens(call.by)


@api.operation("DELETE", routes.TOKEN, scope="admin", status=204)
async def delete_token(call: Call, token_id: TokenId) -> None:
    """Delete a token; it is refused from now on, and what it has open is cut off."""
    await call.store.delete_token(call.by, token_id)
    call.request.app[GATEKEEPER].forget_tokens()
    call.request.app[OPEN].cut(token_id)


@api.operation("POST", routes.LINKS, status=201, scope="write")
async def create_link(call: Call, body: CreateLink | None = None) -> LinkCode:
    """Get a code, good once and for ten minutes: one that stands for you, for an account of yours elsewhere to enter;
    or, as a bridge (scope admin), one that stands for an account, for its user to enter."""
    if body is not None:
        call.caller.require("admin")
    return await call.store.add_link(call.by.without_key(), _LINK_SECONDS, body)


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
    if user is None or not (call.by.sees_all or user.id == call.by.user_id):
        raise LinkNotFound(f"{interface} {external_id!r} is not linked to a user that you may see")
    return user


@api.operation("DELETE", routes.IDENTITY, scope="write", status=204)
async def delete_identity(call: Call, interface: str, external_id: str) -> None:
    """Unlink an identity from you."""
    await call.store.delete_identity(call.by, interface, external_id)

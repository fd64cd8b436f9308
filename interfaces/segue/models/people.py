"""Who is calling, and how accounts and tokens belong to them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from segue.models.base import Model, Name, Request, Scope, TokenId, UserId
from segue.models.names import UserName

_TEN_YEARS = 3660 * 86_400


class Account(Request):
    """Somebody on an interface: a Discord account, a nick."""

    interface: Name
    external_id: Name


class Attached(Model):
    """Who follows a session, and from which interface."""

    user: str
    interface: str


class Identity(Model):
    """An account of a user's. `name` is what people call it, where anybody said so."""

    interface: str
    external_id: str
    name: str | None = None
    linked_at: datetime


class User(Model):
    """Somebody with an account. One who is disabled is refused, whichever way they come."""

    id: UserId
    name: str
    created_at: datetime
    identities: tuple[Identity, ...] = ()
    disabled_at: datetime | None = None


class UserDetail(User):
    """A user with what is theirs: sessions owned and joined, tokens, and when one of the tokens was last used."""

    sessions_owned: int = 0
    sessions_joined: int = 0
    bytes: int = Field(0, description="What the messages in the sessions owned take.")
    tokens: int = 0
    last_used_at: datetime | None = None


class RemovedUser(Model):
    """A user who is gone. What they had scheduled goes on in the heir's name where the heir may write."""

    name: str
    schedules_kept: int = 0
    schedules_removed: int = 0


class CreateUser(Request):
    name: UserName


class UpdateUser(Request):
    name: UserName | None = None
    disabled: bool | None = None


class Me(Model):
    """The caller, as the daemon sees it."""

    user: User
    scopes: tuple[Scope, ...]


class Token(Model):
    id: TokenId
    name: str
    user_id: UserId
    user: str
    scopes: tuple[Scope, ...]
    created_at: datetime
    last_used_at: datetime | None = None
    expires_at: datetime | None = None
    disabled: bool = Field(False, description="Its user is disabled: it is refused.")


class NewToken(Token):
    """A token with its secret, which is shown this once and stored only as a hash."""

    token: str


class CreateToken(Request):
    name: Name
    user: UserName | None = Field(None, description="The user it belongs to, made where new; by default the caller.")
    scopes: Annotated[tuple[Scope, ...], Field(min_length=1)] = ("read", "write", "run")
    expires_in_seconds: Annotated[int, Field(ge=60, le=_TEN_YEARS)] | None = Field(
        None, description="After so long it is refused; by default never."
    )


class LinkCode(Model):
    """A code that joins an account of another interface to a user, once, until it expires. One of the two asked for it;
    it is entered where the other is."""

    code: str
    expires_at: datetime


class CreateLink(Account):
    """The account that a code is to stand for (scope admin): whoever enters the code, has it from then on."""

    name: Name | None = Field(None, description="What the account is called, for people.")


class ClaimLink(CreateLink):
    """The account that a code was entered from (scope admin): it is the user's whom the code stands for."""


class LinkOffer(Model):
    """What a code stands for: a user, or an account."""

    user: str | None = None
    account: Account | None = None
    name: str | None = None
    expires_at: datetime

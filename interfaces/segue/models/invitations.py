"""Invitations: codes that let people into a session."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from segue.models.base import Model, Request, SessionId
from segue.models.names import UserName
from segue.models.people import NewToken
from segue.models.sessions import SessionSummary

_WEEK = 7 * 86_400
_YEAR = 366 * 86_400


class Invitation(Model):
    """A code that makes who enters it a member, without the code: that is kept only as a hash."""

    id: str
    session_id: SessionId
    title: str
    role: Literal["writer", "reader"]
    new_user: bool = False
    uses: int
    uses_left: int
    created_by: str
    created_at: datetime
    expires_at: datetime


class NewInvitation(Invitation):
    """An invitation with its code, which is shown this once."""

    code: str


class CreateInvitation(Request):
    role: Literal["writer", "reader"] = "reader"
    uses: Annotated[int, Field(ge=1, le=10_000)] = 1
    expires_in_seconds: Annotated[int, Field(ge=60, le=_YEAR)] = _WEEK
    new_user: bool = Field(
        False, description="Let people in who have no account yet: they choose a name and get a token (scope admin)."
    )


class Join(Request):
    code: Annotated[str, Field(min_length=1, max_length=100)]


class JoinAsNewUser(Join):
    name: UserName


class Joined(Model):
    """The session that a code led into."""

    session: SessionSummary


class Welcome(Joined):
    """The session that a code led into, and the token of the user who was made for it."""

    token: NewToken

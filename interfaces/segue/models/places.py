"""Places, what they show, and what was delivered there."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from segue.models.base import MessageId, Model, Name, Request, SessionId, UserId

Policy = Literal["live", "final", "mention", "muted"]
ReceiptState = Literal["sent", "retrying", "failed"]
Undelivered = Literal["retrying", "failed"]


class Place(Request):
    """Where on an interface: a Discord channel, a terminal, any string that an agent picks."""

    interface: Name
    place: Name


class Binding(Model):
    """A place and the session it shows."""

    interface: str
    place: str
    session_id: SessionId
    policy: Policy
    user_id: UserId | None = None
    created_at: datetime


class BindingState(Binding):
    """A binding with its `cursor`: the seq up to which the place has been served. It moves without an event.
    `last_external_id` is that of the message that came from the place last."""

    cursor: int = 0
    last_external_id: str | None = None


class BindingList(Model):
    bindings: tuple[BindingState, ...]


class PutBinding(Request):
    session_id: SessionId
    policy: Policy = "live"


class PutCursor(Request):
    seq: Annotated[int, Field(ge=0, le=2**53)]


class Receipt(Model):
    """What became of one part of a message at a place."""

    interface: str
    place: str
    message_id: MessageId
    part: int
    external_id: str | None
    state: ReceiptState
    reason: str | None = None
    at: datetime


class PostReceipt(Request):
    message_id: MessageId
    part: Annotated[int, Field(ge=0, le=10_000)] = 0
    external_id: Name | None = None
    state: ReceiptState
    reason: Annotated[str, Field(max_length=1000)] | None = None


class Delivery(Receipt):
    """A receipt with the session that the message is of."""

    session_id: SessionId
    session_title: str

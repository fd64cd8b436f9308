"""Places, what they show, and what was delivered there."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from segue.models.base import MessageId, Model, Name, Request, SessionId, UserId

Policy = Literal["live", "final", "mention", "muted"]
ReceiptState = Literal["sent", "retrying", "failed", "dismissed"]
Undelivered = Literal["retrying", "failed"]


class Place(Request):
    """Where on an interface: a Discord channel, a terminal, any string that an agent picks."""

    interface: Name
    place: Name


class Binding(Model):
    """A place and the session it shows. `name` is what people call the place, where anybody said so."""

    interface: str
    place: str
    name: str | None = None
    session_id: SessionId
    policy: Policy
    user_id: UserId | None = None
    created_at: datetime


class BindingState(Binding):
    """A binding with its `cursor`: the seq up to which the place has been served. It moves without an event.
    `last_external_id` is that of the message that came from the place last."""

    session_title: str = ""
    cursor: int = 0
    last_external_id: str | None = None


class BindingList(Model):
    bindings: tuple[BindingState, ...]


class PutBinding(Request):
    session_id: SessionId
    policy: Policy = "live"
    name: Name | None = Field(None, description="What people call the place; by default as it was called before.")


class UpdateBinding(Request):
    """What is to change of how a place is served; the session bound there stays."""

    policy: Policy | None = None
    name: Name | None = None


class PutCursor(Request):
    seq: Annotated[int, Field(ge=0, le=2**53)]


class Receipt(Model):
    """What became of one part of a message at a place. `dismissed`: it failed, and somebody let it be."""

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
    """A receipt with the session that the message is of, how the message begins, and what its place is called."""

    session_id: SessionId
    session_title: str
    preview: str = ""
    place_name: str | None = None

"""What every noun on the wire is made of: frozen models, ids, short texts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, NewType

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, StringConstraints

SessionId = NewType("SessionId", str)
MessageId = NewType("MessageId", str)
TurnId = NewType("TurnId", str)
UserId = NewType("UserId", str)
TokenId = NewType("TokenId", str)
MemoryId = NewType("MemoryId", str)
Role = Literal["user", "assistant", "system", "tool"]
Scope = Literal["read", "write", "run", "admin"]


def no_control(text: str) -> str:
    if any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 for c in text):
        raise ValueError("must not contain control characters")
    return text


def no_dots(text: str) -> str:
    if text in (".", ".."):
        raise ValueError("must not be only dots: a path would lose them")
    return text


def no_truth(number: Any) -> Any:
    if isinstance(number, bool):
        raise ValueError("must be a number, not true or false")
    return number


def in_utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError as exc:
        raise ValueError("must lie in the years 1 to 9999 of UTC") from exc


NoTruth = BeforeValidator(no_truth)
"""Of a number: true is not taken for 1."""
Moment = Annotated[AwareDatetime, AfterValidator(in_utc)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(no_control)]
Title = Annotated[str, StringConstraints(min_length=1, max_length=500), AfterValidator(no_control)]
Attachment = str | dict[str, Any]


class Model(BaseModel):
    """Base of what the daemon answers: frozen, and unknown fields are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Request(BaseModel):
    """Base of what the daemon is asked: an unknown field is an error, so that a typing mistake is not silently lost."""

    model_config = ConfigDict(frozen=True, extra="forbid")

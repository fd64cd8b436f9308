"""What every noun on the wire is made of: frozen models, ids, short texts."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NewType

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

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


Name = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(no_control)]
Title = Annotated[str, StringConstraints(min_length=1, max_length=500), AfterValidator(no_control)]
Attachment = str | dict[str, Any]


class Model(BaseModel):
    """Base of what the daemon answers: frozen, and unknown fields are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Request(BaseModel):
    """Base of what the daemon is asked: an unknown field is an error, so that a typing mistake is not silently lost."""

    model_config = ConfigDict(frozen=True, extra="forbid")

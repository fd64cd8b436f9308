"""Chats: a session as programs see it that keep a conversation as a list of message objects, and have it answered."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from segue.models.base import MessageId, Model, Request, SessionId, Title, UserId, no_control


def _as_json(given: dict[str, Any]) -> dict[str, Any]:
    try:
        json.dumps(given, allow_nan=False)
    except ValueError as exc:
        raise ValueError("must hold no NaN and no Infinity: JSON has no such numbers") from exc
    return given


def _as_objects(given: Any) -> Any:
    return [{"role": "user", "content": given}] if isinstance(given, str) and given else given


ChatObject = Annotated[dict[str, Any], AfterValidator(_as_json)]
Conversation = tuple[ChatObject, ...]
# 160: it is part of a place's name, behind the user's id.
GivenId = Annotated[str, StringConstraints(min_length=1, max_length=160), AfterValidator(no_control)]


class Chat(Model):
    """A session of the caller's. `conversation` has each message as it was given; one that came another way is given
    as {role, content}. `is_active` is false once the chat was deleted, which archives the session."""

    chat_id: SessionId
    user_id: UserId
    title: str
    is_active: bool
    created_at: datetime
    updated_at: datetime
    conversation: Conversation = ()


class ChatPage(Model):
    chats: tuple[Chat, ...]
    total: int
    limit: int
    offset: int


class CreateChat(Request):
    title: Title | None = None
    conversation: Conversation | None = None


class UpdateChat(Request):
    """What is to change; what is left out, or null, stays. A chat may be sent back whole: what cannot change is then
    not looked at."""

    title: Title | None = None
    conversation: Conversation | None = Field(
        None,
        description="The whole conversation. What it begins with and is there already stays; what is there and not in"
        " it is deleted; the rest is added.",
    )
    is_active: bool | None = None
    chat_id: Any = None
    user_id: Any = None
    created_at: Any = None
    updated_at: Any = None


class RunChat(Request):
    """A question for the agent, to be answered with all that was said in the session before."""

    input: Annotated[
        Annotated[Conversation, Field(min_length=1, max_length=500)],
        BeforeValidator(_as_objects, json_schema_input_type=Annotated[str, Field(min_length=1)] | Conversation),
    ] = Field(description="A text, or message objects of which the last is the user's.")
    session_id: GivenId | None = Field(
        None, description="A session, or any name that you give one: it is made where there is none of yours."
    )
    stream: bool = Field(False, description="Stream the answer; the header Accept: text/event-stream does the same.")
    context: dict[str, Any] | None = Field(None, description="Taken from clients that send one; nothing reads it.")


class ChatUsage(Model):
    input_tokens: int | None = None
    output_tokens: int | None = None
    total_tokens: int


class ChatResult(Model):
    """How a run ended. `session_id` is the one that was given, else that of the new session; `chat_id` is always the
    session's own. `response_id` is the message with the answer."""

    final_output: str | None
    success: bool
    error: str | None = None
    usage: ChatUsage | None = None
    response_id: MessageId | None = None
    session_id: str
    chat_id: SessionId


class ChatDelta(Model):
    """A frame of a streamed answer: text that comes next."""

    type: Literal["raw_response"] = "raw_response"
    event_type: Literal["response.output_text.delta"] = "response.output_text.delta"
    delta: str
    item_id: MessageId
    content_index: int = 0
    output_index: int = 0
    sequence_number: int


class ChatFailure(Model):
    """The frame before the last, where the answer did not come to its end."""

    type: Literal["error"] = "error"
    message: str
    session_id: str


class ChatComplete(ChatResult):
    """The last frame of a streamed answer."""

    type: Literal["stream_complete"] = "stream_complete"


ChatFrame = Annotated[ChatDelta | ChatFailure | ChatComplete, Field(discriminator="type")]

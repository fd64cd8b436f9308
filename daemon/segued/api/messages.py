"""Messages."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from segue import routes
from segue.models import (
    EditMessage,
    Message,
    MessageId,
    PostMessage,
    PostMessages,
    Request,
    SessionId,
)
from segued.api.registry import Call, Registry

api = Registry("Messages")

Seq = Annotated[int, Field(ge=0, le=2**53)]


class MessagesQuery(Request):
    limit: Annotated[int, Field(ge=1, le=500)] = 100
    offset: Annotated[int, Field(ge=0, le=2**53)] | None = None
    before_seq: Seq | None = None
    after_seq: Seq | None = None

    @model_validator(mode="after")
    def _one_way(self) -> MessagesQuery:
        if sum(value is not None for value in (self.offset, self.before_seq, self.after_seq)) > 1:
            raise ValueError("give only one of offset, before_seq and after_seq")
        return self


@api.operation("POST", routes.MESSAGES, status=201, scope="write")
async def post_message(call: Call, session_id: SessionId, body: PostMessage) -> Message:
    """Add a message; it is on disk when this answers. `turn_id` tells if an answer was queued."""
    return (await call.manager.post(call.by, session_id, (allowed(call, body),)))[0]


@api.operation("POST", routes.MESSAGE_BATCH, status=201, scope="write")
async def post_messages(call: Call, session_id: SessionId, body: PostMessages) -> tuple[Message, ...]:
    """Add up to 500 messages, all or none."""
    return await call.manager.post(call.by, session_id, tuple(allowed(call, post) for post in body.messages))


def allowed(call: Call, post: PostMessage) -> PostMessage:
    """Let nobody speak for others who may not. Let nobody start a turn who may not: asked for, it is refused; by the
    session's policy, it is left out."""
    if post.author is not None:
        call.caller.require("admin")
    if "run" in call.caller.scopes:
        return post
    if post.respond:
        call.caller.require("run")
    return post.model_copy(update={"respond": False})


@api.operation("GET", routes.MESSAGES)
async def list_messages(call: Call, session_id: SessionId, query: MessagesQuery) -> tuple[Message, ...]:
    """List messages, oldest first: from an offset, the last before a seq, or the first after one."""
    return await call.store.list_messages(
        call.by, session_id, query.limit, query.offset, query.before_seq, query.after_seq
    )


@api.operation("GET", routes.MESSAGE)
async def get_message(call: Call, session_id: SessionId, message_id: MessageId) -> Message:
    """Get one message."""
    return await call.store.get_message(call.by, session_id, message_id)


@api.operation("PATCH", routes.MESSAGE, scope="write")
async def edit_message(call: Call, session_id: SessionId, message_id: MessageId, body: EditMessage) -> Message:
    """Change the text of a message that you wrote."""
    return await call.manager.edit(call.by, session_id, message_id, body.content)


@api.operation("DELETE", routes.MESSAGE, scope="write", status=204)
async def delete_message(call: Call, session_id: SessionId, message_id: MessageId) -> None:
    """Delete a message that you wrote; its text leaves the log too."""
    await call.store.delete_message(call.by, session_id, message_id)

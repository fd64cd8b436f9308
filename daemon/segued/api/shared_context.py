"""Shared context: sessions for programs that pass messages to each other, under the paths that such programs know.

They answer 200 where the API says 201: that is what this server's clients compare with, and who only asks whether it
went well is content with either.
"""

from __future__ import annotations

from aiohttp import web
from pydantic import TypeAdapter

from segue import routes
from segue.models import (
    CreateSession,
    Message,
    PostMessage,
    PostSharedMessage,
    SessionDetail,
    SessionId,
    SharedMessage,
    SharedMessageAdded,
    SharedSession,
)
from segued.api import messages, sessions
from segued.api.registry import Answer, Call, Registry

api = Registry("Shared context")

_PAGE = 50  # messages read and encoded at once: each may be a mebibyte
_MESSAGES = TypeAdapter(tuple[SharedMessage, ...])


@api.operation("POST", routes.SHARED_SESSIONS, scope="write")
async def start_shared_session(call: Call, body: CreateSession | None = None) -> SharedSession:
    """Make a session that programs share. Nothing in it is answered before somebody asks."""
    new = body or CreateSession()
    made = await sessions.create_session(call, new.model_copy(update={"reply": new.reply or "never"}))
    session = made.model if isinstance(made, Answer) else made
    assert isinstance(session, SessionDetail)
    return SharedSession(
        session_id=session.id, title=session.title, created_at=session.created_at, history=_shared(session.messages)
    )


@api.operation("POST", routes.SHARED_MESSAGES, scope="write")
async def add_shared_message(call: Call, session_id: SessionId, body: PostSharedMessage) -> SharedMessageAdded:
    """Add a message, said by whoever you say; it is on disk when this answers."""
    post = PostMessage(sender=body.sender, content=body.content, respond=body.respond)
    return SharedMessageAdded(message=await messages.post_message(call, session_id, post))


@api.operation("GET", routes.SHARED_SESSION, answer=SharedSession)
async def get_shared_session(call: Call, session_id: SessionId) -> web.Response:
    """Get a session with all that was said in it, oldest first."""
    session = await call.store.get_session(call.by, session_id)
    pages: list[bytes] = []
    after = 0
    while page := await call.store.list_messages(call.by, session_id, _PAGE, after_seq=after):
        pages.append(_MESSAGES.dump_json(_shared(page))[1:-1])
        after = page[-1].seq
    head = SharedSession(session_id=session.id, title=session.title, created_at=session.created_at).model_dump_json()
    body = head.encode().removesuffix(b"]}") + b",".join(pages) + b"]}"
    return web.Response(body=body, content_type="application/json")


def _shared(said: tuple[Message, ...]) -> tuple[SharedMessage, ...]:
    return tuple(
        SharedMessage(id=m.id, session_id=m.session_id, sender=m.sender, content=m.content, timestamp=m.created_at)
        for m in said
    )

"""Chats: sessions for programs that keep conversations as lists of message objects."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from aiohttp import web
from pydantic import Field

from segue import routes
from segue.models import Chat, ChatPage, CreateChat, Request, Session, UpdateChat
from segued.api.export import streamed
from segued.api.registry import Call, Registry
from segued.sessions import chats
from segued.store.base import SessionFilter

api = Registry("Chats")

_JSON = "application/json"


class ChatsQuery(Request):
    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    offset: Annotated[int, Field(ge=0, le=2**53)] = 0
    is_active: bool = Field(True, description="False for those that were deleted.")


@api.operation("GET", routes.CHATS, answer=ChatPage, at_root=True)
async def list_chats(call: Call, query: ChatsQuery) -> web.StreamResponse:
    """List your own sessions with their conversations, pinned first, then the latest changed."""
    by = replace(call.by, sees_all=False)
    where = SessionFilter(archived=not query.is_active, owner_id=by.user_id)
    found, total = await call.store.list_sessions(by, where, query.limit, query.offset)
    return await streamed(call, chats.page_as_json(call.store, by, found, total, query.limit, query.offset), _JSON)


@api.operation("POST", routes.CHATS, status=201, scope="write", answer=Chat, at_root=True)
async def create_chat(call: Call, body: CreateChat | None = None) -> web.StreamResponse:
    """Make a session with the conversation that is given. Nothing in it is answered before somebody asks."""
    return await _chat(call, await chats.create(call.manager, call.by, body or CreateChat()), status=201)


@api.operation("GET", routes.CHAT, answer=Chat, at_root=True)
async def get_chat(call: Call, chat_id: str) -> web.StreamResponse:
    """Get a session of your own with its conversation."""
    return await _chat(call, await call.store.get_chat(call.by, chat_id))


@api.operation("PUT", routes.CHAT, scope="write", answer=Chat, at_root=True)
async def update_chat(call: Call, chat_id: str, body: UpdateChat) -> web.StreamResponse:
    """Change what is given of a chat. A conversation that goes on from the old one is added to it."""
    return await _chat(call, await chats.update(call.manager, call.by, chat_id, body))


@api.operation("DELETE", routes.CHAT, scope="write", answer=Chat, at_root=True)
async def delete_chat(call: Call, chat_id: str) -> web.StreamResponse:
    """Archive a session of your own: it is no longer listed here. DELETE /api/v1/sessions/ID deletes it for good."""
    return await _chat(call, await chats.update(call.manager, call.by, chat_id, UpdateChat(is_active=False)))


async def _chat(call: Call, session: Session, status: int = 200) -> web.StreamResponse:
    return await streamed(call, chats.as_json(call.store, call.by, session), _JSON, status=status)

"""Chats: what people see of the message objects that programs give, and the conversation as it is given back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import TypeAdapter, ValidationError

from segue.errors import Invalid, PlaceTaken, SessionNotFound
from segue.models import (
    Chat,
    ChatPage,
    CreateChat,
    CreateSession,
    Message,
    Name,
    Place,
    PostMessage,
    Role,
    RunChat,
    Session,
    SessionId,
    UpdateChat,
)
from segued import items
from segued.sessions.manager import UnifiedSessionManager
from segued.store.base import Actor, ChatChanges, NewItem, Once, Store, chat_place

_PAGE = 50  # messages read and encoded at once: each may be a mebibyte
_ROLES: Mapping[Any, Role] = {
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "ai": "assistant",
    "bot": "assistant",
    "model": "assistant",
    "system": "system",
    "developer": "system",
    "tool": "tool",
    "function": "tool",
}
_TEXTS = ("content", "text", "message")
_NAME = TypeAdapter[str](Name)


async def create(manager: UnifiedSessionManager, by: Actor, new: CreateChat) -> Session:
    """Add a session with the conversation that is given. Nothing in it is answered before somebody asks."""
    session = CreateSession(title=new.title) if new.title else CreateSession()
    made = await manager.store.add_chat(by, session, _read(manager, new.conversation or ()))
    return await manager.store.get_chat(by, made)


async def update(manager: UnifiedSessionManager, by: Actor, chat_id: str, body: UpdateChat) -> Session:
    """Change what is given of a chat, in one step."""
    conversation = None if body.conversation is None else _read(manager, body.conversation)
    archived = None if body.is_active is None else not body.is_active
    changed = await manager.store.update_chat(by, chat_id, ChatChanges(body.title, archived, conversation))
    return await manager.store.get_chat(by, changed)


async def ask(manager: UnifiedSessionManager, by: Actor, run: RunChat) -> Message:
    """Add what is given to the session, made where there is none, and return the message that is to be answered."""
    *before, question = _read(manager, run.input)
    if question.post.role != "user":
        raise Invalid("input: the last message must be the user's, for it is what is answered", field="input")
    asking = replace(question, post=question.post.model_copy(update={"respond": True}))
    session_id = await _session_for(manager, by, run.session_id)
    return (await manager.store.add_chat_items(by, session_id, (*before, asking)))[-1]


async def _session_for(manager: UnifiedSessionManager, by: Actor, name: str | None) -> SessionId:
    """Return the session of that id, if the actor is a member, or the one that they gave this name."""
    creating = replace(by, once=Once(f"{by.once.key}#session", by.once.fingerprint)) if by.once else by
    new = CreateSession(reply="never")
    if name is None:
        return (await manager.create_session(creating, new)).id
    try:
        return (await manager.store.get_session(replace(by, sees_all=False), SessionId(name))).id
    except SessionNotFound:
        interface, place = chat_place(by, name)
        new = new.model_copy(update={"place": Place(interface=interface, place=place)})
        session = (await manager.open_place(creating, new)).session
    if session.owner_id != by.user_id:  # somebody bound that place to a session of theirs, with the actor as a member
        raise PlaceTaken(f"{name!r} is the name of somebody else's session: use another, or that session's id")
    return session.id


def _read(manager: UnifiedSessionManager, conversation: Sequence[items.Value]) -> tuple[NewItem, ...]:
    return tuple(_item(manager, given) for given in conversation)


def _item(manager: UnifiedSessionManager, given: items.Value) -> NewItem:
    """Return the item of a message object, with the message that people see of it."""
    text = items.dump(given)
    manager.check_size(text)
    post = _post(given, text)
    return NewItem(post, items.kept(text, given, post.role, post.content))


def _post(given: items.Value, text: str) -> PostMessage:
    """Return what people see of an object. One that has no text is shown as it is, rather than as nothing."""
    role = given.get("role")
    if role is None and "type" in given:
        (said,) = items.read([given])
        return PostMessage(role=said.role, content=said.text, sender=said.sender, respond=False)
    content = next((given[key] for key in _TEXTS if key in given), None)
    (said,) = items.read([{"role": "user", "content": content}])
    shown = said.text or ("" if isinstance(content, str) else text)
    named = _ROLES.get(role.lower(), "user") if isinstance(role, str) else "user"
    return PostMessage(role=named, content=shown, sender=_sender(given), respond=False)


def _sender(given: items.Value) -> str | None:
    for key in ("sender", "name"):
        try:
            return _NAME.validate_python(given.get(key))
        except ValidationError:
            continue
    return None


async def as_json(store: Store, by: Actor, session: Session) -> AsyncIterator[bytes]:
    """Yield a `Chat` piece by piece."""
    chat = Chat(
        chat_id=session.id,
        user_id=session.owner_id,
        title=session.title,
        is_active=not session.archived,
        created_at=session.created_at,
        updated_at=session.updated_at,
    )
    yield chat.model_dump_json().encode().removesuffix(b"]}")
    after, comma = 0, b""
    while page := await store.list_chat_items(by, session.id, after, _PAGE):
        yield comma + ",".join(item.text for item in page).encode()
        after, comma = page[-1].seq, b","
    yield b"]}"


async def page_as_json(
    store: Store, by: Actor, sessions: Sequence[Session], total: int, limit: int, offset: int
) -> AsyncIterator[bytes]:
    """Yield a `ChatPage` piece by piece."""
    yield b'{"chats":['
    for number, session in enumerate(sessions):
        if number:
            yield b","
        async for piece in as_json(store, by, session):
            yield piece
    page = ChatPage(chats=(), total=total, limit=limit, offset=offset)
    yield page.model_dump_json().encode().removeprefix(b'{"chats":[')

"""The library for agents and front-ends: everything the daemon does, as awaitable calls and streams of events.

    async with Client() as client:
        session = await client.create_session(title="Build bot", place=("http", "build-bot"))
        await client.post(session.id, "The build is green.", sender="build-bot", respond=False)
        async for event in client.follow(session.id):
            print(event.type)

Every call raises the errors of `segue.errors`, and `Unreachable` where no daemon answers.
"""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Callable, Sequence
from copy import copy
from datetime import datetime
from typing import Any, Literal, Self, TypeVar

from pydantic import TypeAdapter, ValidationError

from segue import paths, routes
from segue.connection import Connection, Query
from segue.errors import SegueError
from segue.events import Event, Snapshot
from segue.following import Follower
from segue.models import (
    Attachment,
    Binding,
    BindingList,
    BindingState,
    ContextView,
    Delivery,
    FrontEnd,
    FrontEndState,
    LinkCode,
    LinkOffer,
    Me,
    MemoriesImported,
    Memory,
    MemoryAnswer,
    MemoryHistory,
    MemoryHit,
    MemoryHits,
    MemoryList,
    MemorySaved,
    MemoryVersion,
    Message,
    NewToken,
    Policy,
    PostMessage,
    Project,
    ProjectList,
    ReadMark,
    Receipt,
    ReceiptState,
    Reply,
    Role,
    Scope,
    SearchPage,
    SendMode,
    SessionDetail,
    SessionPage,
    SessionSummary,
    Status,
    Token,
    Turn,
    Undelivered,
    User,
)
from segue.routes import path

T = TypeVar("T")
OnConnection = Callable[[bool], None]
_adapters: dict[object, TypeAdapter[Any]] = {}  # building one costs far more than using it


class Client:
    """A connection to the daemon, to be used as `async with Client() as client:`.

    `address` is `unix:/path` or `http://host:port`; by default the daemon of this user. `token` is needed over HTTP
    and defaults to $SEGUE_TOKEN. `interface` is what others see you attached as. A call may take `timeout` seconds;
    what fails for reasons that pass (daemon restarting, overload) is tried again for `retry_seconds`, safely: every
    write carries an Idempotency-Key.
    """

    def __init__(
        self,
        address: str | None = None,
        *,
        token: str | None = None,
        interface: str = "http",
        timeout: float = 30.0,
        retry_seconds: float = 5.0,
    ) -> None:
        token = token or os.environ.get("SEGUE_TOKEN")
        self._connection = Connection(address or paths.address(), token, interface, timeout, retry_seconds)

    async def __aenter__(self) -> Self:
        await self._connection.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._connection.close()

    def acting_for(self, interface: str, external_id: str, *, name: str | None = None) -> Client:
        """Return a client on this one's connection that acts for somebody's account: as the user whom it is linked to,
        else as a guest called `name`, who sees no session. Needs scope admin. It is open as long as this one."""
        other = copy(self)
        other._connection = self._connection.acting_for(interface, external_id, name)
        return other

    # --- the daemon

    async def me(self) -> Me:
        """Return who you are to the daemon, and what you may do."""
        return await self._get(Me, routes.ME)

    async def status(self) -> Status:
        """Return one look at the daemon. Needs scope admin."""
        return await self._get(Status, routes.STATUS)

    async def report_health(
        self,
        name: str,
        state: FrontEndState,
        *,
        detail: str = "",
        account: str | None = None,
        last_event_at: datetime | None = None,
        latency_ms: float | None = None,
        places: int | None = None,
        deliveries_waiting: int = 0,
    ) -> FrontEnd:
        """Tell the daemon how a front-end is, for `segue status`. Say it every ten seconds or so: one that was not
        heard of for fifteen counts as lost, unless it said `stopped`. Needs scope admin."""
        at = last_event_at.isoformat() if last_event_at else None
        body = _given(state=state, account=account, last_event_at=at, latency_ms=latency_ms, places=places)
        body |= {"detail": detail[:500], "deliveries_waiting": deliveries_waiting}
        return await self._write(FrontEnd, "PUT", path(routes.FRONT_END, name=name), body)

    # --- sessions

    async def create_session(
        self,
        *,
        title: str | None = None,
        agent_name: str | None = None,
        model_id: str | None = None,
        reply: Reply | None = None,
        project_id: str | None = None,
        workspace_path: str | None = None,
        place: tuple[str, str] | None = None,
    ) -> SessionDetail:
        """Create a session. With `place`, an (interface, place) pair, return the session bound there, made if none is:
        the way to find your conversation again after a restart."""
        where = {"interface": place[0], "place": place[1]} if place else None
        body = _given(
            title=title,
            agent_name=agent_name,
            model_id=model_id,
            reply=reply,
            project_id=project_id,
            workspace_path=workspace_path,
            place=where,
        )
        return await self._write(SessionDetail, "POST", routes.SESSIONS, body)

    async def sessions(
        self,
        *,
        search: str | None = None,
        limit: int = 50,
        offset: int = 0,
        archived: bool | None = None,
        pinned: bool | None = None,
        project_id: str | None = None,
    ) -> SessionPage:
        """Return a page of the sessions that you may see: pinned ones first, then the latest changed."""
        query: Query = {
            "search": search,
            "limit": limit,
            "offset": offset,
            "archived": archived,
            "pinned": pinned,
            "project_id": project_id,
        }
        return await self._get(SessionPage, routes.SESSIONS, query)

    async def session(self, session_id: str, *, limit: int | None = None) -> SessionDetail:
        """Return a session with its messages, oldest first: all, or the last `limit`."""
        return await self._get(SessionDetail, path(routes.SESSION, session_id=session_id), {"limit": limit})

    async def snapshot(self, session_id: str) -> Snapshot:
        """Return the state that `segue.events.apply` takes from event to event, as of now."""
        return await self._get(Snapshot, path(routes.SNAPSHOT, session_id=session_id))

    async def update_session(self, session_id: str, **changes: Any) -> SessionDetail:
        """Change any of title, agent_name, model_id, reply, pinned, archived, project_id, members."""
        return await self._write(SessionDetail, "PATCH", path(routes.SESSION, session_id=session_id), changes)

    async def delete_session(self, session_id: str) -> None:
        """Delete a session with everything in it."""
        await self._connection.request("DELETE", path(routes.SESSION, session_id=session_id))

    async def related(self, session_id: str) -> list[SessionSummary]:
        """Return other active sessions of the same project or owner."""
        return await self._get(list[SessionSummary], path(routes.RELATED, session_id=session_id))

    # --- messages

    async def post(
        self,
        session_id: str,
        content: str,
        *,
        role: Role = "user",
        sender: str | None = None,
        respond: bool | None = None,
        mode: SendMode = "queue",
        images: Sequence[Attachment] = (),
        documents: Sequence[Attachment] = (),
        author: tuple[str, str] | None = None,
        place: str | None = None,
        external_id: str | None = None,
        key: str | None = None,
    ) -> Message:
        """Add a message; once this returns it is on disk. `turn_id` of the result names the answer that was queued.

        `respond` asks for an answer or declines one; by default the session's `reply` decides. While another answer
        is being written `mode` says whether yours waits, steers it or interrupts it. Give `key` where you may post the
        same thing twice, after a crash of your own, say: the same key is stored once.

        A bridge (scope admin) brings in the words of others: `author` is an (interface, external id) pair, and the
        message is that of the user whom this account is linked to, else of a guest called `sender`. `place` says where
        on that interface it was said, and `external_id` what it is called there: one that is known is not added again.
        """
        whose = {"interface": author[0], "external_id": author[1]} if author else None
        body = _given(role=role, content=content, sender=sender, respond=respond, mode=mode)
        body |= _given(author=whose, place=place, external_id=external_id)
        body |= {"images": list(images), "documents": list(documents)}
        return await self._write(Message, "POST", path(routes.MESSAGES, session_id=session_id), body, key)

    async def post_batch(
        self, session_id: str, messages: Sequence[PostMessage], *, key: str | None = None
    ) -> list[Message]:
        """Add up to 500 messages: all or none."""
        body = {"messages": [m.model_dump(exclude_unset=True) for m in messages]}
        return await self._write(list[Message], "POST", path(routes.MESSAGE_BATCH, session_id=session_id), body, key)

    async def messages(
        self,
        session_id: str,
        *,
        limit: int = 100,
        offset: int | None = None,
        before_seq: int | None = None,
        after_seq: int | None = None,
    ) -> list[Message]:
        """Return up to 500 messages, oldest first: from `offset`, the last before a seq, or the first after one."""
        query: Query = {"limit": limit, "offset": offset, "before_seq": before_seq, "after_seq": after_seq}
        return await self._get(list[Message], path(routes.MESSAGES, session_id=session_id), query)

    async def message(self, session_id: str, message_id: str) -> Message:
        """Return one message."""
        return await self._get(Message, path(routes.MESSAGE, session_id=session_id, message_id=message_id))

    async def edit_message(self, session_id: str, message_id: str, content: str) -> Message:
        """Replace a message's text."""
        where = path(routes.MESSAGE, session_id=session_id, message_id=message_id)
        return await self._write(Message, "PATCH", where, {"content": content})

    async def delete_message(self, session_id: str, message_id: str) -> None:
        """Delete a message."""
        await self._connection.request("DELETE", path(routes.MESSAGE, session_id=session_id, message_id=message_id))

    async def mark_read(self, session_id: str, seq: int) -> ReadMark:
        """Note that you have read the session up to a seq; your other windows are told. It never moves back."""
        return await self._write(ReadMark, "PUT", path(routes.SESSION_READ, session_id=session_id), {"seq": seq})

    async def tell_typing(self, session_id: str) -> None:
        """Tell who follows the session that you are typing; they show it for a few seconds."""
        await self._connection.request("POST", path(routes.SESSION_TYPING, session_id=session_id))

    async def search(
        self, query: str, *, session_id: str | None = None, project_id: str | None = None, limit: int = 20
    ) -> SearchPage:
        """Search the text of all messages that you may see, best match first."""
        where: Query = {"q": query, "session_id": session_id, "project_id": project_id, "limit": limit}
        return await self._get(SearchPage, routes.SEARCH, where)

    # --- context and memories

    async def context(self, session_id: str, *, limit: int | None = None) -> ContextView:
        """Return what happened in a session besides talk, with up to `limit` entries of each kind (by default 1000)."""
        return await self._get(ContextView, path(routes.CONTEXT, session_id=session_id), {"limit": limit})

    async def add_context(
        self,
        session_id: str,
        *,
        file_path: str | None = None,
        file_importance: float | None = None,
        search_query: str | None = None,
        decision: str | None = None,
        memory_id: str | None = None,
        memory_key: str | None = None,
    ) -> ContextView:
        """Add to a session's context, any of these in one step; return it with its newest entries."""
        body = _given(
            file_path=file_path,
            file_importance=file_importance,
            search_query=search_query,
            decision=decision,
            memory_id=memory_id,
            memory_key=memory_key,
        )
        return await self._write(ContextView, "POST", path(routes.CONTEXT, session_id=session_id), body)

    def export(self, session_id: str, format: Literal["json", "markdown"] = "json") -> AsyncGenerator[bytes, None]:
        """Yield a session with all its messages and its context, however long, as it comes:
        `async for piece in client.export(session.id): file.write(piece)`."""
        return self._connection.download(path(routes.SESSION_EXPORT, session_id=session_id), {"format": format})

    async def projects(self, *, limit: int = 100, offset: int = 0) -> list[Project]:
        """Return the projects of the sessions that you see, and those that are yours."""
        found = await self._get(ProjectList, routes.PROJECTS, {"limit": limit, "offset": offset})
        return list(found.projects)

    async def save_memory(
        self,
        project_id: str,
        key: str,
        value: str,
        *,
        metadata: dict[str, Any] | None = None,
        ttl_seconds: int | None = None,
        session_id: str | None = None,
    ) -> MemorySaved:
        """Let a project remember something; under a key that is taken, as the next version of that memory.
        `session_id` is the session that it comes from."""
        body = _given(key=key, value=value, metadata=metadata, ttl_seconds=ttl_seconds, session_id=session_id)
        return await self._write(MemorySaved, "POST", path(routes.MEMORIES, project_id=project_id), body)

    async def memory(self, project_id: str, key: str) -> Memory:
        """Return what a project remembers under a key; raise `MemoryNotFound` if it is nothing."""
        return (await self._get(MemoryAnswer, path(routes.MEMORIES, project_id=project_id), {"key": key})).memory

    async def memories(self, project_id: str, *, limit: int = 20, offset: int = 0) -> list[Memory]:
        """Return what a project remembers, read last first. Each read is counted."""
        query: Query = {"limit": limit, "offset": offset}
        return list((await self._get(MemoryList, path(routes.MEMORIES, project_id=project_id), query)).memories)

    async def search_memories(self, project_id: str, query: str, *, limit: int = 20) -> list[MemoryHit]:
        """Search the keys and values of a project's memories, best match first."""
        where = path(routes.MEMORY_SEARCH, project_id=project_id)
        return list((await self._get(MemoryHits, where, {"q": query, "limit": limit})).memories)

    async def memory_versions(self, project_id: str, key: str) -> list[MemoryVersion]:
        """Return what a memory says and said before, newest first, and who said so."""
        where = path(routes.MEMORY_VERSIONS, project_id=project_id, key=key)
        return list((await self._get(MemoryHistory, where)).versions)

    async def restore_memory(self, project_id: str, key: str, version: int) -> MemorySaved:
        """Let a memory say again what it said in an earlier version."""
        where = path(routes.MEMORY_RESTORE, project_id=project_id, key=key)
        return await self._write(MemorySaved, "POST", where, {"version": version})

    async def delete_memory(self, project_id: str, key: str) -> None:
        """Let a project forget a memory, with all its versions."""
        await self._connection.request("DELETE", path(routes.MEMORY, project_id=project_id, key=key))

    def export_memories(self, project_id: str) -> AsyncGenerator[bytes, None]:
        """Yield all that a project remembers, as JSON that `import_memories` takes."""
        return self._connection.download(path(routes.MEMORY_EXPORT, project_id=project_id), {})

    async def import_memories(self, project_id: str, memories: Sequence[dict[str, Any]]) -> MemoriesImported:
        """Bring in up to 1000 memories, each at least with `key` and `value`, all or none."""
        where = path(routes.MEMORY_IMPORT, project_id=project_id)
        return await self._write(MemoriesImported, "POST", where, {"memories": list(memories)})

    # --- turns

    async def turns(self, session_id: str) -> list[Turn]:
        """Return the queue: turns that wait or run, behind the last ended ones."""
        return await self._get(list[Turn], path(routes.SESSION_TURNS, session_id=session_id))

    async def turn(self, turn_id: str) -> Turn:
        """Return one turn."""
        return await self._get(Turn, path(routes.TURN, turn_id=turn_id))

    async def run(self, session_id: str, *, agent_name: str | None = None, model_id: str | None = None) -> Turn:
        """Run the agent on the conversation as it stands, without a new message."""
        body = _given(agent_name=agent_name, model_id=model_id)
        return await self._write(Turn, "POST", path(routes.SESSION_TURNS, session_id=session_id), body)

    async def cancel(self, turn_id: str) -> Turn:
        """Stop a turn; what was said so far is kept."""
        return await self._write(Turn, "POST", path(routes.TURN_CANCEL, turn_id=turn_id))

    async def retry(self, turn_id: str) -> Turn:
        """Ask again after a turn that ended without an answer; returns the new turn."""
        return await self._write(Turn, "POST", path(routes.TURN_RETRY, turn_id=turn_id))

    async def withdraw(self, turn_id: str) -> None:
        """Take back a queued turn and the message that asked for it."""
        await self._connection.request("DELETE", path(routes.TURN, turn_id=turn_id))

    # --- following live

    def follow(
        self, session_id: str, *, after: int | None = None, on_connection: OnConnection | None = None
    ) -> AsyncGenerator[Event, None]:
        """Yield a session's events for as long as you listen, each durable one once and in order, none missing.

        Without `after` a `SnapshotEvent` comes first; with it, every event behind that seq. Lost connections and
        restarts of the daemon are bridged: the stream resumes where it was (or, after a `ResetEvent`, begins with a new
        snapshot), and what `segue.events.apply` makes of the events stays true. `on_connection` is told True when the
        stream is up, the first time too, and False when it is lost. Raises when coming back is pointless:
        `SessionNotFound`, `Unauthorized`, `Forbidden`. Wrap it in `contextlib.aclosing` to stop early and cleanly.
        """
        where = path(routes.SESSION_EVENTS, session_id=session_id)
        return Follower(self._connection, where, after=after, gapless=True, on_connection=on_connection).events()

    def follow_all(
        self, *, after: int | None = None, deltas: bool = True, on_connection: OnConnection | None = None
    ) -> AsyncGenerator[Event, None]:
        """Yield the events of every session that you may see, as `follow` does. The cursor is `event.id`, the position
        in the whole log; without `after` it starts now. Without `deltas` answers come only as they end."""
        where = routes.EVENTS if deltas else f"{routes.EVENTS}?deltas=false"
        return Follower(self._connection, where, after=after, gapless=False, on_connection=on_connection).events()

    # --- places

    async def bind(self, interface: str, place: str, session_id: str, policy: Policy = "live") -> Binding:
        """Show the session at this place, instead of what was shown there."""
        body = {"session_id": session_id, "policy": policy}
        return await self._write(Binding, "PUT", _binding(routes.BINDING, interface, place), body)

    async def bindings(self) -> list[BindingState]:
        """Return all places and the sessions they show."""
        return list((await self._get(BindingList, routes.BINDINGS)).bindings)

    async def binding(self, interface: str, place: str) -> BindingState:
        """Return what this place shows; raise `BindingNotFound` if it is nothing."""
        return await self._get(BindingState, _binding(routes.BINDING, interface, place))

    async def message_at(self, interface: str, place: str, external_id: str) -> Message:
        """Return the message that is called so at a place, whether it came from there or was delivered there; raise
        `MessageNotFound` if there is none."""
        where = path(routes.PLACE_MESSAGE, interface=interface, place=place, external_id=external_id)
        return await self._get(Message, where)

    async def unbind(self, interface: str, place: str) -> None:
        """Show nothing at this place any more; the session stays."""
        await self._connection.request("DELETE", _binding(routes.BINDING, interface, place))

    async def add_receipt(
        self,
        interface: str,
        place: str,
        message_id: str,
        *,
        state: ReceiptState,
        part: int = 0,
        external_id: str | None = None,
        reason: str | None = None,
    ) -> Receipt:
        """Record what became of one part of a message at a place."""
        body = _given(message_id=message_id, part=part, external_id=external_id, state=state, reason=reason)
        return await self._write(Receipt, "POST", _binding(routes.RECEIPTS, interface, place), body)

    async def receipts(self, interface: str, place: str, *, limit: int | None = None) -> list[Receipt]:
        """Return what was delivered at a place."""
        return await self._get(list[Receipt], _binding(routes.RECEIPTS, interface, place), {"limit": limit})

    async def deliveries(self, *, state: Undelivered | None = None, limit: int = 100) -> list[Delivery]:
        """Return what was to be delivered and was not, newest first."""
        return await self._get(list[Delivery], routes.DELIVERIES, {"state": state, "limit": limit})

    async def set_cursor(self, interface: str, place: str, seq: int) -> BindingState:
        """Record that the place has been served up to `seq`; the cursor never moves back."""
        return await self._write(BindingState, "PUT", _binding(routes.CURSOR, interface, place), {"seq": seq})

    # --- people

    async def create_link(self, account: tuple[str, str] | None = None, *, name: str | None = None) -> LinkCode:
        """Return a code, good once and for ten minutes, that joins an account on another interface to you when it is
        entered there. A bridge (scope admin) gives an `account`, an (interface, external id) pair, and what it is
        called: that becomes the account of whoever enters the code."""
        body = {"interface": account[0], "external_id": account[1]} | _given(name=name) if account else None
        return await self._write(LinkCode, "POST", routes.LINKS, body)

    async def link_offer(self, code: str) -> LinkOffer:
        """Return what a code stands for: a user, or an account."""
        return await self._get(LinkOffer, path(routes.LINK, code=code))

    async def claim_link(self, code: str, interface: str | None = None, external_id: str | None = None) -> User:
        """Use up a link code: one that stands for an account makes it yours; with an account given (scope admin), one
        that stands for a user makes it theirs. Returns the user."""
        body = _given(interface=interface, external_id=external_id)
        return await self._write(User, "POST", path(routes.LINK, code=code), body or None)

    async def user_of(self, interface: str, external_id: str) -> User:
        """Return the user whom an account is linked to; raise `LinkNotFound` if it is nobody that you may see."""
        return await self._get(User, _identity(interface, external_id))

    async def unlink(self, interface: str, external_id: str) -> None:
        """Take an account from its user: you, or for an admin anybody."""
        await self._connection.request("DELETE", _identity(interface, external_id))

    async def users(self) -> list[User]:
        """Return the users and their accounts."""
        return await self._get(list[User], routes.USERS)

    async def create_token(
        self, name: str, *, user: str | None = None, scopes: Sequence[Scope] = ("read", "write", "run")
    ) -> NewToken:
        """Make a token; its secret is in this answer and nowhere else. Needs scope admin."""
        body = _given(name=name, user=user, scopes=list(scopes))
        return await self._write(NewToken, "POST", routes.TOKENS, body)

    async def tokens(self) -> list[Token]:
        """Return the tokens, without their secrets."""
        return await self._get(list[Token], routes.TOKENS)

    async def delete_token(self, token_id: str) -> None:
        """Revoke a token at once."""
        await self._connection.request("DELETE", path(routes.TOKEN, token_id=token_id))

    # ---

    async def _get(self, kind: type[T], where: str, query: Query | None = None) -> T:
        return _decode(kind, await self._connection.request("GET", where, query=query))

    async def _write(self, kind: type[T], method: str, where: str, body: Any = None, key: str | None = None) -> T:
        return _decode(kind, await self._connection.request(method, where, body=body, key=key))


def _given(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _binding(template: str, interface: str, place: str) -> str:
    return path(template, interface=interface, place=place)


def _identity(interface: str, external_id: str) -> str:
    return path(routes.IDENTITY, interface=interface, external_id=external_id)


def _decode(kind: type[T], answer: bytes) -> T:
    adapter = _adapters.get(kind) or _adapters.setdefault(kind, TypeAdapter(kind))
    try:
        decoded: T = adapter.validate_json(answer)
    except ValidationError as exc:
        raise SegueError(f"the answer is not what this version expects: is that a segue daemon? ({exc})") from exc
    return decoded

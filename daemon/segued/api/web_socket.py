"""One web socket for everything: subscribe, unsubscribe, post, cancel, typing.

A client sends commands, each with a `request_id` of its own if it wants to know what became of it. It receives frames
`{"id", "event", "data"}`: events as on the other streams, and `reply` or `error` with the command's `request_id`.
"""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Annotated, Any, Literal

from aiohttp import WSCloseCode, WSMsgType, web
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from segue import routes
from segue.errors import BadRequest, Conflict, Forbidden, Internal, SegueError, Unauthorized
from segue.models import Name, PostMessage, Request, SessionId, TurnId
from segued.api.messages import allowed
from segued.api.registry import Call, Registry, invalid
from segued.api.streams import OPEN, OpenStream
from segued.store.base import Once

log = logging.getLogger(__name__)

api = Registry("Following live")

_MAX_COMMANDS = 256  # of one socket under way at once; more wait in the client's buffers
_TEXT = 0x81  # a final text frame


class Command(Request):
    request_id: Annotated[str, Field(max_length=200)] | int | None = None


class Subscribe(Command):
    """Follow a session, or everything where `session_id` is left out."""

    type: Literal["subscribe"]
    session_id: SessionId | None = None
    after: Annotated[int, Field(ge=0, le=2**53)] | None = None


class Unsubscribe(Command):
    type: Literal["unsubscribe"]
    session_id: SessionId | None = None


class Post(Command):
    type: Literal["post"]
    session_id: SessionId
    message: PostMessage
    idempotency_key: Name | None = None


class Cancel(Command):
    type: Literal["cancel"]
    turn_id: TurnId


class Typing(Command):
    type: Literal["typing"]
    session_id: SessionId


COMMAND: TypeAdapter[Subscribe | Unsubscribe | Post | Cancel | Typing] = TypeAdapter(
    Annotated[Subscribe | Unsubscribe | Post | Cancel | Typing, Field(discriminator="type")]
)


def ws_frame(payload: bytes) -> bytes:
    """Frame a text message as a server sends it (RFC 6455, 5.2): unmasked, in one piece."""
    length = len(payload)
    if length < 126:
        return bytes((_TEXT, length)) + payload
    if length < 1 << 16:
        return bytes((_TEXT, 126)) + length.to_bytes(2, "big") + payload
    return bytes((_TEXT, 127)) + length.to_bytes(8, "big") + payload


def ws_event(cursor: int | None, kind: str, data: bytes) -> bytes:
    if cursor is None:
        return ws_frame(b'{"event":"%b","data":%b}' % (kind.encode(), data))
    return ws_frame(b'{"id":%d,"event":"%b","data":%b}' % (cursor, kind.encode(), data))


@api.operation("GET", routes.WEB_SOCKET, answer=dict)
async def open_web_socket(call: Call) -> web.StreamResponse:
    """Open a web socket for commands and events."""
    if call.request.headers.get("Upgrade", "").lower() != "websocket":
        raise BadRequest("this is a web socket: connect with the headers of RFC 6455")
    socket = web.WebSocketResponse(compress=False, heartbeat=30.0, max_msg_size=call.request.client_max_size)
    socket.headers[routes.REQUEST_ID] = call.request[routes.REQUEST_ID]
    await socket.prepare(call.request)
    await _Connection(call, socket).run()
    return socket


class _Connection:
    """One client's web socket: its commands under way and its subscriptions."""

    def __init__(self, call: Call, socket: web.WebSocketResponse) -> None:
        self._call = call
        self._socket = socket
        self._stream = OpenStream(call, ws_event, ws_event(None, "heartbeat", b"{}"))
        self._subscriptions: dict[SessionId | None, asyncio.Task[None]] = {}
        self._room = asyncio.Semaphore(_MAX_COMMANDS)

    async def run(self) -> None:
        with self._call.request.app[OPEN].holding(self._stream):
            async with asyncio.TaskGroup() as tasks:
                closer = tasks.create_task(self._close_when_ended(), name="web socket closer")
                async for message in self._socket:
                    if message.type is WSMsgType.TEXT:
                        await self._room.acquire()
                        tasks.create_task(self._run(tasks, message.data), name="web socket command")
                closer.cancel()
                for task in self._subscriptions.values():
                    task.cancel()

    async def _close_when_ended(self) -> None:
        await self._stream.ended.wait()
        if why := self._stream.dismissed:
            await self._socket.close(code=WSCloseCode.POLICY_VIOLATION, message=why.encode())
        else:
            await self._socket.close(code=WSCloseCode.GOING_AWAY, message=b"the daemon stops")

    async def _run(self, tasks: asyncio.TaskGroup, text: str) -> None:
        """Run one command and say what became of it."""
        request_id: Any = None
        try:
            if why := self._stream.dismissed:
                raise Unauthorized(why)
            command = COMMAND.validate_json(text)
            request_id = command.request_id
            result = await self._obey(tasks, command)
            self._say("reply", request_id, result)
        except ValidationError as exc:
            self._say("error", _request_id(text), invalid(exc).to_wire())
        except SegueError as exc:
            self._say("error", request_id, exc.to_wire())
        except Exception:
            log.exception("a web socket's command broke")
            self._say("error", request_id, Internal("the daemon made a mistake; its log says more").to_wire())
        finally:
            self._room.release()

    async def _obey(self, tasks: asyncio.TaskGroup, command: Command) -> BaseModel | None:
        call, by = self._call, self._call.by
        match command:
            case Subscribe():
                await self._subscribe(tasks, command)
            case Unsubscribe():
                task = self._subscriptions.pop(command.session_id, None)
                if task is not None:
                    task.cancel()
            case Post():
                call.caller.require("write")
                key = command.idempotency_key
                asked = f"{command.session_id}\n{command.message.model_dump_json()}".encode()
                once = Once(key, asked) if key is not None else None
                by = call.caller.acting(by.interface, once)
                return (await call.manager.post(by, command.session_id, (allowed(call, command.message),)))[0]
            case Cancel():
                call.caller.require("run")
                return await call.manager.cancel_turn(by, command.turn_id)
            case Typing():
                call.caller.require("write")
                await call.manager.typing(by, command.session_id)
        return None

    async def _subscribe(self, tasks: asyncio.TaskGroup, command: Subscribe) -> None:
        if command.session_id in self._subscriptions:
            raise Conflict("you follow that already: unsubscribe first to start from another cursor")
        if command.session_id is not None:
            await self._call.store.get_session(self._call.by, command.session_id)
        task = tasks.create_task(self._follow(command), name="web socket subscription")
        self._subscriptions[command.session_id] = task

    async def _follow(self, command: Subscribe) -> None:
        call = self._call
        follower = _Subscription(self._stream)
        try:
            if command.session_id is None:
                attached = call.manager.followers.attach_all(call.by, command.after, follower)
            else:
                attached = call.manager.followers.attach(call.by, command.session_id, command.after, follower)
            async with attached:
                await follower.ended.wait()
        except (ConnectionResetError, Forbidden):
            self._stream.end()
        except SegueError as exc:
            self._say("error", command.request_id, exc.to_wire())
        finally:
            self._subscriptions.pop(command.session_id, None)

    def _say(self, kind: str, request_id: Any, result: BaseModel | dict[str, Any] | None) -> None:
        if self._socket.closed:
            return
        body = result.model_dump_json() if isinstance(result, BaseModel) else json.dumps(result)
        said = '{"event":"%s","request_id":%s,"data":%s}' % (kind, json.dumps(request_id), body)  # noqa: UP031
        self._stream.write(ws_frame(said.encode()))


class _Subscription:
    """One subscription of a socket as a follower of its own: all of them share the connection."""

    def __init__(self, stream: OpenStream) -> None:
        self.by = stream.by
        self.wire = stream.wire
        self.write = stream.write
        self.drain = stream.drain
        self.beat = stream.beat
        self.cut = stream.cut
        self._stream = stream
        self.ended = asyncio.Event()

    def end(self) -> None:
        self.ended.set()

    @property
    def backlog(self) -> int:
        return self._stream.backlog


def _request_id(text: str) -> Any:
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value.get("request_id") if isinstance(value, dict) else None

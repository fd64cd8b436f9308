"""The gateway: one `Connection` for each socket, which serves one session until the socket or the session ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import Any

from aiohttp import WSMsgType, web

from tests.discord_server.compression import open_stream
from tests.discord_server.intents import PRIVILEGED, Intent
from tests.discord_server.sessions import Session
from tests.discord_server.users import Payload
from tests.discord_server.world import World

HEARTBEAT_SECONDS = 41.25
_CLOSE_SECONDS = 1.0
_MISSED_HEARTBEATS = 2.5
_GOODBYES = (1000, 1001)
"""The close codes with which a client gives up its session; after any other it may resume."""


class Op(IntEnum):
    HEARTBEAT = 1
    IDENTIFY = 2
    PRESENCE = 3
    VOICE_STATE = 4
    RESUME = 6
    RECONNECT = 7
    FIND_MEMBERS = 8
    INVALID_SESSION = 9
    HELLO = 10
    ACK = 11


class Closing(Exception):
    """Ends a connection with one of Discord's close codes."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class Gateway:
    """Serves the bot's connections, counts what they ask for, and misbehaves on command."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.heartbeat_seconds = HEARTBEAT_SECONDS
        self.identified = self.resumed = self.heartbeats = 0
        self.presence: Payload = {}
        """What the bot last said about itself: status and activities."""
        self.acknowledging = True
        self.refusing = False
        self.dispatch_delay_seconds = 0.0
        self.flowing = True
        self.connections: set[Connection] = set()
        self._held = 0

    async def serve(self, request: web.Request) -> web.StreamResponse:
        if self.refusing:
            raise web.HTTPServiceUnavailable
        await self.world.changes.forever_until(lambda: not self._held)
        socket = web.WebSocketResponse(timeout=_CLOSE_SECONDS)
        await socket.prepare(request)
        connection = Connection(self, socket, request)
        self.connections.add(connection)
        try:
            await connection.run()
        finally:
            self.connections.remove(connection)
            self.world.changes.notify()
        return socket

    async def drop(self, *, resume: bool = True, code: int = 4000, abrupt: bool = False) -> None:
        """Close every connection, `abrupt` without a goodbye; without `resume` the sessions are over too."""
        if not resume:
            self.world.sessions.end_all()
        for connection in list(self.connections):
            await connection.close(code, abrupt=abrupt)

    async def send(self, payload: Payload) -> None:
        """Send something that is no event to every connection."""
        for connection in list(self.connections):
            await connection.send(payload)

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Let whoever connects wait at the door until the block is left."""
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1
            self.world.changes.notify()


class Connection:
    def __init__(self, gateway: Gateway, socket: web.WebSocketResponse, request: web.Request) -> None:
        self.gateway = gateway
        self.world = gateway.world
        self.session: Session | None = None
        self._socket = socket
        self._request = request
        self._stream = open_stream(request.query.get("compress"))
        self._sending = asyncio.Lock()
        self._sent = 0

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            sender = tasks.create_task(self._send_events(), name="gateway events")
            try:
                await self.send(
                    {"op": Op.HELLO, "d": {"heartbeat_interval": int(self.gateway.heartbeat_seconds * 1000)}}
                )
                await self._receive()
            except Closing as exc:
                await self._socket.close(code=exc.code, message=str(exc).encode())
            except ConnectionError:
                pass  # the client is gone
            finally:
                sender.cancel()
                self._leave()

    async def send(self, payload: Payload) -> None:
        text = json.dumps(payload)
        async with self._sending:
            if self._stream is None:
                await self._socket.send_str(text)
            else:
                await self._socket.send_bytes(self._stream.compress(text.encode()))

    async def close(self, code: int, *, abrupt: bool = False) -> None:
        if not abrupt:
            await self._socket.close(code=code)
        elif self._request.transport is not None:
            self._request.transport.abort()

    async def _receive(self) -> None:
        patience = self.gateway.heartbeat_seconds * _MISSED_HEARTBEATS
        while True:
            try:
                message = await self._socket.receive(timeout=patience)
            except TimeoutError:
                raise Closing(4009, "Session timed out") from None
            if message.type is not WSMsgType.TEXT:
                said_goodbye = message.type is WSMsgType.CLOSE and message.data in _GOODBYES
                if said_goodbye and self.session is not None:
                    self.world.sessions.end(self.session)
                return
            await self._handle(json.loads(message.data))

    async def _handle(self, payload: Payload) -> None:
        match payload["op"]:
            case Op.HEARTBEAT:
                self.gateway.heartbeats += 1
                if self.gateway.acknowledging:
                    await self.send({"op": Op.ACK})
                self.world.changes.notify()
            case Op.IDENTIFY:
                self._identify(payload["d"])
            case Op.PRESENCE:
                self.gateway.presence = payload["d"]
                self.world.changes.notify()
            case Op.RESUME:
                await self._resume(payload["d"])
            case Op.FIND_MEMBERS:
                self._find_members(payload["d"])
            case Op.VOICE_STATE:
                pass
            case _:
                raise Closing(4001, "Unknown opcode")

    def _identify(self, data: Payload) -> None:
        if self.session is not None:
            raise Closing(4005, "Already authenticated")
        self._authenticate(data["token"])
        intents = Intent(data["intents"])
        if intents & PRIVILEGED & ~self.world.granted:
            raise Closing(4014, "Disallowed intent(s).")
        session = self.world.sessions.open(intents)
        self.gateway.identified += 1
        guilds = [guild for guild in self.world.guilds.values() if guild.has_bot]
        application = self.world.application()
        ready: Payload = {
            "v": 10,
            "user": self.world.bot.payload(),
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "resume_gateway_url": self.world.base_url.replace("http", "ws", 1),
            "application": {"id": application["id"], "flags": application["flags"]},
        }
        session.events.append(("READY", ready))
        session.events += [("GUILD_CREATE", guild.payload()) for guild in guilds if Intent.GUILDS in intents]
        self._serve(session)

    async def _resume(self, data: Payload) -> None:
        self._authenticate(data["token"])
        session = self.world.sessions.find(data["session_id"] or "")
        if session is None:
            await self.send({"op": Op.INVALID_SESSION, "d": False})
            return
        seq = data["seq"] or 0
        if seq > len(session.events):
            raise Closing(4007, "Invalid seq")
        self._sent = seq
        self.gateway.resumed += 1
        session.events.append(("RESUMED", {"_trace": []}))
        self._serve(session)

    def _serve(self, session: Session) -> None:
        self.session = session
        session.connected, session.deaf = True, False
        self.world.changes.notify()

    def _leave(self) -> None:
        others = [other for other in self.gateway.connections if other is not self]
        if self.session is not None and not any(other.session is self.session for other in others):
            self.session.connected = False

    def _authenticate(self, token: str) -> None:
        if token.removeprefix("Bot ") != self.world.token:
            raise Closing(4004, "Authentication failed.")

    def _find_members(self, data: Payload) -> None:
        guild = self.world.guilds[int(data["guild_id"])]
        members = list(guild.members.values())
        if data.get("user_ids"):
            wanted = {str(user_id) for user_id in _as_list(data["user_ids"])}
            members = [member for member in members if str(member.user.id) in wanted]
        elif query := data.get("query"):
            begins = query.casefold()
            members = [m for m in members if any(n.casefold().startswith(begins) for n in (m.user.name, m.nick) if n)]
        chunk: Payload = {
            "guild_id": str(guild.id),
            "members": [member.payload() for member in members[: data.get("limit") or None]],
            "chunk_index": 0,
            "chunk_count": 1,
            "nonce": data.get("nonce"),
        }
        if self.session is not None:
            self.session.events.append(("GUILD_MEMBERS_CHUNK", chunk))
            self.world.changes.notify()

    async def _send_events(self) -> None:
        session = await self.world.changes.forever_until(lambda: self.session)
        while True:
            await self.world.changes.forever_until(lambda: self.gateway.flowing and self._sent < len(session.events))
            await asyncio.sleep(self.gateway.dispatch_delay_seconds)
            self._sent += 1
            try:
                await self.send(session.payload(self._sent))
            except ConnectionError:
                return


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]

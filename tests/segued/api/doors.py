"""The doors of a daemon: TCP with tokens, plain sockets, and what every operation takes to be called at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from segue import routes
from segue.client import Client
from segue.routes import path
from segued.api import operations
from segued.api.registry import Operation
from tests.daemons import Daemon, Http

OPERATIONS = {f"{o.method} {o.path}": o for o in operations()}
BODIES: dict[tuple[str, str], Any] = {
    ("PATCH", routes.SESSION): {"title": "x"},
    ("POST", routes.MESSAGES): {"content": "x", "respond": False},
    ("POST", routes.MESSAGE_BATCH): {"messages": [{"content": "x", "respond": False}]},
    ("PATCH", routes.MESSAGE): {"content": "x"},
    ("POST", routes.APPROVAL): {"decision": "allow"},
    ("POST", routes.SESSION_ITEMS): {"items": [{"role": "user", "content": "x"}]},
    ("POST", routes.ITEMS): {"additions": [{"session_id": "x", "items": [{"role": "user", "content": "x"}]}]},
    ("POST", routes.CONTEXT): {"decision": "x"},
    ("POST", routes.MEMORIES): {"key": "x", "value": "y"},
    ("POST", routes.MEMORY_IMPORT): {"memories": []},
    ("POST", routes.MEMORY_RESTORE): {"version": 1},
    ("POST", routes.SCHEDULES): {
        "session_id": "{session_id}",
        "when": "every day at 9",
        "content": "x",
        "kind": "reminder",
    },
    ("PATCH", routes.SCHEDULE): {"paused": True},
    ("PUT", routes.SESSION_READ): {"seq": 1},
    ("PUT", routes.BINDING): {"session_id": "{session_id}"},
    ("PATCH", routes.BINDING): {"name": "x"},
    ("PUT", routes.CURSOR): {"seq": 1},
    ("POST", routes.RECEIPTS): {"message_id": "{message_id}", "state": "sent"},
    ("POST", routes.TOKENS): {"name": "x"},
    ("POST", routes.USERS): {"name": "x"},
    ("PATCH", routes.USER): {"name": "x"},
    ("POST", routes.JOIN): {"code": "NOCODE"},
    ("POST", routes.JOIN_AS_NEW_USER): {"code": "NOCODE", "name": "x"},
    ("PUT", routes.FRONT_END): {"state": "online"},
    ("PUT", routes.CHAT): {"title": "x"},
    ("POST", routes.CHAT_RUN): {"input": "x"},
    ("POST", routes.SHARED_MESSAGES): {"sender": "x", "content": "x"},
}
QUERIES = {routes.SEARCH: "?q=x", routes.MEMORY_SEARCH: "?q=x"}


@dataclass(frozen=True)
class Target:
    """A session of the owner's with a message, a turn that has ended, and a place; and a project with a memory."""

    parameters: dict[str, str]

    def path(self, operation: Operation) -> str:
        return path(operation.path, **self.parameters) + QUERIES.get(operation.view_of or operation.path, "")

    def body(self, operation: Operation) -> Any:
        body = BODIES.get((operation.method, operation.view_of or operation.path))
        if body is None:
            return None
        return {name: self.parameters.get(str(value).strip("{}"), value) for name, value in body.items()}


async def make_target(client: Client) -> Target:
    session = await client.create_session(title="target")
    message = await client.post(session.id, "question", respond=True)
    assert message.turn_id is not None
    while any(turn.state in ("queued", "running") for turn in await client.turns(session.id)):
        await asyncio.sleep(0.01)
    await client.bind("irc", session.id, session.id)
    await client.post(session.id, "x", author=("irc", "somebody"), place=session.id, external_id="nobody")
    token = await client.create_token("target")
    ids = {"session_id": session.id, "message_id": message.id, "turn_id": message.turn_id, "token_id": token.id}
    ids["approval_id"] = "none"
    ids["schedule_id"] = (await client.schedule(session.id, "every month on the 1st at 9", "x", kind="reminder")).id
    await client.save_memory(f"project of {session.id}", "k", "v")
    memory = {"project_id": f"project of {session.id}", "key": "k", "chat_id": session.id}
    places = {"interface": "irc", "place": session.id, "external_id": "nobody", "code": "NOCODE", "name": "x"}
    places |= {"server": "nothing", "tool": "nothing", "user": "nobody", "invitation_id": "none"}
    return Target(ids | places | memory)


def tcp_url(daemon: Daemon) -> str:
    """Return where the daemon says that it listens on TCP."""
    ready = next(line for line in reversed(daemon.log.splitlines()) if "ready:" in line)
    return "http://" + ready.rpartition("tcp:")[2].strip()


def tcp(daemon: Daemon, token: str | None = None, **headers: str) -> Http:
    sent = headers | ({"Authorization": f"Bearer {token}"} if token else {})
    return Http(tcp_url(daemon), **sent)


@asynccontextmanager
async def wire(daemon: Daemon) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Open a plain connection to the Unix socket."""
    reader, writer = await asyncio.open_unix_connection(str(daemon.socket), limit=2**26)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def say(daemon: Daemon, raw: bytes) -> bytes:
    """Send bytes, and return all that comes until the daemon hangs up."""
    async with wire(daemon) as (reader, writer):
        writer.write(raw)
        return await asyncio.wait_for(reader.read(), 60)

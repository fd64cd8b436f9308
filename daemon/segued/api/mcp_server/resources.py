"""Sessions and memories as resources: their addresses, what they hold, and which of them an event changes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from mcp.server.subscriptions import ResourcesListChanged, ResourceUpdated, ServerEvent
from mcp_types import ListResourcesResult, Resource, ResourceTemplate, TextResourceContents

from segue.errors import Invalid
from segue.models import SessionId
from segued.api import memories, messages, sessions
from segued.api.mcp_server import words
from segued.api.registry import Call
from segued.sessions.fanout import Wire
from segued.store.base import Actor

_PAGE = 50
_MESSAGES = 200  # of a session, the newest
_MEMORIES = 200  # of a project, those read last
_TEXT = "text/markdown"
_JSON = "application/json"
_SHAPES = "segue://sessions/ID, segue://projects/NAME/memories or segue://projects/NAME/memories/KEY"

TEMPLATES = [
    ResourceTemplate(
        name="session",
        uri_template="segue://sessions/{session_id}",
        description="A conversation: the newest messages, oldest first.",
        mime_type=_TEXT,
    ),
    ResourceTemplate(
        name="memories",
        uri_template="segue://projects/{project_id}/memories",
        description="What a project remembers, key by key.",
        mime_type=_JSON,
    ),
    ResourceTemplate(
        name="memory",
        uri_template="segue://projects/{project_id}/memories/{key}",
        description="One thing that a project remembers.",
        mime_type="text/plain",
    ),
]


def _session_uri(session_id: str) -> str:
    return f"segue://sessions/{quote(session_id, safe='')}"


def _memories_uri(project_id: str) -> str:
    return f"segue://projects/{quote(project_id, safe='')}/memories"


def _memory_uri(project_id: str, key: str) -> str:
    return f"{_memories_uri(project_id)}/{quote(key, safe='')}"


async def list_resources(call: Call, cursor: str | None) -> ListResourcesResult:
    """List the memories of the projects, then the sessions page by page."""
    if cursor is not None and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 16):
        raise Invalid("that is no cursor of a list of resources: begin again without one")
    offset = int(cursor or 0)
    listed = await _projects(call) if not offset else []
    page = await sessions.list_sessions(call, sessions.SessionsQuery(limit=_PAGE, offset=offset))
    for found in page.sessions:
        about = found.last_message_preview or "Nothing was said yet."
        uri = _session_uri(found.id)
        listed.append(Resource(name=found.title, uri=uri, description=about, mime_type=_TEXT))
    more = offset + len(page.sessions)
    return ListResourcesResult(resources=listed, next_cursor=str(more) if more < page.total else None)


async def _projects(call: Call) -> list[Resource]:
    found = await memories.list_projects(call, memories.ProjectsQuery())
    return [
        Resource(
            name=f"Memories of {project.project_id}",
            uri=_memories_uri(project.project_id),
            description=f"What project {project.project_id} remembers: {project.memory_count} memories.",
            mime_type=_JSON,
        )
        for project in found.projects
    ]


async def read_resource(call: Call, uri: str) -> TextResourceContents:
    """Return what the resource holds now."""
    match _parts(uri):
        case ["sessions", session_id]:
            query = messages.MessagesQuery(limit=_MESSAGES, before_seq=2**53)
            found = await messages.list_messages(call, SessionId(session_id), query)
            return TextResourceContents(uri=uri, mime_type=_TEXT, text=words.transcript(found))
        case ["projects", project_id, "memories"]:
            latest = await call.manager.memories.latest(call.by, project_id, _MEMORIES)
            text = json.dumps({m.memory_key: m.memory_value for m in latest}, ensure_ascii=False)
            return TextResourceContents(uri=uri, mime_type=_JSON, text=text)
        case ["projects", project_id, "memories", key]:
            memory = await call.manager.memories.get(call.by, project_id, key)
            return TextResourceContents(uri=uri, mime_type="text/plain", text=memory.memory_value)
    raise Invalid(f"there is no resource {uri!r}: they are {_SHAPES}")


def _parts(uri: str) -> list[str]:
    split = urlsplit(uri)
    if split.scheme != "segue":
        return []
    return [split.netloc, *(unquote(part) for part in split.path.removeprefix("/").split("/"))]


def check(uri: str) -> None:
    """Raise `Invalid` for what can be no resource."""
    match _parts(uri):
        case ["sessions", _] | ["projects", _, "memories"] | ["projects", _, "memories", _]:
            return
    raise Invalid(f"there is no resource {uri!r}: they are {_SHAPES}")


def _changes(cursor: int | None, kind: str, data: bytes) -> bytes:
    """Encode an event as the resources that it changes, one a line; an empty line stands for the list of them. Done
    once an event, however many listen."""
    noun, _, fact = kind.partition(".")
    if noun == "memory":
        memory = json.loads(data)["data"]
        project_id = memory["project_id"]
        return f"{_memories_uri(project_id)}\n{_memory_uri(project_id, memory['memory_key'])}\n".encode()
    if noun not in ("message", "session") or fact == "delta":
        return b""
    changed = f"{_session_uri(json.loads(data)['session_id'])}\n"
    return (changed if fact != "created" or noun == "message" else "").encode() + (b"\n" if noun == "session" else b"")


class Watch:
    """A follower of everything that tells its listeners which resources have changed: what the SDK calls a bus."""

    backlog = 0

    def __init__(self, by: Actor) -> None:
        self.by = by
        self.wire: Wire = _changes
        self._listeners: dict[object, Callable[[ServerEvent], None]] = {}

    def write(self, data: bytes) -> None:
        for line in data.decode().splitlines():
            self._tell(ResourceUpdated(line) if line else ResourcesListChanged())

    def subscribe(self, listener: Callable[[ServerEvent], None]) -> Callable[[], None]:
        token = object()
        self._listeners[token] = listener
        return lambda: self._forget(token)

    async def publish(self, event: ServerEvent) -> None:
        self._tell(event)

    async def drain(self) -> None:
        """Nothing waits: who listens keeps each change once."""

    def beat(self) -> None:
        """Nothing has to be kept alive: the transport does."""

    def end(self) -> None:
        self._listeners.clear()

    def cut(self, why: str) -> None:
        self._listeners.clear()

    def _tell(self, event: ServerEvent) -> None:
        for listener in list(self._listeners.values()):
            listener(event)

    def _forget(self, token: Any) -> None:
        self._listeners.pop(token, None)

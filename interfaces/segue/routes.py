"""Every path of the API, once. `{…}` are parameters; fill them with `path`. Stdlib only: the CLI imports it."""

from __future__ import annotations

from string import Formatter
from typing import Final
from urllib.parse import quote

API: Final = "/api/v1"

SESSIONS: Final = f"{API}/sessions"
SESSION: Final = f"{API}/sessions/{{session_id}}"
MESSAGES: Final = f"{SESSION}/messages"
MESSAGE_BATCH: Final = f"{SESSION}/messages/batch"
MESSAGE: Final = f"{SESSION}/messages/{{message_id}}"
SESSION_TURNS: Final = f"{SESSION}/turns"
SESSION_EVENTS: Final = f"{SESSION}/events"
SESSION_READ: Final = f"{SESSION}/read"
SESSION_TYPING: Final = f"{SESSION}/typing"
SESSION_MEMBER: Final = f"{SESSION}/members/{{user}}"
SESSION_INVITATIONS: Final = f"{SESSION}/invitations"
RELATED: Final = f"{SESSION}/related"
SNAPSHOT: Final = f"{SESSION}/snapshot"
CONTEXT: Final = f"{SESSION}/context"
ITEMS: Final = f"{API}/items"
SESSION_ITEMS: Final = f"{SESSION}/items"
ITEM_POP: Final = f"{SESSION}/items/pop"
COMPRESS: Final = f"{SESSION}/compress"
SESSION_EXPORT: Final = f"{SESSION}/export"
SESSION_FORK: Final = f"{SESSION}/fork"
IMPORT: Final = f"{API}/import"
TURN: Final = f"{API}/turns/{{turn_id}}"
TURN_CANCEL: Final = f"{TURN}/cancel"
TURN_RETRY: Final = f"{TURN}/retry"
APPROVALS: Final = f"{SESSION}/approvals"
TOOL_PERMISSIONS: Final = f"{SESSION}/permissions"
TOOL_PERMISSION: Final = f"{TOOL_PERMISSIONS}/{{server}}/{{tool}}"
PENDING_APPROVALS: Final = f"{API}/approvals"
APPROVAL: Final = f"{API}/approvals/{{approval_id}}"
SCHEDULES: Final = f"{API}/schedules"
SCHEDULE: Final = f"{SCHEDULES}/{{schedule_id}}"
SCHEDULE_RUN: Final = f"{SCHEDULE}/run"
SEARCH: Final = f"{API}/search"
SEARCH_REINDEX: Final = f"{API}/search/reindex"
PROJECTS: Final = f"{API}/projects"
MEMORIES: Final = f"{API}/projects/{{project_id}}/memories"
MEMORY: Final = f"{MEMORIES}/{{key}}"
MEMORY_VERSIONS: Final = f"{MEMORY}/versions"
MEMORY_RESTORE: Final = f"{MEMORY}/restore"
MEMORY_SEARCH: Final = f"{MEMORIES}/search"
MEMORY_EXPORT: Final = f"{MEMORIES}/export"
MEMORY_IMPORT: Final = f"{MEMORIES}/import"
CHATS: Final = f"{API}/chats/"
CHAT: Final = f"{API}/chats/{{chat_id}}"
CHAT_RUN: Final = f"{API}/chat/run"
EVENTS: Final = f"{API}/events"
WEB_SOCKET: Final = f"{API}/ws"

BINDINGS: Final = f"{API}/bindings"
BINDING: Final = f"{API}/bindings/{{interface}}/{{place}}"
RECEIPTS: Final = f"{BINDING}/receipts"
CURSOR: Final = f"{BINDING}/cursor"
PLACE_MESSAGE: Final = f"{BINDING}/messages/{{external_id}}"
DELIVERIES: Final = f"{API}/deliveries"
FRONT_END: Final = f"{API}/front-ends/{{name}}"
LINKS: Final = f"{API}/links"
LINK: Final = f"{API}/links/{{code}}"
IDENTITY: Final = f"{API}/identities/{{interface}}/{{external_id}}"
ME: Final = f"{API}/me"
USERS: Final = f"{API}/users"
USER: Final = f"{API}/users/{{user}}"
TOKENS: Final = f"{API}/tokens"
TOKEN: Final = f"{API}/tokens/{{token_id}}"
TOKEN_ROTATE: Final = f"{TOKEN}/rotate"
INVITATIONS: Final = f"{API}/invitations"
INVITATION: Final = f"{INVITATIONS}/{{invitation_id}}"
JOIN: Final = f"{API}/join"
JOIN_AS_NEW_USER: Final = f"{JOIN}/new-user"
AUDIT: Final = f"{API}/audit"

SHARED_SESSIONS: Final = "/sessions"
SHARED_SESSION: Final = "/sessions/{session_id}"
SHARED_MESSAGES: Final = f"{SHARED_SESSION}/messages"

MCP: Final = "/mcp"  # JSON-RPC, for agents that speak MCP
MCP_SERVERS: Final = f"{API}/mcp/servers"
MCP_SERVER: Final = f"{MCP_SERVERS}/{{server}}"
MCP_RESTART: Final = f"{MCP_SERVER}/restart"
MCP_CALL: Final = f"{MCP_SERVER}/tools/{{tool}}"
MCP_TOOLS: Final = f"{API}/mcp/tools"
MCP_USAGE: Final = f"{API}/mcp/usage"

STATUS: Final = f"{API}/status"
BACKUPS: Final = f"{API}/backups"
BACKUP: Final = f"{BACKUPS}/{{name}}"
INTEGRITY: Final = f"{API}/integrity"
VACUUM: Final = f"{API}/vacuum"
RELOAD: Final = f"{API}/reload"
HEALTH: Final = "/health"
READY: Final = "/ready"
METRICS: Final = "/metrics"
OPENAPI: Final = "/openapi.json"
DOCS: Final = "/docs"


def at_root(template: str) -> str:
    """Return where programs that know another server find the operation: `/api/v1/chats/` → `/chats/`."""
    return template.removeprefix(API)


def twin(template: str) -> str:
    """Return the path with a slash at its end, or without it where it has one: both are served."""
    return template[:-1] if template.endswith("/") else template + "/"


# Headers of the contract.
IDEMPOTENCY_KEY: Final = "Idempotency-Key"
INTERFACE: Final = "X-Segue-Interface"
FOR: Final = "X-Segue-For"  # an account, like discord/1234567; each part quoted as in a path
FOR_NAME: Final = "X-Segue-For-Name"  # what to call it where it is linked to nobody; quoted
VISIT: Final = "X-Segue-Visit"  # over /mcp: a random name of this one client, so that what it posts does not wake it
REQUEST_ID: Final = "X-Request-Id"
LAST_EVENT_ID: Final = "Last-Event-ID"


def path(template: str, **parameters: str) -> str:
    """Fill a template, quoting each parameter: `path(SESSION, session_id="a/b")` → `/api/v1/sessions/a%2Fb`."""
    names = {name for _, name, _, _ in Formatter().parse(template) if name}
    return template.format(**{name: quote(parameters[name], safe="") for name in names})

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
RELATED: Final = f"{SESSION}/related"
SNAPSHOT: Final = f"{SESSION}/snapshot"
CONTEXT: Final = f"{SESSION}/context"
SESSION_EXPORT: Final = f"{SESSION}/export"
TURN: Final = f"{API}/turns/{{turn_id}}"
TURN_CANCEL: Final = f"{TURN}/cancel"
TURN_RETRY: Final = f"{TURN}/retry"
SEARCH: Final = f"{API}/search"
PROJECTS: Final = f"{API}/projects"
MEMORIES: Final = f"{API}/projects/{{project_id}}/memories"
MEMORY: Final = f"{MEMORIES}/{{key}}"
MEMORY_VERSIONS: Final = f"{MEMORY}/versions"
MEMORY_RESTORE: Final = f"{MEMORY}/restore"
MEMORY_SEARCH: Final = f"{MEMORIES}/search"
MEMORY_EXPORT: Final = f"{MEMORIES}/export"
MEMORY_IMPORT: Final = f"{MEMORIES}/import"
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
TOKENS: Final = f"{API}/tokens"
TOKEN: Final = f"{API}/tokens/{{token_id}}"

STATUS: Final = f"{API}/status"
HEALTH: Final = "/health"
READY: Final = "/ready"
METRICS: Final = "/metrics"
OPENAPI: Final = "/openapi.json"
DOCS: Final = "/docs"

# Headers of the contract.
IDEMPOTENCY_KEY: Final = "Idempotency-Key"
INTERFACE: Final = "X-Segue-Interface"
FOR: Final = "X-Segue-For"  # an account, like discord/1234567; each part quoted as in a path
FOR_NAME: Final = "X-Segue-For-Name"  # what to call it where it is linked to nobody; quoted
REQUEST_ID: Final = "X-Request-Id"
LAST_EVENT_ID: Final = "Last-Event-ID"


def path(template: str, **parameters: str) -> str:
    """Fill a template, quoting each parameter: `path(SESSION, session_id="a/b")` → `/api/v1/sessions/a%2Fb`."""
    names = {name for _, name, _, _ in Formatter().parse(template) if name}
    return template.format(**{name: quote(parameters[name], safe="") for name in names})

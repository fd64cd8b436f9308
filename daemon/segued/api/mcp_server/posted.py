"""What each client has posted, so that it is not woken by itself. Names do not tell: several may use the same."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from segue import routes
from segue.models import Message, MessageId
from segued.api.registry import Call

_MCP_SESSION = "Mcp-Session-Id"
_MOST_CLIENTS = 1000
_MOST_MESSAGES = 200


class Posted:
    """The last messages that one client has posted."""

    def __init__(self) -> None:
        self._ids: deque[MessageId] = deque(maxlen=_MOST_MESSAGES)
        self._posting = asyncio.Lock()

    @asynccontextmanager
    async def posting(self) -> AsyncIterator[None]:
        """Post inside the block, and `add` what was posted: others hear of it before it is known whose it is."""
        async with self._posting:
            yield

    def add(self, message: Message) -> None:
        self._ids.append(message.id)

    async def has(self, message_id: MessageId) -> bool:
        """Tell whether the client posted the message, once what it posts now is known."""
        async with self._posting:
            return message_id in self._ids


class Clients:
    """What the last clients have posted. A client is known by the session of the older protocol, or by the header with
    which `segue mcp serve` names itself; of one that has neither nothing is known."""

    def __init__(self) -> None:
        self._posted: OrderedDict[tuple[str | None, str], Posted] = OrderedDict()

    def posted(self, call: Call) -> Posted:
        headers = call.request.headers
        name = headers.get(routes.VISIT) or headers.get(_MCP_SESSION)
        if name is None:
            return Posted()
        key = call.by.user_id, name
        posted = self._posted.setdefault(key, Posted())
        self._posted.move_to_end(key)
        if len(self._posted) > _MOST_CLIENTS:
            self._posted.popitem(last=False)
        return posted

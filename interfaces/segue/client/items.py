"""Calls about items. Additions that are asked for at the same time go to the daemon together."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from segue import routes
from segue.client.calls import Calls, decode, given
from segue.connection import Connection
from segue.errors import Invalid, SegueError, TooLarge, from_wire
from segue.models import MAX_ADDITIONS, MAX_ITEMS, ItemsAdded, ItemsOutcomes, ItemsRefused
from segue.routes import path

_TOGETHER = 256 * 1024  # characters of items in one request, unless one addition alone has more
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))  # making one costs more than using it


class Items(Calls):
    _additions: Additions

    async def items(self, session_id: str, *, limit: int | None = None) -> list[dict[str, Any]]:
        """Return the session's items, oldest first: all, or the last `limit`. What people said is among them, as
        messages with their role and text."""
        pages: list[list[dict[str, Any]]] = []
        left, before = limit, None
        while left is None or left > 0:
            size = MAX_ITEMS if left is None else min(left, MAX_ITEMS)
            page = await self._page(session_id, {"limit": size, "before_seq": before})
            pages.append(page["items"])
            left = None if left is None else left - len(page["items"])
            if (before := page["before_seq"]) is None:
                break
        return [item for items in reversed(pages) for item in items]

    async def _page(self, session_id: str, query: dict[str, int | None]) -> dict[str, Any]:
        where = path(routes.SESSION_ITEMS, session_id=session_id)
        return _json(await self._connection.request("GET", where, query=query))

    async def add_items(
        self, session_id: str, items: Sequence[Mapping[str, Any]], *, agent: str | None = None, key: str | None = None
    ) -> ItemsAdded:
        """Add items, JSON objects, in one step; they come back as they were given, and people see them as messages.

        `agent` is who speaks in them as the assistant. Give `key` where you may add the same items twice, after a crash
        of your own, say: the same key is stored once.
        """
        body = {"items": [_text(item) for item in items]} | given(agent=agent)
        if key is None:
            return await self._additions.add(session_id, body)
        return await self._write(ItemsAdded, "POST", path(routes.SESSION_ITEMS, session_id=session_id), body, key)

    async def pop_item(self, session_id: str) -> dict[str, Any] | None:
        """Take the session's last message away and return it as an item; None if there is none."""
        answer = await self._connection.request("POST", path(routes.ITEM_POP, session_id=session_id))
        item: dict[str, Any] | None = _json(answer)["item"]
        return item

    async def clear_items(self, session_id: str) -> None:
        """Delete all messages that are in the session now."""
        await self._connection.request("DELETE", path(routes.SESSION_ITEMS, session_id=session_id))


@dataclass(eq=False)
class _Addition:
    """`answer` is how it ended, or None: then it is up to this one to send."""

    body: dict[str, Any]
    size: int
    answer: asyncio.Future[ItemsAdded | None]

    @property
    def is_to_send(self) -> bool:
        answer = self.answer
        return answer.done() and not answer.cancelled() and answer.exception() is None and answer.result() is None

    @property
    def is_over(self) -> bool:
        return self.answer.done() and not self.is_to_send

    def end(self, outcome: ItemsAdded | ItemsRefused) -> None:
        if isinstance(outcome, ItemsRefused):
            self.fail(from_wire(0, outcome.model_dump()))
        elif not self.answer.done():
            self.answer.set_result(outcome)

    def fail(self, exc: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(exc)


@dataclass
class _Bundle:
    """Additions that go together. Under its key it may be sent again."""

    additions: list[_Addition]
    key: str = field(default_factory=lambda: str(uuid4()))


class Additions:
    """Brings additions to the daemon, one request at a time: what is to be added meanwhile goes with the next, as many
    in one commit there. One of those who wait sends for all, so there is no task to own."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._waiting: deque[_Addition] = deque()
        self._broken_off: _Bundle | None = None  # its sender was cancelled; it may be stored, so its key is kept
        self._is_sending = False

    async def add(self, session_id: str, body: dict[str, Any]) -> ItemsAdded:
        size = sum(map(len, body["items"]))
        addition = _Addition({"session_id": session_id, **body}, size, asyncio.get_running_loop().create_future())
        self._waiting.append(addition)
        answer = await self._wait(addition) if self._is_sending else None
        return answer or await self._send_for_all(addition)

    async def _wait(self, addition: _Addition) -> ItemsAdded | None:
        try:
            return await addition.answer
        except asyncio.CancelledError:
            was_to_send = addition.is_to_send
            self._drop(addition)
            if was_to_send:
                self._hand_over()
            raise

    async def _send_for_all(self, addition: _Addition) -> ItemsAdded:
        self._is_sending = True
        addition.answer = asyncio.get_running_loop().create_future()
        try:
            await asyncio.sleep(0)  # who got an answer just now may have more to add
            while not addition.answer.done():
                await self._send(self._broken_off or self._next())
        except asyncio.CancelledError:
            self._drop(addition)
            raise
        finally:
            self._hand_over()
        answer = addition.answer.result()
        assert answer is not None  # nobody else sends meanwhile
        return answer

    def _drop(self, addition: _Addition) -> None:
        """Wait for the addition no more. What was sent already may be stored."""
        addition.answer = asyncio.get_running_loop().create_future()
        addition.answer.cancel()
        if addition in self._waiting:
            self._waiting.remove(addition)
        if self._broken_off and all(each.is_over for each in self._broken_off.additions):
            self._broken_off = None

    def _hand_over(self) -> None:
        """Let the next of those who wait send."""
        left = self._broken_off.additions if self._broken_off else []
        waiting = next((each for each in (*left, *self._waiting) if not each.answer.done()), None)
        self._is_sending = waiting is not None
        if waiting is not None:
            waiting.answer.set_result(None)

    def _next(self) -> _Bundle:
        taken = [self._waiting.popleft()]
        size = taken[0].size
        while self._waiting and len(taken) < MAX_ADDITIONS and size + self._waiting[0].size <= _TOGETHER:
            size += self._waiting[0].size
            taken.append(self._waiting.popleft())
        return _Bundle(taken)

    async def _send(self, bundle: _Bundle) -> None:
        self._broken_off = bundle
        try:
            body = {"additions": [addition.body for addition in bundle.additions]}
            answer = await self._connection.request("POST", routes.ITEMS, body=body, key=bundle.key)
            outcomes = decode(ItemsOutcomes, answer).outcomes
        except (Invalid, TooLarge) as exc:
            self._refused(bundle, exc)
        except Exception as exc:
            for addition in bundle.additions:
                addition.fail(exc)
        else:
            for addition, outcome in zip(bundle.additions, outcomes, strict=True):
                addition.end(outcome)
        self._broken_off = None

    def _refused(self, bundle: _Bundle, exc: SegueError) -> None:
        """Let each go alone: nothing of the bundle was stored, for what may be the fault of one."""
        if len(bundle.additions) == 1:
            bundle.additions[0].fail(exc)
            return
        for addition in reversed(bundle.additions):
            if not addition.answer.done():
                addition.size = _TOGETHER + 1
                self._waiting.appendleft(addition)


def _text(item: Mapping[str, Any]) -> str:
    """Return the item's JSON. What is no character in UTF-8 stays escaped."""
    text = _ENCODER.encode(item)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(item, separators=(",", ":"))
    return text


def _json(answer: bytes) -> dict[str, Any]:
    try:
        decoded: dict[str, Any] = json.loads(answer)
    except ValueError as exc:
        raise SegueError(f"the answer is not what this version expects: is that a segue daemon? ({exc})") from exc
    return decoded

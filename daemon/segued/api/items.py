"""Items: a session as agent programs keep it, letter by letter."""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from pydantic import Field

from segue import routes
from segue.models import (
    MAX_ITEMS,
    AddItems,
    AddItemsToSessions,
    ItemPage,
    ItemsAdded,
    ItemsOutcomes,
    PoppedItem,
    Request,
    SessionId,
)
from segued.api.registry import Call, Registry

api = Registry("Items")


class ItemsQuery(Request):
    limit: Annotated[int, Field(ge=1, le=MAX_ITEMS)] = 100
    before_seq: Annotated[int, Field(ge=1, le=2**53)] | None = None


@api.operation("GET", routes.SESSION_ITEMS, answer=ItemPage)
async def list_items(call: Call, session_id: SessionId, query: ItemsQuery) -> web.StreamResponse:
    """List the last items, oldest first, as they were given; of what people said, a message with its role and text."""
    page = await call.store.list_items(call.by, session_id, query.limit, query.before_seq)
    before = "null" if page.before_seq is None else str(page.before_seq)
    return _json(f'{{"items":[{",".join(page.texts)}],"before_seq":{before}}}')


@api.operation("POST", routes.SESSION_ITEMS, scope="write", status=201)
async def add_items(call: Call, session_id: SessionId, body: AddItems) -> ItemsAdded:
    """Add items, all or none, as messages that people can read. They ask for no answer."""
    return await call.manager.items.add(call.by, session_id, body)


@api.operation("POST", routes.ITEMS, scope="write")
async def add_items_to_sessions(call: Call, body: AddItemsToSessions) -> ItemsOutcomes:
    """Add items to several sessions in one step; each addition succeeds or fails for itself."""
    return ItemsOutcomes(outcomes=await call.manager.items.add_to_several(call.by, body.additions))


@api.operation("POST", routes.ITEM_POP, scope="write", answer=PoppedItem)
async def pop_item(call: Call, session_id: SessionId) -> web.StreamResponse:
    """Take the last message away, and get it as an item."""
    popped = await call.store.pop_item(call.by, session_id)
    return _json(f'{{"item":{popped.text or "null"}}}')


@api.operation("DELETE", routes.SESSION_ITEMS, scope="write", status=204)
async def clear_items(call: Call, session_id: SessionId) -> None:
    """Delete all messages that are there now, which only the session's owner may."""
    await call.manager.items.clear(call.by, session_id)


def _json(text: str) -> web.Response:
    # Not parsed and written again: an item is given back letter by letter.
    return web.Response(body=text.encode(), content_type="application/json")

"""Places: bindings, how far each has been served, and receipts."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from segue import routes
from segue.models import (
    Binding,
    BindingList,
    BindingState,
    Message,
    PostReceipt,
    PutBinding,
    PutCursor,
    Receipt,
    Request,
    SessionId,
    UpdateBinding,
)
from segued.api.registry import Call, Registry

api = Registry("Places")


class BindingsQuery(Request):
    session_id: SessionId | None = None


class ReceiptsQuery(Request):
    limit: Annotated[int, Field(ge=1, le=500)] = 100


@api.operation("GET", routes.BINDINGS)
async def list_bindings(call: Call, query: BindingsQuery) -> BindingList:
    """List the bindings of the sessions you may see."""
    return BindingList(bindings=await call.store.list_bindings(call.by, query.session_id))


@api.operation("GET", routes.BINDING)
async def get_binding(call: Call, interface: str, place: str) -> BindingState:
    """Get what is bound at a place."""
    return await call.store.get_binding(call.by, interface, place)


@api.operation("PUT", routes.BINDING, scope="write")
async def put_binding(call: Call, interface: str, place: str, body: PutBinding) -> Binding:
    """Bind a place to a session, instead of what it was bound to."""
    return await call.store.update_binding(call.by, interface, place, body.session_id, body.policy, body.name)


@api.operation("PATCH", routes.BINDING, scope="write")
async def update_binding(call: Call, interface: str, place: str, body: UpdateBinding) -> Binding:
    """Change how a place is served, or what people call it; the session bound there stays."""
    return await call.store.update_place(call.by, interface, place, body)


@api.operation("DELETE", routes.BINDING, scope="write", status=204)
async def delete_binding(call: Call, interface: str, place: str) -> None:
    """Unbind a place."""
    await call.store.delete_binding(call.by, interface, place)


@api.operation("PUT", routes.CURSOR, scope="write")
async def put_cursor(call: Call, interface: str, place: str, body: PutCursor) -> BindingState:
    """Note up to which seq a place has been served; it never moves back."""
    return await call.store.update_cursor(call.by, interface, place, body.seq)


@api.operation("GET", routes.PLACE_MESSAGE)
async def get_place_message(call: Call, interface: str, place: str, external_id: str) -> Message:
    """Get the message that is called so at a place: one that came from there, or one that was delivered there."""
    return await call.store.get_place_message(call.by, interface, place, external_id)


@api.operation("POST", routes.RECEIPTS, status=201, scope="write")
async def post_receipt(call: Call, interface: str, place: str, body: PostReceipt) -> Receipt:
    """Note what became of a part of a message at a place."""
    return await call.store.add_receipt(call.by, interface, place, body)


@api.operation("GET", routes.RECEIPTS)
async def list_receipts(call: Call, interface: str, place: str, query: ReceiptsQuery) -> tuple[Receipt, ...]:
    """List the last receipts of a place, oldest first."""
    return await call.store.list_receipts(call.by, interface, place, query.limit)

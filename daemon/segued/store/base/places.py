"""The verbs about places."""

from __future__ import annotations

from typing import Protocol

from segue.models import (
    Binding,
    BindingState,
    Delivery,
    Message,
    Policy,
    PostReceipt,
    Receipt,
    SessionId,
    Undelivered,
    UpdateBinding,
)
from segued.store.base.actors import Actor


class PlaceVerbs(Protocol):
    async def list_bindings(self, by: Actor, session_id: SessionId | None = None) -> tuple[BindingState, ...]: ...

    async def get_binding(self, by: Actor, interface: str, place: str) -> BindingState: ...

    async def update_binding(
        self,
        by: Actor,
        interface: str,
        place: str,
        session_id: SessionId,
        policy: Policy,
        name: str | None = None,
    ) -> Binding:
        """Bind the place to the session, instead of what it was bound to. Without a `name` it keeps the one it has."""
        ...

    async def update_place(self, by: Actor, interface: str, place: str, changes: UpdateBinding) -> Binding:
        """Change how a bound place is served, or what it is called."""
        ...

    async def delete_binding(self, by: Actor, interface: str, place: str) -> None: ...

    async def update_cursor(self, by: Actor, interface: str, place: str, seq: int) -> BindingState:
        """Move the binding's cursor forward to `seq`; it never moves back."""
        ...

    async def get_place_message(self, by: Actor, interface: str, place: str, external_id: str) -> Message:
        """Return what is called so at the place: a message that came from there, or one that was delivered there.
        Raises `MessageNotFound`."""
        ...

    async def list_receipts(self, by: Actor, interface: str, place: str, limit: int) -> tuple[Receipt, ...]: ...

    async def list_deliveries(self, by: Actor, state: Undelivered | None, limit: int) -> tuple[Delivery, ...]:
        """Return the receipts of what was not delivered, newest first; only those of `state` where it is given."""
        ...

    async def add_receipt(self, by: Actor, interface: str, place: str, receipt: PostReceipt) -> Receipt: ...

"""Calls about places and what was delivered there."""

from __future__ import annotations

from segue import routes
from segue.client.calls import Calls, given
from segue.models import (
    Binding,
    BindingList,
    BindingState,
    Delivery,
    Message,
    Policy,
    Receipt,
    ReceiptState,
    Undelivered,
)
from segue.routes import path


class Places(Calls):
    async def bind(
        self, interface: str, place: str, session_id: str, policy: Policy = "live", *, name: str | None = None
    ) -> Binding:
        """Show the session at this place, instead of what was shown there. `name` is what people call the place."""
        body = {"session_id": session_id, "policy": policy} | given(name=name)
        return await self._write(Binding, "PUT", _binding(routes.BINDING, interface, place), body)

    async def update_binding(
        self, interface: str, place: str, *, policy: Policy | None = None, name: str | None = None
    ) -> Binding:
        """Change how this place is served or what it is called, whatever session it shows."""
        body = given(policy=policy, name=name)
        return await self._write(Binding, "PATCH", _binding(routes.BINDING, interface, place), body)

    async def bindings(self) -> list[BindingState]:
        """Return all places and the sessions they show."""
        return list((await self._get(BindingList, routes.BINDINGS)).bindings)

    async def binding(self, interface: str, place: str) -> BindingState:
        """Return what this place shows; raise `BindingNotFound` if it is nothing."""
        return await self._get(BindingState, _binding(routes.BINDING, interface, place))

    async def message_at(self, interface: str, place: str, external_id: str) -> Message:
        """Return the message that is called so at a place, whether it came from there or was delivered there; raise
        `MessageNotFound` if there is none."""
        where = path(routes.PLACE_MESSAGE, interface=interface, place=place, external_id=external_id)
        return await self._get(Message, where)

    async def unbind(self, interface: str, place: str) -> None:
        """Show nothing at this place any more; the session stays."""
        await self._connection.request("DELETE", _binding(routes.BINDING, interface, place))

    async def add_receipt(
        self,
        interface: str,
        place: str,
        message_id: str,
        *,
        state: ReceiptState,
        part: int = 0,
        external_id: str | None = None,
        reason: str | None = None,
    ) -> Receipt:
        """Record what became of one part of a message at a place."""
        body = given(message_id=message_id, part=part, external_id=external_id, state=state, reason=reason)
        return await self._write(Receipt, "POST", _binding(routes.RECEIPTS, interface, place), body)

    async def receipts(self, interface: str, place: str, *, limit: int | None = None) -> list[Receipt]:
        """Return what was delivered at a place."""
        return await self._get(list[Receipt], _binding(routes.RECEIPTS, interface, place), {"limit": limit})

    async def deliveries(self, *, state: Undelivered | None = None, limit: int = 100) -> list[Delivery]:
        """Return what was to be delivered and was not, newest first."""
        return await self._get(list[Delivery], routes.DELIVERIES, {"state": state, "limit": limit})

    async def set_cursor(self, interface: str, place: str, seq: int) -> BindingState:
        """Record that the place has been served up to `seq`; the cursor never moves back."""
        return await self._write(BindingState, "PUT", _binding(routes.CURSOR, interface, place), {"seq": seq})


def _binding(template: str, interface: str, place: str) -> str:
    return path(template, interface=interface, place=place)

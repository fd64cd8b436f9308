"""Calls about who belongs to a session."""

from __future__ import annotations

from typing import Literal

from segue import routes
from segue.client.calls import Calls
from segue.models import Invitation, Joined, NewInvitation, SessionDetail
from segue.routes import path


class Members(Calls):
    async def put_member(
        self, session_id: str, user: str, role: Literal["owner", "writer", "reader"] = "reader"
    ) -> SessionDetail:
        """Make a user, by id or name, a member with that role; 'owner' hands the session over to them."""
        where = path(routes.SESSION_MEMBER, session_id=session_id, user=user)
        return await self._write(SessionDetail, "PUT", where, {"role": role})

    async def remove_member(self, session_id: str, user: str) -> None:
        """Take a member out of a session, or leave it."""
        await self._connection.request("DELETE", path(routes.SESSION_MEMBER, session_id=session_id, user=user))

    async def invite(
        self,
        session_id: str,
        role: Literal["writer", "reader"] = "reader",
        *,
        uses: int = 1,
        expires_in_seconds: int = 7 * 86_400,
        new_user: bool = False,
    ) -> NewInvitation:
        """Make a code that lets people into a session; with `new_user` (scope admin), who have no account yet."""
        body = {"role": role, "uses": uses, "expires_in_seconds": expires_in_seconds, "new_user": new_user}
        return await self._write(NewInvitation, "POST", path(routes.SESSION_INVITATIONS, session_id=session_id), body)

    async def invitations(self, session_id: str | None = None) -> list[Invitation]:
        """Return the invitations into a session, or into all that you own, without their codes."""
        where = path(routes.SESSION_INVITATIONS, session_id=session_id) if session_id else routes.INVITATIONS
        return await self._get(list[Invitation], where)

    async def delete_invitation(self, invitation_id: str) -> None:
        """Take an invitation back."""
        await self._connection.request("DELETE", path(routes.INVITATION, invitation_id=invitation_id))

    async def join(self, code: str) -> Joined:
        """Enter a code, and be a member of the session that it leads into."""
        return await self._write(Joined, "POST", routes.JOIN, {"code": code})

"""The verbs about who belongs to a session, and the codes that let others in."""

from __future__ import annotations

from typing import Literal, Protocol

from segue.models import CreateInvitation, Invitation, NewInvitation, NewToken, Session, SessionId
from segued.store.base.actors import Actor


class MemberVerbs(Protocol):
    async def update_member(
        self, by: Actor, session_id: SessionId, user: str, role: Literal["owner", "writer", "reader"]
    ) -> Session:
        """Make a user, given by id or name, a member with that role, which only the owner may. A new owner replaces the
        old one, who stays as a writer. Raises `UserNotFound`, `UserConflict`."""
        ...

    async def delete_member(self, by: Actor, session_id: SessionId, user: str) -> Session:
        """Take a member out of the session, with the places that they bound to it: any but the owner, who may do that
        to others as everybody to themselves. Raises `UserNotFound`, `UserConflict`."""
        ...

    async def list_invitations(self, by: Actor, session_id: SessionId | None = None) -> tuple[Invitation, ...]:
        """Return the invitations that have not expired into sessions that the actor owns."""
        ...

    async def add_invitation(self, by: Actor, session_id: SessionId, new: CreateInvitation) -> NewInvitation: ...

    async def delete_invitation(self, by: Actor, invitation_id: str) -> None: ...

    async def claim_invitation(self, by: Actor, code: str) -> Session:
        """Make the actor a member of the session that the code leads into. Raises `InvitationNotFound`."""
        ...

    async def claim_as_new_user(
        self, by: Actor, code: str, name: str, reserved: tuple[str, ...] = ()
    ) -> tuple[Session, NewToken]:
        """Make a user of that name a member of the session, if the code is for those who have no account. Raises
        `InvitationNotFound`, `UserTaken`."""
        ...

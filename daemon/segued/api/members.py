"""Who belongs to a session, and the codes that let others in."""

from __future__ import annotations

from aiohttp import web
from aiolimiter import AsyncLimiter

from segue import routes
from segue.errors import RateLimited
from segue.models import (
    CreateInvitation,
    Invitation,
    Join,
    JoinAsNewUser,
    Joined,
    NewInvitation,
    PutMember,
    Session,
    SessionDetail,
    SessionId,
    Welcome,
)
from segued.api.front_door import AUTHENTICATOR
from segued.api.registry import GATEKEEPER, Call, Registry
from segued.sessions.attach import SNAPSHOT_MESSAGES

api = Registry("Members")

_NEWCOMERS_A_MINUTE = 10
NEWCOMERS: web.AppKey[AsyncLimiter] = web.AppKey("newcomers", AsyncLimiter)


def newcomers() -> AsyncLimiter:
    """Return what limits how often codes may be tried without an account, by everybody together."""
    return AsyncLimiter(_NEWCOMERS_A_MINUTE, 60)


@api.operation("PUT", routes.SESSION_MEMBER, scope="write")
async def put_member(call: Call, session_id: SessionId, user: str, body: PutMember | None = None) -> SessionDetail:
    """Make a user, by id or name, a member, or give a member another role; as the session's owner. With the role
    'owner' the session is theirs from now on, and you stay as a writer."""
    await call.store.update_member(call.by, session_id, user, (body or PutMember()).role)
    return await call.manager.detail(call.by, session_id, SNAPSHOT_MESSAGES)


@api.operation("DELETE", routes.SESSION_MEMBER, scope="write", status=204)
async def delete_member(call: Call, session_id: SessionId, user: str) -> None:
    """Take a member out of a session, as its owner; or leave it. What they bound to it is unbound."""
    await call.store.delete_member(call.by, session_id, user)


@api.operation("GET", routes.INVITATIONS)
async def list_invitations(call: Call) -> tuple[Invitation, ...]:
    """List the invitations into sessions that you own, without their codes; those used up too, until they expire."""
    return await call.store.list_invitations(call.by)


@api.operation("GET", routes.SESSION_INVITATIONS)
async def list_session_invitations(call: Call, session_id: SessionId) -> tuple[Invitation, ...]:
    """List the invitations into a session, as its owner."""
    return await call.store.list_invitations(call.by, session_id)


@api.operation("POST", routes.SESSION_INVITATIONS, status=201, scope="write")
async def create_invitation(call: Call, session_id: SessionId, body: CreateInvitation | None = None) -> NewInvitation:
    """Make a code that lets people into a session, as its owner. It is in this answer and nowhere else: sent
    again with its Idempotency-Key, this is refused (409)."""
    new = body or CreateInvitation()
    if new.new_user:
        call.caller.require("admin")
    return await call.store.add_invitation(call.by.given_a_secret(), session_id, new)


@api.operation("DELETE", routes.INVITATION, scope="write", status=204)
async def delete_invitation(call: Call, invitation_id: str) -> None:
    """Take an invitation back: its code lets nobody in any more."""
    await call.store.delete_invitation(call.by, invitation_id)


@api.operation("POST", routes.JOIN, scope="write")
async def join(call: Call, body: Join) -> Joined:
    """Enter a code: you are a member of the session that it leads into."""
    return await _joined(call, await call.store.claim_invitation(call.by, body.code))


@api.operation("POST", routes.JOIN_AS_NEW_USER, status=201, scope=None)
async def join_as_new_user(call: Call, body: JoinAsNewUser) -> Welcome:
    """Enter a code without having an account, where an admin made it for that: a user of your name is made, who is a
    member of the session. Their token is in this answer and nowhere else."""
    caller = call.request.app[AUTHENTICATOR].newcomer(call.request)
    if caller.via.uid is None:  # over TCP: who may reach the socket is known to the kernel
        await _wait_in_line(call.request.app[NEWCOMERS])
    reserved = call.request.app[GATEKEEPER].reserved_names
    by = caller.acting(call.by.interface, None)
    session, token = await call.store.claim_as_new_user(by, body.code, body.name, reserved)
    return Welcome(session=await call.manager.summary(call.by, session), token=token)


async def _wait_in_line(limiter: AsyncLimiter) -> None:
    if not limiter.has_capacity():
        raise RateLimited("too many codes are being tried: wait a moment", retry_after=60 / _NEWCOMERS_A_MINUTE)
    await limiter.acquire()


async def _joined(call: Call, session: Session) -> Joined:
    return Joined(session=await call.manager.summary(call.by, session))

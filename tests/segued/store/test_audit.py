"""The audit log: in the same transaction as the act, without secrets, and never changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from segue.errors import Forbidden, UserConflict
from segue.models import AuditEntry, AuditQuery, CreateInvitation, UpdateUser
from segued import clock
from segued.audit import trim
from segued.store.base import Actor, Via
from tests.segued.store.drivers import Home, once
from tests.segued.store.sqlite.files import database, home_in, query

DAY = 86_400


async def entries(home: Home, by: Actor | None = None, **where: object) -> list[AuditEntry]:
    """Return what is written down, oldest first."""
    page = await home.store.list_audit(by or home.admin, AuditQuery.model_validate({"limit": 500} | where))
    return list(reversed(page.entries))


async def test_who_did_what_is_written_down_with_how_they_came(home: Home) -> None:
    session = await home.session()
    via = Via("remote", request_id="r-1")
    await home.store.update_member(Actor(home.ada.user_id, "ada", "cli", via=via), session.id, "bob", "reader")
    (entry,) = await entries(home, action="member")
    assert (entry.user, entry.user_id, entry.action, entry.target) == (
        "ada",
        home.ada.user_id,
        "member.added",
        "bob: reader",
    )
    assert (entry.session_id, entry.interface, entry.address, entry.request_id) == (session.id, "cli", "remote", "r-1")
    assert entry.outcome == "done"


async def test_every_act_that_changes_who_may_what_is_in_it_and_no_secret_is(home: Home) -> None:
    session = await home.session()
    token = await home.store.add_token(home.admin, "ci", "eve", ("read",))
    rotated = await home.store.rotate_token(home.admin, token.id)
    await home.store.delete_token(home.admin, token.id)
    link = await home.store.add_link(home.ada, 60)
    invitation = await home.store.add_invitation(home.ada, session.id, CreateInvitation())
    await home.store.claim_invitation(home.bob, invitation.code)
    await home.store.update_member(home.ada, session.id, "bob", "writer")
    await home.store.update_user(home.admin, "eve", UpdateUser(name="eva", disabled=True))
    await home.store.update_user(home.admin, "eva", UpdateUser(disabled=False))
    await home.store.delete_user(home.admin, "eva", None)
    await home.store.update_member(home.ada, session.id, "bob", "owner")
    await home.store.delete_member(home.ada, session.id, "ada")
    await home.store.delete_session(home.bob, session.id)
    written = await entries(home)
    assert [e.action for e in written[3:]] == [  # after the three people
        *("user.created", "token.created", "token.rotated", "token.deleted", "link.created", "invitation.created"),
        *("invitation.claimed", "member.added", "member.changed", "user.renamed", "user.disabled", "user.enabled"),
        *("user.removed", "owner.changed", "member.removed", "session.deleted"),
    ]
    text = "".join(e.model_dump_json() for e in written)
    assert not [secret for secret in (token.token, rotated.token, link.code, invitation.code) if secret in text]


async def test_what_fails_is_not_in_it_and_what_is_asked_twice_is_in_it_once(home: Home) -> None:
    session = await home.session()
    before = await entries(home)
    await home.share(session)
    with pytest.raises(Forbidden):
        await home.store.update_member(home.bob, session.id, "admin", "reader")
    with pytest.raises(UserConflict):
        await home.store.delete_user(home.admin, "ada", None)
    for _ in range(2):
        await home.store.update_member(once(home.ada, "key"), session.id, "admin", "reader")
    assert [e.target for e in (await entries(home))[len(before) :]] == ["bob: writer", "admin: reader"]


async def test_it_is_read_by_who_what_where_and_when_page_by_page(home: Home) -> None:
    session = await home.session()
    for role in ("reader", "writer", "reader", "writer"):
        await home.share(session, role)
    await home.store.create_user(home.admin, "eve")
    assert {e.user for e in await entries(home, by=home.ada)} == {"ada"}
    assert await entries(home, by=home.bob) == []
    assert [e.action for e in await entries(home, user="admin")] == ["user.created"]
    assert [e.target for e in await entries(home, action="member.changed")] == [
        "bob: writer",
        "bob: reader",
        "bob: writer",
    ]
    assert len(await entries(home, action="member")) == len(await entries(home, session_id=session.id)) == 4
    assert await entries(home, action="memb") == []
    every = await entries(home)
    assert [e.id for e in await entries(home, since=every[2].at, until=every[5].at)] == [e.id for e in every[2:5]]
    first = await home.store.list_audit(home.admin, AuditQuery(limit=3))
    second = await home.store.list_audit(home.admin, AuditQuery(limit=500, before=first.entries[-1].id))
    assert ([*first.entries, *second.entries], first.more, second.more) == (every[::-1], True, False)
    newer = await home.store.list_audit(home.admin, AuditQuery(after=every[1].id, limit=2))
    assert (list(newer.entries), newer.more) == (every[2:4], True)


async def test_it_is_kept_as_long_as_is_wanted(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    await home.store.create_user(home.admin, "eve")
    now, real = [0.0], clock.nanoseconds
    monkeypatch.setattr(clock, "nanoseconds", lambda: real() + int(now[0] * 1e9))
    assert await trim(home.store, 0) == float("inf")
    assert len(await entries(home)) == 4
    now[0] = 9 * DAY
    await home.store.create_user(home.admin, "later")
    now[0] = 11 * DAY
    due = await trim(home.store, 10)
    assert [e.target for e in await entries(home)] == ["later", "4 older than 10 days"]
    assert due > clock.now()
    now[0] = 0.0  # a clock that is set back lets nothing older stay, and nothing newer go
    await trim(home.store, 10)
    assert len(await entries(home)) == 2


async def test_the_database_refuses_to_change_it(tmp_path: Path) -> None:
    async with home_in(tmp_path) as home:
        await home.store.create_user(home.admin, "eve")
    for statement in ("UPDATE audit SET user = 'nobody'", "DELETE FROM audit", "UPDATE audit_begin SET since = -1"):
        with pytest.raises(Exception, match=r"append-only|only moves on"):
            query(database(tmp_path), statement)

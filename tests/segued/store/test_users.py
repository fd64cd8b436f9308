from __future__ import annotations

import pytest

from segue.errors import (
    Forbidden,
    Invalid,
    InvitationNotFound,
    LinkNotFound,
    SessionNotFound,
    UserConflict,
    UserNotFound,
    UserTaken,
)
from segue.events import apply
from segue.models import Account, AuditQuery, CreateInvitation, PostMessage, SaveMemory, UpdateSession, UpdateUser
from segued.store.base import Actor
from tests.segued.store.drivers import Home
from tests.segued.store.test_schedules import scheduled

FOR_NEW = CreateInvitation(new_user=True)
GUEST = Actor(None, "somebody", "http")
SAY = (PostMessage(content="hi"),)


async def test_a_user_is_made_once_and_renamed_to_what_is_free(home: Home) -> None:
    made = await home.store.create_user(home.admin, "eve")
    with pytest.raises(UserTaken):
        await home.store.create_user(home.admin, "eve")
    for taken in ("ada", "bob"):
        with pytest.raises(UserTaken):
            await home.store.update_user(home.admin, made.id, UpdateUser(name=taken))
    renamed = await home.store.update_user(home.admin, "eve", UpdateUser(name="eva"))
    assert (renamed.id, renamed.name) == (made.id, "eva")
    with pytest.raises(UserNotFound):
        await home.store.get_user_detail("eve")


async def test_a_name_that_is_anothers_id_does_not_stand_for_them(home: Home) -> None:
    assert home.ada.user_id is not None
    await home.store.create_user(home.admin, home.ada.user_id)
    assert (await home.store.get_user_detail(home.ada.user_id)).name == "ada"


async def test_who_follows_learns_that_a_member_is_called_otherwise(home: Home) -> None:
    session = await home.session()
    await home.share(session)
    state = await home.store.get_snapshot(home.ada, session.id, 5)
    before = len(home.events)
    await home.store.update_user(home.admin, "bob", UpdateUser(name="rob"))
    for event in home.events[before:]:
        state = apply(state, event)
    assert state == await home.store.get_snapshot(home.ada, session.id, 5)
    assert {member.name for member in state.session.members} == {"ada", "rob"}


async def test_a_disabled_user_keeps_everything_and_is_given_nothing(home: Home) -> None:
    session = await home.session(by=home.bob)
    token = await home.store.add_token(home.bob, "mine", None, ("read",))
    code = (await home.store.add_link(home.bob, 60)).code
    await home.store.add_user("bob", ("irc", "bob_"))
    disabled = await home.store.update_user(home.admin, "bob", UpdateUser(disabled=True))
    assert disabled.disabled_at is not None
    assert (disabled.sessions_owned, disabled.tokens) == (1, 1)
    known = await home.store.get_token(token.token)
    assert known is not None
    assert known.disabled
    with pytest.raises(UserConflict):
        await home.store.add_token(home.admin, "another", "bob", ("read",))
    with pytest.raises(UserConflict):
        await home.store.update_member(home.ada, (await home.session()).id, "bob", "reader")
    with pytest.raises(LinkNotFound):
        await home.store.get_link(code)
    said = await home.post(
        session, "hi", by=home.admin, author=Account(interface="irc", external_id="bob_"), sender="b"
    )
    assert said.sender == "b"
    assert (await home.store.update_user(home.admin, "bob", UpdateUser(disabled=False))).disabled_at is None
    await home.store.get_session(home.bob, session.id)


async def test_who_owns_something_is_not_removed_without_an_heir(home: Home) -> None:
    session = await home.session(by=home.bob)
    with pytest.raises(UserConflict, match="1 sessions") as refused:
        await home.store.delete_user(home.admin, "bob", None)
    assert refused.value.details == {"sessions": 1, "projects": 0, "schedules": 0}
    for wrong in (Invalid, UserNotFound):
        with pytest.raises(wrong):
            await home.store.delete_user(home.admin, "bob", "bob" if wrong is Invalid else "nobody")
    await home.store.get_session(home.bob, session.id)


async def test_the_heir_has_what_was_theirs_and_nothing_else_of_them_is_left(home: Home) -> None:
    session = await home.session(by=home.bob, project_id="p")
    joined = await home.session()
    await home.share(joined)
    await home.store.save_memory(home.bob, "p", SaveMemory(key="k", value="v"))
    await home.store.update_binding(home.bob, "irc", "#theirs", session.id, "live")
    await home.store.update_binding(home.bob, "irc", "#joined", joined.id, "live")
    await home.store.update_read(home.bob, joined.id, 1)
    await home.post(session, "said by bob", by=home.bob)
    token = await home.store.add_token(home.bob, "mine", None, ("read",))
    states = [await home.store.get_snapshot(home.admin, s.id, 5) for s in (session, joined)]
    before = len(home.events)
    await home.store.delete_user(home.admin, "bob", "ada")
    for event in home.events[before:]:
        states = [apply(s, event) if s.session.id == event.session_id else s for s in states]
    assert states == [await home.store.get_snapshot(home.admin, s.id, 5) for s in (session, joined)]
    inherited = await home.store.get_session(home.ada, session.id)
    assert [(m.name, m.role) for m in inherited.members] == [("ada", "owner")]
    assert inherited.owner_id == home.ada.user_id
    assert [b.place for b in await home.store.list_bindings(home.admin)] == ["#theirs"]
    assert (await home.store.get_memory(home.ada, "p", "k")).value == "v"
    assert (await home.store.list_messages(home.ada, session.id, 5))[0].sender == "bob"
    assert await home.store.get_token(token.token) is None
    with pytest.raises(UserNotFound):
        await home.store.get_user_detail("bob")


async def test_what_a_removed_user_has_scheduled_goes_to_the_heir_where_they_may_write(home: Home) -> None:
    theirs = await home.session(by=home.bob)
    read, unseen = await home.session(by=home.admin), await home.session(by=home.admin)
    for session in (read, unseen):
        await home.store.update_member(home.admin, session.id, "bob", "writer")
    await home.store.update_member(home.admin, read.id, "ada", "reader")
    for session in (theirs, read, unseen):
        await scheduled(home, session, home.bob)
    gone = await home.store.delete_user(home.admin, "bob", "ada")
    assert (gone.name, gone.schedules_kept, gone.schedules_removed) == ("bob", 1, 2)
    (kept,) = await home.store.list_schedules(home.admin, None, True, 10, 0)
    assert (kept.session_id, kept.user) == (theirs.id, "ada")
    page = await home.store.list_audit(home.admin, AuditQuery(action="user.removed"))
    assert page.entries[-1].target == "bob: 1 schedules handed over, 2 schedules removed"


# --- members


async def test_the_owner_hands_over_and_may_then_leave(home: Home) -> None:
    session = await home.session()
    await home.store.add_invitation(home.ada, session.id, CreateInvitation())
    with pytest.raises(UserConflict, match="owner"):
        await home.store.delete_member(home.ada, session.id, "ada")
    with pytest.raises(UserConflict, match="hand it over"):
        await home.store.update_member(home.ada, session.id, "ada", "reader")
    with pytest.raises(UserConflict, match="no member"):
        await home.store.update_member(home.ada, session.id, "bob", "owner")
    await home.store.update_member(home.ada, session.id, "bob", "reader")
    handed = await home.store.update_member(home.ada, session.id, "bob", "owner")
    assert {m.name: m.role for m in handed.members} == {"ada": "writer", "bob": "owner"}
    assert await home.store.list_invitations(home.admin) == ()
    with pytest.raises(Forbidden):
        await home.store.update_member(home.ada, session.id, "ada", "owner")
    await home.store.delete_member(home.ada, session.id, "ada")
    with pytest.raises(SessionNotFound):
        await home.store.get_session(home.ada, session.id)
    assert home.commits[-1].audience == {home.bob.user_id}


async def test_what_a_member_bound_is_unbound_when_they_go(home: Home) -> None:
    session = await home.session()
    for leave in (False, True):
        await home.share(session)
        await home.store.update_binding(home.bob, "irc", "#bob", session.id, "live")
        await home.store.update_binding(home.ada, "irc", "#ada", session.id, "live")
        if leave:
            await home.store.delete_member(home.bob, session.id, "bob")
        else:
            await home.store.update_session(home.ada, session.id, UpdateSession(members=()))
        assert [b.place for b in await home.store.list_bindings(home.ada)] == ["#ada"]
        assert home.types(session.id)[-2:] == ["binding.removed", "session.updated"]


# --- invitations


async def test_a_code_makes_a_member_as_often_as_it_may(home: Home) -> None:
    session = await home.session()
    made = await home.store.add_invitation(home.ada, session.id, CreateInvitation(role="reader", uses=2))
    written = f" {made.code[:8].lower()}-{made.code[8:].lower()} "
    for _ in range(2):  # twice by the same person uses it once
        joined = await home.store.claim_invitation(home.bob, written)
        assert {m.name: m.role for m in joined.members} == {"ada": "owner", "bob": "reader"}
    assert [i.uses_left for i in await home.store.list_invitations(home.ada)] == [1]
    await home.store.claim_invitation(home.admin, made.code)
    eve = await home.store.create_user(home.admin, "eve")
    with pytest.raises(InvitationNotFound):
        await home.store.claim_invitation(Actor(eve.id, "eve", "tui"), made.code)
    better = await home.store.add_invitation(home.ada, session.id, CreateInvitation(role="writer"))
    await home.store.claim_invitation(home.bob, better.code)
    await home.store.add_messages(home.bob, session.id, SAY)
    assert made.code not in str(await home.store.list_invitations(home.ada))


async def test_a_code_is_void_once_it_is_taken_back_or_its_maker_is_disabled(home: Home) -> None:
    session = await home.session()
    first, second = [await home.store.add_invitation(home.ada, session.id, FOR_NEW) for _ in range(2)]
    with pytest.raises(InvitationNotFound):
        await home.store.delete_invitation(home.bob, first.id)
    await home.store.delete_invitation(home.ada, first.id)
    await home.store.update_user(home.admin, "ada", UpdateUser(disabled=True))
    for code in (first.code, second.code, "", "x" * 100):
        with pytest.raises(InvitationNotFound):
            await home.store.claim_invitation(home.bob, code)
        with pytest.raises(InvitationNotFound):
            await home.store.claim_as_new_user(GUEST, code, "eve")
    await home.store.update_user(home.admin, "ada", UpdateUser(disabled=False))
    await home.store.claim_invitation(home.bob, second.code)


async def test_only_a_code_for_new_users_makes_one_and_never_an_admin(home: Home) -> None:
    session = await home.session()
    plain = await home.store.add_invitation(home.ada, session.id, CreateInvitation())
    made = await home.store.add_invitation(home.ada, session.id, FOR_NEW)
    with pytest.raises(InvitationNotFound, match="have an account"):
        await home.store.claim_as_new_user(GUEST, plain.code, "eve")
    with pytest.raises(UserTaken):
        await home.store.claim_as_new_user(GUEST, made.code, "bob")
    with pytest.raises(Forbidden):
        await home.store.claim_invitation(GUEST, plain.code)
    joined, token = await home.store.claim_as_new_user(GUEST, made.code, "eve")
    assert {m.name: m.role for m in joined.members} == {"ada": "owner", "eve": "reader"}
    assert "admin" not in token.scopes
    assert (await home.store.get_token(token.token)) is not None
    with pytest.raises(InvitationNotFound):
        await home.store.claim_as_new_user(GUEST, made.code, "mallory")


@pytest.mark.parametrize("how", ["taken out", "left out of the list", "made a reader"])
async def test_who_was_taken_out_does_not_come_back_with_the_code_that_they_know(home: Home, how: str) -> None:
    session = await home.session()
    made = await home.store.add_invitation(home.ada, session.id, CreateInvitation(role="writer", uses=5))
    await home.store.claim_invitation(home.bob, made.code)
    if how == "taken out":
        await home.store.delete_member(home.ada, session.id, "bob")
    elif how == "made a reader":
        await home.store.update_member(home.ada, session.id, "bob", "reader")
    else:
        await home.store.update_session(home.ada, session.id, UpdateSession(members=()))
    with pytest.raises(InvitationNotFound):
        await home.store.claim_invitation(home.bob, made.code)
    assert await home.store.list_invitations(home.ada) == ()


async def test_who_leaves_may_come_back(home: Home) -> None:
    session = await home.session()
    made = await home.store.add_invitation(home.ada, session.id, CreateInvitation(uses=2))
    await home.store.claim_invitation(home.bob, made.code)
    await home.store.delete_member(home.bob, session.id, "bob")
    await home.store.claim_invitation(home.bob, made.code)


# --- names


@pytest.mark.parametrize("name", ["Bob", " bob ", "b\u200bob", "\uff42ob", "BO\u034fB"])
async def test_nobody_is_called_what_looks_like_somebody_else(home: Home, name: str) -> None:
    session = await home.session()
    code = (await home.store.add_invitation(home.ada, session.id, FOR_NEW)).code
    for another in (
        home.store.create_user(home.admin, name),
        home.store.update_user(home.admin, "ada", UpdateUser.model_construct(name=name)),
        home.store.add_token(home.admin, "x", name, ("read",)),
        home.store.claim_as_new_user(GUEST, code, name),
        home.store.claim_as_new_user(GUEST, code, "Root", ("root",)),
    ):
        with pytest.raises(UserTaken):
            await another
    with pytest.raises(Forbidden, match="another user's name"):
        await home.store.add_messages(home.ada, session.id, (PostMessage(content="x", sender=name),))
    await home.store.add_messages(home.admin, session.id, (PostMessage(content="x", sender=name),))
    await home.store.add_messages(home.ada, session.id, (PostMessage(content="x", sender="ADA"),))
    assert (await home.store.update_user(home.admin, "bob", UpdateUser(name="BOB"))).name == "BOB"

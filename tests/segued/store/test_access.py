"""Who is no member meets SessionNotFound, a reader Forbidden; an admin sees all."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from segue.errors import BindingNotFound, Forbidden, SegueError, SessionNotFound, TurnNotFound
from segue.models import (
    AddContext,
    CreateInvitation,
    MessageId,
    PostMessage,
    PostReceipt,
    Session,
    Turn,
    UpdateBinding,
    UpdateSession,
)
from segued.store.base import Actor, NewItem, NewSummary, SearchFilter, SessionFilter
from tests.segued.store.drivers import Home, members

Verb = Callable[[Home, Actor, Session, Turn], Awaitable[object]]
SAY = (PostMessage(content="hi"),)
GIVEN = (NewItem(SAY[0], '{"text":"hi"}'),)
NOTE = (AddContext(decision="we do"),)


def question(turn: Turn) -> MessageId:
    assert turn.message_id is not None
    return turn.message_id


def delivered(turn: Turn) -> PostReceipt:
    return PostReceipt(message_id=question(turn), state="sent")


async def add_summary(home: Home, by: Actor, session: Session) -> None:
    """Add a summary of the first message that nobody has changed."""
    found = await home.store.get_uncovered(home.admin, session.id, 1000)
    at = found.messages[0]
    new = NewSummary(None, found.session.last_seq, at.seq, at.created_at, 1, "x", "offline", 2, 1, "estimate")
    await home.store.add_summary(by, session.id, new)


READS: dict[str, tuple[Verb, type[SegueError]]] = {
    "list_related_sessions": (lambda h, by, s, t: h.store.list_related_sessions(by, s.id, 5), SessionNotFound),
    "get_session": (lambda h, by, s, t: h.store.get_session(by, s.id), SessionNotFound),
    "get_snapshot": (lambda h, by, s, t: h.store.get_snapshot(by, s.id, 5), SessionNotFound),
    "list_messages": (lambda h, by, s, t: h.store.list_messages(by, s.id, 5), SessionNotFound),
    "get_message": (lambda h, by, s, t: h.store.get_message(by, s.id, question(t)), SessionNotFound),
    "list_hits": (lambda h, by, s, t: h.store.list_hits(by, "why", SearchFilter(session_id=s.id), 5), SessionNotFound),
    "list_items": (lambda h, by, s, t: h.store.list_items(by, s.id, 5), SessionNotFound),
    "list_exported": (lambda h, by, s, t: h.store.list_exported(by, s.id, 5, 0), SessionNotFound),
    "list_context": (lambda h, by, s, t: h.store.list_context(by, s.id, 0, 5), SessionNotFound),
    "get_context": (lambda h, by, s, t: h.store.get_context(by, s.id, 5), SessionNotFound),
    "get_uncovered": (lambda h, by, s, t: h.store.get_uncovered(by, s.id, 100), SessionNotFound),
    "update_read": (lambda h, by, s, t: h.store.update_read(by, s.id, 1), SessionNotFound),
    "list_turns": (lambda h, by, s, t: h.store.list_turns(by, s.id, 5), SessionNotFound),
    "get_turn": (lambda h, by, s, t: h.store.get_turn(by, t.id), TurnNotFound),
    "list_tool_permissions": (lambda h, by, s, t: h.store.list_tool_permissions(by, s.id), SessionNotFound),
    "list_bindings": (lambda h, by, s, t: h.store.list_bindings(by, s.id), SessionNotFound),
    "get_binding": (lambda h, by, s, t: h.store.get_binding(by, "irc", "#a"), BindingNotFound),
    "list_receipts": (lambda h, by, s, t: h.store.list_receipts(by, "irc", "#a", 5), BindingNotFound),
}
WRITES: dict[str, tuple[Verb, type[SegueError]]] = {
    "update_session": (lambda h, by, s, t: h.store.update_session(by, s.id, UpdateSession(title="x")), SessionNotFound),
    "add_messages": (lambda h, by, s, t: h.store.add_messages(by, s.id, SAY), SessionNotFound),
    "update_message": (lambda h, by, s, t: h.store.update_message(by, s.id, question(t), "x"), SessionNotFound),
    "delete_message": (lambda h, by, s, t: h.store.delete_message(by, s.id, question(t)), SessionNotFound),
    "pop_item": (lambda h, by, s, t: h.store.pop_item(by, s.id), SessionNotFound),
    "add_context": (lambda h, by, s, t: h.store.add_context(by, s.id, NOTE), SessionNotFound),
    "add_chat_items": (lambda h, by, s, t: h.store.add_chat_items(by, s.id, GIVEN), SessionNotFound),
    "add_summary": (lambda h, by, s, t: add_summary(h, by, s), SessionNotFound),
    "add_turn": (lambda h, by, s, t: h.store.add_turn(by, s.id, None, None), SessionNotFound),
    "cancel_turn": (lambda h, by, s, t: h.store.cancel_turn(by, t.id), TurnNotFound),
    "forget_tool_permission": (
        lambda h, by, s, t: h.store.forget_tool_permission(by, s.id, "lamp", "switch"),
        SessionNotFound,
    ),
    "update_binding": (lambda h, by, s, t: h.store.update_binding(by, "irc", "#a", s.id, "final"), SessionNotFound),
    "update_place": (
        lambda h, by, s, t: h.store.update_place(by, "irc", "#a", UpdateBinding(name="#b")),
        BindingNotFound,
    ),
    "delete_binding": (lambda h, by, s, t: h.store.delete_binding(by, "irc", "#a"), BindingNotFound),
    "update_cursor": (lambda h, by, s, t: h.store.update_cursor(by, "irc", "#a", 1), BindingNotFound),
    "add_receipt": (lambda h, by, s, t: h.store.add_receipt(by, "irc", "#a", delivered(t)), BindingNotFound),
}
OWNS: dict[str, tuple[Verb, type[SegueError]]] = {
    "update_members": (lambda h, by, s, t: h.store.update_session(by, s.id, members()), SessionNotFound),
    "update_member": (lambda h, by, s, t: h.store.update_member(by, s.id, "admin", "reader"), SessionNotFound),
    "add_invitation": (lambda h, by, s, t: h.store.add_invitation(by, s.id, CreateInvitation()), SessionNotFound),
    "list_invitations": (lambda h, by, s, t: h.store.list_invitations(by, s.id), SessionNotFound),
    "clear_items": (lambda h, by, s, t: h.store.clear_items(by, s.id, None, 5), SessionNotFound),
    "delete_session": (lambda h, by, s, t: h.store.delete_session(by, s.id), SessionNotFound),
}
ALL = READS | WRITES | OWNS


async def furnished(home: Home) -> tuple[Session, Turn]:
    """Return a session of ada's with a question, its queued turn and a place."""
    session = await home.session()
    await home.post(session, "why?", respond=True)
    await home.store.update_binding(home.ada, "irc", "#a", session.id, "live")
    (turn,) = await home.store.list_turns(home.ada, session.id, 5)
    return session, turn


async def test_a_stranger_meets_not_found(home: Home) -> None:
    session, turn = await furnished(home)
    before = len(home.commits)
    for run, error in ALL.values():
        with pytest.raises(error):
            await run(home, home.bob, session, turn)
    assert len(home.commits) == before


async def test_a_reader_may_read_but_not_write(home: Home) -> None:
    session, turn = await furnished(home)
    await home.share(session, "reader")
    before = len(home.commits)
    for run, _ in READS.values():
        await run(home, home.bob, session, turn)
    for run, _ in (WRITES | OWNS).values():
        with pytest.raises(Forbidden):
            await run(home, home.bob, session, turn)
    assert len(home.commits) == before


async def test_a_writer_does_not_own(home: Home) -> None:
    session, turn = await furnished(home)
    await home.share(session)
    for run, _ in OWNS.values():
        with pytest.raises(Forbidden, match="owner"):
            await run(home, home.bob, session, turn)


async def test_a_writer_changes_only_what_is_theirs(home: Home) -> None:
    session, turn = await furnished(home)
    await home.share(session)
    for verb in ("update_message", "delete_message"):
        with pytest.raises(Forbidden, match="wrote"):
            await WRITES[verb][0](home, home.bob, session, turn)
        mine = await home.post(session, "mine", by=home.bob)
        for by in (home.bob, home.ada)[: 1 if verb == "delete_message" else 2]:
            await WRITES[verb][0](home, by, session, turn.model_copy(update={"message_id": mine.id}))


async def test_an_admin_may_do_all(home: Home) -> None:
    for run, _ in ALL.values():
        session, turn = await furnished(home)
        await run(home, home.admin, session, turn)


async def test_an_admin_sees_all_sessions_and_a_stranger_none(home: Home) -> None:
    await furnished(home)
    _, mine = await home.store.list_sessions(home.bob, SessionFilter(), 10, 0)
    _, all_of_them = await home.store.list_sessions(home.admin, SessionFilter(), 10, 0)
    assert (mine, all_of_them) == (0, 1)
    assert (await home.store.list_hits(home.bob, "why", SearchFilter(), 5)).hits == ()
    assert await home.store.list_bindings(home.bob) == ()
    assert (await home.store.list_all_events(home.bob, 0, 100))[0] == ()


async def test_who_is_added_is_let_in_and_who_is_left_out_is_shut_out(home: Home) -> None:
    session = await home.session()
    await home.share(session)
    assert {m.name: m.role for m in (await home.store.get_session(home.bob, session.id)).members} == {
        "ada": "owner",
        "bob": "writer",
    }
    assert home.commits[-1].audience == {home.ada.user_id, home.bob.user_id}
    await home.store.update_session(home.ada, session.id, members())
    assert home.commits[-1].audience == {home.ada.user_id}
    with pytest.raises(SessionNotFound):
        await home.store.get_session(home.bob, session.id)


async def test_the_owner_stays_the_owner_and_members_must_exist(home: Home) -> None:
    session = await home.session()
    await home.store.update_session(home.ada, session.id, members((home.ada, "reader")))
    assert [m.role for m in (await home.store.get_session(home.ada, session.id)).members] == ["owner"]
    nobody = Actor(None, "x", "tui")
    ghost = UpdateSession.model_validate({"members": [{"user_id": "ghost"}]})
    with pytest.raises(SegueError, match="no user"):
        await home.store.update_session(home.ada, session.id, ghost)
    with pytest.raises(SessionNotFound):
        await home.store.get_session(nobody, session.id)

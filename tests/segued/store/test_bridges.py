"""What a bridge brings in: the words of others, each once, and known by the name that it has there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from segue.errors import Forbidden, IdentityTaken, LinkNotFound, MessageNotFound, SessionNotFound, UserNotFound
from segue.models import Account, CreateLink, Message, PostMessage, PostReceipt, Session
from segued.store.base import Actor
from tests.segued.store.drivers import Driver, Home, once, open_home

EPOCH = datetime.fromtimestamp(0, UTC)


async def bring(home: Home, session: Session, external_id: str, text: str = "hi", **fields: object) -> Message:
    """Let the bridge, which is an admin, bring in what was said in #a."""
    account = Account(interface="irc", external_id=str(fields.pop("nick", "alice")))
    post = PostMessage.model_validate(
        {"content": text, "author": account, "place": "#a", "external_id": external_id} | fields
    )
    return (await home.store.add_messages(home.admin, session.id, (post,)))[0]


async def test_the_words_of_a_linked_account_are_its_users_and_so_is_the_turn(home: Home) -> None:
    session = await home.session()
    await home.store.add_user("bob", ("irc", "alice"))
    said = await bring(home, session, "1", sender="alice the great", respond=True)
    assert (said.sender, said.user_id, said.interface) == ("bob", home.bob.user_id, "irc")
    assert (said.place, said.external_id) == ("#a", "1")
    (turn,) = await home.store.list_turns(home.ada, session.id, 5)
    assert turn.user_id == home.bob.user_id
    assert [(e.actor, e.interface) for e in home.events[-2:]] == [("bob", "irc")] * 2


async def test_who_is_linked_to_nobody_is_a_guest_under_the_name_that_is_given(home: Home) -> None:
    session = await home.session()
    said = await bring(home, session, "1", sender="alice the great", respond=True)
    assert (said.sender, said.user_id) == ("alice the great", None)
    assert (await bring(home, session, "2")).sender == "alice"
    (turn,) = await home.store.list_turns(home.ada, session.id, 5)
    assert turn.user_id is None


async def test_what_was_said_earlier_keeps_its_time_and_comes_behind_what_is_there(home: Home) -> None:
    session = await home.session()
    now = (await bring(home, session, "1")).created_at
    early = now - timedelta(hours=3)
    for at, kept in ((early, early), (now + timedelta(days=9), now), (datetime.min.replace(tzinfo=UTC), EPOCH)):
        said = await bring(home, session, f"{at}", said_at=at)
        assert abs(said.created_at - kept) < timedelta(minutes=1)
        assert (await home.store.list_messages(home.ada, session.id, 1, before_seq=2**40))[-1] == said
    assert (await home.store.get_session(home.ada, session.id)).updated_at >= now


async def test_what_is_known_at_its_place_is_not_added_again(driver: Driver) -> None:
    async with open_home(driver) as home:
        session, other = await home.session(), await home.session()
        first = await bring(home, session, "1", "first", respond=True)
    async with open_home(driver) as home:
        for where in (session, other):
            assert await bring(home, where, "1", "edited since", respond=True) == first
        assert (await bring(home, session, "1", "first", place="#b")).id != first.id
        twice = tuple(
            PostMessage(content=text, author=Account(interface="irc", external_id="x"), place="#a", external_id=name)
            for text, name in (("one", "8"), ("two", "9"), ("one", "8"))
        )
        added = await home.store.add_messages(home.admin, session.id, twice)
        assert added[0] == added[2]
        assert await home.messages(session) == ["first", "first", "one", "two"]
        assert (await home.store.get_session(home.ada, session.id)).message_count == 4
        assert (await home.store.get_session(home.ada, session.id)).last_message_preview == "two"
        assert await home.messages(other) == []


async def test_what_was_deleted_does_not_come_back(home: Home) -> None:
    session = await home.session()
    said = await bring(home, session, "1", "a secret")
    await home.store.delete_message(home.admin, session.id, said.id)
    again = await bring(home, session, "1", "a secret")
    assert (again.id, again.content, again.deleted) == (said.id, "", True)
    with pytest.raises(MessageNotFound):
        await home.store.get_place_message(home.admin, "irc", "#a", "1")


async def test_a_binding_knows_what_came_from_its_place_last(home: Home) -> None:
    session, other = await home.session(), await home.session()
    await home.store.update_binding(home.ada, "irc", "#a", session.id, "live")
    assert (await home.store.get_binding(home.ada, "irc", "#a")).last_external_id is None
    for external_id in ("7", "30", "8"):
        last = await bring(home, session, external_id)
    await home.post(session, "from elsewhere")
    await home.store.delete_message(home.admin, session.id, last.id)
    assert (await home.store.get_binding(home.ada, "irc", "#a")).last_external_id == "8"
    await home.store.update_binding(home.ada, "irc", "#a", other.id, "live")
    (state,) = await home.store.list_bindings(home.ada)
    assert (state.session_id, state.last_external_id) == (other.id, "8")
    assert (await home.store.update_cursor(home.ada, "irc", "#a", 3)).last_external_id == "8"


async def test_a_message_is_found_by_its_name_at_a_place_whether_it_came_or_went(home: Home) -> None:
    session = await home.session()
    await home.store.update_binding(home.ada, "irc", "#a", session.id, "live")
    came = await bring(home, session, "1")
    went = await home.post(session, "an answer")
    receipt = PostReceipt(message_id=went.id, part=2, external_id="2", state="sent")
    await home.store.add_receipt(home.ada, "irc", "#a", receipt)
    for name, message in (("1", came), ("2", went)):
        assert await home.store.get_place_message(home.ada, "irc", "#a", name) == message
        with pytest.raises(MessageNotFound):
            await home.store.get_place_message(home.bob, "irc", "#a", name)
        with pytest.raises(MessageNotFound):
            await home.store.get_place_message(home.ada, "irc", "#b", name)


async def test_a_bridge_does_not_let_its_authors_into_the_session(home: Home) -> None:
    session = await home.session()
    await home.store.add_user("bob", ("irc", "alice"))
    await bring(home, session, "1")
    with pytest.raises(SessionNotFound):
        await home.store.get_session(home.bob, session.id)
    guest = Actor(None, "alice", "irc")
    with pytest.raises(SessionNotFound):
        await home.store.get_session(guest, session.id)


async def test_the_same_key_brings_the_same_message(home: Home) -> None:
    session = await home.session()
    account = Account(interface="irc", external_id="alice")
    posts = (PostMessage(content="hi", author=account),)
    by = once(home.admin, "irc:1")
    assert await home.store.add_messages(by, session.id, posts) == await home.store.add_messages(by, session.id, posts)
    assert await home.messages(session) == ["hi"]


# --- what was not delivered


async def test_what_was_not_delivered_is_listed_newest_first_for_who_may_see_it(home: Home) -> None:
    session, other = await home.session(title="Mine"), await home.session(by=home.bob)
    for place, its in (("#a", session), ("#b", other)):
        await home.store.update_binding(home.admin, "irc", place, its.id, "live")
    states = (("#a", session, "retrying"), ("#a", session, "failed"), ("#a", session, "sent"), ("#b", other, "failed"))
    for place, its, state in states:
        said = await home.post(its, state, by=home.admin)
        receipt = PostReceipt.model_validate({"message_id": said.id, "state": state, "reason": "flood"})
        await home.store.add_receipt(home.admin, "irc", place, receipt)
    assert [d.state for d in await home.store.list_deliveries(home.ada, None, 9)] == ["failed", "retrying"]
    assert [d.place for d in await home.store.list_deliveries(home.admin, "failed", 9)] == ["#b", "#a"]
    (one,) = await home.store.list_deliveries(home.ada, "retrying", 1)
    assert (one.session_id, one.session_title, one.reason) == (session.id, "Mine", "flood")
    stats = await home.store.get_stats()
    assert (stats.deliveries_retrying, stats.deliveries_failed) == (1, 2)


# --- codes that stand for an account


ALICE = CreateLink(interface="discord", external_id="42", name="alice")


async def test_a_code_that_stands_for_an_account_joins_it_once_to_who_enters_it(home: Home) -> None:
    link = await home.store.add_link(home.admin, 600, ALICE)
    offer = await home.store.get_link(f" {link.code.lower()} ")
    assert (offer.user, offer.name, offer.account) == (None, "alice", Account(interface="discord", external_id="42"))
    user = await home.store.add_identity(home.bob, link.code)
    assert (user.id, user.identities[0].external_id) == (home.bob.user_id, "42")
    for spent in (home.store.get_link(link.code), home.store.add_identity(home.ada, link.code)):
        with pytest.raises(LinkNotFound):
            await spent


async def test_each_kind_of_code_is_entered_on_its_own_side_and_not_used_up_on_the_other(home: Home) -> None:
    account = Account(interface="discord", external_id="43")
    for_account, for_user = await home.store.add_link(home.admin, 600, ALICE), await home.store.add_link(home.ada, 600)
    with pytest.raises(LinkNotFound, match="terminal"):
        await home.store.add_identity(home.admin, for_account.code, account)
    with pytest.raises(LinkNotFound, match="stands for ada"):
        await home.store.add_identity(home.bob, for_user.code)
    with pytest.raises(UserNotFound):
        await home.store.add_identity(Actor(None, "guest", "irc"), for_account.code)
    assert (await home.store.get_link(for_user.code)).user == "ada"
    assert (await home.store.add_identity(home.bob, for_account.code)).id == home.bob.user_id
    assert (await home.store.add_identity(home.admin, for_user.code, account)).id == home.ada.user_id


async def test_an_account_that_is_linked_gets_no_code_and_a_code_does_not_take_it_away(home: Home) -> None:
    link = await home.store.add_link(home.admin, 600, ALICE)
    await home.store.add_user("ada", ("discord", "42"))
    with pytest.raises(IdentityTaken, match="linked to ada"):
        await home.store.add_link(home.admin, 600, ALICE)
    with pytest.raises(IdentityTaken):
        await home.store.add_identity(home.bob, link.code)
    assert (await home.store.add_identity(home.ada, link.code)).id == home.ada.user_id


async def test_a_reader_does_not_find_by_place_what_is_not_theirs_to_write(home: Home) -> None:
    session = await home.session()
    await home.share(session, "reader")
    said = await bring(home, session, "1")
    assert (await home.store.get_place_message(home.bob, "irc", "#a", "1")).id == said.id
    with pytest.raises(Forbidden):
        await home.store.update_message(home.bob, session.id, said.id, "x")

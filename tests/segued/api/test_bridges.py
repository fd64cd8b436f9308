"""What a bridge may do and nobody else: act for others, bring in their words, vouch for their accounts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from uuid import uuid4

import pytest

from segue import routes
from segue.client import Client
from segue.errors import Forbidden, IdempotencyConflict, IdentityTaken, LinkNotFound, SessionNotFound
from segue.models import PostMessage, Scope, SessionDetail
from segue.routes import path
from tests.daemons import Daemon
from tests.segued.api.doors import tcp, tcp_url

EVERYTHING_BUT_ADMIN: tuple[Scope, ...] = ("read", "write", "run")


@pytest.fixture
def account() -> str:
    """An account that only this test has."""
    return str(uuid4())


@pytest.fixture
async def bridge(tcp_daemon: Daemon) -> AsyncIterator[Client]:
    async with tcp_daemon.client(interface="discord") as client:
        yield client


@pytest.fixture
async def session(owner: Client) -> SessionDetail:
    return await owner.create_session(title="target", reply="always")


async def link(daemon: Daemon, bridge: Client, account: str, user: str) -> str:
    """Link the account to the user, made where new, and return the user's id."""
    token = await bridge.create_token(user, user=user)
    async with Client(tcp_url(daemon), token=token.token) as theirs:
        code = await theirs.create_link()
    return (await bridge.claim_link(code.code, "discord", account)).id


# --- acting for somebody


async def test_a_guest_sees_no_session_and_starts_none(bridge: Client, session: SessionDetail, account: str) -> None:
    guest = bridge.acting_for("discord", account, name="alice")
    assert (await guest.sessions()).total == 0
    assert await guest.bindings() == []
    assert await guest.users() == []
    assert await guest.projects() == []
    for refused in (guest.session(session.id), guest.post(session.id, "hi"), guest.turns(session.id)):
        with pytest.raises(SessionNotFound):
            await refused
    with pytest.raises(Forbidden, match="link it"):
        await guest.me()
    with pytest.raises(Forbidden, match="admin"):
        await guest.tokens()


async def test_who_is_linked_is_the_user_and_no_admin(
    tcp_daemon: Daemon, owner: Client, bridge: Client, session: SessionDetail, account: str
) -> None:
    owner_id = (await owner.me()).user.id
    await bridge.claim_link((await owner.create_link()).code, "discord", account)
    ada = bridge.acting_for("discord", account, name="another name")
    me = await ada.me()
    assert (me.user.id, set(me.scopes)) == (owner_id, set(EVERYTHING_BUT_ADMIN))
    assert (await ada.session(session.id)).title == "target"
    said = await ada.post(session.id, "hi", respond=False)
    assert (said.user_id, said.interface) == (owner_id, "discord")
    token = await owner.create_token("stranger", user="stranger of bridges")
    async with Client(tcp_url(tcp_daemon), token=token.token) as stranger:
        theirs = await stranger.create_session(title="not ada's")
    assert (await bridge.session(theirs.id)).title == "not ada's"
    with pytest.raises(SessionNotFound):
        await ada.session(theirs.id)
    await bridge.unlink("discord", account)
    assert (await ada.sessions()).total == 0


async def test_who_acts_for_somebody_follows_only_what_they_may_see(
    owner: Client, bridge: Client, session: SessionDetail, account: str
) -> None:
    guest = bridge.acting_for("discord", account)
    async with aclosing(guest.follow_all()) as events:
        assert (await anext(events)).type == "synced"
        await owner.post(session.id, "not for guests", respond=False)
        await bridge.claim_link((await owner.create_link()).code, "discord", account)
        linked = bridge.acting_for("discord", account)
        async with aclosing(linked.follow_all()) as its:
            assert (await anext(its)).type == "synced"
            await owner.post(session.id, "for ada", respond=False)
            event = await anext(its)
            assert (event.type, event.session_id) == ("message.created", session.id)


async def test_only_an_admin_acts_for_others(tcp_daemon: Daemon, owner: Client) -> None:
    token = await owner.create_token("writer", scopes=EVERYTHING_BUT_ADMIN)
    async with tcp(tcp_daemon, token.token, **{routes.FOR: "discord/1"}) as http:
        for method, where in (("GET", routes.SESSIONS), ("GET", routes.EVENTS), ("POST", routes.SESSIONS)):
            status, answer = await http(method, where)
            assert (status, answer["error"]["details"]) == (403, {"scope": "admin"})
    async with tcp(tcp_daemon, None, **{routes.FOR: "discord/1"}) as http:
        assert (await http("GET", routes.SESSIONS))[0] == 401


@pytest.mark.parametrize(
    ("for_whom", "name"),
    [("discord", ""), ("/1", ""), ("discord/", ""), ("discord/1", "a%0Ab"), ("d/" + "1" * 201, "")],
)
async def test_a_header_that_names_no_account_is_invalid(tcp_daemon: Daemon, for_whom: str, name: str) -> None:
    async with tcp_daemon.http() as http:
        where = (routes.SESSIONS, None)
        status, answer = await http("GET", *where, X_Segue_For=for_whom, X_Segue_For_Name=name)
        assert (status, answer["error"]["details"]["field"]) == (422, routes.FOR)


async def test_any_account_and_any_name_can_be_told(bridge: Client, session: SessionDetail) -> None:
    odd = "a/b %#é🦆"
    await bridge.create_link((odd, odd), name=odd)
    assert (await bridge.acting_for(odd, odd, name=odd).sessions()).total == 0


# --- bringing in the words of others


async def test_the_words_of_others_come_from_admins_only(
    tcp_daemon: Daemon, owner: Client, session: SessionDetail
) -> None:
    token = await owner.create_token("writer", scopes=EVERYTHING_BUT_ADMIN)
    post = PostMessage.model_validate({"content": "x", "author": {"interface": "discord", "external_id": "1"}})
    async with Client(tcp_url(tcp_daemon), token=token.token) as writer:
        for refused in (
            writer.post(session.id, "x", author=("discord", "1")),
            writer.post_batch(session.id, [PostMessage(content="mine"), post]),
        ):
            with pytest.raises(Forbidden, match="admin"):
                await refused
    assert (await owner.session(session.id)).message_count == 0


async def test_what_was_brought_in_keeps_its_author_its_place_and_its_name(
    tcp_daemon: Daemon, bridge: Client, session: SessionDetail, account: str
) -> None:
    bob = await link(tcp_daemon, bridge, account, "bob the bridged")
    said = await bridge.post(
        session.id,
        "count to 3",
        author=("discord", account),
        sender="b0b",
        place="77",
        external_id=f"{account}-1",
        key=f"discord:{account}-1",
    )
    assert (said.sender, said.user_id, said.interface, said.place) == ("bob the bridged", bob, "discord", "77")
    assert said.turn_id is not None
    (turn,) = [turn for turn in await bridge.turns(session.id) if turn.id == said.turn_id]
    assert turn.user_id == bob
    assert await bridge.message_at("discord", "77", f"{account}-1") == said
    with pytest.raises(IdempotencyConflict):
        await bridge.post(session.id, "edited", author=("discord", account), key=f"discord:{account}-1")


@pytest.mark.parametrize("fields", [{"place": "1"}, {"external_id": "1"}, {"place": "1", "external_id": "1"}])
async def test_a_place_and_a_name_there_come_with_an_author_and_together(
    tcp_daemon: Daemon, session: SessionDetail, fields: dict[str, str]
) -> None:
    where = path(routes.MESSAGES, session_id=session.id)
    async with tcp_daemon.http() as http:
        assert (await http("POST", where, {"content": "x"} | fields))[0] == 422
        assert (await http("POST", where, {"content": "x", "said_at": "2020-01-01T00:00:00Z"}))[0] == 422
        author = {"author": {"interface": "discord", "external_id": "1"}}
        assert (await http("POST", where, {"content": "x"} | fields | author))[0] == (201 if len(fields) == 2 else 422)


async def test_a_question_that_is_edited_while_it_waits_is_answered_as_it_stands(
    bridge: Client, session: SessionDetail, account: str
) -> None:
    running = await bridge.post(session.id, "count to 2000")
    author = ("discord", account)
    asked = await bridge.post(session.id, "count to 2", author=author, place="78", external_id=account)
    found = await bridge.message_at("discord", "78", account)
    await bridge.edit_message(session.id, found.id, "count to 4")
    await bridge.cancel(running.turn_id or "")
    while any(turn.state in ("queued", "running") for turn in await bridge.turns(session.id)):
        await asyncio.sleep(0.01)
    (answer,) = [m for m in await bridge.messages(session.id) if m.turn_id == asked.turn_id and m.role == "assistant"]
    assert answer.content.split() == ["1", "2", "3", "4"]


# --- vouching for accounts


async def test_a_code_shown_on_the_other_interface_is_entered_by_its_user(
    owner: Client, bridge: Client, account: str
) -> None:
    code = (await bridge.create_link(("discord", account), name="alice")).code
    offer = await owner.link_offer(code)
    assert (offer.name, offer.user) == ("alice", None)
    with pytest.raises(LinkNotFound):
        await bridge.user_of("discord", account)
    user = await owner.claim_link(code)
    assert (await bridge.user_of("discord", account)).id == user.id == (await owner.me()).user.id
    with pytest.raises(IdentityTaken, match=f"linked to {user.name} already"):
        await bridge.create_link(("discord", account))


async def test_who_is_no_admin_vouches_for_no_account(tcp_daemon: Daemon, owner: Client, account: str) -> None:
    token = await owner.create_token("writer", user="greedy", scopes=EVERYTHING_BUT_ADMIN)
    await owner.claim_link((await owner.create_link()).code, "discord", account)
    async with Client(tcp_url(tcp_daemon), token=token.token) as greedy:
        code = await greedy.create_link()
        for refused in (greedy.claim_link(code.code, "discord", "ada's"), greedy.create_link(("discord", "ada's"))):
            with pytest.raises(Forbidden, match="admin"):
                await refused
        with pytest.raises(LinkNotFound):
            await greedy.user_of("discord", account)
        with pytest.raises(LinkNotFound):
            await greedy.unlink("discord", account)


# --- health


async def test_a_front_ends_health_is_told_until_it_says_otherwise(
    tcp_daemon: Daemon, bridge: Client, account: str
) -> None:
    await bridge.report_health(account, "online", latency_ms=41.5, places=2, account="segue")
    await bridge.report_health(account, "failing", detail="x" * 1000, deliveries_waiting=3)
    (seen,) = [f for f in (await bridge.status()).front_ends if f.name == account]
    assert (seen.state, seen.deliveries_waiting, len(seen.detail)) == ("failing", 3, 500)
    assert 0 <= seen.age_seconds < 120
    async with tcp_daemon.http() as http:
        assert f'segue_front_end_online{{name="{account}"}} 0.0' in (await http("GET", routes.METRICS))[1]


async def test_what_was_not_delivered_is_counted_and_listed(bridge: Client, session: SessionDetail) -> None:
    await bridge.bind("discord", session.id, session.id)
    said = await bridge.post(session.id, "hi", respond=False)
    before = await bridge.status()
    await bridge.add_receipt("discord", session.id, said.id, state="failed", reason="no permission to speak")
    assert (await bridge.status()).deliveries_failed == before.deliveries_failed + 1
    newest = (await bridge.deliveries(state="failed"))[0]
    assert (newest.session_title, newest.reason) == ("target", "no permission to speak")
    await bridge.add_receipt("discord", session.id, said.id, state="sent", external_id="1")
    assert (await bridge.status()).deliveries_failed == before.deliveries_failed


async def test_nobody_but_a_bridge_answers_for_somebody_else(tcp_daemon: Daemon, bridge: Client, account: str) -> None:
    token = await bridge.create_token(account, user=account, scopes=EVERYTHING_BUT_ADMIN)
    async with Client(tcp_url(tcp_daemon), token=token.token) as program:
        with pytest.raises(Forbidden, match="admin"):
            await program.decide("any", "allow", author=("discord", account), name="somebody")

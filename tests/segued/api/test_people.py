"""People over the API: refused at once when they are disabled, let in by codes, and written down."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from aiohttp import ClientError

from segue import routes
from segue.client import Client
from segue.errors import UserConflict
from segue.models import RemovedUser
from segue.routes import path
from segued import clock
from segued.api.streams import OpenStreams
from tests.daemons import Daemon, Http
from tests.segued.api.doors import tcp

SECONDS = 60


@pytest.fixture(scope="module")
def counting_daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon whose limits nobody else uses up."""
    daemon = Daemon(tmp_path_factory.mktemp("counting"), {"LISTEN": '["unix:", "tcp:127.0.0.1:0"]'})
    daemon.start()
    yield daemon
    assert daemon.stop() == 0, daemon.log


@asynccontextmanager
async def follower(http: Http, where: str) -> AsyncIterator[Callable[[], object]]:
    """Follow; yield what waits until the daemon has cut that off."""
    async with http.session.get(where) as response:
        assert response.status == 200
        await response.content.readuntil(b"event: synced")

        async def ended() -> None:
            async with asyncio.timeout(SECONDS):
                try:
                    while await response.content.readany():
                        pass
                except ClientError:
                    pass

        yield ended


def events_of(session_id: str) -> str:
    return path(routes.SESSION_EVENTS, session_id=session_id)


async def test_a_disabled_user_is_refused_at_once_with_what_they_have_open(tcp_daemon: Daemon, owner: Client) -> None:
    token = await owner.create_token("mine", user="disabled soon")
    async with tcp(tcp_daemon, token.token) as http:
        session = (await http("POST", routes.SESSIONS))[1]
        async with follower(http, events_of(session["id"])) as one, follower(http, routes.EVENTS) as all_of_them:
            await owner.update_user(token.user_id, disabled=True)
            await one()
            await all_of_them()
        status, answer = await http("GET", routes.ME)
        assert (status, answer["error"]["code"]) == (401, "unauthorized")
        assert "disabled soon is disabled" in answer["detail"]
        await owner.update_user(token.user_id, disabled=False)
        assert (await http("GET", routes.ME))[0] == 200


async def test_the_account_of_a_disabled_user_stands_for_nobody(tcp_daemon: Daemon, owner: Client) -> None:
    token = await owner.create_token("mine", user="with an account")
    async with tcp(tcp_daemon, token.token) as http:
        code = (await http("POST", routes.LINKS))[1]["code"]
    await owner.claim_link(code, "irc", "their-nick")
    async with tcp_daemon.http() as bridge:
        where, headers = (
            path(routes.IDENTITY, interface="irc", external_id="their-nick"),
            {"X_Segue_For": "irc/their-nick"},
        )
        assert (await bridge("GET", where))[0] == (await bridge("GET", routes.ME, **headers))[0] == 200
        await owner.update_user(token.user_id, disabled=True)
        assert [(await bridge("GET", where))[0], (await bridge("GET", routes.ME, **headers))[0]] == [404, 403]


async def test_a_token_says_until_when_it_is_good(tcp_daemon: Daemon, owner: Client) -> None:
    async with tcp_daemon.http() as http:
        assert (await http("POST", routes.TOKENS, {"name": "x", "expires_in_seconds": 59}))[0] == 422
    token = await owner.create_token("short", user="for a while", expires_in_seconds=3600)
    assert token.expires_at == token.created_at + timedelta(hours=1)
    assert token.expires_at in {t.expires_at for t in await owner.tokens()}
    async with tcp(tcp_daemon, token.token) as http, follower(http, routes.EVENTS):
        assert (await http("GET", routes.ME))[0] == 200


class Stream:
    """What is known of an open stream whose token expires soon."""

    def __init__(self) -> None:
        self.expires_at = clock.now() + 0.05
        self.ended = asyncio.Event()

    def dismiss(self, why: str) -> None:
        assert "expired" in why
        self.ended.set()


async def test_a_stream_ends_when_its_token_expires() -> None:
    stream = Stream()
    with OpenStreams().holding(stream):  # type: ignore[arg-type]
        async with asyncio.timeout(SECONDS):
            await stream.ended.wait()


async def test_another_secret_makes_the_old_one_unknown(tcp_daemon: Daemon, owner: Client) -> None:
    token = await owner.create_token("turns", user="turning")
    async with tcp(tcp_daemon, token.token) as old, follower(old, routes.EVENTS) as ended:
        rotated = await owner.rotate_token(token.id)
        await ended()
        assert (await old("GET", routes.ME))[0] == 401
        async with tcp(tcp_daemon, rotated.token) as new:
            assert (await new("GET", routes.ME))[1]["user"]["name"] == "turning"


async def test_who_is_taken_out_or_leaves_hears_no_more(tcp_daemon: Daemon, owner: Client) -> None:
    token = await owner.create_token("member", user="comes and goes")
    session = await owner.create_session()
    async with tcp(tcp_daemon, token.token) as http:
        for goes in (owner.remove_member, None):
            await owner.put_member(session.id, "comes and goes", "reader")
            async with follower(http, events_of(session.id)) as ended:
                if goes is not None:
                    await goes(session.id, token.user_id)
                else:
                    where = path(routes.SESSION_MEMBER, session_id=session.id, user=token.user_id)
                    assert (await http("DELETE", where))[0] == 204
                await ended()
            assert (await http("GET", events_of(session.id)))[0] == 404


async def test_who_removes_a_user_is_told_what_became_of_their_schedules(tcp_daemon: Daemon, owner: Client) -> None:
    token = await owner.create_token("planner", user="a planner")
    await owner.create_user("an heir")
    elsewhere = await owner.create_session()
    await owner.put_member(elsewhere.id, "a planner", "writer")
    async with tcp(tcp_daemon, token.token) as http:
        theirs = (await http("POST", routes.SESSIONS))[1]["id"]
        for session_id in (theirs, elsewhere.id):
            body = {"session_id": session_id, "when": "every day at 9", "content": "x", "kind": "reminder"}
            assert (await http("POST", routes.SCHEDULES, body))[0] == 201
    gone = await owner.delete_user("a planner", to="an heir")
    assert gone == RemovedUser(name="a planner", schedules_kept=1, schedules_removed=1)
    assert [s.user for s in await owner.schedules(session_id=theirs)] == ["an heir"]


async def test_nobody_is_kept_out_who_could_not_be(tcp_daemon: Daemon, owner: Client) -> None:
    token = await owner.create_token("admin", user="another admin", scopes=["admin", "read"])
    async with tcp_daemon.http() as http:
        me = (await http("GET", routes.ME))[1]["user"]["id"]
    with pytest.raises(UserConflict, match="yourself"):
        await owner.update_user(me, disabled=True)
    async with tcp(tcp_daemon, token.token) as other:
        status, answer = await other("DELETE", path(routes.USER, user=me))
        assert (status, answer["error"]["code"]) == (409, "user_conflict")
        assert "the daemon runs under" in answer["detail"]


async def test_a_code_of_an_admin_lets_a_newcomer_in_and_nobody_else(counting_daemon: Daemon) -> None:
    daemon = counting_daemon
    async with daemon.client() as owner, tcp(daemon) as nobody:
        session = await owner.create_session(title="The lighthouse")
        plain, made = await owner.invite(session.id), await owner.invite(session.id, new_user=True)
        member = await owner.create_token("member", user="member")
        await owner.put_member(session.id, "member", "owner")
        async with tcp(daemon, member.token) as http:
            where = path(routes.SESSION_INVITATIONS, session_id=session.id)
            assert (await http("POST", where, {"new_user": True}))[1]["error"]["details"] == {"scope": "admin"}
        made = await owner.invite(session.id, new_user=True)
        for code in ("A" * 16, plain.code):
            assert (await nobody("POST", routes.JOIN_AS_NEW_USER, {"code": code, "name": "eve"}))[0] == 404
        body = {"code": made.code, "name": "eve"}
        assert (await nobody("POST", routes.JOIN_AS_NEW_USER, body, Origin="http://evil.example"))[0] == 403
        status, welcome = await nobody("POST", routes.JOIN_AS_NEW_USER, body, Idempotency_Key="k")
        assert (status, welcome["session"]["title"]) == (201, "The lighthouse")
        assert (await nobody("POST", routes.JOIN_AS_NEW_USER, body, Idempotency_Key="k"))[0] == 404
        async with tcp(daemon, welcome["token"]["token"]) as eve:
            assert (await eve("GET", routes.SESSIONS))[1]["total"] == 1
            assert (await eve("GET", routes.TOKENS))[0] == 403
        wrong = {"code": "B" * 16, "name": "mallory"}
        statuses = [(await nobody("POST", routes.JOIN_AS_NEW_USER, wrong))[0] for _ in range(12)]
        assert set(statuses) == {404, 429}
        assert "mallory" not in {user.name for user in await owner.users()}


async def test_failed_logins_are_written_down_within_bounds(counting_daemon: Daemon) -> None:
    daemon = counting_daemon
    async with daemon.client() as owner:
        token = await owner.create_token("mine", user="shut out")
        await owner.update_user("shut out", disabled=True)
        for secret in (token.token, *(f"wrong {n}" for n in range(30)), None):
            async with tcp(daemon, secret) as http:
                assert (await http("GET", routes.ME))[0] == 401
        written = (await owner.audit(action="login.failed", after=0)).entries
        assert written[0].target == "127.0.0.1 as shut out"
        assert 10 <= len(written) <= 12
        assert {(e.outcome, e.address, e.user) for e in written} == {("refused", "loopback", "somebody")}


async def test_people_read_what_they_did_and_an_admin_what_anybody_did(tcp_daemon: Daemon, owner: Client) -> None:
    token = await owner.create_token("mine", user="watched")
    async with tcp(tcp_daemon, token.token) as http:
        session = (await http("POST", routes.SESSIONS))[1]
        await http("GET", path(routes.SESSION_EXPORT, session_id=session["id"]))
        (entry,) = (await http("GET", f"{routes.AUDIT}?action=session"))[1]["entries"]
        assert (entry["user"], entry["token_id"], entry["uid"], entry["address"]) == (
            "watched",
            token.id,
            None,
            "loopback",
        )
        assert (await http("GET", f"{routes.AUDIT}?user={(await owner.users())[0].id}"))[1]["entries"] == []
        assert (await http("DELETE", routes.AUDIT))[0] == 405
    (made,) = (await owner.audit(action="token.created", limit=1)).entries
    assert (made.target, made.uid is None, made.address) == ("mine: watched, read, write, run", False, "unix")

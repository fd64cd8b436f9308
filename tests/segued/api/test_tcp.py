"""Shut by default: TCP wants a token, the right Host, and no foreign Origin."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import pytest

from segue import routes
from segue.client import Client
from tests.daemons import Daemon
from tests.segued.api.doors import tcp, tcp_url

TCP = '["unix:", "tcp:127.0.0.1:0"]'


@pytest.mark.parametrize("given", ["Bearer", "Bearer ", "Basic eDp5", "bearer wrong", "segue_x", "Bearer a b"])
async def test_what_is_no_token_is_refused_with_how_to_get_one(tcp_daemon: Daemon, given: str) -> None:
    async with tcp(tcp_daemon, Authorization=given) as http, http.session.get(routes.ME) as response:
        assert response.status == 401
        assert response.headers["WWW-Authenticate"] == "Bearer"
        detail = (await response.json())["detail"]
        assert "segue token create" in detail or "Authorization: Bearer" in detail


async def test_a_token_in_the_query_is_no_token(tcp_daemon: Daemon, owner: Client) -> None:
    token = await owner.create_token("x")
    async with tcp(tcp_daemon) as http:
        for name in ("token", "access_token", "authorization"):
            assert (await http("GET", f"{routes.ME}?{name}={token.token}"))[0] == 401


async def test_a_token_is_its_users(tcp_daemon: Daemon, owner: Client) -> None:
    token = await owner.create_token("x", user="somebody new", scopes=["read"])
    async with tcp(tcp_daemon, token.token) as http:
        status, me = await http("GET", routes.ME)
        assert (status, me["user"]["name"], me["scopes"]) == (200, "somebody new", ["read"])
    (listed,) = [t for t in await owner.tokens() if t.id == token.id]
    assert listed.last_used_at is not None
    assert token.token not in json.dumps([t.model_dump(mode="json") for t in await owner.tokens()])


async def test_a_deleted_token_is_refused_at_once(tcp_daemon: Daemon, owner: Client) -> None:
    token = await owner.create_token("x")
    async with tcp(tcp_daemon, token.token) as http:
        assert (await http("GET", routes.ME))[0] == 200
        await owner.delete_token(token.id)
        assert (await http("GET", routes.ME))[0] == 401


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.", ""])
async def test_a_host_that_is_not_ours_is_refused(tcp_daemon: Daemon, owner: Client, host: str) -> None:
    token = await owner.create_token("x")
    async with tcp(tcp_daemon, token.token, Host=host) as http:
        assert (await http("GET", routes.ME))[1]["error"]["code"] == "forbidden"


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1:99999", "[::1]:80", "[::1]"])
async def test_every_name_of_this_machine_is_ours(tcp_daemon: Daemon, owner: Client, host: str) -> None:
    token = await owner.create_token("x")
    async with tcp(tcp_daemon, token.token, Host=host) as http:
        assert (await http("GET", routes.ME))[0] == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://localhost"])
async def test_a_page_of_another_origin_is_refused(tcp_daemon: Daemon, owner: Client, origin: str) -> None:
    token = await owner.create_token("x")
    async with tcp(tcp_daemon, token.token, Origin=origin) as http:
        assert (await http("POST", routes.SESSIONS))[0] == 403
        assert (await http("GET", routes.WEB_SOCKET, Upgrade="websocket", Connection="Upgrade"))[0] == 403
    async with tcp(tcp_daemon, token.token, Origin=tcp_url(tcp_daemon)) as http:
        assert (await http("GET", routes.ME))[0] == 200


async def test_hosts_and_origins_can_be_allowed(make_daemon: Callable[..., Daemon]) -> None:
    allowed = {
        "SERVER__ALLOWED_HOSTS": '["chat.example.org"]',
        "SERVER__ALLOWED_ORIGINS": '["https://chat.example.org"]',
    }
    daemon = make_daemon(LISTEN=TCP, **allowed)
    async with daemon.client() as owner:
        token = await owner.create_token("x")
    headers = {"Host": "chat.example.org", "Origin": "https://chat.example.org"}
    async with tcp(daemon, token.token, **headers) as http:
        assert (await http("GET", routes.ME))[0] == 200
    assert daemon.stop() == 0


async def test_a_token_that_asks_too_often_is_told_to_wait_and_others_are_not(
    make_daemon: Callable[..., Daemon],
) -> None:
    daemon = make_daemon(LISTEN=TCP, SERVER__REQUESTS_PER_MINUTE="5")
    async with daemon.client() as owner:
        first, second = await owner.create_token("a"), await owner.create_token("b")
        async with tcp(daemon, first.token) as http:
            statuses = [status for status, _ in await asyncio.gather(*[http("GET", routes.ME) for _ in range(20)])]
            assert 5 <= statuses.count(200) <= 7
            async with http.session.get(routes.ME) as response:
                assert response.status == 429
                assert 1 <= int(response.headers["Retry-After"]) <= 60
                assert (await response.json())["error"]["code"] == "rate_limited"
        async with tcp(daemon, second.token) as http:
            assert (await http("GET", routes.ME))[0] == 200
        for _ in range(20):
            await owner.me()
    assert daemon.stop() == 0


async def test_without_a_token_one_may_do_what_the_settings_allow(make_daemon: Callable[..., Daemon]) -> None:
    reads = {"off": 401, "read": 200, "read-write": 200}
    writes = {"off": 401, "read": 403, "read-write": 201}
    for mode in reads:
        daemon = make_daemon(LISTEN=TCP, ANONYMOUS_LOOPBACK=mode)
        async with daemon.client() as owner, tcp(daemon) as http:
            theirs = await owner.create_session()
            assert (await http("GET", routes.SESSIONS))[0] == reads[mode]
            assert (await http("POST", routes.SESSIONS))[0] == writes[mode]
            assert (await http("POST", routes.TOKENS, {"name": "x"}))[0] == (401 if mode == "off" else 403)
            assert (await http("GET", f"{routes.SESSIONS}/{theirs.id}"))[0] == (401 if mode == "off" else 404)
        async with tcp(daemon, "wrong") as http:
            assert (await http("GET", routes.SESSIONS))[0] == 401
        assert daemon.stop() == 0


async def test_tokens_and_messages_are_never_in_the_log(make_daemon: Callable[..., Daemon]) -> None:
    daemon = make_daemon(LISTEN=TCP, LOG__LEVEL="debug")
    async with daemon.client() as owner:
        token = await owner.create_token("x")
        session = await owner.create_session(title="xyzzy title")
        async with tcp(daemon, token.token) as http:
            where = f"{routes.SESSIONS}/{session.id}/messages"
            await http("POST", where, {"content": "xyzzy", "respond": True}, Idempotency_Key="xyzzy key")
            await http("POST", where, {"content": "xyzzy", "wrong": "xyzzy"})
            await http("GET", f"{routes.SEARCH}?q=xyzzy")
        async with tcp(daemon, token.token + "xyzzy") as http:
            await http("GET", routes.ME)
        link = await owner.create_link()
        await owner.claim_link(link.code, "irc", "xyzzy_")
    assert daemon.stop() == 0
    for secret in (token.token, token.token[10:], link.code, "xyzzy"):
        assert secret not in daemon.log


async def test_only_an_admin_is_told_of_the_machine(tcp_daemon: Daemon, owner: Client) -> None:
    whole = await owner.status()
    assert (whole.pid, whole.store_path) == (tcp_daemon.process.pid, str(tcp_daemon.home / "segue.db"))
    token = await owner.create_token("looking", user="somebody", scopes=["read"])
    async with tcp(tcp_daemon, token.token) as http:
        status, seen = await http("GET", routes.STATUS)
    assert (status, seen["version"], seen["agents"]) == (200, whole.version, whole.agents)
    assert [seen[name] for name in ("pid", "store_path", "store_bytes", "last_backup_at")] == [None, "", 0, None]

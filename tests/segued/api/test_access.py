"""Who may do what, over every operation that there is."""

from __future__ import annotations

import pytest

from segue import routes
from segue.client import Client
from segued.api.registry import Operation
from tests.daemons import Daemon, Http
from tests.segued.api.doors import OPERATIONS, Target, tcp

LADDER = ("read", "write", "run", "admin")
NAMES_A_THING = ("{session_id}", "{turn_id}", "{place}", "{message_id}", "{chat_id}")
MINE_OR_NOT = [o for o in OPERATIONS.values() if any(name in o.path for name in NAMES_A_THING)]


async def call(http: Http, operation: Operation, target: Target) -> tuple[int, str]:
    """Call the operation, not waiting for the end of streams; return the status and the error's code."""
    body = target.body(operation)
    async with http.session.request(operation.method, target.path(operation), json=body) as response:
        if response.content_type == "application/json":
            answer = await response.json()
            error = answer.get("error") if isinstance(answer, dict) else None
            return response.status, error["code"] if error else ""
        return response.status, ""


async def test_without_a_token_every_operation_is_refused(tcp_daemon: Daemon, target: Target) -> None:
    for token in (None, "wrong", "segue_" + "x" * 43):
        async with tcp(tcp_daemon, token) as http:
            for operation in OPERATIONS.values():
                if operation.scope is not None:
                    assert await call(http, operation, target) == (401, "unauthorized"), operation.path


async def test_a_token_without_the_scope_is_refused_and_one_with_it_is_let_in(
    tcp_daemon: Daemon, owner: Client, target: Target
) -> None:
    for scope in LADDER:
        token = await owner.create_token(scope, scopes=[scope])  # type: ignore[list-item]
        async with tcp(tcp_daemon, token.token) as http:
            for name, operation in OPERATIONS.items():
                if operation.scope == "admin" and scope == "admin" and operation.method != "GET":
                    continue
                status, code = await call(http, operation, target)
                if operation.scope in (None, scope):
                    assert code != "forbidden", f"{scope}: {name}"
                    assert status != 401
                else:
                    assert (status, code) == (403, "forbidden"), f"{scope}: {name}"


async def test_somebody_elses_session_is_not_there_for_any_operation(
    tcp_daemon: Daemon, owner: Client, target: Target
) -> None:
    token = await owner.create_token("stranger", user="stranger")
    async with tcp(tcp_daemon, token.token) as http:
        for operation in MINE_OR_NOT:
            status, code = await call(http, operation, target)
            assert status == 404, f"{operation.method} {operation.path}: {status} {code}"
            assert code.endswith("_not_found")
        assert (await http("GET", routes.SESSIONS))[1]["total"] == 0
        assert (await http("GET", routes.SEARCH + "?q=question"))[1]["hits"] == []
        status, answer = await http("GET", f"{routes.SEARCH}?q=question&session_id={target.parameters['session_id']}")
        assert (status, answer["error"]["code"]) == (404, "session_not_found")
        status, answer = await http("GET", f"{routes.BINDINGS}?session_id={target.parameters['session_id']}")
        assert (status, answer["error"]["code"]) == (404, "session_not_found")
    assert (await owner.session(target.parameters["session_id"])).title == "target"


async def test_what_does_not_exist_is_not_there_for_any_operation(tcp_daemon: Daemon, owner: Client) -> None:
    nothing = Target(
        dict.fromkeys(
            [
                "session_id",
                "message_id",
                "turn_id",
                "interface",
                "place",
                "external_id",
                "chat_id",
                "user",
                "server",
                "tool",
            ],
            "nothing",
        )
    )
    async with tcp_daemon.http() as http:
        for operation in MINE_OR_NOT:
            status, code = await call(http, operation, nothing)
            assert status == 404, f"{operation.method} {operation.path}: {status} {code}"
            assert code.endswith("_not_found")


async def test_who_may_write_but_not_run_starts_no_turn(tcp_daemon: Daemon, owner: Client) -> None:
    token = await owner.create_token("writer", scopes=["read", "write"])
    async with tcp(tcp_daemon, token.token) as http:
        _, session = await http("POST", routes.SESSIONS, {"reply": "always"})
        messages = f"{routes.SESSIONS}/{session['id']}/messages"
        status, said = await http("POST", messages, {"content": "hi"})
        assert (status, said["turn_id"]) == (201, None)
        status, answer = await http("POST", messages, {"content": "hi", "respond": True})
        assert (status, answer["error"]["details"]) == (403, {"scope": "run"})
        status, answer = await http("POST", f"{messages}/batch", {"messages": [{"content": "a", "respond": True}]})
        assert status == 403
        assert len((await http("GET", messages))[1]) == 1


async def test_a_member_is_let_in_until_they_are_left_out(tcp_daemon: Daemon, owner: Client) -> None:
    token = await owner.create_token("member", user="member")
    session = await owner.create_session()
    where = f"{routes.SESSIONS}/{session.id}"
    async with tcp(tcp_daemon, token.token) as http, tcp_daemon.http() as own:
        for members, status in (([], 404), ([{"user_id": token.user_id, "role": "reader"}], 200), ([], 404)):
            await own("PATCH", where, {"members": members})
            assert (await http("GET", where))[0] == status
        await own("PATCH", where, {"members": [{"user_id": token.user_id, "role": "reader"}]})
        status, answer = await http("POST", f"{where}/messages", {"content": "hi"})
        assert (status, answer["error"]["code"]) == (403, "forbidden")


@pytest.mark.parametrize("path", [routes.HEALTH, routes.READY, routes.OPENAPI, routes.DOCS])
async def test_what_tells_nothing_of_anybody_is_open(tcp_daemon: Daemon, path: str) -> None:
    async with tcp(tcp_daemon) as http:
        assert (await http("GET", path))[0] == 200

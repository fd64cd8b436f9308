"""A session's context over HTTP: the shape that its clients know, and what is refused."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from segue import routes
from segue.client import Client
from segue.routes import path
from tests.daemons import Daemon, Http

JSON = {"Content_Type": "application/json"}


@pytest.fixture
async def where(client: Client) -> str:
    return path(routes.CONTEXT, session_id=(await client.create_session()).id)


async def test_the_answers_have_the_published_shape(http: Http, where: str) -> None:
    empty = (await http("GET", where))[1]
    assert empty["context"] == {
        "files_accessed": [],
        "file_importance_scores": {},
        "recent_searches": [],
        "decisions": [],
        "saved_memories": [],
    }
    assert (empty["session_id"], empty["compressed"]) == (where.split("/")[-2], False)
    assert empty["size_bytes"] == len(json.dumps(empty["context"], separators=(",", ":")))
    body = {
        "file_path": "/path/to/file.py",
        "file_importance": 0.8,
        "search_query": "authentication implementation",
        "decision": "Using JWT for auth",
        "memory_id": "mem_abc123def456",
        "memory_key": "architecture",
    }
    status, updated = await http("POST", where, body)
    assert status == 200
    context = updated["context"]
    (file,), (search,), (decision,), (memory,) = (
        context[name] for name in ("files_accessed", "recent_searches", "decisions", "saved_memories")
    )
    at = file["timestamp"]
    assert file == {"path": body["file_path"], "order": 1, "importance": 0.8, "timestamp": at, "accessed_at": at}
    assert context["file_importance_scores"] == {"/path/to/file.py": 0.8}
    assert search == {"query": body["search_query"], "timestamp": at}
    assert decision == {"decision": body["decision"], "timestamp": at}
    assert memory == {"memory_id": body["memory_id"], "memory_key": body["memory_key"], "timestamp": at}
    assert (await http("GET", where))[1] == updated


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{}", "at least one of file_path"),
        (b'{"decision": null}', "at least one of"),
        (b'{"file_importance": 0.5}', "give its file_path too"),
        (b'{"file_path": "a", "file_importance": 1.01}', "less than or equal to 1"),
        (b'{"file_path": "a", "file_importance": -0.1}', "greater than or equal to 0"),
        (b'{"file_path": "a", "file_importance": NaN}', "file_importance"),
        (b'{"file_path": "a", "file_importance": Infinity}', "file_importance"),
        (b'{"file_path": "a", "file_importance": 1e999}', "file_importance"),
        (b'{"file_path": "a", "file_importance": "high"}', "file_importance"),
        (b'{"file_path": "a", "file_importance": true}', "file_importance: must be a number, not true or false"),
        (b'{"file_path": ""}', "must not be blank"),
        (b'{"file_path": "a\\u0000b"}', "control characters"),
        (json.dumps({"file_path": "x" * 4097}).encode(), "at most 4096"),
        (b'{"search_query": " "}', "must not be blank"),
        (json.dumps({"search_query": "x" * 2001}).encode(), "at most 2000"),
        (b'{"decision": "\\n"}', "must not be blank"),
        (json.dumps({"decision": "x" * 20001}).encode(), "at most 20000"),
        (json.dumps({"memory_id": "x" * 201}).encode(), "at most 200"),
        (b'{"memory_key": "a\\nb"}', "control characters"),
        (json.dumps({"memory_key": "x" * 256}).encode(), "at most 255"),
        (b'{"decision": "ok", "colour": "red"}', "no such field"),
        (b'{"decision": "ok", "file_path": ""}', "must not be blank"),
    ],
)
async def test_what_is_wrong_is_refused_and_nothing_of_it_is_kept(
    http: Http, where: str, body: bytes, said: str
) -> None:
    status, answer = await http("POST", where, data=body, **JSON)
    assert (status, answer["error"]["code"]) == (422, "invalid")
    assert said in answer["detail"]
    assert (await http("GET", where))[1]["context"]["decisions"] == []


async def test_the_same_key_gives_the_same_answer_though_more_was_added(http: Http, where: str) -> None:
    first = await http("POST", where, {"decision": "once"}, Idempotency_Key="k1")
    await http("POST", where, {"decision": "more"})
    assert await http("POST", where, {"decision": "once"}, Idempotency_Key="k1") == first
    assert len((await http("GET", where))[1]["context"]["decisions"]) == 2
    assert (await http("POST", where, {"decision": "other"}, Idempotency_Key="k1"))[0] == 409


async def test_many_who_add_at_once_lose_nothing(http: Http, where: str) -> None:
    bodies: list[dict[str, Any]] = [{"file_path": f"{n}.py", "decision": f"d{n}"} for n in range(150)]
    assert {status for status, _ in await asyncio.gather(*(http("POST", where, body) for body in bodies))} == {200}
    context = (await http("GET", where))[1]["context"]
    assert {d["decision"] for d in context["decisions"]} == {body["decision"] for body in bodies}
    assert [f["order"] for f in context["files_accessed"]] == list(range(1, 151))
    part = (await http("GET", f"{where}?limit=10"))[1]
    assert (part["left_out"], part["compressed"], len(part["context"]["decisions"])) == (True, False, 10)


async def test_what_was_added_is_there_after_a_crash(daemon: Daemon) -> None:
    async with daemon.client() as client, daemon.http() as http:
        where = path(routes.CONTEXT, session_id=(await client.create_session()).id)
        _, before = await http("POST", where, {"decision": "kept", "file_path": "a"})
    daemon.restart()
    async with daemon.http() as http:
        assert (await http("GET", where))[1] == before

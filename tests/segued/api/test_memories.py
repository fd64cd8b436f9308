"""Project memories over HTTP: the shapes that their clients know, whose they are, and what is refused."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from segue import routes
from segue.client import Client
from segue.events import MemoryEvent
from segue.models import MAX_TTL_SECONDS
from segue.routes import path
from tests.daemons import Daemon, Http
from tests.segued.api.doors import tcp

JSON = {"Content_Type": "application/json"}


@pytest.fixture
def project() -> str:
    """A project that only this test has, with a name that needs quoting."""
    return f"proj/{uuid4()}?ü"


@pytest.fixture
def where(project: str) -> str:
    return path(routes.MEMORIES, project_id=project)


async def test_the_answers_have_the_published_shape(http: Http, where: str, project: str) -> None:
    metadata = {"author": "user123", "importance": "high"}
    body = {"key": "architecture", "value": "Using microservices", "metadata": metadata, "ttl_seconds": 3600}
    status, saved = await http("POST", where, body)
    assert (status, saved) == (
        200,
        {
            "memory_id": saved["memory_id"],
            "project_id": project,
            "key": "architecture",
            "version": 1,
            "message": "Memory created successfully",
        },
    )
    status, listed = await http("GET", where)
    (memory,) = listed["memories"]
    assert (status, listed["project_id"], listed["count"]) == (200, project, 1)
    assert (memory["memory_key"], memory["memory_value"]) == (memory["key"], memory["value"])
    assert (memory["key"], memory["value"]) == ("architecture", "Using microservices")
    assert json.loads(memory["metadata_json"]) == memory["metadata"] == metadata
    assert (memory["memory_id"], memory["project_id"], memory["version"]) == (saved["memory_id"], project, 1)
    assert memory["created_at"] < memory["last_accessed"] < memory["expires_at"]
    status, one = await http("GET", f"{where}?key=architecture")
    assert (status, one["project_id"], one["memory"]["memory_id"]) == (200, project, saved["memory_id"])
    status, answer = await http("GET", f"{where}?key=nothing")
    assert (status, answer["error"]["code"]) == (404, "memory_not_found")


async def test_an_unknown_project_is_empty_and_no_error(http: Http, where: str, project: str) -> None:
    assert await http("GET", where) == (200, {"project_id": project, "memories": [], "count": 0})
    status, found = await http("GET", f"{where}/search?q=x")
    assert (status, found["memories"]) == (200, [])
    status, export = await http("GET", f"{where}/export")
    assert (status, export["memories"]) == (200, [])


async def test_the_latest_read_comes_first_and_each_read_counts(http: Http, where: str) -> None:
    for key in "abc":
        await http("POST", where, {"key": key, "value": key})
    assert (await http("GET", f"{where}?key=a"))[1]["memory"]["accessed_count"] == 1
    assert (await http("GET", f"{where}?key=a"))[1]["memory"]["accessed_count"] == 2
    first = (await http("GET", where))[1]["memories"]
    assert [(m["key"], m["accessed_count"]) for m in first] == [("a", 3), ("c", 1), ("b", 1)]
    await http("GET", f"{where}?key=b")
    again = (await http("GET", where))[1]["memories"]
    assert [(m["key"], m["accessed_count"]) for m in again] == [("b", 3), ("a", 4), ("c", 2)]
    assert [m["key"] for m in (await http("GET", f"{where}?limit=1"))[1]["memories"]] == ["b"]
    assert [m["key"] for m in (await http("GET", f"{where}?limit=2&offset=1"))[1]["memories"]] == ["a", "c"]
    assert (await http("GET", f"{where}/search?q=c"))[1]["memories"][0]["accessed_count"] == 4


async def test_counts_are_true_whenever_they_are_stored(http: Http, where: str) -> None:
    """Reads are counted in memory and stored a second later: at no time is one missing or counted twice."""
    await http("POST", where, {"key": "k", "value": "v"})
    until, expected = time.monotonic() + 2.5, 0
    while time.monotonic() < until:
        counts = await asyncio.gather(*(http("GET", f"{where}?key=k") for _ in range(8)))
        seen = sorted(answer["memory"]["accessed_count"] for _, answer in counts)
        assert seen == list(range(expected + 1, expected + 9))
        expected += 8


async def test_counts_are_there_after_a_clean_stop(make_daemon: Any, where: str) -> None:
    daemon = make_daemon()
    async with daemon.http() as http:
        await http("POST", where, {"key": "k", "value": "v"})
        for _ in range(5):
            await http("GET", f"{where}?key=k")
    assert daemon.stop() == 0
    daemon.start()
    async with daemon.http() as http:
        assert (await http("GET", f"{where}?key=k"))[1]["memory"]["accessed_count"] == 6


async def test_what_was_saved_is_there_after_a_crash_and_what_expired_meanwhile_is_not(
    daemon: Daemon, where: str
) -> None:
    async with daemon.http() as http:
        await http("POST", where, {"key": "k", "value": "v"})
        await http("POST", where, {"key": "short", "value": "v", "ttl_seconds": 1})
    daemon.kill()
    daemon.start()
    async with daemon.http() as http, daemon.client() as client, aclosing(client.follow_all(after=0)) as events:
        async for event in events:
            if event.type == "memory.expired":
                break
        assert [m["key"] for m in (await http("GET", where))[1]["memories"]] == ["k"]


async def test_what_expires_is_invisible_at_once_and_an_event_says_so(
    client: Client, http: Http, where: str, project: str
) -> None:
    heard: list[MemoryEvent] = []
    async with asyncio.timeout(60), aclosing(client.follow_all()) as events:
        async for event in events:
            if event.type == "synced":
                await client.save_memory(project, "stays", "for an hour", ttl_seconds=3600)
                await client.save_memory(project, "short", "one second", ttl_seconds=1)
            elif isinstance(event, MemoryEvent) and event.data.project_id == project:
                heard.append(event)
                if event.type == "memory.expired":
                    break
    assert [(event.type, event.data.key) for event in heard] == [
        ("memory.saved", "stays"),
        ("memory.saved", "short"),
        ("memory.expired", "short"),
    ]
    saved, expired = heard[1:]
    assert (saved.data.value, expired.data.value, expired.data.memory_id) == ("one second", "", saved.data.memory_id)
    assert saved.data.expires_at is not None
    assert 0 <= (expired.at - saved.data.expires_at).total_seconds() < 30
    assert [m["key"] for m in (await http("GET", where))[1]["memories"]] == ["stays"]


async def test_versions_say_who_and_where_and_one_is_restored(client: Client, http: Http, where: str) -> None:
    session = await client.create_session()
    key = "a/b c"
    await http("POST", where, {"key": key, "value": "one", "session_id": session.id}, X_Segue_Interface="tui")
    await http("POST", where, {"key": key, "value": "two"})
    memory = f"{where}/a%2Fb%20c"
    _, history = await http("GET", f"{memory}/versions")
    assert [(v["version"], v["value"], v["interface"], v["session_id"]) for v in history["versions"]] == [
        (2, "two", "http", None),
        (1, "one", "tui", session.id),
    ]
    assert history["versions"][0]["saved_by"] == (await client.me()).user.name
    status, saved = await http("POST", f"{memory}/restore", {"version": 1})
    assert (status, saved["version"], saved["message"]) == (200, 3, "Memory restored from version 1")
    assert (await http("GET", f"{where}?key=a/b%20c"))[1]["memory"]["value"] == "one"
    assert (await http("POST", f"{memory}/restore", {"version": 9}))[0] == 404
    assert (await http("DELETE", memory))[0] == 204
    assert (await http("DELETE", memory))[0] == 404
    assert (await http("GET", f"{memory}/versions"))[1]["error"]["code"] == "memory_not_found"


@pytest.mark.parametrize("key", ["search", "export", "import", "versions", "%2F", "#", "🦆", "a\\b", "x" * 255, " "])
async def test_any_key_that_can_be_saved_can_be_deleted(http: Http, where: str, project: str, key: str) -> None:
    assert (await http("POST", where, {"key": key, "value": "v"}))[0] == 200
    one = {"project_id": project, "key": key}
    assert (await http("GET", path(routes.MEMORY_VERSIONS, **one)))[1]["key"] == key
    assert (await http("DELETE", path(routes.MEMORY, **one)))[0] == 204
    assert (await http("GET", where))[1]["count"] == 0


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{}", "key"),
        (b'{"key": "k"}', "value"),
        (b'{"key": "", "value": "v"}', "key"),
        (b'{"key": "a\\nb", "value": "v"}', "control characters"),
        (b'{"key": "..", "value": "v"}', "only dots"),
        (json.dumps({"key": "x" * 256, "value": "v"}).encode(), "at most 255"),
        (b'{"key": "k", "value": null}', "value"),
        (b'{"key": "k", "value": {"a": 1}}', "value"),
        (b'{"key": "k", "value": "v", "ttl_seconds": 0}', "ttl_seconds"),
        (b'{"key": "k", "value": "v", "ttl_seconds": -1}', "ttl_seconds"),
        (b'{"key": "k", "value": "v", "ttl_seconds": 1.5}', "ttl_seconds"),
        (b'{"key": "k", "value": "v", "ttl_seconds": true}', "ttl_seconds: must be a number, not true or false"),
        (b'{"key": "k", "value": "v", "ttl_seconds": 1e400}', "ttl_seconds"),
        (json.dumps({"key": "k", "value": "v", "ttl_seconds": MAX_TTL_SECONDS + 1}).encode(), "ttl_seconds"),
        (json.dumps({"key": "k", "value": "v", "ttl_seconds": 10**30}).encode(), "ttl_seconds"),
        (b'{"key": "k", "value": "v", "metadata": []}', "metadata"),
        (b'{"key": "k", "value": "v", "metadata": "x"}', "metadata"),
        (b'{"key": "k", "value": "v", "metadata": {"a": NaN}}', "no NaN"),
        (b'{"key": "k", "value": "v", "metadata": {"a": [[[[[[[[1]]]]]]]]}}', "deeper than 8"),
        (json.dumps({"key": "k", "value": "v", "metadata": {"a": "x" * 17_000}}).encode(), "larger than 16384"),
        (b'{"key": "k", "value": "v", "colour": "red"}', "no such field"),
    ],
)
async def test_what_is_wrong_is_refused_saying_why_and_nothing_is_kept(
    http: Http, where: str, body: bytes, said: str
) -> None:
    status, answer = await http("POST", where, data=body, **JSON)
    assert (status, answer["error"]["code"]) == (422, "invalid")
    assert said in answer["detail"]
    assert (await http("GET", where))[1]["count"] == 0


async def test_a_value_that_is_too_long_is_refused_and_one_that_fits_is_taken(http: Http, where: str) -> None:
    fits = "ü" * 32 * 1024
    assert (await http("POST", where, {"key": "k", "value": fits}))[0] == 200
    for body, to in (
        ({"key": "k", "value": fits + "x"}, where),
        ({"memories": [{"key": "a", "value": "a"}, {"key": "k", "value": fits + "x"}]}, f"{where}/import"),
    ):
        status, answer = await http("POST", to, body)
        assert (status, answer["error"]["details"]) == (413, {"limit_bytes": 65536})
        assert "'k'" in answer["detail"]
    assert [m["key"] for m in (await http("GET", where))[1]["memories"]] == ["k"]


@pytest.mark.parametrize("name", ["x" * 201, "a\nb"])
async def test_a_project_with_a_name_that_is_no_good_is_refused(http: Http, name: str) -> None:
    status, answer = await http("POST", path(routes.MEMORIES, project_id=name), {"key": "k", "value": "v"})
    assert (status, answer["error"]["details"]) == (422, {"field": "project_id"})
    assert (await http("GET", path(routes.MEMORIES, project_id=name)))[0] == 200


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "limit=x", "offset=-1", "colour=red", "q=x"])
async def test_a_query_that_is_wrong_is_refused(http: Http, where: str, query: str) -> None:
    status, answer = await http("GET", f"{where}?{query}")
    assert (status, answer["error"]["code"]) == (422, "invalid")


async def test_a_search_is_narrowed_down_and_has_pages(client: Client, http: Http, where: str, project: str) -> None:
    session = await client.create_session()
    for number in range(3):
        await client.save_memory(project, f"k{number}", "an okapi", session_id=session.id if number else None)
    await http("POST", where, {"key": "k0", "value": "okapi"}, X_Segue_Interface="discord")
    me, saved = (await client.me()).user, (await client.memory(project, "k2")).saved_at
    for narrow, keys in (
        ({"session_id": session.id}, {"k1", "k2"}),
        ({"user": me.name}, {"k0", "k1", "k2"}),
        ({"user": me.id}, {"k0", "k1", "k2"}),
        ({"user": "nobody"}, set()),
        ({"interface": "discord"}, {"k0"}),
        ({"since": saved}, {"k0", "k2"}),
        ({"until": saved}, {"k1"}),
    ):
        assert {hit.key for hit in await client.search_memories(project, "okapi", **narrow)} == keys, narrow
    pages = [(await http("GET", f"{where}/search?q=okapi&limit=2&offset={at}"))[1] for at in (0, 2, 4)]
    assert [(page["count"], page["more"]) for page in pages] == [(2, True), (1, False), (0, False)]
    assert len({memory["key"] for page in pages for memory in page["memories"]}) == 3
    status, answer = await http("GET", f"{where}/search?q=okapi&session_id=nowhere")
    assert (status, answer["error"]["code"]) == (404, "session_not_found")


async def test_a_search_counts_as_read_what_it_shows(client: Client, http: Http, where: str, project: str) -> None:
    for key in "ab":
        await client.save_memory(project, key, "an okapi")
    assert (await http("GET", f"{where}/search?q=okapi&limit=1"))[1]["more"] is True
    assert [m["accessed_count"] for m in (await http("GET", where))[1]["memories"]] == [2, 1]


@pytest.mark.parametrize(
    "query",
    [
        "since=yesterday",
        "since=2026-11-21T10:00:00",
        "until=0001-01-01T00:00:00%2B14:00",
        "limit=0",
        "offset=501",
        "user=",
        "interface=" + "i" * 201,
        "role=user",
    ],
)
async def test_a_search_that_makes_no_sense_is_refused(http: Http, where: str, query: str) -> None:
    status, answer = await http("GET", f"{where}/search?q=a&{query}")
    assert (status, answer["error"]["code"]) == (422, "invalid")
    assert answer["error"]["details"]["errors"]


@pytest.mark.parametrize("query", ['"""', "* AND (", "NEAR(a b)", "key:x", "-", "\x00"])
async def test_a_search_for_operators_is_a_search_for_words(http: Http, where: str, query: str) -> None:
    await http("POST", where, {"key": "k", "value": "nothing of it"})
    async with http.session.get(f"{where}/search", params={"q": query}) as response:
        assert (response.status, (await response.json())["memories"]) == (200, [])


async def test_the_same_key_gives_the_same_answer_again(http: Http, where: str) -> None:
    first = await http("POST", where, {"key": "k", "value": "v"}, Idempotency_Key="m1")
    assert await http("POST", where, {"key": "k", "value": "v"}, Idempotency_Key="m1") == first
    assert (await http("POST", where, {"key": "k", "value": "other"}, Idempotency_Key="m1"))[0] == 409


async def test_what_is_taken_out_can_be_brought_in_elsewhere_and_twice_adds_nothing(
    client: Client, project: str
) -> None:
    for number in range(250):
        await client.save_memory(project, f"k{number:03}", f"value {number} ü\n", metadata={"n": [number]})
    await client.save_memory(project, "k001", "newer", ttl_seconds=3600)
    export = json.loads(b"".join([piece async for piece in client.export_memories(project)]))
    assert (export["format"], export["project_id"], len(export["memories"])) == ("segue-memories/1", project, 250)
    other = f"{project} 2"
    first = await client.import_memories(other, export["memories"])
    again = await client.import_memories(other, export["memories"])
    assert (first.saved, first.unchanged, again.saved, again.unchanged) == (250, 0, 0, 250)
    copy = json.loads(b"".join([piece async for piece in client.export_memories(other)]))
    kept = ("key", "value", "metadata", "expires_at")
    assert [[m[name] for name in kept] for m in copy["memories"]] == [
        [m[name] for name in kept] for m in export["memories"]
    ]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"memories": {}},
        {"memories": [{"key": "a", "value": "v"}, {"key": "b"}]},
        {"memories": [{"key": "a", "value": "v", "expires_at": "tomorrow"}]},
        {"memories": [{"key": "a", "value": "v", "expires_at": "2030-01-01T00:00:00"}]},
        {"memories": [{"key": "a", "value": "v"}, {"key": "\n", "value": "v"}]},
        {"memories": [{"key": "a", "value": "v"}] * 1001},
    ],
)
async def test_an_import_that_is_wrong_somewhere_brings_in_nothing(http: Http, where: str, body: Any) -> None:
    assert (await http("POST", f"{where}/import", body))[0] == 422
    assert (await http("GET", where))[1]["count"] == 0


async def test_what_would_live_too_long_is_not_brought_in(http: Http, where: str) -> None:
    longest = datetime.now(UTC) + timedelta(seconds=MAX_TTL_SECONDS)
    fits = {"key": "a", "value": "v", "expires_at": (longest - timedelta(minutes=1)).isoformat()}
    for late in (longest + timedelta(hours=1), datetime.max.replace(tzinfo=UTC)):
        body = {"memories": [fits, {"key": "b", "value": "v", "expires_at": late.isoformat()}]}
        status, answer = await http("POST", f"{where}/import", body)
        assert (status, answer["error"]["details"]) == (422, {"field": "memories.1.expires_at"})
        assert "'b' would expire in more than 3650 days" in answer["detail"]
    assert (await http("GET", where))[1]["count"] == 0
    assert (await http("POST", f"{where}/import", {"memories": [fits]}))[1]["saved"] == 1


async def test_what_is_restored_expires_on_time(client: Client, http: Http, where: str, project: str) -> None:
    """It is restored when all that was known to expire so soon has expired."""
    await client.save_memory(project, "k", "one second", ttl_seconds=1)
    await client.save_memory(project, "k", "for ever")
    async with asyncio.timeout(60), aclosing(client.follow_all()) as events:
        async for event in events:
            if event.type == "synced":
                await client.save_memory(project, "other", "one second", ttl_seconds=1)
            elif event.type == "memory.expired" and event.data.project_id == project:
                if event.data.key == "k":
                    break
                await client.restore_memory(project, "k", 1)
    assert (await http("GET", where))[1]["count"] == 0


async def test_true_is_no_version(client: Client, http: Http, where: str, project: str) -> None:
    await client.save_memory(project, "k", "v")
    assert (await http("POST", f"{where}/k/restore", {"version": True}))[0] == 422


async def test_projects_are_listed_with_what_they_hold(client: Client, http: Http, project: str) -> None:
    await client.create_session(project_id=project)
    await client.save_memory(project, "a", "1")
    await client.save_memory(project, "b", "2", ttl_seconds=3600)
    found = {p["project_id"]: p for p in (await http("GET", f"{routes.PROJECTS}?limit=1000"))[1]["projects"]}
    assert found[project] == {"project_id": project, "session_count": 1, "memory_count": 2}


async def test_a_stranger_sees_and_hears_nothing_of_a_project_and_a_member_does(
    tcp_daemon: Daemon, owner: Client, project: str, where: str
) -> None:
    await owner.save_memory(project, "k", "secret")
    token = await owner.create_token("guest", user=f"guest of {project}")
    async with (
        tcp(tcp_daemon, token.token) as http,
        Client(str(http.session._base_url), token=token.token) as guest,
        aclosing(guest.follow_all(after=0)) as events,
        asyncio.timeout(60),
    ):
        assert (await http("GET", where))[1]["count"] == 0
        for method, to, body in (
            ("GET", f"{where}?key=k", None),
            ("GET", f"{where}/k/versions", None),
            ("POST", f"{where}/k/restore", {"version": 1}),
            ("DELETE", f"{where}/k", None),
        ):
            status, answer = await http(method, to, body)
            assert (status, answer["error"]["code"]) == (404, "memory_not_found")
        for to, body in ((where, {"key": "x", "value": "y"}), (f"{where}/import", {"memories": []})):
            status, answer = await http("POST", to, body)
            assert (status, answer["error"]["code"]) == (403, "forbidden")
            assert "choose another name" in answer["detail"]
        assert project not in json.dumps((await http("GET", routes.PROJECTS))[1])
        async for event in events:
            assert not isinstance(event, MemoryEvent)
            if event.type == "synced":
                break
        session = await owner.create_session(project_id=project)
        await owner.save_memory(project, "k", "still secret")
        await owner.update_session(session.id, members=[{"user_id": token.user_id, "role": "writer"}])
        await owner.save_memory(project, "k", "shared")
        async for event in events:
            if isinstance(event, MemoryEvent):
                assert event.data.value == "shared"
                break
        assert (await http("GET", f"{where}?key=k"))[1]["memory"]["value"] == "shared"
        assert (await http("POST", where, {"key": "mine", "value": "too"}))[0] == 200

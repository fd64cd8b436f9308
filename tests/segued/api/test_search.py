"""Search over HTTP: its filters, its pages, what it refuses, and what it says of itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import quote

import pytest

from segue import routes
from segue.client import Client
from tests.daemons import Daemon, Http
from tests.model_server import ModelServer


async def test_filters_and_pages(client: Client) -> None:
    session = await client.create_session(title="Searched", project_id="searching")
    for number in range(3):
        await client.post(session.id, f"zebra {number}", sender="Zoe" if number else "Yan", respond=False)
    last = (await client.messages(session.id))[-1]
    page = await client.search("zebra", user="zoe", role="user", interface="http", limit=1)
    assert (page.total, page.limit, page.offset, len(page.hits)) == (2, 1, 0, 1)
    page = await client.search("zebra", user="zoe", limit=1, offset=1)
    assert [hit.message.content for hit in page.hits] == ["zebra 1"]
    assert [hit.message.content for hit in (await client.search("zebra", since=last.created_at)).hits] == ["zebra 2"]
    day = timedelta(days=1)
    assert (await client.search("zebra", until=last.created_at - day)).total == 0
    assert (await client.search("zebra", project_id="searching", session_id=session.id)).total == 3
    assert (await client.search("zerba", session_id=session.id)).total == 3


@pytest.mark.parametrize(
    "query",
    [
        "q=",
        "",
        "q=" + "a" * 1001,
        "q=a&role=king",
        "q=a&since=yesterday",
        "q=a&since=2026-11-21T10:00:00",
        "q=a&until=2026-13-01T00:00:00Z",
        "q=a&until=0001-01-01T00:00:00%2B14:00",
        "q=a&since=9999-12-31T23:59:59-14:00",
        "q=a&limit=0",
        "q=a&offset=501",
        "q=a&user=",
        "q=a&interface=" + "i" * 201,
        "q=a&colour=red",
    ],
)
async def test_what_makes_no_sense_is_refused_and_says_which_field(http: Http, query: str) -> None:
    status, answer = await http("GET", f"{routes.SEARCH}?{query}")
    assert (status, answer["error"]["code"]) == (422, "invalid")
    assert answer["error"]["details"]["errors"]


@pytest.mark.parametrize(
    "query", ['"', "* OR (", "NEAR(a b", "a\x00b", "\x00", " ", "🦆", "a" * 1000, "検" * 1000, "-" * 1000, '"a" AND']
)
async def test_whatever_is_typed_is_answered(http: Http, query: str) -> None:
    status, answer = await http("GET", f"{routes.SEARCH}?q={quote(query)}")
    assert (status, answer["query"]) == (200, query)
    status, _ = await http("GET", f"{routes.MEMORIES.format(project_id='p')}/search?q={quote(query)}")
    assert status == 200


async def test_the_index_is_made_anew_while_everything_goes_on(client: Client) -> None:
    session = await client.create_session()
    await client.post(session.id, "okapi before", respond=False)
    rebuilt = await client.reindex()
    assert rebuilt.messages >= 1
    await client.post(session.id, "okapi after", respond=False)
    assert (await client.search("okapi")).total == 2


async def test_with_an_embedder_memories_are_found_by_what_they_mean(make_daemon: Callable[..., Daemon]) -> None:
    async with ModelServer() as server:
        settings = {"EMBEDDER": "openai-compatible", "BASE_URL": server.url, "MODEL": "small"}
        daemon = make_daemon(**{f"SEARCH__{name}": value for name, value in settings.items()})
        async with daemon.client() as client:
            await client.save_memory("p", "pet", "a feline")
            await server.wait_for_requests(1)
            async with asyncio.timeout(60):
                while not (hits := await client.search_memories("p", "kitten")):
                    await asyncio.sleep(0.01)
            assert [hit.key for hit in hits] == ["pet"]
            assert (await client.status()).search == "by words, and memories by meaning (openai-compatible:small)"
            server.embeddings_status = 503
            async with daemon.http() as http:
                _, found = await http("GET", f"{routes.MEMORIES.format(project_id='p')}/search?q=feline")
            assert found["count"] == 1
            assert found["note"].startswith("searched by words only: the embedder fails (")
            assert "503" in (await client.status()).search


async def test_without_an_embedder_the_status_says_so(client: Client) -> None:
    assert (await client.status()).search == "by words only: no embedder is set (search.embedder)"

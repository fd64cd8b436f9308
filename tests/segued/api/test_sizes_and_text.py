"""How much may be sent, and that what is sent comes back exactly."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from segue import routes
from segue.client import Client
from tests.daemons import Daemon, Http
from tests.segued.api.doors import wire
from tests.segued.store.test_text import TEXTS

LIMIT = 1024 * 1024


@pytest.fixture(scope="module")
def small_daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon that takes little at once."""
    settings = {"SESSIONS__MAX_MESSAGE_BYTES": "2000", "SERVER__MAX_BODY_BYTES": "8000"}
    daemon = Daemon(tmp_path_factory.mktemp("small"), settings)
    daemon.start()
    yield daemon
    assert daemon.stop() == 0, daemon.log


@pytest.fixture
async def small(small_daemon: Daemon) -> AsyncIterator[Http]:
    async with small_daemon.http() as http:
        yield http


async def post(http: Http, where: str, body: bytes) -> tuple[int, Any]:
    """Send a body of any size. (Of raw bytes above a mebibyte aiohttp warns.)"""
    headers = {"Content-Type": "application/json"}
    async with http.session.post(where, data=io.BytesIO(body), headers=headers) as response:
        return response.status, await response.json()


async def messages_of_a_new_session(http: Http) -> str:
    return f"{routes.SESSIONS}/{(await http('POST', routes.SESSIONS))[1]['id']}/messages"


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
async def test_text_comes_back_exactly_over_the_wire(http: Http, text: str) -> None:
    where = await messages_of_a_new_session(http)
    for body in (json.dumps({"content": text}), json.dumps({"content": text}, ensure_ascii=False)):
        status, said = await post(http, where, body.encode())
        assert (status, said["content"]) == (201, text)
        assert (await http("GET", f"{where}/{said['id']}"))[1] == said
    assert [m["content"] for m in (await http("GET", where))[1]] == [text, text]


async def test_text_comes_back_exactly_in_events(client: Client) -> None:
    session = await client.create_session()
    texts = [text for text in TEXTS.values() if len(text) < 200_000]
    for text in texts:
        await client.post(session.id, text)
    heard: list[Any] = []
    async for event in client.follow(session.id, after=session.last_seq):
        if event.type == "synced":
            break
        heard.append(event.data)
    assert [message.content for message in heard] == texts


async def test_a_message_of_a_mebibyte_is_taken_and_one_byte_more_is_not(http: Http) -> None:
    where = await messages_of_a_new_session(http)
    fits = "ü" * (LIMIT // 2)
    assert (await post(http, where, json.dumps({"content": fits}).encode()))[0] == 201
    status, answer = await post(http, where, json.dumps({"content": fits + "x"}).encode())
    assert (status, answer["error"]["code"], answer["error"]["details"]) == (413, "too_large", {"limit_bytes": LIMIT})
    batch = {"messages": [{"content": "small"}, {"content": fits + "x"}]}
    assert (await post(http, f"{where}/batch", json.dumps(batch).encode()))[0] == 413
    assert [len(m["content"]) for m in (await http("GET", where))[1]] == [LIMIT // 2]


async def test_the_limits_are_those_of_the_settings(small: Http) -> None:
    where = await messages_of_a_new_session(small)
    assert (await small("POST", where, {"content": "x" * 2000}))[0] == 201
    _, said = await small("POST", where, {"content": "x"})
    for method, path in (("POST", where), ("PATCH", f"{where}/{said['id']}")):
        status, answer = await small(method, path, {"content": "x" * 2001})
        assert (status, answer["error"]["details"]) == (413, {"limit_bytes": 2000})
    status, answer = await small("POST", where, {"content": "x" * 9000})
    assert (status, answer["error"]["code"]) == (413, "too_large")
    assert "max_body_bytes" in answer["detail"]
    assert len((await small("GET", where))[1]) == 2


async def test_a_body_that_never_ends_is_cut_off_at_the_limit(small_daemon: Daemon) -> None:
    async with wire(small_daemon) as (reader, writer):
        writer.write(b"POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n")
        writer.write(b"Content-Type: application/json\r\n\r\n")
        try:
            for _ in range(100):
                writer.write(b"400\r\n" + b" " * 1024 + b"\r\n")
                await writer.drain()
        except ConnectionError:
            pass
        assert (await reader.readline()).startswith(b"HTTP/1.1 413")


async def test_a_batch_has_1_to_500_messages_all_or_none(http: Http) -> None:
    where = await messages_of_a_new_session(http)
    for count in (0, 501):
        status, answer = await http("POST", f"{where}/batch", {"messages": [{"content": "x"}] * count})
        assert (status, answer["error"]["details"]["errors"][0]["field"]) == (422, "messages")
    status, answer = await http("POST", f"{where}/batch", {"messages": [{"content": "x"}, {"content": 7}]})
    assert (status, answer["error"]["details"]["errors"][0]["field"]) == (422, "messages.1.content")
    assert (await http("GET", where))[1] == []
    status, said = await http("POST", f"{where}/batch", {"messages": [{"content": str(n)} for n in range(500)]})
    assert (status, [m["content"] for m in said]) == (201, [str(n) for n in range(500)])


async def test_attachments_come_back_as_they_were(http: Http) -> None:
    where = await messages_of_a_new_session(http)
    images = ["a.png", {"url": "b", "size": [1, 2.5, None, True], "deep": {"ü": "\x00"}}]
    _, said = await http("POST", where, {"content": "", "images": images, "documents": [{}]})
    assert (said["images"], said["documents"]) == (images, [{}])
    assert (await http("GET", where))[1] == [said]

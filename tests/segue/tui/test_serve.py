"""The chat in a browser: nobody gets in without the token, nor from another page, and it is the same chat."""

from __future__ import annotations

import asyncio
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
import pytest

from segue.client import Client
from tests.daemons import Daemon


@dataclass
class Served:
    url: str
    token: str
    session_id: str


async def listening(port: int) -> None:
    """The link is printed a moment before it can be followed."""
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionRefusedError:
            await asyncio.sleep(0.02)
        else:
            writer.close()
            return


@pytest.fixture
async def served(shared_daemon: Daemon, client: Client) -> AsyncIterator[Served]:
    """`segue tui --serve` as a process."""
    session = await client.create_session(title="In the browser", reply="always")
    with socket.socket() as held:  # bound until the server listens, so that nobody else is given the port
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        port = str(held.getsockname()[1])
        command = [sys.executable, "-m", "segue.cli.main", "tui", "--serve", "--port", port, "--session", session.id]
        process = await asyncio.create_subprocess_exec(*command, env=shared_daemon.env, stdout=asyncio.subprocess.PIPE)
        assert process.stdout is not None
        async with asyncio.timeout(60):
            url, _, token = (await process.stdout.readline()).decode().split()[-1].partition("/#")
            await listening(int(port))
    yield Served(url, token, session.id)
    process.send_signal(signal.SIGINT)
    assert await process.wait() == 0


async def test_without_the_token_there_is_only_the_question_for_it(served: Served) -> None:
    async with aiohttp.ClientSession(served.url) as browser:
        async with browser.get("/") as page:
            assert 'type="password"' in await page.text()
        for path in ("/ws", "/static/js/textual.js", "/download/x"):
            async with browser.get(path) as refused:
                assert refused.status == 401, path
        async with browser.post("/login", data={"token": "guess"}) as refused:
            assert refused.status == 401
            assert "not the token" in await refused.text()


async def test_another_page_is_refused_even_with_the_cookie(served: Served) -> None:
    async with aiohttp.ClientSession(served.url, cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
        async with browser.post("/login", data={"token": served.token}) as page:
            assert page.status == 200
        for headers in ({"Host": "evil.example"}, {"Origin": "http://evil.example"}):
            async with browser.get("/ws", headers=headers) as refused:
                assert refused.status == 403


async def test_with_the_token_it_is_the_same_conversation(served: Served, client: Client) -> None:
    async with aiohttp.ClientSession(served.url, cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
        async with browser.post("/login", data={"token": served.token}) as page:
            assert "textual" in await page.text()
        async with asyncio.timeout(100), browser.ws_connect("/ws?width=80&height=24") as screen:
            await screen.send_json(["stdin", "count to 5\r"])
            seen = ""
            while "1 2 3 4 5" not in seen:
                frame = await screen.receive()
                if frame.type is aiohttp.WSMsgType.BINARY:
                    seen += re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", frame.data.decode(errors="replace"))
        said = [message.content for message in await client.messages(served.session_id)]
        assert said == ["count to 5", "1 2 3 4 5"]

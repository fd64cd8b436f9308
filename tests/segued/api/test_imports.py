"""Files that are brought in over HTTP: what is added, what is refused, and that nothing is half there."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any

import pytest

from segue import routes
from segue.client import Client
from segue.errors import BadRequest, Forbidden, Invalid, SegueError, SessionNotFound, TooLarge, Unreachable
from segue.models import ImportProgress
from tests.daemons import Daemon, Http
from tests.segued.api.doors import tcp, wire
from tests.segued.imports.files import channel, discord_message, talk, zipped
from tests.segued.imports.test_irc import WEECHAT


async def pieces(content: bytes, size: int = 50_000) -> AsyncGenerator[bytes, None]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


def discord(count: int, identity: str, text: str = "hi") -> bytes:
    """Return an export of a channel that only this test has."""
    messages = (discord_message(n, f"{text} {n}") for n in range(count))
    return json.dumps(channel(*messages, channel={"id": identity, "name": identity})).encode()


async def test_each_format_is_brought_in_as_sessions(client: Client, tmp_path: Path) -> None:
    files = {
        "chatgpt.json": json.dumps([talk(3, 11), talk(2, 12)]).encode(),
        "chatgpt.zip": zipped({"conversations.json": json.dumps([talk(4, 13)]).encode()}),
        "general.json": discord(5, "each format"),
        "#plans.weechatlog": WEECHAT.encode(),
    }
    reports = {}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
        reports[name] = await client.import_file(tmp_path / name)
    told = {name: (r.format, r.session_count, r.messages) for name, r in reports.items()}
    assert told == {
        "chatgpt.json": ("chatgpt", 2, 5),
        "chatgpt.zip": ("chatgpt", 1, 4),
        "general.json": ("discord", 1, 5),
        "#plans.weechatlog": ("irc", 1, 3),
    }
    (log,) = reports["#plans.weechatlog"].sessions
    assert log.id is not None
    detail = await client.session(log.id)
    assert (detail.title, detail.unread, detail.reply) == ("#plans", 0, "never")
    assert next((m.sender, m.content, m.interface) for m in detail.messages) == ("ada", "hi <b>all</b>", "import")
    (reason,) = reports["#plans.weechatlog"].left_out
    assert (reason.count, reason.examples) == (3, ("line 1", "line 4", "line 6"))


async def test_bringing_in_twice_adds_nothing(client: Client) -> None:
    first = await client.import_file(pieces(discord(600, "twice")))
    again = await client.import_file(pieces(discord(600, "twice")))
    assert (first.messages, again.messages, again.known) == (600, 0, 600)
    assert again.sessions[0].id == first.sessions[0].id
    detail = await client.session(first.sessions[0].id or "")
    assert [m.content for m in detail.messages] == [f"hi {n}" for n in range(600)]
    assert not any(event for event in await client.turns(detail.id))


async def test_what_a_dry_run_says_is_what_would_be_and_nothing_is_stored(client: Client) -> None:
    before = (await client.sessions()).total
    report = await client.import_file(pieces(json.dumps([talk(3, 21), talk(2, 22)]).encode()), dry_run=True)
    assert (report.dry_run, report.messages, report.session_count) == (True, 5, 2)
    assert [(s.id, s.title, s.messages) for s in report.sessions] == [(None, "Talk 21", 3), (None, "Talk 22", 2)]
    assert (await client.sessions()).total == before


async def test_title_project_and_session_may_be_given(client: Client) -> None:
    report = await client.import_file(pieces(discord(2, "named")), title="Old days", project_id="p")
    detail = await client.session(report.sessions[0].id or "")
    assert (detail.title, detail.project_id) == ("Old days", "p")
    session = await client.create_session(title="Here")
    report = await client.import_file(pieces(discord(2, "into")), session_id=session.id)
    assert report.sessions[0].id == session.id
    assert [m.content for m in await client.messages(session.id)] == ["hi 0", "hi 1"]
    for option in ({"title": "x"}, {"session_id": session.id}):
        with pytest.raises(Invalid, match="one conversation, and this one has 2"):
            await client.import_file(pieces(json.dumps([talk(1, 31), talk(1, 32)]).encode()), **option)


async def test_people_attached_see_what_is_brought_in(client: Client) -> None:
    session = await client.create_session()
    seen: list[str] = []
    async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        async for event in client.follow(session.id):
            if event.type == "snapshot":
                tasks.create_task(client.import_file(pieces(discord(3, "attached")), session_id=session.id))
            if event.type == "message.created":
                seen.append(event.data.content)
            if len(seen) == 3:
                break
    assert seen == ["hi 0", "hi 1", "hi 2"]


async def test_progress_is_told(client: Client) -> None:
    steps: list[ImportProgress] = []
    content = discord(1200, "progress")
    await client.import_file(pieces(content), on_progress=steps.append)
    assert [step.stage for step in steps] == sorted(step.stage for step in steps)  # checking, then storing
    assert {step.stage for step in steps} == {"checking", "storing"}
    assert all(0 <= step.done <= step.total == len(content) for step in steps)
    assert steps[-1].done == len(content)


BAD = {
    "nothing": (b"", BadRequest, "empty"),
    "cut off": (discord(700, "cut off")[:-100], BadRequest, "cut off"),
    "not UTF-8": (
        discord(700, "latin", "gr\xfc\xdfe").replace(b"gr\\u00fc\\u00dfe 699", b"gr\xfc\xdfe"),
        BadRequest,
        "UTF-8",
    ),
    "no JSON": (discord(700, "damaged")[:-1] + b",", BadRequest, "JSON|cut off"),
    "another format": (b'{"key": "value"}', Invalid, "no format"),
    "a text": (b"Dear Ada,\n", Invalid, "nobody knows"),
    "nested too deep": (b'[{"mapping":' + b"[" * 5000, BadRequest, "deeper"),
    "a bomb": (zipped({"conversations.json": b" " * 2**25}, level=9), TooLarge, "more tightly"),
    "nothing to bring in": (discord(0, "none"), Invalid, "nothing in it"),
}


@pytest.mark.parametrize(("content", "error", "says"), BAD.values(), ids=BAD)
async def test_a_file_that_cannot_be_read_changes_nothing(
    client: Client, http: Http, content: bytes, error: type[SegueError], says: str
) -> None:
    before = (await client.sessions()).total
    with pytest.raises(error, match=says):
        await client.import_file(pieces(content))
    status, answer = await http("POST", routes.IMPORT, data=content)
    assert (status, answer["error"]["code"]) == (error.status, error.code)
    assert (await client.sessions()).total == before


async def test_a_format_that_is_asked_for_is_what_is_read(client: Client) -> None:
    with pytest.raises(SegueError, match="which channel"):
        await client.import_file(pieces(json.dumps({"messages": []}).encode()), format="discord")
    with pytest.raises(Invalid, match="format"):
        await client.import_file(pieces(b"x"), format="email")  # type: ignore[arg-type]
    with pytest.raises(Invalid, match="nobody knows this kind of line"):
        await client.import_file(pieces(b"Dear Ada,\n"), format="irc")


async def test_messages_that_are_too_long_are_left_out(make_daemon: Callable[..., Daemon]) -> None:
    daemon = make_daemon(SESSIONS__MAX_MESSAGE_BYTES="2000", IMPORTS__MAX_FILE_BYTES="100000")
    async with daemon.client() as client:
        messages = (discord_message(1, "x" * 2001), discord_message(2, "ü" * 1000))
        report = await client.import_file(pieces(json.dumps(channel(*messages)).encode()))
        assert report.messages == 1
        assert report.left_out[0].examples == ("#general, message 1",)
        with pytest.raises(TooLarge, match="max_file_bytes"):
            await client.import_file(pieces(discord(2000, "too large")))
        assert (await client.sessions()).total == 1
        assert {path.name for path in daemon.home.rglob("*") if path.is_file()} >= {"segue.db", "segued.log"}


async def test_an_import_that_was_cut_off_goes_on_where_it_stopped(daemon: Daemon) -> None:
    content = discord(6000, "cut off")
    async with daemon.client(retry_seconds=0.0) as client:

        def kill(progress: ImportProgress) -> None:
            if progress.stage == "storing" and progress.done < progress.total and daemon.process:
                daemon.kill()

        with pytest.raises(Unreachable):
            await client.import_file(pieces(content), on_progress=kill)
    daemon.start()
    async with daemon.client() as client:
        (session,) = (await client.sessions()).sessions
        assert 0 < session.message_count < 6000
        report = await client.import_file(pieces(content))
        assert (report.messages, report.known) == (6000 - session.message_count, session.message_count)
        last = await client.messages(session.id, before_seq=2**40, limit=2)
        assert [m.content for m in last] == ["hi 5998", "hi 5999"]
    files = {
        path.name.split(".")[-1] for path in daemon.home.rglob("*") if path.is_file() and path.stat().st_size > 10**6
    }
    assert files <= {"db", "db-wal"}


async def test_a_client_that_goes_away_leaves_nothing(daemon: Daemon) -> None:
    async with wire(daemon) as (_, writer):
        writer.write(f"POST {routes.IMPORT} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n".encode())
        writer.write(discord(10, "gone"))
        await writer.drain()
    async with daemon.client() as client:
        assert (await client.sessions()).total == 0
    assert "Traceback" not in daemon.log


async def test_others_are_served_while_a_file_is_brought_in(client: Client) -> None:
    session = await client.create_session()
    async with asyncio.TaskGroup() as tasks:
        bringing = tasks.create_task(client.import_file(pieces(discord(5000, "busy"))))
        posted = 0
        while not bringing.done():
            async with asyncio.timeout(5):
                await client.post(session.id, "hi", respond=False)
            posted += 1
    assert posted > 3


async def test_only_who_may_write_brings_in(tcp_daemon: Daemon, owner: Client) -> None:
    session = await owner.create_session()
    token = await owner.create_token("reader", scopes=["read"])
    async with tcp(tcp_daemon, token.token) as http:
        assert (await http("POST", routes.IMPORT, data=discord(1, "reader")))[0] == Forbidden.status
    token = await owner.create_token("bringer", user="bringer")
    async with tcp(tcp_daemon, token.token) as http:
        status, answer = await http("POST", f"{routes.IMPORT}?session_id={session.id}", data=discord(1, "into"))
        assert (status, answer["error"]["code"]) == (404, SessionNotFound.code)
        status, answer = await http("POST", routes.IMPORT, data=discord(1, "mine"))
        assert status == 200
        copy: Any = (await http("GET", f"{routes.SESSIONS}/{answer['sessions'][0]['id']}"))[1]
        assert [m["name"] for m in copy["members"]] == ["bringer"]
    assert await owner.messages(session.id) == []

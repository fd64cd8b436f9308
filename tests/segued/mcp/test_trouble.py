"""One server's trouble is its own: others are not waited for, and what is said of it is true."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from segue.errors import McpFailed, McpUnavailable
from segue.models import SessionId
from segued.config import McpServerSettings
from segued.log import request_id
from segued.mcp import SharedMCPConnectionPool
from segued.store.base import Actor, Once
from segued.tools import Toolbox
from tests.mcp_servers import modern, older
from tests.segued.mcp.pools import begin, info, is_running, open_pool, open_store_in, text, until
from tests.segued.mcp.test_pool import OLDER, listening

HERE = SessionId("s1")
MISSING = McpServerSettings(command="no-such-command")


@asynccontextmanager
async def remembering(folder: Path, **servers: McpServerSettings) -> AsyncIterator[SharedMCPConnectionPool]:
    """Open a pool that keeps what tools there are for the next one in the folder."""
    async with open_store_in(folder) as store:
        pool = SharedMCPConnectionPool(servers, folder / "tools.json")
        async with pool.running(store):
            yield pool


# --- others are not waited for


async def test_one_that_hangs_or_is_missing_keeps_nobody_from_the_tools_of_others(tmp_path: Path) -> None:
    async with open_pool(tmp_path, hanging=older("--hang"), missing=MISSING, good=older()) as pool:
        await pool.call("good", "echo", {})
        listed = await pool.known_tools()
        assert {tool.server for tool in listed.tools} == {"good"}
        why = {server.name: server.detail for server in listed.absent}
        assert why["hanging"].startswith("it is being started, for ")
        assert "there is no command 'no-such-command'" in why["missing"]
        began = time.monotonic()
        for _ in range(20):  # both are known to be in trouble now
            await pool.known_tools()
            await pool.tools(["*"])
            await pool.call("good", "echo", {})
        assert time.monotonic() - began < 20 * 1.5, "each was waited for again"
        assert (info(pool, "hanging").starts, info(pool, "hanging").detail[:19]) == (1, "it is being started")


async def test_where_no_tool_is_known_yet_the_first_server_that_is_up_is_waited_for(tmp_path: Path) -> None:
    async with open_pool(tmp_path, missing=MISSING, slow=modern()) as pool:
        assert {tool.server for tool in (await pool.known_tools()).tools} == {"slow"}


async def test_a_call_to_a_server_that_is_not_up_yet_waits_for_that_server_alone(tmp_path: Path) -> None:
    async with open_pool(tmp_path, hanging=older("--hang"), good=older(approve="writes", read_only=("echo",))) as pool:
        offer = await pool.tools(["*"], wait=False)
        toolbox = Toolbox.of(offer.tools, offer.absent)
        assert (toolbox.tools, toolbox.named("other__echo"), toolbox.named("good__")) == ({}, None, None)
        wrong = toolbox.named("good__ecco")
        assert wrong is not None
        assert (wrong.asks, wrong.read_only) == (True, False), "it may write"
        await toolbox.wait_for(["good__echo", "segue__echo"])
        for found in (toolbox.named("good__echo"), toolbox.find("good", "echo")):
            assert found is not None
            assert (found.server, found.name, found.asks, found.read_only) == ("good", "echo", False, True)
            assert (await found.call({"text": "here"}, HERE)).text == "here"
        assert "has no tool 'ecco'; it has echo" in (await wrong.call({}, HERE)).text
        assert toolbox.named("good__ecco") is None


# --- tools stay known


async def test_tools_are_known_right_after_the_start_and_nothing_is_started_for_that(tmp_path: Path) -> None:
    async with remembering(tmp_path, s=older(), gone=older()) as pool:
        await asyncio.gather(pool.call("s", "grow", {"name": "fresh"}), pool.call("gone", "echo", {}))
        await until(lambda: "fresh" in {tool.name for tool in pool.get("s").known_tools})
    async with remembering(tmp_path, s=older(), hanging=older("--hang")) as pool:
        offer = await pool.tools(["s"])
        assert {"echo", "fresh"} <= {tool.name for tool in offer.tools}
        assert (info(pool).state, info(pool).starts) == ("closed", 0)
        await pool.call("s", "echo", {})
        assert "fresh" not in {tool.name for tool in (await pool.tools(["s"])).tools}, "it has another list by now"


async def test_tools_that_were_had_under_other_settings_are_not_known(tmp_path: Path) -> None:
    async with remembering(tmp_path, s=older()) as pool:
        await pool.call("s", "echo", {})
    async with remembering(tmp_path, s=older(approve="always")) as pool:
        assert (await pool.tools(["s"], wait=False)).tools == []
    (tmp_path / "tools.json").write_text("no json")
    async with remembering(tmp_path, s=older()) as pool:
        assert (await pool.tools(["s"], wait=False)).tools == []


# --- what is said of it


async def test_a_command_that_is_missing_is_not_tried_again_before_somebody_needs_it(tmp_path: Path) -> None:
    command = tmp_path / "server"
    async with open_pool(tmp_path, s=McpServerSettings(command=str(command), start="ahead")) as pool:
        await until(lambda: info(pool).state == "error")
        assert "there is no command" in info(pool).detail
        assert info(pool).detail.endswith("it is tried again when it is needed, or with `segue mcp restart s`")
        assert (info(pool).retry_at, info(pool).starts) == (None, 1)
        for _ in range(7):
            with pytest.raises(McpUnavailable, match="install it, or set its whole path"):
                await pool.call("s", "echo", {})
        assert "times in a row" not in info(pool).detail
        command.write_text(f"#!/bin/sh\nexec {older().command} {older().args[0]}\n")
        command.chmod(0o700)
        assert text(await pool.call("s", "echo", {"text": "installed"})) == "installed"


async def test_it_is_said_when_a_server_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("segued.mcp.circuit._FIRST_PAUSE_SECONDS", 3600.0)
    async with open_pool(tmp_path, s=older("--fail")) as pool:
        with pytest.raises(McpUnavailable, match=r"exit code 1; it is tried again at \d\d:\d\d:\d\d"):
            await pool.call("s", "echo", {})
        assert info(pool).retry_at is not None
    count = tmp_path / "count"
    monkeypatch.setattr("segued.mcp.circuit._FIRST_PAUSE_SECONDS", 0.01)
    async with open_pool(tmp_path, s=older("--fail-then-hang", str(count), start="ahead")) as pool:
        await until(lambda: info(pool).starts == 2 and "being tried again now" in info(pool).detail)


# --- what is no loss, and what is


@pytest.mark.parametrize("said", ["rpc went wrong", "Connection closed"])
async def test_an_error_of_the_servers_own_is_told_at_once_and_is_no_lost_connection(tmp_path: Path, said: str) -> None:
    async with open_pool(tmp_path, s=older()) as pool:
        await pool.call("s", "echo", {})
        with pytest.raises(McpFailed, match=f"refused refuse: {said}$"):
            await pool.call("s", "refuse", {"text": said})
        await pool.call("s", "echo", {})
        assert info(pool).starts == 1


async def test_a_text_that_was_cut_inside_an_emoji_arrives(tmp_path: Path) -> None:
    async with open_pool(tmp_path, s=older()) as pool:
        assert text(await pool.call("s", "half", {})) == "cut \ufffd"


async def test_an_answer_that_breaks_the_protocol_fails_its_call_at_once_and_is_shown(tmp_path: Path) -> None:
    async with open_pool(tmp_path, s=older()) as pool:
        with pytest.raises(McpFailed, match=r'refused odd_answer: its answer breaks the protocol: .*"what it says"'):
            await pool.call("s", "odd_answer", {"text": "what it says"})
        assert text(await pool.call("s", "echo", {"text": "on"})) == "on"


async def test_a_tool_that_breaks_the_protocol_is_found_and_one_without_a_name_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_pool(tmp_path, s=older()) as pool:
        await pool.call("s", "grow", {"name": ""})
        await pool.call("s", "grow", {"name": "fresh"})
        await until(lambda: "fresh" in {tool.name for tool in pool.get("s").known_tools})
        assert "" not in {tool.name for tool in pool.get("s").known_tools}
        number = len(pool.get("s").known_tools) + 1
        await pool.call("s", "grow", {"name": None})
        await until(lambda: f"tools.{number}.name: Input should be a valid string" in caplog.text)


async def test_a_server_that_tells_of_new_tools_while_it_works_is_left_to_finish(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("segued.mcp.connection._CHECK_SECONDS", 1.0)
    async with open_pool(tmp_path, s=older()) as pool:
        await pool.call("s", "echo", {})
        assert text(await pool.call("s", "grow_and_nap", {"seconds": 1.6, "text": "rested"})) == "rested"
        await until(lambda: "fresh" in {tool.name for tool in pool.get("s").known_tools})
        assert info(pool).starts == 1


async def test_a_server_that_does_not_list_its_tools_for_once_is_not_closed(tmp_path: Path) -> None:
    async with open_pool(tmp_path, s=older()) as pool:
        await pool.call("s", "hide", {})
        await pool.call("s", "grow", {"name": "fresh"})
        await until(lambda: "fresh" in {tool.name for tool in pool.get("s").known_tools})
        assert info(pool).starts == 1


async def test_a_server_whose_leader_is_killed_is_lost_at_once_and_nothing_of_it_is_left(tmp_path: Path) -> None:
    async with open_pool(tmp_path, s=older()) as pool:
        bred = int(text(await pool.call("s", "breed", {})))
        leader = info(pool).pid or 0
        hanging = begin(pool.call("s", "hang", {}))
        await until(lambda: info(pool).running)
        os.kill(leader, signal.SIGKILL)
        with pytest.raises(McpFailed, match="it was ended by SIGKILL: whether it took effect is not known"):
            await hanging
        await until(lambda: not is_running(bred))
        assert text(await pool.call("s", "echo", {"text": "back"})) == "back"
        os.kill(info(pool).pid or 0, signal.SIGKILL)  # while it idles
        await until(lambda: info(pool).starts == 3 and info(pool).state == "idle")


async def test_a_call_that_reaches_nobody_is_known_not_to_be_made(tmp_path: Path) -> None:
    with listening(OLDER, "--port") as (port, process):
        async with open_pool(tmp_path, s=McpServerSettings(url=f"http://127.0.0.1:{port}/mcp")) as pool:
            await pool.call("s", "echo", {})
            process.kill()
            process.wait()
            with pytest.raises(McpUnavailable, match="cannot be reached, echo was not called: "):
                await pool.call("s", "echo", {})


async def test_who_holds_a_tool_of_a_server_that_was_removed_is_told_so(tmp_path: Path) -> None:
    async with open_pool(tmp_path, gone=older(), other=older()) as pool:
        await asyncio.gather(pool.call("gone", "echo", {}), pool.call("other", "echo", {}))
        held = {tool.server: tool for tool in (await pool.tools(["*"])).tools}
        await pool.reload({"other": older(env={"A": "1"})})
        gone = await held["gone"].call({}, HERE)
        assert (gone.text, gone.failed) == ("there is no MCP server 'gone'; the settings name: other", True)


async def test_a_tool_that_is_held_while_its_servers_settings_change_is_called_of_the_new_one(tmp_path: Path) -> None:
    async with open_pool(tmp_path, s=older()) as pool:
        await pool.call("s", "echo", {})
        held = {tool.name: tool for tool in (await pool.tools(["s"])).tools}
        await pool.reload({"s": older(env={"NEW": "yes"})})
        outcome = await held["environment"].call({}, HERE)
        assert not outcome.failed
        assert '"NEW": "yes"' in outcome.text


async def test_a_server_whose_settings_change_is_there_while_the_old_one_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("segued.mcp.process._GRACE_SECONDS", 0.3)
    async with open_pool(tmp_path, s=older()) as pool:
        old = int(text(await pool.call("s", "pid", {})))
        hanging = begin(pool.call("s", "hang", {}))
        await until(lambda: info(pool).running)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(pool.reload({"s": older(env={"NEW": "yes"})}))
            await asyncio.sleep(0)
            assert '"NEW": "yes"' in text(await pool.call("s", "environment", {}))
            assert not is_running(old)
        with pytest.raises(McpFailed, match="was lost while hang ran"):
            await hanging


async def test_a_server_that_a_request_adds_does_not_speak_in_its_name(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[tuple[str, str | None]] = []

    def listen(record: logging.LogRecord) -> bool:
        heard.append((record.name, request_id.get()))
        return True

    caplog.set_level(logging.INFO)
    caplog.handler.addFilter(listen)
    async with open_pool(tmp_path) as pool:
        request_id.set("r1")
        await pool.reload({"s": older()})
        await pool.call("s", "flood", {})
    assert {("segued.mcp.connection", None), ("segued.mcp.s", None)} == {each for each in heard if "mcp" in each[0]}


# --- calls that nobody waits for


async def test_a_call_that_is_stopped_reaches_the_server_and_is_no_error_of_its(tmp_path: Path) -> None:
    note = tmp_path / "note"
    async with open_pool(tmp_path, s=modern()) as pool:
        call = begin(pool.call("s", "linger", {"note": str(note)}))
        await until(lambda: note.exists() and note.read_text() == "lingers")
        call.cancel()
        await until(lambda: note.read_text() == "cancelled")
        await until(lambda: info(pool).running == 0)
        assert (info(pool).calls, info(pool).errors) == (1, 0)


async def test_a_call_under_a_key_goes_on_for_who_comes_again_and_ends_when_nobody_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    by = Actor(None, "ada", "http", once=Once("k", b"f"))
    async with open_pool(tmp_path, s=modern()) as pool:
        nap = {"text": "slept", "seconds": 0.5}
        await pool.call("s", "echo", {"text": ""})
        first = begin(pool.call_once(by, "s", "echo", nap))
        await until(lambda: info(pool).running == 1)
        first.cancel()
        assert text(await pool.call_once(by, "s", "echo", nap)) == "slept"
        assert info(pool).calls == 2

        monkeypatch.setattr("segued.mcp.claims._GRACE_SECONDS", 0.05)
        note = tmp_path / "note"
        left = begin(
            pool.call_once(Actor(None, "ada", "http", once=Once("l", b"f")), "s", "linger", {"note": str(note)})
        )
        await until(lambda: note.exists() and note.read_text() == "lingers")
        left.cancel()
        await until(lambda: note.read_text() == "cancelled")

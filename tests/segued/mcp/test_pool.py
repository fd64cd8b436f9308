"""The pool over real servers, each a process: shared, queued, told apart, and never lost."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from segue.errors import McpFailed, McpServerNotFound, McpToolNotFound, McpUnavailable
from segue.models import CreateSession, SessionId
from segued.config import McpServerSettings
from segued.mcp import SharedMCPConnectionPool
from segued.store.base import Actor, Once
from tests.mcp_servers import modern, older
from tests.segued.mcp.pools import begin, info, is_running, open_pool, open_store_in, text, until

SERVER = Path(modern().args[0])
OLDER = Path(older().args[0])


@contextmanager
def listening(
    file: Path, *flags: str, env: dict[str, str] | None = None
) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """Run a server over HTTP; give its port once it answers there, and its process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = start(file, port, *flags, env=env)
    try:
        yield port, process
    finally:
        process.kill()
        process.wait()


def start(file: Path, port: int, *flags: str, env: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
    process = subprocess.Popen([sys.executable, str(file), *flags, str(port)], env=env, stderr=subprocess.DEVNULL)
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return process
        except ConnectionRefusedError:
            assert process.poll() is None, "the server did not start"


# --- sharing


async def test_a_server_is_started_by_the_first_call_and_shared_by_all(tmp_path: Path) -> None:
    async with open_pool(tmp_path, s=older()) as pool:
        assert (info(pool).state, info(pool).starts) == ("closed", 0)
        pids = await asyncio.gather(*(pool.call("s", "pid", {}) for _ in range(10)))
        assert len({text(pid) for pid in pids}) == 1
        assert (info(pool).state, info(pool).starts, info(pool).calls) == ("idle", 1, 10)
        assert (info(pool).software, info(pool).protocol) == ("older 0.9", "2025-06-18")
        pid = info(pool).pid
        assert pid is not None
        assert is_running(pid)
    assert not is_running(pid)


async def test_a_server_that_starts_ahead_needs_no_call(tmp_path: Path) -> None:
    async with open_pool(tmp_path, s=older(start="ahead")) as pool:
        await until(lambda: info(pool).state == "idle")


@pytest.mark.parametrize("server", [modern, older])
async def test_a_hundred_calls_of_twenty_sessions_never_mix_their_answers(tmp_path: Path, server: type) -> None:
    async with open_store_in(tmp_path) as store:
        ada = Actor((await store.add_user("ada")).id, "ada", "http")
        sessions = [(await store.add_session(ada, CreateSession(), "never")).id for _ in range(20)]
        pool = SharedMCPConnectionPool({"s": server(max_concurrent=16)})
        async with pool.running(store):

            async def ask(session_id: SessionId, number: int) -> bool:
                said = f"{session_id} {number}"
                return text(await pool.call("s", "echo", {"text": said}, session_id)) == said

            asked = [ask(session_id, number) for number in range(5) for session_id in sessions]
            assert all(await asyncio.gather(*asked))
            usage = await pool.usage(ada, None)
            assert [(u.tool, u.calls, u.errors) for u in usage.tools] == [("echo", 100, 0)]
            assert {u.session_id: u.calls for u in usage.sessions} == dict.fromkeys(sessions, 5)
            assert [u.calls for u in (await pool.usage(ada, sessions[0])).tools] == [5]


async def test_calls_over_the_limit_wait_and_those_that_wait_too_long_are_refused(tmp_path: Path) -> None:
    async with open_pool(tmp_path, s=older(max_concurrent=2, queue_seconds=0.3)) as pool:
        await pool.call("s", "echo", {})
        slow = [begin(pool.call("s", "nap", {"text": "x", "seconds": 0.7})) for _ in range(2)]
        await until(lambda: info(pool).running == 2)
        assert info(pool).state == "busy"
        with pytest.raises(McpUnavailable, match="'s' is busy: 2 calls ran"):
            await pool.call("s", "echo", {"text": "x"})
        assert [text(result) for result in await asyncio.gather(*slow)] == ["x", "x"]


async def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    async with open_pool(tmp_path, s=older()) as pool:
        with pytest.raises(McpServerNotFound, match="'x'; the settings name: s"):
            await pool.call("x", "echo", {})
        with pytest.raises(McpToolNotFound, match="no tool 'ecco'; it has echo"):
            await pool.call("s", "ecco", {})


# --- failing


async def test_a_server_that_crashes_is_started_again_for_who_comes_next(tmp_path: Path) -> None:
    async with open_pool(tmp_path, s=older()) as pool:
        with pytest.raises(McpFailed, match="lost while crash ran, it ended with exit code 3"):
            await pool.call("s", "crash", {})
        assert text(await pool.call("s", "echo", {"text": "back"})) == "back"
        assert info(pool).starts == 2


async def test_a_call_that_hangs_fails_alone_and_the_server_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("segued.mcp.connection._CHECK_SECONDS", 0.5)
    servers = {"s": older(timeout_seconds=0.5), "other": older()}
    async with open_pool(tmp_path, **servers) as pool:
        await asyncio.gather(pool.call("s", "echo", {}), pool.call("other", "echo", {}))
        hanging = pool.call("s", "hang", {})
        failed, answered = await asyncio.gather(
            hanging, pool.call("other", "echo", {"text": "fine"}), return_exceptions=True
        )
        assert isinstance(failed, McpFailed)
        assert "no result of hang within 0.5 s" in failed.message
        assert isinstance(answered, dict)
        await until(lambda: info(pool).starts == 2)
        assert text(await pool.call("s", "echo", {"text": "back"})) == "back"


async def test_a_server_that_fails_on_and_on_is_left_alone_and_says_until_when(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("segued.mcp.circuit._FIRST_PAUSE_SECONDS", 0.02)
    async with open_pool(tmp_path, s=older("--fail")) as pool:
        with pytest.raises(McpUnavailable, match="it ended with exit code 1"):
            await pool.call("s", "echo", {})
        await until(lambda: info(pool).retry_at and "5 times in a row" in info(pool).detail)
        assert info(pool).state == "error"
        with pytest.raises(
            McpUnavailable, match=r"left alone until \d\d:\d\d:\d\d, or `segue mcp restart s`"
        ) as refused:
            await pool.call("s", "echo", {})
        assert refused.value.retry_after is not None
        assert refused.value.retry_after > 10
        assert info(pool).starts == 5
        with pytest.raises(McpUnavailable):
            await pool.restart("s")
        assert info(pool).starts == 6


async def test_a_server_that_fails_at_first_is_tried_again(tmp_path: Path) -> None:
    count = tmp_path / "count"
    async with open_pool(tmp_path, s=older("--fail-times", "2", str(count), start="ahead")) as pool:
        await until(lambda: info(pool).state == "idle")
        assert (count.read_text(), info(pool).detail) == ("3", "")


async def test_a_server_that_cannot_be_started_says_why(tmp_path: Path) -> None:
    nowhere = McpServerSettings(command="no-such-command")
    lost = older(cwd=str(tmp_path / "gone"))
    silent = older("--hang", start_seconds=0.5)
    async with open_pool(tmp_path, nowhere=nowhere, lost=lost, silent=silent) as pool:
        for name, why in (
            ("nowhere", "there is no command 'no-such-command': install it"),
            ("lost", "there is no folder"),
            ("silent", "it did not answer in time"),
        ):
            with pytest.raises(McpUnavailable, match=why):
                await pool.call(name, "echo", {})


async def test_a_line_without_an_end_is_not_read_into_memory(tmp_path: Path) -> None:
    async with open_pool(tmp_path, s=older()) as pool:
        with pytest.raises(McpFailed, match="it sent more than 16 MB in one line"):
            await pool.call("s", "long_line", {})
        assert text(await pool.call("s", "junk", {"text": "fine"})) == "fine"


async def test_a_flood_of_notifications_makes_the_server_wait_and_not_us(tmp_path: Path) -> None:
    async with open_pool(tmp_path, s=older(), other=older()) as pool:
        await asyncio.gather(pool.call("s", "echo", {}), pool.call("other", "echo", {}))
        flood = begin(pool.call("s", "notify", {"times": 1200}))
        await until(lambda: info(pool).running == 1)
        async with asyncio.timeout(2):
            for _ in range(20):
                await pool.call("other", "echo", {})
        assert text(await flood) == "done"


async def test_a_call_may_take_longer_than_the_start(tmp_path: Path) -> None:
    async with open_pool(tmp_path, s=older(start_seconds=1.5)) as pool:
        assert text(await pool.call("s", "nap", {"text": "rested", "seconds": 2.0})) == "rested"


async def test_a_call_that_is_cancelled_frees_its_place(tmp_path: Path) -> None:
    async with open_pool(tmp_path, s=modern(max_concurrent=1)) as pool:
        await pool.call("s", "echo", {"text": ""})
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await pool.call("s", "echo", {"text": "x", "seconds": 3600})
        assert info(pool).running == 0
        assert text(await pool.call("s", "echo", {"text": "next"})) == "next"
        assert info(pool).starts == 1


async def test_a_restart_ends_what_runs_and_says_so(tmp_path: Path) -> None:
    async with open_pool(tmp_path, s=older()) as pool:
        await pool.call("s", "echo", {})
        hanging = [begin(pool.call("s", "hang", {})) for _ in range(3)]
        await until(lambda: info(pool).running == 3)
        assert (await pool.restart("s")).starts == 2
        for ended in await asyncio.gather(*hanging, return_exceptions=True):
            assert isinstance(ended, McpFailed)
            assert "lost while hang ran" in ended.message
        assert text(await pool.call("s", "echo", {"text": "back"})) == "back"


async def test_calls_that_wait_for_a_start_are_told_when_everything_stops(tmp_path: Path) -> None:
    async with open_store_in(tmp_path) as store:
        pool = SharedMCPConnectionPool({"s": older("--hang")})
        async with pool.running(store):
            waiting = begin(pool.call("s", "echo", {}))
            await until(lambda: info(pool).pid or info(pool).starts)
        with pytest.raises(McpUnavailable, match="was stopped"):
            await waiting


# --- tools


async def test_the_tools_of_servers_that_were_never_up_are_waited_for_side_by_side(tmp_path: Path) -> None:
    servers = {"good": older(), "bad": older("--fail"), "none": McpServerSettings(command="no-such-command")}
    async with open_pool(tmp_path, **servers) as pool:
        assert {tool.server for tool in (await pool.known_tools()).tools} == {"good"}
        assert (await pool.tools([])).tools == []
        assert {tool.name for tool in (await pool.tools(["good", "segue"])).tools} >= {"echo", "pid"}


@pytest.mark.parametrize("server", [modern, older])
async def test_tools_that_change_are_listed_again(tmp_path: Path, server: type) -> None:
    async with open_pool(tmp_path, s=server()) as pool:
        await pool.call("s", "grow", {"name": "fresh"})
        await until(lambda: "fresh" in {tool.name for tool in pool.get("s").known_tools})


async def test_tools_stay_known_when_the_server_is_closed_for_idling(tmp_path: Path) -> None:
    async with open_pool(tmp_path, s=older(idle_minutes=0.002)) as pool:
        await pool.call("s", "echo", {})
        await until(lambda: info(pool).state == "closed")
        assert [tool.name for tool in (await pool.tools(["s"])).tools][:1] == ["echo"]
        assert (info(pool).state, info(pool).starts) == ("closed", 1)
        await pool.call("s", "echo", {})
        assert info(pool).starts == 2


async def test_who_asks_is_asked_for_by_the_settings_and_the_tools_own_hints(tmp_path: Path) -> None:
    servers = {
        "never": older(),
        "writes": modern(approve="writes", read_only=("show",)),
        "always": older(approve="always"),
    }
    async with open_pool(tmp_path, **servers) as pool:
        await asyncio.gather(*(pool.restart(name) for name in servers))
        asks = {(tool.server, tool.name): (tool.read_only, tool.asks) for tool in (await pool.tools(["*"])).tools}
    assert asks["never", "echo"] == (False, False)
    assert (asks["writes", "echo"], asks["writes", "show"], asks["writes", "fail"]) == (
        (True, False),
        (True, False),
        (False, True),
    )
    assert asks["always", "echo"] == (False, True)


async def test_a_tool_gives_an_agent_text_pictures_and_failures(tmp_path: Path) -> None:
    async with open_pool(tmp_path, s=modern()) as pool:
        await pool.restart("s")
        tools = {tool.name: tool for tool in (await pool.tools(["s"])).tools}
        here = SessionId("s1")
        said = await tools["echo"].call({"text": "hi"}, here)
        assert (said.text, said.failed) == ("hi", False)
        failed = await tools["fail"].call({}, here)
        assert (failed.failed, "fail" in failed.text) == (True, True)
        (picture,) = (await tools["show"].call({}, here)).images
        assert str(picture).startswith("data:image/png;base64,iVBOR")
        crashed = await tools["crash"].call({}, here)
        assert (crashed.failed, "exit code 3" in crashed.text) == (True, True)


# --- processes


async def test_nothing_of_a_server_is_left_when_it_ends_or_crashes_or_is_restarted(tmp_path: Path) -> None:
    left: list[int] = []
    async with open_pool(tmp_path, s=older()) as pool:
        for end in (lambda: pool.restart("s"), lambda: pool.call("s", "crash", {}), None):
            left.append(int(text(await pool.call("s", "breed", {}))))
            left.append(info(pool).pid or 0)
            assert all(is_running(pid) for pid in left[-2:])
            if end is not None:
                await asyncio.gather(end(), return_exceptions=True)
    await until(lambda: not any(map(is_running, left)))


async def test_a_server_is_given_what_its_settings_name_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", "no")
    monkeypatch.setenv("TOKEN_OF_IT", "yes")
    async with open_pool(tmp_path, s=older(env={"MODE": "test"}, env_names=("TOKEN_OF_IT",))) as pool:
        given = json.loads(text(await pool.call("s", "environment", {})))
    assert (given["MODE"], given["TOKEN_OF_IT"]) == ("test", "yes")
    assert {"PATH", "HOME"} <= set(given)
    assert "SECRET" not in given


async def test_what_a_server_says_on_standard_error_is_logged_within_bounds(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "segued.mcp.s")
    async with open_pool(tmp_path, s=older()) as pool:
        assert text(await pool.call("s", "flood", {"text": "said"})) == "said"
    lines = [record.message for record in caplog.records if record.name == "segued.mcp.s"]
    assert "line 0" in lines
    assert len(lines) < 500


# --- settings


async def test_other_settings_touch_only_the_servers_that_they_change(tmp_path: Path) -> None:
    async with open_pool(tmp_path, same=older(), changed=older(), gone=older()) as pool:
        pids = {name: text(await pool.call(name, "pid", {})) for name in ("same", "changed", "gone")}
        running = begin(pool.call("same", "nap", {"text": "undisturbed", "seconds": 1.0}))
        await until(lambda: info(pool, "same").running)
        child = info(pool, "same").pid
        await pool.reload({"same": older(), "changed": older(env={"A": "1"}), "new": older()})
        assert text(await running) == "undisturbed"
        assert text(await pool.call("same", "pid", {})) == pids["same"]
        assert (info(pool, "same").pid, info(pool, "same").starts) == (child, 1)
        assert text(await pool.call("changed", "pid", {})) != pids["changed"]
        assert text(await pool.call("new", "echo", {"text": "x"})) == "x"
        with pytest.raises(McpServerNotFound):
            await pool.call("gone", "echo", {})
        assert not is_running(int(pids["gone"]))
        assert not is_running(int(pids["changed"]))


async def test_a_server_goes_on_under_settings_that_do_not_concern_its_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("segued.mcp.process._GRACE_SECONDS", 0.1)
    async with open_pool(tmp_path, s=older(max_concurrent=1)) as pool:
        await pool.call("s", "echo", {})
        held = {tool.name: tool for tool in (await pool.tools(["s"])).tools}
        assert not held["echo"].asks
        child, known = info(pool).pid, len(pool.get("s").known_tools)
        calls = [begin(pool.call("s", "hang", {})) for _ in range(2)]
        await until(lambda: info(pool).waiting)
        changed = older(max_concurrent=2, approve="writes", read_only=("pid",), timeout_seconds=5, start="ahead")
        await pool.reload({"s": changed})
        await until(lambda: info(pool).running == 2)
        assert not any(call.done() for call in calls)
        assert (info(pool).pid, info(pool).starts, info(pool).approve) == (child, 1, "writes")
        tools = {tool.name: tool for tool in (await pool.tools(["s"])).tools}
        assert (tools["echo"].asks, tools["pid"].asks, len(tools)) == (True, False, known)
        assert held["echo"].asks, "also of who holds it since before"
        for call in calls:
            call.cancel()


# --- over HTTP


@pytest.fixture(scope="module")
def modern_port() -> Iterator[int]:
    with listening(SERVER) as (port, _):
        yield port


async def test_a_server_over_http_is_called_and_told_changes(tmp_path: Path, modern_port: int) -> None:
    there = McpServerSettings(url=f"http://127.0.0.1:{modern_port}/mcp")
    async with open_pool(tmp_path, s=there) as pool:
        said = [str(number) for number in range(30)]
        results = await asyncio.gather(*(pool.call("s", "echo", {"text": each}) for each in said))
        assert [text(result) for result in results] == said
        assert (info(pool).transport, info(pool).pid) == ("http", None)
        await pool.call("s", "grow", {"name": "fresh"})
        await until(lambda: "fresh" in {tool.name for tool in pool.get("s").known_tools})
        assert len(text(await pool.call("s", "shout", {"megabytes": 3}))) == 3 * 1024 * 1024


async def test_a_server_over_http_that_ends_and_comes_back_is_found_again(tmp_path: Path) -> None:
    with listening(OLDER, "--port") as (port, process):
        there = McpServerSettings(url=f"http://127.0.0.1:{port}/mcp")
        async with open_pool(tmp_path, s=there) as pool:
            await pool.call("s", "echo", {})
            hanging = begin(pool.call("s", "hang", {}))
            await until(lambda: info(pool).running == 1)
            process.kill()
            process.wait()
            with pytest.raises(McpFailed, match="lost while hang ran"):
                await hanging
            await until(lambda: info(pool).state == "error")
            with pytest.raises(McpUnavailable, match="cannot be used"):
                await pool.call("s", "echo", {})
            again = start(OLDER, port, "--port")
            try:
                await pool.restart("s")
                assert text(await pool.call("s", "echo", {"text": "back"})) == "back"
            finally:
                again.kill()
                again.wait()


async def test_a_server_over_http_that_has_forgotten_us_is_connected_to_anew(tmp_path: Path) -> None:
    with listening(OLDER, "--port") as (port, process):
        there = McpServerSettings(url=f"http://127.0.0.1:{port}/mcp")
        async with open_pool(tmp_path, s=there) as pool:
            await pool.call("s", "echo", {})
            process.kill()
            process.wait()
            again = start(OLDER, port, "--port")
            try:
                with pytest.raises(McpFailed, match=r"refused echo|lost while echo ran"):
                    await pool.call("s", "echo", {})
                await until(lambda: info(pool).starts == 2 and info(pool).state == "idle")
                assert text(await pool.call("s", "echo", {"text": "back"})) == "back"
            finally:
                again.kill()
                again.wait()


async def test_a_token_is_taken_from_the_environment_and_its_refusal_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listening(OLDER, "--port", env={"TOKEN": "right"}) as (port, _):
        there = McpServerSettings(url=f"http://127.0.0.1:{port}/mcp", token_env="THE_TOKEN")
        async with open_pool(tmp_path, s=there, unset=there.model_copy(update={"token_env": "UNSET"})) as pool:
            monkeypatch.setenv("THE_TOKEN", "wrong")
            with pytest.raises(McpUnavailable, match="HTTP 401 Unauthorized"):
                await pool.call("s", "echo", {})
            with pytest.raises(McpUnavailable, match="the variable UNSET, which is to hold the token, is not set"):
                await pool.call("unset", "echo", {})
            monkeypatch.setenv("THE_TOKEN", "right")
            assert text(await pool.call("s", "echo", {"text": "in"})) == "in"


# --- once


async def test_a_call_under_a_key_is_made_once(tmp_path: Path) -> None:
    by = Actor(None, "ada", "http", once=Once("k", b"f"))
    async with open_pool(tmp_path, s=older()) as pool:
        first, second = await asyncio.gather(*(pool.call_once(by, "s", "pid", {}) for _ in range(2)))
        assert first == second
        assert info(pool).calls == 1
        with pytest.raises(McpFailed, match="lost while crash ran"):
            await pool.call_once(Actor(None, "ada", "http", once=Once("c", b"f")), "s", "crash", {})
        assert await pool.call_once(by, "s", "pid", {}) == first
    async with open_pool(tmp_path, s=older()) as pool:
        with pytest.raises(McpFailed, match="was begun before, and its result is not kept"):
            await pool.call_once(by, "s", "pid", {})
        assert info(pool).calls == 0


async def test_a_call_that_was_not_made_is_made_under_the_same_key_later(tmp_path: Path) -> None:
    by = Actor(None, "ada", "http", once=Once("k", b"f"))
    async with open_pool(tmp_path, s=McpServerSettings(command="no-such-command")) as pool:
        for _ in range(2):
            with pytest.raises(McpUnavailable):
                await pool.call_once(by, "s", "pid", {})
        assert info(pool).starts >= 0

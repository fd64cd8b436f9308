"""`segue doctor`: set-ups that are broken on purpose, each named, and put right where that can be done."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingUnixStreamServer
from threading import Thread

import pytest

from tests.daemons import Daemon
from tests.segue.cli.conftest import run_segue

MakeDaemon = Callable[..., Daemon]


class Found:
    """What the doctor found: by check, the state and the detail of each finding; and its exit code."""

    def __init__(self, daemon: Daemon, *arguments: str, **env: str) -> None:
        done = run_segue(daemon, "doctor", "--json", *arguments, **env)
        assert not done.stderr, done.stderr
        self.exit_code = done.returncode
        self._findings = json.loads(done.stdout)

    def __getitem__(self, check: str) -> tuple[str, str]:
        states = {"wrong": 0, "warning": 1, "unknown": 2, "right": 3}
        mine = [finding for finding in self._findings if finding["check"] == check]
        worst = min(mine, key=lambda finding: states[finding["state"]])
        return worst["state"], worst["detail"]

    @property
    def wrong(self) -> set[str]:
        return {finding["check"] for finding in self._findings if finding["state"] == "wrong"}

    @property
    def doubtful(self) -> set[str]:
        return {finding["check"] for finding in self._findings if finding["state"] == "warning"}


@pytest.fixture
def open_home() -> Iterator[Path]:
    """A home in a place that everybody may go to."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder / "home"
    shutil.rmtree(folder)


@contextmanager
def strangers(path: Path) -> Iterator[None]:
    """Another program's socket there, that closes on whoever speaks to it in HTTP."""

    class Stranger(StreamRequestHandler):
        def handle(self) -> None:
            self.rfile.readline()
            self.wfile.write(b"220 smtp.example.org\r\n")

    with ThreadingUnixStreamServer(str(path), Stranger) as server:
        Thread(target=server.serve_forever).start()
        try:
            yield
        finally:
            server.shutdown()


def test_where_all_is_well_it_says_so_and_leaves_nothing_behind(daemon: Daemon) -> None:
    found = Found(daemon)
    assert (found.exit_code, found.wrong) == (0, set())
    for check in ("settings", "folders", "daemon", "talk", "answers", "resuming", "database", "tokens"):
        assert found[check][0] == "right", found[check]
    assert json.loads(run_segue(daemon, "sessions", "--json").stdout)["total"] == 0
    assert "✓ talk" in run_segue(daemon, "doctor").stdout


def test_settings_that_are_not_understood(daemon: Daemon) -> None:
    daemon.stop()
    (daemon.home / "config.toml").write_text("[sessions]\nmax_mesage_bytes = 1\n")
    found = Found(daemon, "--fix")
    assert found.exit_code == 1
    assert "max_mesage_bytes" in found["settings"][1]
    assert found["daemon"][0] == "wrong"  # it cannot be started like this


def test_keys_that_others_can_read(open_home: Path) -> None:
    open_home.mkdir(mode=0o755)
    keys = open_home / "segued.env"
    keys.touch(0o644)
    done = run_segue(Daemon(open_home), "doctor")
    assert f"{keys} is not yours alone, others can read it: `chmod go= {keys}`" in done.stdout


def test_a_variable_that_sets_nothing(daemon: Daemon) -> None:
    found = Found(daemon, SEGUE_SESIONS__MAX_RUNNING_TURNS="3")
    assert (found.exit_code, found["settings"][0]) == (0, "warning")
    assert "SEGUE_SESIONS__MAX_RUNNING_TURNS" in found["settings"][1]


def test_a_database_that_others_can_read(open_home: Path) -> None:
    daemon = Daemon(open_home)
    daemon.start()
    try:
        database = open_home / "segue.db"
        database.chmod(0o644)
        assert Found(daemon)["folders"] == (
            "wrong",
            f"{database} is not yours alone, others can read it: `chmod go= {database}`",
        )
        assert Found(daemon, "--fix").exit_code == 0
        assert stat.S_IMODE(database.stat().st_mode) == 0o600
    finally:
        daemon.kill()


def test_a_daemon_that_died_is_started(daemon: Daemon) -> None:
    daemon.kill()
    found = Found(daemon)
    assert (found.exit_code, found.wrong) == (1, {"daemon"})
    assert f"nothing listens on {daemon.socket}, which a daemon left behind" in found["daemon"][1]
    assert found["the rest"] == ("unknown", "not looked at: it needs the daemon")
    try:
        mended = Found(daemon, "--fix")
        assert (mended.exit_code, mended["daemon"][0]) == (0, "right")
        assert mended["daemon"][1].startswith("started it: pid ")
        assert mended["talk"][0] == "right"
    finally:
        os.kill(json.loads(run_segue(daemon, "status", "--json").stdout)["pid"], signal.SIGKILL)


def test_a_daemon_that_listens_elsewhere(make_daemon: MakeDaemon, tmp_path: Path) -> None:
    daemon = make_daemon(LISTEN=f'["unix:{tmp_path}/elsewhere.sock"]')
    assert daemon.process
    found = Found(daemon, SEGUE_LISTEN='["unix:"]')
    assert f"process {daemon.process.pid} holds {daemon.home}/segue.db, and does not answer" in found["daemon"][1]


def test_what_is_where_the_daemon_would_listen_is_told_apart(daemon: Daemon) -> None:
    daemon.stop()
    daemon.socket.write_text("notes")
    assert f"{daemon.socket} is a file and no socket" in Found(daemon, "--fix")["daemon"][1]
    daemon.socket.unlink()
    with strangers(daemon.socket):
        found = Found(daemon)
        assert f"what listens at {daemon.address} is no segued" in found["daemon"][1]
        started = run_segue(daemon, "server", "start")
    assert started.returncode == 1
    assert "something listens on" in started.stderr
    assert "not ready" not in started.stderr
    daemon.socket.unlink(missing_ok=True)
    assert "the last start failed: something listens on" in Found(daemon)["daemon"][1]


def test_settings_that_others_can_change(open_home: Path) -> None:
    open_home.mkdir()
    settings = open_home / "config.toml"
    settings.touch()
    settings.chmod(0o666)
    daemon = Daemon(open_home)
    found = Found(daemon)
    assert "others can change what the daemon does" in found["folders"][1]
    found = Found(daemon, SEGUE_HOME=str(settings))
    assert found["folders"] == (
        "wrong",
        f"{settings} is a file, and has to be a folder: move it, or name another folder (SEGUE_HOME)",
    )


def test_servers_of_others_that_are_not_there(daemon: Daemon) -> None:
    daemon.stop()
    nobody = "http://127.0.0.1:9"
    search = {
        "SEGUE_SEARCH__EMBEDDER": "openai-compatible",
        "SEGUE_SEARCH__BASE_URL": nobody,
        "SEGUE_SEARCH__MODEL": "x",
    }
    found = Found(daemon, SEGUE_TRACING__ENDPOINT=nobody, **search)
    assert found["search"][0] == "wrong"
    assert found["tracing"][0] == "warning"
    assert nobody in found["search"][1]


def test_a_model_that_cannot_be_reached(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon(
        AGENTS__CHAT__MODEL="openai-compatible:small",
        AGENTS__CHAT__BASE_URL="http://127.0.0.1:9/v1",
        AGENTS__CHAT__MAX_RETRIES="0",
    )
    found = Found(daemon)
    assert (found.exit_code, found.wrong) == (1, {"model"})
    assert found["model"][1].startswith("chat: ")
    assert Found(daemon, "--no-model").exit_code == 0


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ('command = "no-such-program"', "no-such-program"),
        ('command = "sleep"\nargs = ["1000"]\nstart_seconds = 1', "did not"),
    ],
)
def test_an_mcp_server_that_is_not_there_or_says_nothing(daemon: Daemon, settings: str, word: str) -> None:
    daemon.stop()
    (daemon.home / "config.toml").write_text(f"[mcp.weather]\n{settings}\n")
    daemon.start()
    found = Found(daemon)
    assert (found.exit_code, found.wrong) == (1, {"mcp"})
    assert "weather: " in found["mcp"][1]
    assert word in found["mcp"][1]


async def test_a_token_that_was_forgotten(daemon: Daemon) -> None:
    async with daemon.client() as client:
        token = await client.create_token("old laptop", scopes=("admin",))
    daemon.stop()
    with sqlite3.connect(daemon.home / "segue.db") as database:
        database.execute("UPDATE tokens SET created_at = created_at - 100 * 86400000000")
    database.close()
    daemon.start()
    found = Found(daemon)
    assert (found.exit_code, found["tokens"][0]) == (0, "warning")
    assert "“old laptop”" in found["tokens"][1]
    assert f"`segue token delete {token.id}`" in found["tokens"][1]


def test_a_bot_without_a_token(daemon: Daemon) -> None:
    found = Found(daemon, SEGUE_DISCORD__ALLOW_GUILDS="[77]", DISCORD_TOKEN="")
    assert (found.exit_code, found.wrong) == (1, {"discord"})
    assert found["discord"][1].startswith("token: ")


async def test_a_bot_that_is_deaf_and_deliveries_that_failed(daemon: Daemon) -> None:
    async with daemon.client(interface="discord") as bridge:
        session = await bridge.create_session(title="Release plan")
        await bridge.bind("discord", "77", session.id)
        said = await bridge.post(session.id, "hi", respond=False)
        await bridge.add_receipt("discord", "77", said.id, state="failed", reason="the channel is gone")
        await bridge.report_health("discord", "deaf", account="segue")
        found = Found(daemon)
    assert "discord is deaf as segue" in found["front-end"][1]
    assert found["deliveries"][0] == "warning"


def test_doors_that_stand_open(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon(
        LISTEN='["unix:", "tcp:0.0.0.0:0"]', SERVER__ALLOW_NON_LOOPBACK="true", ANONYMOUS_LOOPBACK="read-write"
    )
    found = Found(daemon)
    assert found.doubtful >= {"doors"}
    assert "without a token" in found["doors"][1] or "other machines" in found["doors"][1]


def test_a_clock_that_was_set_back(daemon: Daemon) -> None:
    ahead = time.time() + 3600
    os.utime(daemon.home / "segued.log", (ahead, ahead))
    assert "it was set back" in Found(daemon)["clock"][1]


async def test_a_database_with_a_damaged_page(daemon: Daemon) -> None:
    async with daemon.client() as client:
        session = await client.create_session(title="Long")
        for number in range(40):
            await client.post(session.id, f"{number} " + "word " * 400, respond=False)
    daemon.stop()
    database = daemon.home / "segue.db"
    with sqlite3.connect(database) as connection:
        (page,) = connection.execute("SELECT max(pageno) FROM dbstat WHERE name = 'messages'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    connection.close()
    with database.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    found = Found(daemon, "--fix")  # the daemon does not start on it
    assert (found.exit_code, found.wrong) == (1, {"daemon", "database"})
    assert "damaged" in found["database"][1]
    assert "segue restore" in found["database"][1]

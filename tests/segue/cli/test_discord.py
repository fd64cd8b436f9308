"""`segue discord setup` and `check` against a server that speaks Discord's API."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import tomllib
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.daemons import Daemon
from tests.discord_server import DiscordServer, Guild
from tests.discord_server.intents import Intent
from tests.segue.cli.conftest import COMMAND


@dataclass
class Desk:
    """Where a person sits who sets a bot up: their home, and a Discord with a guild that has the bot."""

    home: Path
    discord: DiscordServer
    guild: Guild
    env: dict[str, str] = field(default_factory=dict)

    @property
    def config(self) -> Path:
        return self.home / "config.toml"

    @property
    def settings(self) -> dict[str, Any]:
        found: dict[str, Any] = tomllib.loads(self.config.read_text())["discord"]
        return found

    def environment(self, **more: str) -> dict[str, str]:
        known = {"SEGUE_HOME": str(self.home), "SEGUE_DISCORD__API_URL": self.discord.api_url, "NO_COLOR": "1"}
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("SEGUE_", "DISCORD_"))}
        return clean | known | self.env | more

    async def segue(self, *arguments: str, **env: str) -> tuple[int, str]:
        """Run a command; return its exit code and all that it says."""
        process = await asyncio.create_subprocess_exec(
            *COMMAND,
            "discord",
            *arguments,
            env=self.environment(**env),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await process.communicate()
        assert process.returncode is not None
        return process.returncode, said.decode()

    async def check(self) -> dict[str, str]:
        """Return what `segue discord check` says of each thing."""
        _, said = await self.segue("check", "--json")
        return {result["check"]: result["state"] for result in json.loads(said)}


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with DiscordServer() as discord:
        yield Desk(tmp_path, discord, discord.add_guild("The Pub"), {"DISCORD_TOKEN": discord.token})


async def test_without_a_token_it_says_what_to_create_and_writes_nothing(desk: Desk) -> None:
    exit_code, said = await desk.segue("setup", DISCORD_TOKEN="")
    assert exit_code == 1
    for step in ("New Application", "Message Content Intent", "Reset Token", "DISCORD_TOKEN"):
        assert step in said
    assert not desk.config.exists()
    exit_code, said = await desk.segue(DISCORD_TOKEN="")
    assert (exit_code, said.startswith("segue: there is no bot token")) == (2, True)


async def test_what_is_given_is_written_and_what_was_there_stays(desk: Desk) -> None:
    desk.config.write_text('# mine\nlisten = ["unix:"]\n[discord]\nreply = "always"  # in the pub\nallow_users = [7]\n')
    exit_code, said = await desk.segue("setup", "--guild", str(desk.guild.id), "--user", "42", "--user", "7")
    assert exit_code == 0, said
    assert desk.settings == {"reply": "always", "allow_users": [7, 42], "allow_guilds": [desk.guild.id]}
    assert desk.config.read_text().startswith("# mine\n")
    assert "# in the pub" in desk.config.read_text()
    assert f"client_id={desk.discord.bot.id}&scope=bot%20applications.commands&permissions=" in said
    assert f"The Pub ({desk.guild.id})" in said
    now = said[said.index("Who may use it now:") :]
    assert f"guilds     The Pub ({desk.guild.id})" in now
    assert "(42)" in now
    assert desk.discord.token not in said + desk.config.read_text()


async def test_a_token_in_a_file_is_named_and_not_copied(desk: Desk) -> None:
    file = desk.home / "token"
    file.write_text(desk.discord.token)
    exit_code, _ = await desk.segue("setup", "--token-file", str(file), "--user", "1", DISCORD_TOKEN="")
    assert exit_code == 0
    assert desk.settings == {"token_file": str(file), "allow_users": [1]}


async def test_as_long_as_something_is_missing_the_exit_code_says_so(desk: Desk) -> None:
    exit_code, said = await desk.segue("setup")
    assert (exit_code, "nobody may use it" in said, desk.config.exists()) == (1, True, False)
    desk.discord.switch_off(Intent.MESSAGE_CONTENT)
    exit_code, said = await desk.segue("setup", "--user", "1")
    assert (exit_code, "Message Content is off: switch on Message Content Intent at https://" in said) == (1, True)


@pytest.mark.parametrize("text", ["discord = {}\n", "[discord\n"])
async def test_a_file_that_cannot_be_changed_safely_is_left_alone(desk: Desk, text: str) -> None:
    desk.config.write_text(text)
    exit_code, said = await desk.segue("setup", "--user", "1")
    assert exit_code != 0
    assert "Traceback" not in said
    assert desk.config.read_text() == text


async def test_a_person_is_led_through_it(desk: Desk) -> None:
    desk.discord.switch_off(Intent.MESSAGE_CONTENT)
    async with Terminal(desk, DISCORD_TOKEN="") as terminal:
        await terminal.answer("The token (it is not shown):", "wrong")
        await terminal.answer("The token (it is not shown):", desk.discord.token)
        await terminal.see("Message Content is off")
        desk.discord.world.granted |= Intent.MESSAGE_CONTENT
        await terminal.answer("Enter when that is done", "")
        await terminal.see("Message Content is on")
        await terminal.answer("May the members of The Pub use it?", "y")
        await terminal.answer("direct messages included?", "")
        await terminal.answer("whose application it is, change how channels are served", "")
        await terminal.see("segue discord check")
    assert terminal.exit_code == 0
    token_file = desk.home / "discord_token"
    assert desk.settings == {
        "token_file": str(token_file),
        "allow_guilds": [desk.guild.id],
        "allow_users": [desk.discord.world.application_owner.id],
        "admin_users": [desk.discord.world.application_owner.id],
    }
    assert (token_file.read_text(), token_file.stat().st_mode & 0o777) == (f"{desk.discord.token}\n", 0o600)
    assert desk.discord.token not in terminal.seen


async def test_who_goes_away_halfway_keeps_the_token_and_the_setting_that_names_it(desk: Desk) -> None:
    async with Terminal(desk, DISCORD_TOKEN="") as terminal:
        await terminal.answer("The token (it is not shown):", desk.discord.token)
        await terminal.see("May the members of The Pub use it?")
        await terminal.interrupt()
    assert terminal.exit_code == 130
    assert desk.settings == {"token_file": str(desk.home / "discord_token")}
    exit_code, said = await desk.segue("setup", "--user", "1", DISCORD_TOKEN="")
    assert (exit_code, "the bot is" in said) == (0, True)


async def test_what_is_set_is_taken_away_again_and_comments_stay(desk: Desk) -> None:
    alice = desk.discord.add_user("alice")
    kept = f"[discord]\nallow_users = [\n  7,  # bob\n  {alice.id},  # alice\n]\n\n[agents.chat]  # mine\n"
    desk.config.write_text(kept)
    exit_code, said = await desk.segue(
        "setup", "--guild", str(desk.guild.id), "--remove-user", "7", "--remove-admin", "9"
    )
    assert exit_code == 0, said
    assert f"people     alice ({alice.id})\n" in said
    assert "9 is not among the admins" in said
    assert desk.settings == {"allow_users": [alice.id], "allow_guilds": [desk.guild.id]}
    written = desk.config.read_text()
    assert ("# alice" in written, "# bob" in written, "[agents.chat]  # mine" in written) == (True, False, True)
    exit_code, said = await desk.segue("setup", "--remove-guild", str(desk.guild.id), "--remove-user", str(alice.id))
    assert (exit_code, "nobody may use it" in said) == (1, True)
    assert desk.settings == {"allow_users": [], "allow_guilds": []}


async def test_run_again_it_shows_what_is_set_and_asks_what_to_change(desk: Desk) -> None:
    quiet = desk.guild.add_channel("quiet")
    owner = desk.discord.world.application_owner.id
    ids = f"allow_users = [{owner}]\nadmin_users = [{owner}, 7]\nallow_channels = [{quiet.id}]\n"
    desk.config.write_text(f"[discord]\nallow_guilds = [{desk.guild.id}]\n{ids}")
    async with Terminal(desk) as terminal:
        await terminal.see(f"guilds     The Pub ({desk.guild.id})")
        await terminal.see(f"channels   #quiet ({quiet.id})")
        await terminal.answer("Change any of that?", "y")
        await terminal.answer("Guilds: ID adds one, -ID takes one out", "")
        await terminal.answer("People: ID adds", "alice")
        await terminal.answer("ids are numbers", "42, 43")
        await terminal.answer("Channels: ID adds", f"-{quiet.id}")
        await terminal.answer("Admins: ID adds", "42 -7")
    assert terminal.exit_code == 0
    assert desk.settings == {
        "allow_guilds": [desk.guild.id],
        "allow_users": [owner, 42, 43],
        "allow_channels": [],
        "admin_users": [owner, 42],
    }


async def test_a_guild_without_the_bot_is_warned_of(desk: Desk) -> None:
    elsewhere = desk.discord.add_guild("Elsewhere", bot=False)
    exit_code, said = await desk.segue("setup", "--guild", str(elsewhere.id))
    assert (exit_code, f"{elsewhere.id}: the bot is not in it; invite it: https://" in said) == (1, True)


async def test_admins_are_given_or_are_the_readers_linked_accounts(desk: Desk, daemon: Daemon) -> None:
    assert (await desk.segue("setup", "--user", "1", "--admin", "2"))[0] == 0
    assert desk.settings == {"allow_users": [1], "admin_users": [2]}
    async with daemon.client() as client:
        await client.claim_link((await client.create_link()).code, "discord", "77")
    desk.config.unlink()
    async with Terminal(desk, SEGUE_URL=daemon.address) as terminal:
        await terminal.answer("May the members of The Pub use it?", "n")
        await terminal.answer("direct messages included?", "y")
        await terminal.answer("May you, Discord account 77, change how channels are served", "y")
    assert desk.settings["admin_users"] == [77]


class Terminal:
    """`segue discord setup` in a terminal of its own."""

    def __init__(self, desk: Desk, **env: str) -> None:
        self._env = desk.environment(**env)
        self.seen = ""
        self._read = 0

    async def __aenter__(self) -> Terminal:
        self._ours, theirs = os.openpty()
        loop = asyncio.get_running_loop()
        self._more = asyncio.Event()
        loop.add_reader(self._ours, self._take)
        self._process = await asyncio.create_subprocess_exec(
            *COMMAND, "discord", "setup", env=self._env, stdin=theirs, stdout=theirs, stderr=theirs
        )
        os.close(theirs)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.exit_code = await asyncio.wait_for(self._process.wait(), 60)
        asyncio.get_running_loop().remove_reader(self._ours)
        os.close(self._ours)

    def _take(self) -> None:
        try:
            self.seen += os.read(self._ours, 65_536).decode()
        except OSError:  # the other end was closed
            asyncio.get_running_loop().remove_reader(self._ours)
        self._more.set()

    async def see(self, text: str) -> None:
        async with asyncio.timeout(60):
            while text not in self.seen[self._read :]:
                self._more.clear()
                await self._more.wait()
        self._read = self.seen.index(text, self._read) + len(text)

    async def interrupt(self) -> None:
        """Press Ctrl-C until it is heard: one between the question and the reading of its answer is not."""
        while self._process.returncode is None:
            self._process.send_signal(signal.SIGINT)
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(self._process.wait()), 2)

    async def answer(self, question: str, text: str) -> None:
        await self.see(question)
        os.write(self._ours, f"{text}\n".encode())


# --- check


async def test_what_is_in_place_and_what_is_not_is_told_with_what_to_do(desk: Desk) -> None:
    exit_code, said = await desk.segue("check")
    assert exit_code == 1
    assert "✗ allowed    nobody may use it: `segue discord setup` asks who" in said
    assert f"– guild      The Pub ({desk.guild.id}): the bot is in it, and its members may not use it" in said
    assert "– running    the daemon cannot be asked" in said
    channel = desk.guild.add_channel("quiet")
    settings = f"[discord]\nallow_guilds = [{desk.guild.id}]\nallow_channels = [{channel.id}]\n"
    desk.config.write_text(settings)
    exit_code, said = await desk.segue("check")
    assert exit_code == 0, said
    assert f"✓ channel    #quiet ({channel.id})" in said
    assert "✓ allowed    the members of 1 guild, in 1 channel only; nobody in direct messages" in said


async def test_a_guild_without_the_bot_and_a_channel_out_of_its_sight_are_found(desk: Desk) -> None:
    elsewhere = desk.discord.add_guild("Elsewhere", bot=False)
    desk.config.write_text(f"[discord]\nallow_guilds = [{elsewhere.id}]\nallow_channels = [5]\n")
    exit_code, said = await desk.segue("check")
    assert exit_code == 1
    assert f"✗ guild      {elsewhere.id}: the bot is not in it; invite it: https://discord.com/oauth2" in said
    assert "✗ channel    5: the bot does not see it" in said


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ({"DISCORD_TOKEN": "wrong"}, "Discord does not accept the token"),
        ({"DISCORD_TOKEN": ""}, "there is no bot token"),
        ({"SEGUE_DISCORD__API_URL": "http://127.0.0.1:9/api/v10"}, "Discord does not answer"),
    ],
)
async def test_what_stops_the_check_is_a_result_too(desk: Desk, env: dict[str, str], words: str) -> None:
    exit_code, said = await desk.segue("check", **env)
    (token,) = [text for text in said.splitlines() if text.startswith("✗ token")]
    assert (exit_code, words in token) == (1, True)


async def test_a_discord_that_wants_rest_is_asked_again(desk: Desk) -> None:
    desk.discord.fail("GET", "/users/@me", status=429, retry_after=0.1, times=1)
    assert (await desk.check())["token"] == "right"
    desk.discord.fail("GET", "/users/@me", status=500, times=5)
    assert (await desk.check())["token"] == "wrong"


async def test_wrong_settings_end_every_command_with_exit_code_2(desk: Desk) -> None:
    desk.config.write_text('[discord]\nallow_guilds = ["the pub"]\ntypo = 1\n')
    for command in (("check",), ("setup",), ()):
        exit_code, said = await desk.segue(*command)
        assert exit_code == 2
        assert "discord.allow_guilds.0" in said
        assert "discord.typo: there is no such setting" in said


async def test_whether_the_bot_runs_is_what_the_daemon_knows(desk: Desk, daemon: Daemon) -> None:
    desk.env |= {"SEGUE_URL": daemon.address, "SEGUE_DISCORD__ALLOW_USERS": "[1]"}
    _, said = await desk.segue("check")
    assert "– running    the daemon has not heard of the bot yet" in said
    async with daemon.client() as client:
        await client.report_health("discord", "online", account="segue")
        assert "✓ running    online as segue" in (await desk.segue("check"))[1]
        await client.report_health("discord", "online", detail="another bot with this token runs beside this one")
        exit_code, said = await desk.segue("check")
        assert ("! running    online, another bot with this token" in said, exit_code) == (True, 0)


def test_the_bot_is_not_imported_by_what_does_not_run_it() -> None:
    code = "import sys, segue.cli.discord, segue.cli.discord_check; print('discord' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"

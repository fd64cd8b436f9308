from __future__ import annotations

import asyncio
import json
import os
from subprocess import PIPE, Popen
from uuid import uuid4

import pytest

from segue.cli.places import find_place
from segue.client import Client
from tests.daemons import Daemon
from tests.discord_server import DiscordServer
from tests.segue.cli.conftest import COMMAND, Segue


def test_a_token_is_shown_once_listed_without_its_secret_and_revoked(segue: Segue, title: str) -> None:
    made = segue("token", "create", "--name", title, "--user", "Ada", "--scope", "read")
    secret = made.stdout.strip()
    assert made.returncode == 0
    assert " " not in secret
    assert "Ada" in made.stderr
    listed = segue("token", "list")
    (row,) = [text for text in listed.stdout.splitlines() if title in text]
    assert secret not in listed.stdout
    assert row.split()[1:3] == ["Ada", "read"]
    assert segue("token", "delete", row.split()[0]).returncode == 0
    assert title not in segue("token", "list").stdout
    assert segue("token", "delete", title).returncode == 1


def test_a_token_for_programs_comes_with_its_id(segue: Segue, title: str) -> None:
    made = json.loads(segue("token", "create", "--name", title, "--json").stdout)
    assert made["token"]
    assert made["scopes"] == ["read", "write", "run"]
    assert made["id"] in segue("token", "list", "--json").stdout


async def test_a_place_shows_the_session_that_it_is_bound_to(segue: Segue, client: Client, title: str) -> None:
    session = await client.create_session(title=title)
    assert segue("bind", "irc", f"{title}/a", title, "--policy", "final").returncode == 0
    (row,) = [text for text in segue("bindings").stdout.splitlines() if f"{title}/a" in text]
    assert row.split()[:2] == ["irc", "-"]
    assert row.endswith(f"final   {session.id[-8:]}  {title}")


async def test_a_place_is_named_and_called_by_its_name(segue: Segue, client: Client, title: str) -> None:
    session = await client.create_session(title=title)
    place, name = str(uuid4().int >> 70), f"#{title}"
    await client.bind("discord", place, session.id, name=f"{name} @ The Pub")
    assert f"{name} @ The Pub  {place}" in segue("bindings").stdout
    again = segue("bind", "discord", name, title, "--policy", "muted")
    assert again.stderr == f"discord {name} @ The Pub ({place}) now shows {title} ({session.id[-8:]})\n"
    other = str(uuid4().int >> 70)
    await client.bind("discord", other, session.id, name=f"{name} @ Elsewhere")
    refused = segue("unbind", "discord", name)
    assert (refused.returncode, f"{place}  {name} @ The Pub" in refused.stderr) == (1, True)
    assert segue("unbind", "discord", f"{name} @ Elsewhere").returncode == 0
    assert [b.place for b in await client.bindings() if b.session_id == session.id] == [place]


@pytest.mark.parametrize(
    ("interface", "given", "place"),
    [
        ("discord", "<#77>", "77"),
        ("discord", "https://discord.com/channels/5/77", "77"),
        ("discord", "https://ptb.discord.com/channels/@me/77/", "77"),
        ("discord", "https://discord.com/channels/5/77/123", "77"),
        ("discord", "77", "77"),
    ],
)
def test_a_discord_channel_is_known_by_its_link_too(interface: str, given: str, place: str) -> None:
    assert find_place(interface, given) == (place, None)


@pytest.mark.parametrize("place", ["nonsense", "#general", "0", "<@77>", "9" * 20, "٣"])
async def test_what_no_channel_can_be_called_is_not_bound(segue: Segue, client: Client, title: str, place: str) -> None:
    await client.create_session(title=title)
    refused = segue("bind", "discord", place, title)
    assert refused.returncode == 2
    assert "is no Discord channel: give its id or its link" in refused.stderr


async def test_a_channel_that_shows_nothing_yet_is_found_at_discord_by_its_name(
    segue: Segue, client: Client, title: str
) -> None:
    session = await client.create_session(title=title)
    async with DiscordServer() as discord:
        quiet = discord.add_guild("The Pub").add_channel("quiet")
        known = {"SEGUE_DISCORD__API_URL": discord.api_url, "DISCORD_TOKEN": discord.token}
        bound = await asyncio.to_thread(segue, "bind", "discord", "#quiet", title, **known)
        assert bound.stderr == f"discord #quiet @ The Pub ({quiet.id}) now shows {title} ({session.id[-8:]})\n"
        missing = await asyncio.to_thread(segue, "bind", "discord", "#loud", title, **known)
        assert (missing.returncode, "'#loud' is no Discord channel" in missing.stderr) == (2, True)
        unknown = await asyncio.to_thread(segue, "bind", "discord", "123456", title, **known)
        assert (unknown.returncode, "has no channel 123456 that the bot sees" in unknown.stderr) == (1, True)
        by_id = await asyncio.to_thread(segue, "bind", "discord", str(quiet.id), title, **known)
        assert by_id.returncode == 0


async def test_a_place_that_nothing_serves_is_bound_with_a_warning(segue: Segue, client: Client, title: str) -> None:
    await client.create_session(title=title)
    bound = segue("bind", "discrod", title, title)
    assert bound.returncode == 0
    assert "nothing of Segue's serves 'discrod'" in bound.stderr
    assert "tui, discord, cli, http, mcp" in bound.stderr
    assert "serves" not in segue("bind", "tui", title, title).stderr


async def test_a_link_code_joins_an_account_to_the_user(segue: Segue, client: Client, title: str) -> None:
    made = segue("link")
    user = await client.claim_link(made.stdout.strip(), "discord", title)
    assert title in [identity.external_id for identity in user.identities]
    assert user.id == (await client.me()).user.id


async def test_a_code_shown_elsewhere_makes_the_account_there_ones_own(
    segue: Segue, client: Client, title: str
) -> None:
    code = (await client.create_link(("discord", title), name="alice")).code
    refused = segue("link", code)
    assert (refused.returncode, "if so, add --yes" in refused.stderr) == (1, True)
    done = segue("link", code.lower(), "-y")
    me = (await client.me()).user
    assert (done.returncode, done.stderr.strip()) == (0, f"discord alice is {me.name} now")
    assert f"alice    {title}" in segue("links").stdout
    assert (await client.user_of("discord", title)).id == me.id
    assert segue("unlink", "discord", title).returncode == 0
    assert title not in segue("links", "--json").stdout
    again = segue("unlink", "discord", title)
    assert (again.returncode, again.stderr) == (1, f"segue: discord '{title}' is not linked to you\n")


async def test_a_code_that_is_wrong_or_for_the_other_side_is_refused_with_what_to_do(segue: Segue) -> None:
    assert "ask for a new one" in segue("link", "NOSUCHCODE").stderr
    mine = segue("link").stdout.strip()
    refused = segue("link", mine)
    assert refused.returncode == 1
    assert "on the interface whose account is to be theirs" in refused.stderr


def answered(daemon: Daemon, answer: str, *arguments: str) -> tuple[int, str]:
    """Run a command in a terminal on which this is typed; return its exit code and what it asked."""
    ours, theirs = os.openpty()
    with Popen([*COMMAND, *arguments], env=daemon.env, stdin=theirs, stdout=PIPE, stderr=PIPE, text=True) as process:
        os.write(ours, f"{answer}\n".encode())
        _, asked = process.communicate(timeout=100)
    for end in (ours, theirs):
        os.close(end)
    return process.returncode, asked


async def test_in_a_terminal_one_is_asked_whose_account_it_is(
    shared_daemon: Daemon, client: Client, title: str
) -> None:
    code = (await client.create_link(("discord", title), name="mallory")).code
    exit_code, asked = answered(shared_daemon, "n", "link", code)
    assert f"discord account mallory ({title}) will be you" in asked
    assert exit_code != 0
    assert (await client.link_offer(code)).name == "mallory"
    assert answered(shared_daemon, "y", "link", code)[0] == 0
    assert (await client.user_of("discord", title)).id == (await client.me()).user.id


async def test_a_place_that_is_unbound_shows_nothing(segue: Segue, client: Client, title: str) -> None:
    await client.create_session(title=title, place=("discord", title))
    assert segue("unbind", "discord", title).returncode == 0
    assert title not in segue("bindings").stdout
    assert segue("unbind", "discord", title).returncode == 1

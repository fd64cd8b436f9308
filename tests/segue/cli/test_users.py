"""`segue users`, `sessions members`, `invite`, `join`, `audit`."""

from __future__ import annotations

import json

import click
import pytest

from segue.cli.durations import Duration
from segue.client import Client
from tests.daemons import Daemon
from tests.segue.cli.conftest import Segue, Watch


def test_users_are_made_shown_disabled_and_removed(segue: Segue, title: str) -> None:
    assert segue("users", "add", title).returncode == 0
    again = segue("users", "add", title)
    assert (again.returncode, "already" in again.stderr) == (1, True)
    secret = segue("token", "create", "--name", title, "--user", title, "--expires", "30d").stdout.strip()
    assert segue("users", "disable", title).returncode == 0
    (row,) = [text for text in segue("users").stdout.splitlines() if title in text]
    assert row.removeprefix(title).split() == ["disabled", "0+0", "1", "-", "-"]
    assert "disabled" in next(text for text in segue("token", "list").stdout.splitlines() if text.endswith(title))
    assert segue("users", "enable", title).returncode == 0
    shown = segue("users", "show", title).stdout
    assert (title in shown, "read,write,run" in shown, secret in shown) == (True, True, False)
    rotated = segue("token", "rotate", title).stdout.strip()
    assert rotated.startswith("segue_")
    assert rotated != secret
    assert segue("users", "rename", title, f"{title} 2").returncode == 0
    assert segue("users", "remove", f"{title} 2", "--yes").returncode == 0


async def test_members_are_let_in_by_name_or_code_and_taken_out(segue: Segue, client: Client, title: str) -> None:
    session = await client.create_session(title=title)
    user = await client.create_user(f"user of {title}")
    added = segue("sessions", "members", "add", title, user.name, "--role", "reader")
    assert added.stderr == f"{user.name} is a reader of {title} ({session.id[-8:]}) now\n"
    assert segue("sessions", "members", title).stdout.splitlines()[2].split()[-1] == "reader"
    assert segue("sessions", "members", "remove", title, user.name).returncode == 0
    assert [m["role"] for m in json.loads(segue("sessions", "members", title, "--json").stdout)] == ["owner"]
    code = segue("invite", title, "--role", "writer", "--uses", "2", "--expires", "2d").stdout.strip()
    (row,) = [text for text in segue("invitations").stdout.splitlines() if text.endswith(title)]
    assert (row.split()[1:5], code in row) == (["writer", "2", "of", "2"], False)
    assert segue("join", code).stderr == f"you are a member of {title} ({session.id[-8:]}) now\n"
    assert segue("invitations", "delete", row.split()[0]).returncode == 0


async def test_a_newcomer_joins_with_a_name_and_gets_a_token(segue: Segue, client: Client, title: str) -> None:
    await client.create_session(title=title)
    code = segue("invite", title, "--new-user").stdout.strip()
    joined = json.loads(segue("join", code, "--name", f"new {title}", "--json").stdout)
    assert (joined["session"]["title"], joined["token"]["user"]) == (title, f"new {title}")


async def test_the_audit_log_is_printed_and_followed(
    segue: Segue, shared_daemon: Daemon, client: Client, watch: Watch, title: str
) -> None:
    await client.create_user(title)
    (entry,) = [json.loads(text) for text in segue("audit", "--action", "user.created", "--json").stdout.splitlines()][
        -1:
    ]
    assert (entry["target"], entry["interface"]) == (title, "http")
    shown = segue("audit", "--action", "user", "--limit", "1", "--since", "1h").stdout
    assert f": user.created {title}  [http, unix, uid " in shown
    following = watch(shared_daemon, "audit", "--follow", "--limit", "1", "--action", "user")
    following.read_until(title)
    await client.update_user(title, name=f"{title} 2")
    following.read_until(f"user.renamed {title}: {title} 2")


@pytest.mark.parametrize(("given", "seconds"), [("90s", 90), ("15m", 900), ("12h", 43_200), (" 30D ", 2_592_000)])
def test_how_long_something_lasts_is_written_with_a_unit(given: str, seconds: int) -> None:
    assert Duration().convert(given, None, None) == seconds


@pytest.mark.parametrize("given", ["", "30", "d", "-3d", "3 months", "1.5h"])
def test_what_is_no_duration_is_refused(given: str) -> None:
    with pytest.raises(click.BadParameter, match="12h, 30d or 2w"):
        Duration().convert(given, None, None)

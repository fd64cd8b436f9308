from __future__ import annotations

import json

from segue.client import Client
from tests.segue.cli.conftest import Segue


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
    assert segue("bind", "discord", f"{title}/a", title, "--policy", "final").returncode == 0
    (row,) = [text for text in segue("bindings").stdout.splitlines() if f"{title}/a" in text]
    assert row.split()[-3:-1] == [session.id[-8:], "final"]


async def test_a_link_code_joins_an_account_to_the_user(segue: Segue, client: Client, title: str) -> None:
    made = segue("link")
    user = await client.claim_link(made.stdout.strip(), "discord", title)
    assert title in [identity.external_id for identity in user.identities]
    assert user.id == (await client.me()).user.id

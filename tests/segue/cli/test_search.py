"""`segue search` with its filters, and `segue reindex`."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest

from segue.client import Client
from tests.segue.cli.conftest import Segue


@pytest.fixture
async def said(client: Client, title: str) -> str:
    """The title of a session in which some things were said."""
    session = await client.create_session(title=title, project_id=title, reply="never")
    for sender in ("Ann", "Ben", "Ben"):
        await client.post(session.id, f"a quagga of {sender}", sender=sender)
    return title


def test_filters_narrow_it_down_and_pages_go_on(segue: Segue, said: str) -> None:
    inside = ("search", "quagga", "--session", said)
    assert segue(*inside).stdout.count("⟦quagga⟧") == 3
    ben = ("--user", "ben", "--from", "http", "--role", "user", "--project", said)
    found = json.loads(segue(*inside, *ben, "--json").stdout)
    assert (found["total"], [hit["message"]["sender"] for hit in found["hits"]]) == (2, ["Ben", "Ben"])
    first = segue(*inside, "--limit", "2")
    assert first.stdout.count("⟦quagga⟧") == 2
    assert "1 to 2 of 3; more with --offset 2" in first.stderr
    assert segue(*inside, "--offset", "2").stdout.count("⟦quagga⟧") == 1
    assert "there are only 3" in segue(*inside, "--offset", "5").stderr


def test_a_day_is_meant_whole(segue: Segue, said: str) -> None:
    today, day = date.today(), timedelta(days=1)
    inside = ("search", "quagga", "--session", said, "--json")
    for options, count in (
        (("--since", f"{today - day}", "--until", f"{today + day}"), 3),
        (("--until", f"{today - day - day}"), 0),
        (("--since", f"{today + day + day}"), 0),
        (("--since", "2026-01-01T00:00:00Z", "--until", "2126-01-01T00:00:00+02:00"), 3),
    ):
        assert json.loads(segue(*inside, *options).stdout)["total"] == count, options


def test_a_misspelt_word_is_found_and_what_is_no_time_is_said(segue: Segue, said: str) -> None:
    assert segue("search", "quaaga", "--session", said).stdout.count("⟦quagga⟧") == 3
    wrong = segue("search", "quagga", "--since", "yesterday")
    assert wrong.returncode == 2
    assert "'yesterday' is no time: write it like 2026-11-21" in wrong.stderr


def test_the_index_is_made_anew(segue: Segue, said: str) -> None:
    done = segue("reindex")
    assert (done.returncode, done.stdout) == (0, "")
    assert "are being indexed anew" in done.stderr
    while "is being built" in (found := segue("search", "quagga", "--session", said)).stderr:
        pass
    assert found.stdout.count("⟦quagga⟧") == 3
    assert json.loads(segue("reindex", "--json").stdout)["messages"] >= 3
    assert "search      by words only" in segue("status").stdout

from __future__ import annotations

import json
from typing import Any

import pytest

from segue.client import Client
from segue.models import PostMessage
from tests.daemons import Daemon
from tests.segue.cli.conftest import Segue


@pytest.fixture
async def session(shared_daemon: Daemon, title: str) -> dict[str, Any]:
    async with shared_daemon.client() as client:
        made = await client.create_session(title=title, reply="never")
        await client.post(made.id, "the only message", sender="ada")
        return made.model_dump(mode="json")


async def test_the_list_shows_ids_that_work_as_arguments(segue: Segue, session: dict[str, Any], title: str) -> None:
    (row,) = [text for text in segue("sessions").stdout.splitlines() if title in text]
    listed = row.split()[0]
    shown = segue("sessions", "show", listed)
    assert shown.stdout.endswith("ada  the only message\n")
    assert session["id"] in shown.stderr


@pytest.mark.parametrize("form", ["whole", "beginning", "end", "title"])
async def test_a_session_is_named_by_its_id_either_end_of_it_or_its_title(
    segue: Segue, session: dict[str, Any], title: str, form: str
) -> None:
    whole = session["id"]
    name = {"whole": whole, "beginning": whole[:-1], "end": whole[-10:].upper(), "title": title}[form]
    assert json.loads(segue("sessions", "show", name, "--json").stdout)["id"] == whole


async def test_a_name_for_several_sessions_lists_them_and_a_name_for_none_says_so(
    segue: Segue, client: Client, title: str
) -> None:
    twins = [await client.create_session(title=title) for _ in range(2)]
    done = segue("send", "hi", "--session", title)
    assert (done.returncode, done.stdout) == (1, "")
    assert "could be any of 2 sessions" in done.stderr
    assert all(twin.id[-8:] in done.stderr for twin in twins)
    missing = segue("send", "hi", "--session", "no such title")
    assert missing.returncode == 1
    assert "no session is called 'no such title'" in missing.stderr


async def test_a_session_is_renamed_archived_and_taken_back(segue: Segue, session: dict[str, Any], title: str) -> None:
    assert segue("sessions", "rename", title, f"{title} II").returncode == 0
    assert segue("sessions", "archive", f"{title} II").returncode == 0
    assert title not in segue("sessions").stdout
    assert f"{title} II" in segue("sessions", "list", "--archived").stdout
    assert segue("sessions", "archive", f"{title} II", "--undo").returncode == 0
    assert f"{title} II" in segue("server", "sessions").stdout


async def test_a_session_is_deleted_only_when_that_was_meant(segue: Segue, session: dict[str, Any], title: str) -> None:
    unsure = segue("sessions", "delete", title)
    assert unsure.returncode == 2
    assert "--yes" in unsure.stderr
    assert title in segue("sessions").stdout
    assert segue("sessions", "delete", title, "--yes").returncode == 0
    assert title not in segue("sessions").stdout


async def test_the_list_is_given_in_pages_and_says_that_there_is_more(segue: Segue, client: Client, title: str) -> None:
    for _ in range(3):
        await client.create_session(title=title)
    page = json.loads(segue("sessions", "list", "--limit", "2", "--json").stdout)
    assert len(page["sessions"]) == 2
    first = segue("sessions", "list", "--limit", "2")
    assert "more: --offset 2" in first.stderr
    assert len(first.stdout.splitlines()) == 3


async def test_messages_are_found_by_their_words(segue: Segue, client: Client, title: str) -> None:
    made = await client.create_session(title=title)
    await client.post(made.id, "The zeppelin lands at noon", respond=False)
    done = segue("search", "zeppelin", "noon", "--session", title)
    assert title in done.stdout
    assert "zeppelin" in done.stdout
    hits = json.loads(segue("search", "zeppelin", "--session", title, "--json").stdout)["hits"]
    assert [hit["message"]["session_id"] for hit in hits] == [made.id]
    nothing = segue("search", "dirigible", "--session", title)
    assert (nothing.returncode, nothing.stdout) == (0, "")
    assert "nothing was found" in nothing.stderr


async def test_a_session_is_compacted_and_its_summary_shown(segue: Segue, client: Client, title: str) -> None:
    made = await client.create_session(title=title, reply="never")
    notes = [PostMessage(content=f"number {n}: the lighthouse needs paint and rope") for n in range(60)]
    await client.post_batch(made.id, notes)
    done = segue("sessions", "compact", title)
    assert done.returncode == 0
    assert "messages are summarised; the transcript keeps them all" in done.stderr
    assert "nothing to do" in segue("sessions", "compact", title).stderr
    shown = segue("sessions", "show", title, "--context")
    assert "Summary of the first" in shown.stdout
    assert "the lighthouse needs paint" in shown.stdout
    assert "tokens of the conversation (estimated)" in shown.stderr
    asked = json.loads(segue("sessions", "show", title, "--context", "--json").stdout)
    assert asked["compressed"]
    assert json.loads(segue("sessions", "compact", title, "--json").stdout)["summary"] == asked["compressed_context"]
    assert segue("sessions", "compact", "no such title").returncode == 1

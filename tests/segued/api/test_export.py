"""A session taken out over HTTP: whole, in order, however long; and never a part that looks like the whole."""

from __future__ import annotations

import json
from typing import Any

import pytest

from segue import routes
from segue.client import Client
from segue.errors import SessionNotFound, Unreachable
from segue.models import PostMessage, SessionExport
from segue.routes import path
from tests.daemons import Daemon, Http


async def export(client: Client, session_id: str, form: Any = "json") -> str:
    return b"".join([piece async for piece in client.export(session_id, form)]).decode()


@pytest.mark.parametrize("count", [0, 1, 49, 50, 51, 230])
async def test_all_messages_come_out_as_they_are(client: Client, count: int) -> None:
    session = await client.create_session(title="Ü", reply="never")
    if count:
        await client.post_batch(session.id, [PostMessage(content=f"{n} ü\n") for n in range(count)])
    taken = SessionExport.model_validate_json(await export(client, session.id))
    detail = await client.session(session.id)
    assert [m.model_dump(exclude={"item"}) for m in taken.messages] == [m.model_dump() for m in detail.messages]
    assert len(taken.messages) == count
    assert (taken.session.title, taken.session.last_seq) == ("Ü", detail.last_seq)


async def test_the_whole_context_comes_out(client: Client) -> None:
    session = await client.create_session()
    for number in range(120):
        await client.add_context(session.id, file_path=f"{number}.py")
    taken = json.loads(await export(client, session.id))
    assert [entry["file_order"] for entry in taken["context"]] == list(range(1, 121))


async def test_what_was_deleted_and_what_comes_later_is_not_in_it(client: Client) -> None:
    session = await client.create_session(reply="never")
    for text in ("gone", "kept"):
        message = await client.post(session.id, text)
        if text == "gone":
            await client.delete_message(session.id, message.id)
    pieces = client.export(session.id)
    text = await anext(pieces)
    await client.post(session.id, "later")
    text += b"".join([piece async for piece in pieces])
    assert [m["content"] for m in json.loads(text)["messages"]] == ["kept"]


async def test_the_text_to_be_read_has_everything_and_no_name_breaks_it(client: Client) -> None:
    session = await client.create_session(title="# *Plan*", project_id="p", reply="never")
    documents = [{"name": "a.pdf"}, "plain text " * 100, {}]
    await client.post(session.id, "see\n\n- this", sender="Ada *1*", images=["http://x/a.png"], documents=documents)
    await client.add_context(
        session.id, file_path="a_b.py", file_importance=0.5, search_query="who", decision="we\ndo", memory_key="k"
    )
    text = await export(client, session.id, "markdown")
    lines = text.splitlines()
    assert lines[0] == r"# \# \*Plan\*"
    assert f"- Session: {session.id}" in lines
    assert any(line.startswith(r"**Ada \*1\*** · user · ") for line in lines)
    assert text.index("see\n\n- this") < text.index("- image: http://x/a.png") < text.index("- document: a.pdf")
    assert "- document: unnamed" in lines
    assert max(map(len, lines)) < 200
    for heading, entry in (
        ("## Decisions", "we do"),
        ("## Files", "a_b.py (importance 0.5)"),
        ("## Searches", "who"),
        ("## Memories", "k"),
    ):
        assert lines[lines.index(heading) + 2].endswith(entry)


async def test_the_answer_says_what_it_is(http: Http, client: Client) -> None:
    where = path(routes.SESSION_EXPORT, session_id=(await client.create_session()).id)
    for query, kind, name in (
        ("", "application/json", ".json"),
        ("?format=markdown", "text/markdown; charset=utf-8", ".md"),
    ):
        async with http.session.get(where + query) as response:
            assert response.headers["Content-Type"] == kind
            assert response.headers["Content-Disposition"].endswith(name)
            assert response.headers[routes.REQUEST_ID]
            assert await response.read()
    status, answer = await http("GET", f"{where}?format=pdf")
    assert (status, answer["error"]["code"]) == (422, "invalid")
    assert "json" in answer["detail"]


async def test_a_session_that_is_not_there_cannot_be_taken_out(client: Client) -> None:
    with pytest.raises(SessionNotFound):
        await export(client, "nothing")
    with pytest.raises(SessionNotFound):
        await export(client, "nothing", "markdown")


async def long_session(client: Client) -> str:
    """Return a session that is far more than what lies on the way between daemon and client."""
    session = await client.create_session(reply="never")
    for _ in range(40):
        await client.post_batch(session.id, [PostMessage(content="x" * 500_000) for _ in range(2)])
    return session.id


async def test_an_export_whose_session_is_deleted_meanwhile_is_no_whole_one(client: Client) -> None:
    session_id = await long_session(client)
    pieces = client.export(session_id)
    await anext(pieces)
    await client.delete_session(session_id)
    with pytest.raises(Unreachable):
        async for _ in pieces:
            pass


async def test_an_export_whose_daemon_dies_is_no_whole_one(daemon: Daemon) -> None:
    async with daemon.client() as client:
        pieces = client.export(await long_session(client))
        await anext(pieces)
        daemon.kill()
        with pytest.raises(Unreachable):
            async for _ in pieces:
                pass

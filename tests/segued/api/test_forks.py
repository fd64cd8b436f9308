from __future__ import annotations

import pytest

from segue import routes
from segue.client import Client
from segue.errors import Invalid, SessionNotFound
from segue.models import PostMessage
from segue.routes import path
from tests.daemons import Http


async def test_a_copy_is_answered_with_its_messages(client: Client, http: Http) -> None:
    session = await client.create_session(title="Plans", reply="never")
    messages = await client.post_batch(session.id, [PostMessage(content=str(n)) for n in range(3)])
    copy = await client.fork(session.id, upto_seq=messages[1].seq)
    assert [m.content for m in copy.messages] == ["0", "1"]
    assert (copy.title, copy.unread) == ("Plans (fork)", 0)
    assert (await client.session(copy.id)).forked_from == copy.forked_from
    other = await client.fork(session.id, message_id=messages[0].id, title="Other plans")
    assert (other.title, other.message_count) == ("Other plans", 1)
    status, answer = await http("POST", path(routes.SESSION_FORK, session_id=session.id))
    assert (status, answer["message_count"]) == (201, 3)


async def test_whoever_follows_the_copy_from_its_beginning_is_given_a_snapshot(client: Client) -> None:
    session = await client.create_session(reply="never")
    await client.post_batch(session.id, [PostMessage(content=str(n)) for n in range(3)])
    copy = await client.fork(session.id)
    kinds = []
    async for event in client.follow(copy.id, after=0):
        kinds.append(event.type)
        if event.type == "snapshot":
            assert [m.content for m in event.data.messages] == ["0", "1", "2"]
        if event.type == "synced":
            break
    assert kinds == ["reset", "snapshot", "synced"]


async def test_an_end_that_is_none_is_refused(client: Client, http: Http) -> None:
    session = await client.create_session()
    where = path(routes.SESSION_FORK, session_id=session.id)
    with pytest.raises(Invalid, match="last event is 1"):
        await client.fork(session.id, upto_seq=2)
    for body in ({"upto_seq": -1}, {"upto_seq": 1, "message_id": "x"}, {"upto": 1}):
        assert (await http("POST", where, body))[0] == 422
    with pytest.raises(SessionNotFound):
        await client.fork("nothing")

"""A long transcript is answered whole, and in pages that leave room for others."""

from __future__ import annotations

import pytest

from segue.client import Client
from segue.models import PostMessage


@pytest.mark.parametrize("limit", [None, 1, 499, 500, 501, 1200, 5000])
async def test_a_session_is_given_with_all_its_messages_or_the_last_ones(client: Client, limit: int | None) -> None:
    session = await client.create_session(title="Long", reply="never")
    for start in range(0, 1201, 400):
        numbers = range(start, min(start + 400, 1201))
        await client.post_batch(session.id, [PostMessage(content=str(n)) for n in numbers])
    detail = await client.session(session.id, limit=limit)
    expected = [str(n) for n in range(1201)][-(limit or 5000) :]
    assert [m.content for m in detail.messages] == expected
    assert detail.message_count == 1201
    assert (await client.update_session(session.id, title="Longer")).messages[-1].content == "1200"

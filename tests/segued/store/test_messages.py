from __future__ import annotations

import pytest

from segue.errors import MessageNotFound, SessionNotFound
from segue.models import PREVIEW_LENGTH, Message, MessageId, PostMessage, Session, SessionId, UpdateSession
from tests.segued.store.drivers import Home


async def counted(home: Home, count: int = 10) -> tuple[Session, tuple[Message, ...]]:
    session = await home.session()
    posts = tuple(PostMessage(content=str(number)) for number in range(count))
    return session, await home.store.add_messages(home.ada, session.id, posts)


async def test_a_message_comes_back_as_it_was_answered(home: Home) -> None:
    session = await home.session()
    said = await home.post(session, "hi", sender="bot", images=("a.png", {"url": "b"}), documents=({"n": 1.5},))
    assert await home.store.get_message(home.ada, session.id, said.id) == said
    assert (said.sender, said.interface, said.user_id) == ("bot", "tui", home.ada.user_id)
    assert said.images == ("a.png", {"url": "b"})
    assert said.documents == ({"n": 1.5},)


async def test_the_sender_is_who_posts_or_the_agent_where_it_is_the_agents(home: Home) -> None:
    session = await home.session(agent_name="chat")
    assert (await home.post(session, "hi")).sender == "ada"
    assert (await home.post(session, "hi", role="assistant")).sender == "chat"
    assert (await home.post(session, "hi", role="tool", sender="grep")).sender == "grep"


async def test_messages_are_listed_oldest_first_from_an_offset_before_a_seq_or_after_one(home: Home) -> None:
    session, said = await counted(home)

    async def listed(limit: int, **where: int) -> list[str]:
        return [m.content for m in await home.store.list_messages(home.ada, session.id, limit, **where)]

    assert await listed(3) == ["0", "1", "2"]
    assert await listed(3, offset=8) == ["8", "9"]
    assert await listed(3, offset=100) == []
    assert await listed(3, before_seq=said[5].seq) == ["2", "3", "4"]
    assert await listed(3, before_seq=0) == []
    assert await listed(3, after_seq=said[5].seq) == ["6", "7", "8"]
    assert await listed(3, after_seq=0) == ["0", "1", "2"]
    assert await listed(3, after_seq=10**12) == []


async def test_a_snapshot_holds_the_last_messages(home: Home) -> None:
    session, said = await counted(home)
    assert (await home.store.get_snapshot(home.ada, session.id, 4)).messages == said[-4:]
    assert (await home.store.get_snapshot(home.ada, session.id, 100)).messages == said


async def test_a_session_counts_its_messages_and_shows_the_last(home: Home) -> None:
    session, _ = await counted(home)
    await home.post(session, "ü" * 500)
    now = await home.store.get_session(home.ada, session.id)
    assert (now.message_count, now.last_message_preview) == (11, "ü" * PREVIEW_LENGTH)
    assert now.updated_at > session.updated_at


async def test_several_messages_are_all_added_or_none(home: Home) -> None:
    session, _ = await counted(home, 1)
    with pytest.raises(SessionNotFound):
        await home.store.add_messages(home.ada, SessionId("nowhere"), (PostMessage(content="a"),) * 3)
    assert await home.messages(session) == ["0"]
    batch = await home.store.add_messages(home.ada, session.id, tuple(PostMessage(content=c) for c in "abc"))
    assert [m.seq for m in batch] == [3, 4, 5]


async def test_an_edited_message_keeps_its_place_and_says_when(home: Home) -> None:
    session, said = await counted(home, 3)
    edited = await home.store.update_message(home.ada, session.id, said[1].id, "one")
    assert await home.messages(session) == ["0", "one", "2"]
    assert (edited.seq, edited.id, edited.created_at) == (said[1].seq, said[1].id, said[1].created_at)
    assert edited.edited_at is not None
    assert home.types(session.id)[-2:] == ["message.updated", "session.updated"]
    await home.store.update_message(home.ada, session.id, said[2].id, "last")
    assert (await home.store.get_session(home.ada, session.id)).last_message_preview == "last"


async def test_a_deleted_message_is_out_of_every_list_and_counted_no_more(home: Home) -> None:
    session, said = await counted(home, 3)
    await home.store.delete_message(home.ada, session.id, said[2].id)
    assert await home.messages(session) == ["0", "1"]
    assert len((await home.store.get_snapshot(home.ada, session.id, 50)).messages) == 2
    now = await home.store.get_session(home.ada, session.id)
    assert (now.message_count, now.last_message_preview) == (2, "1")
    for verb in (home.store.get_message, home.store.delete_message):
        with pytest.raises(MessageNotFound):
            await verb(home.ada, session.id, said[2].id)
    with pytest.raises(MessageNotFound):
        await home.store.update_message(home.ada, session.id, said[2].id, "back")


async def test_the_last_deleted_message_leaves_an_empty_session(home: Home) -> None:
    session, said = await counted(home, 1)
    await home.store.delete_message(home.ada, session.id, said[0].id)
    now = await home.store.get_session(home.ada, session.id)
    assert (now.message_count, now.last_message_preview) == (0, "")


async def test_a_message_is_found_only_in_its_own_session(home: Home) -> None:
    _, said = await counted(home, 1)
    other = await home.session()
    for wrong in (said[0].id, MessageId("nothing"), MessageId("")):
        with pytest.raises(MessageNotFound):
            await home.store.get_message(home.ada, other.id, wrong)


@pytest.mark.parametrize(
    ("reply", "content", "role", "respond", "asks"),
    [
        ("always", "hi", "user", None, True),
        ("always", "hi", "user", False, False),
        ("always", "hi", "assistant", None, False),
        ("never", "hi", "user", None, False),
        ("never", "hi", "user", True, True),
        ("mention", "hi @chat!", "user", None, True),
        ("mention", "hi @CHAT", "user", None, True),
        ("mention", "hi chat", "user", None, False),
        ("mention", "hi @chatty", "user", None, False),
        ("mention", "mail a@chat", "user", None, False),
        ("mention", "hi @chat", "tool", None, False),
    ],
)
async def test_a_message_is_answered_as_it_asks_or_else_as_the_session_says(
    home: Home, reply: str, content: str, role: str, respond: bool | None, asks: bool
) -> None:
    session = await home.session()
    await home.store.update_session(home.ada, session.id, UpdateSession.model_validate({"reply": reply}))
    said = await home.post(session, content, role=role, respond=respond)
    turns = await home.store.list_turns(home.ada, session.id, 10)
    assert [turn.id for turn in turns] == ([said.turn_id] if asks else [])
    assert (said.turn_id is not None) == asks

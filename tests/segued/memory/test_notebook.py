"""What an agent has before it of its project's memories, and what it may write into them."""

from __future__ import annotations

from typing import Any

import pytest

from segue.errors import Forbidden
from segue.models import CreateSession, SaveMemory, Session, UpdateSession
from segued.agent.base import Notebook
from segued.agent.offline import OfflineAgent
from segued.memory.words import telling
from tests.segued.sessions.house import House, open_house


async def notebook(house: House, session: Session, **fields: Any) -> Notebook | None:
    """Ask something in the session, and return what the agent that answers has before it."""
    await house.post(session, "why?", **fields)
    question = await house.agent.asked()
    question.finish("because")
    return question.prompt.notebook


async def test_memories_that_share_a_telling_word_are_recalled_and_their_use_is_noted(house: House) -> None:
    for key, value in (("deploy-day", "Friday"), ("editor", "helix"), ("why", "what would you do about the")):
        await house.manager.memories.save(house.ada, "p", SaveMemory(key=key, value=value))
    session = await house.session(project_id="p")
    async with house.following(session) as window:
        notes = await notebook(house, session)
        assert notes is not None
        used = await notes.recall("What would you do about the deploy?")
        assert [memory.key for memory in used] == ["deploy-day"]
        assert await notes.recall("what would you do about the?") == ()
        await notes.note_use(used)
        await window.until(lambda w: "context.added" in w.types)
        assert [entry.memory_key for entry in window.state.context] == ["deploy-day"]
        assert (window.state.context[0].actor, window.state.context[0].interface) == ("chat", "agent")
    (memory, *_) = await house.manager.memories.latest(house.ada, "p", 10)
    assert (memory.key, memory.accessed_count) == ("deploy-day", 2)


async def test_what_the_agent_saves_says_who_asked_where(house: House) -> None:
    session = await house.session(project_id="p")
    notes = await notebook(house, session)
    assert notes is not None
    await notes.remember("k", "v")
    memory = await house.manager.memories.get(house.ada, "p", "k")
    assert (memory.saved_by, memory.interface, memory.user_id) == ("chat", "agent", house.ada.user_id)
    assert memory.session_id == session.id
    assert [e.memory_key for e in await house.store.list_context(house.ada, session.id, 0, 10)] == ["k"]


async def test_a_session_without_a_project_has_no_notebook(house: House) -> None:
    assert await notebook(house, await house.session()) is None


async def test_nobody_gets_a_session_of_theirs_into_somebody_elses_project(house: House) -> None:
    await house.manager.memories.save(house.ada, "p", SaveMemory(key="k", value="secret"))
    bob = await house.user("bob")
    with pytest.raises(Forbidden):
        await house.store.add_session(bob, CreateSession(project_id="p"), "always")
    session = await house.store.add_session(bob, CreateSession(), "always")
    with pytest.raises(Forbidden):
        await house.store.update_session(bob, session.id, UpdateSession(project_id="p"))


async def test_what_one_session_was_told_another_of_the_project_knows(tmp_path: Any) -> None:
    async with open_house(tmp_path, agent=OfflineAgent(pause_seconds=0)) as house:
        first, second = [await house.session(project_id="p") for _ in range(2)]
        for session, said, answer in (
            (first, "remember that the deploy is on Friday", "Kept in the memory of p, under “deploy-friday”."),
            (second, "what do you know about the deploy?", "- **deploy-friday**: the deploy is on Friday (chat, "),
        ):
            async with house.following(session) as window:
                await house.post(session, said)
                await window.until(lambda w: "turn.completed" in w.types)
                assert window.state.messages[-1].content.splitlines()[-1].startswith(answer)
                assert window.state.context[-1].memory_key == "deploy-friday"


def test_telling_words_are_those_that_a_sentence_is_about() -> None:
    assert telling("What do we know about the deploy, and it's day?") == ["deploy", "day"]
    assert telling("Was ist mit dem Übermut?") == ["ist", "mit", "dem", "Übermut"]
    assert telling("?!") == []

"""A query that lost its index is a failure, whatever its words: the plans of all that a verb executes are looked at."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from segue.models import (
    Account,
    AddContext,
    CreateSession,
    MemoryId,
    MessageId,
    Place,
    PostMessage,
    SaveMemory,
    Session,
    Turn,
)
from segued.store.base import NewItem, NewItems, NewSummary, SearchFilter, TurnEnd
from tests.segued.store.drivers import Home, once
from tests.segued.store.sqlite.files import home_in

EVERYWHERE = SearchFilter()
SAY = (PostMessage(content="hi", respond=True),)
ALICE = Account(interface="irc", external_id="alice")
BROUGHT_IN = (PostMessage(content="hi", author=ALICE, place="#a", external_id="1"),)
ITEM = NewItem(PostMessage(content="hi", respond=False), "{}")
SMALL = r"CONSTANT ROW|json_each|indexed|main\.\w+_config|\w+ VIRTUAL TABLE INDEX \d+:\S*M"  # of one row, as many as
# were asked for, or those that a full-text index gives
SCAN = re.compile(rf"SCAN (?!{SMALL})(?!.* USING (COVERING )?INDEX)(?!\d)")
SORT = re.compile("TEMP B-TREE.* FROM (messages|events|context|memories|memory_versions)")
Verb = Callable[[Home, Session, Turn], Awaitable[Any]]

READS: dict[str, Verb] = {
    "last messages": lambda h, s, t: h.store.get_snapshot(h.ada, s.id, 50),
    "messages before a seq": lambda h, s, t: h.store.list_messages(h.ada, s.id, 50, before_seq=100),
    "messages after a seq": lambda h, s, t: h.store.list_messages(h.ada, s.id, 50, after_seq=100),
    "a message by id": lambda h, s, t: h.store.get_message(h.ada, s.id, t.message_id or MessageId("")),
    "events after a seq": lambda h, s, t: h.store.list_events(s.id, 5, 50),
    "the whole log after a position": lambda h, s, t: h.store.list_all_events(h.ada, 5, 50),
    "the last position": lambda h, s, t: h.store.get_last_position(),
    "a session": lambda h, s, t: h.store.get_session(h.ada, s.id),
    "a turn": lambda h, s, t: h.store.get_turn(h.ada, t.id),
    "open sessions": lambda h, s, t: h.store.list_open_sessions(),
    "the prompt": lambda h, s, t: h.store.list_prompt_messages(t.id, 1000),
    "a token by its secret": lambda h, s, t: h.store.get_token("secret"),
    "a user by identity": lambda h, s, t: h.store.get_user_of("irc", "a"),
    "a place": lambda h, s, t: h.store.get_binding(h.ada, "irc", "#a"),
    "a message at a place": lambda h, s, t: h.store.get_place_message(h.admin, "irc", "#a", "1"),
    "what was not delivered": lambda h, s, t: h.store.list_deliveries(h.admin, None, 20),
    "what waits for a person": lambda h, s, t: h.store.list_pending_approvals(h.ada, 20),
    "what waited for a person": lambda h, s, t: h.store.list_pending_approvals(h.ada, 20, True),
    "the last items": lambda h, s, t: h.store.list_items(h.ada, s.id, 50),
    "items before a seq": lambda h, s, t: h.store.list_items(h.ada, s.id, 50, 100),
    "the context": lambda h, s, t: h.store.get_context(h.ada, s.id, 50),
    "the context after a seq": lambda h, s, t: h.store.list_context(h.ada, s.id, 5, 50),
    "what no summary covers": lambda h, s, t: h.store.get_uncovered(h.ada, s.id, 1000),
    "a memory by key": lambda h, s, t: h.store.get_memory(h.ada, "p", "k"),
    "memories by access": lambda h, s, t: h.store.list_memories(h.ada, "p", 20, (MemoryId("x"),)),
    "memories by key": lambda h, s, t: h.store.list_memories_by_key(h.ada, "p", "a", 20),
    "a memory's versions": lambda h, s, t: h.store.get_memory_history(h.ada, "p", "k"),
    "a search": lambda h, s, t: h.store.list_hits(h.ada, "hi", EVERYWHERE, 20),
    "a misspelt search in one session": lambda h, s, t: h.store.list_hits(h.ada, "lighthuose", SearchFilter(s.id), 20),
    "a search in a project": lambda h, s, t: h.store.list_hits(h.admin, "hi", SearchFilter(project_id="p"), 20),
    "a search in memories": lambda h, s, t: h.store.list_memory_hits(h.ada, "p", "v", 20),
    "a search in memories from one session": lambda h, s, t: h.store.list_memory_hits(
        h.ada, "p", "v", 20, SearchFilter(s.id, user="ada")
    ),
    "what is not indexed": lambda h, s, t: h.store.get_unindexed(),
    "what is not embedded": lambda h, s, t: h.store.list_unembedded("m", 5, 20, True),
    "vectors of memories": lambda h, s, t: h.store.list_memory_vectors(h.ada, "p", "m"),
    "schedules that are due": lambda h, s, t: h.store.list_due_schedules(datetime.now(UTC), 10),
    "somebody else's memory": lambda h, s, t: h.store.list_memories(h.bob, "p", 20),
}
WRITES: dict[str, Verb] = {
    "a post": lambda h, s, t: h.store.add_messages(once(h.ada, "k"), s.id, SAY),
    "a post that a bridge brings in": lambda h, s, t: h.store.add_messages(h.admin, s.id, BROUGHT_IN),
    "a message that is deleted": lambda h, s, t: h.store.delete_message(h.ada, s.id, t.message_id or MessageId("")),
    "the next turn": lambda h, s, t: h.store.start_turn(s.id),
    "the text so far": lambda h, s, t: h.store.update_turn_text(t.id, "half"),
    "the end of a turn": lambda h, s, t: h.store.end_turn(t.id, TurnEnd("completed", "because")),
    "a session by place": lambda h, s, t: h.store.get_or_add_session(h.ada, _here(), "never"),
    "a cursor": lambda h, s, t: h.store.update_cursor(h.ada, "irc", "#a", 3),
    "a summary": lambda h, s, t: h.store.add_summary(h.ada, s.id, _summary(s)),
    "items": lambda h, s, t: h.store.add_items(once(h.ada, "k"), (NewItems(s.id, (ITEM,)),)),
    "the last item": lambda h, s, t: h.store.pop_item(h.admin, s.id),
    "the items cleared": lambda h, s, t: h.store.clear_items(h.ada, s.id, None, 50),
    "an entry of the context": lambda h, s, t: h.store.add_context(h.ada, s.id, (AddContext(file_path="a"),)),
    "a memory": lambda h, s, t: h.store.save_memory(h.ada, "p", SaveMemory(key="k", value="w")),
    "a memory of another project": lambda h, s, t: h.store.save_memory(h.ada, "q", SaveMemory(key="k", value="w")),
    "a deleted memory": lambda h, s, t: h.store.delete_memory(h.ada, "p", "k"),
    "old events": lambda h, s, t: h.store.delete_old_events(s.created_at, 5, 10),
    "old keys": lambda h, s, t: h.store.delete_old_keys(1, 10),
    "expired memories": lambda h, s, t: h.store.delete_expired_memories(10),
}


async def plans(home: Home, connection: Any, run: Callable[[], Awaitable[Any]]) -> list[str]:
    """Run the verb and return the plan of every statement that it executed on the connection."""
    seen: list[str] = []
    await connection.set_trace_callback(seen.append)
    await run()
    await connection.set_trace_callback(None)
    statements = [sql for sql in seen if re.match(r"\s*(SELECT|UPDATE|DELETE|INSERT)", sql)]
    assert statements
    steps = []
    for sql in statements:
        async with connection.execute(f"EXPLAIN QUERY PLAN {sql}") as cursor:
            steps += [f"{row['detail']}   <- {' '.join(sql.split())}" for row in await cursor.fetchall()]
    return steps


@pytest.mark.parametrize("name", [*READS, *WRITES])
async def test_a_query_uses_its_index(tmp_path: Path, name: str) -> None:
    async with home_in(tmp_path) as home:
        store: Any = home.store
        session = await home.session(place=_here().place)
        turn = await home.running(session)
        await store.add_messages(home.admin, session.id, BROUGHT_IN)
        await store.save_memory(home.ada, "p", SaveMemory(key="k", value="v"))
        await home.share(await home.session(project_id="p"))
        async with store._reader() as reader:
            for _ in range(store._free.qsize()):
                store._free.get_nowait()
        verb = (READS | WRITES)[name]
        connection = reader if name in READS else store._writer
        steps = await plans(home, connection, lambda: verb(home, session, turn))
        assert [step for step in steps if SCAN.match(step)] == []
        if name in READS:
            assert [step for step in steps if SORT.search(step)] == []


def _here() -> CreateSession:
    return CreateSession(place=Place(interface="irc", place="#a"))


def _summary(session: Session) -> NewSummary:
    return NewSummary(None, session.last_seq, 3, session.created_at, 1, "x", "offline", 2, 1, "estimate")

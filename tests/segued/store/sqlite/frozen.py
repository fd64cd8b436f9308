"""Makes a database of the present version with something of everything in it: `python -m … FILE.sql`.

One was kept of each version of the schema (`../frozen`, as SQL; and the first as it was, `../v1.db`): they must open
for ever.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from segue.models import (
    Account,
    AddContext,
    CreateSession,
    PostMessage,
    PostReceipt,
    SaveMemory,
    ToolCallId,
    ToolUse,
    TurnError,
    UpdateSession,
    Usage,
)
from segued.store.base import (
    ImportedMessage,
    McpUse,
    NewItem,
    NewItems,
    NewSummary,
    NewToolCall,
    Origin,
    SearchFilter,
    ToolResult,
    ToolStep,
    TurnEnd,
)
from tests.segued.store.drivers import Home, once
from tests.segued.store.sqlite.files import database, home_in, query


async def fill(home: Home) -> None:
    store, ada = home.store, home.ada
    session = await home.session(title="Kept", project_id="p", place={"interface": "irc", "place": "#a"})
    await home.share(session)
    said = await home.post(session, "the lighthouse", by=once(ada, "k"), images=("a.png", {"url": "b"}))
    await store.update_message(ada, session.id, said.id, "the old lighthouse")
    await home.post(session, "nul \x00 emoji 🦆 ימין")
    gone = await home.post(session, "to be deleted")
    usage = Usage(input_tokens=3, output_tokens=5)
    await store.end_turn((await home.running(session)).id, TurnEnd("completed", "because", usage=usage))
    error = TurnError(code="model_timeout", message="silent")
    failed = await store.end_turn((await home.running(session)).id, TurnEnd("failed", "half an", error=error))
    await store.retry_turn(ada, failed.id)
    await store.update_turn_text((await home.start(session)).id, "half finished")
    await home.post(session, "and then?", respond=True)
    await store.add_receipt(ada, "irc", "#a", PostReceipt(message_id=said.id, state="sent", external_id="900"))
    nick = Account(interface="irc", external_id="nick")
    await home.post(session, "brought in", by=home.admin, author=nick, place="#a", external_id="901")
    await store.update_session(ada, session.id, UpdateSession(pinned=True))
    await store.list_hits(ada, "lighthouse", SearchFilter(), 5)
    await store.delete_message(ada, session.id, gone.id)
    await store.add_context(ada, session.id, (AddContext(file_path="a.py", file_importance=0.5, decision="we do"),))
    for value in ("one", "two"):
        await store.save_memory(ada, "p", SaveMemory(key="k", value=value, metadata={"a": 1}, session_id=session.id))
    await store.delete_session(ada, (await home.session(title="Deleted")).id)
    await store.add_user("ada", ("irc", "ada_"))
    token = await store.add_token(ada, "ci", None, ("read", "write"))
    await store.update_token_used(token.id)
    await fill_a_second(home)


async def fill_a_second(home: Home) -> None:
    """Make a session with what agents and other programs leave in one."""
    store, ada = home.store, home.ada
    session = await home.session(title="Used", project_id="p")
    turn = await home.running(session, "what is the time?")
    call = NewToolCall(ToolUse(id=ToolCallId("call-1"), server="clock", tool="now", arguments={"zone": "UTC"}))
    (asked,) = await store.add_tool_calls(turn.id, ToolStep("I look.", (call,)))
    await store.end_tool_call(asked.id, ToolResult("completed", "noon"))
    await store.begin_answer(turn.id)
    await store.end_turn(turn.id, TurnEnd("completed", "It is noon."))
    used = McpUse("clock", "now", session.id, 1, 0, 0.5, 0.5, turn.created_at)
    await store.add_mcp_uses((used,))
    item = NewItem(PostMessage(content="an item", respond=False), '{"role":"user","content":"\\u001a"}')
    await store.add_items(ada, (NewItems(session.id, (item,)),))
    upto = (await store.list_messages(ada, session.id, 1))[0]
    await store.add_summary(
        ada,
        session.id,
        NewSummary(None, upto.seq, upto.seq, upto.created_at, 1, "the time", "offline", 9, 2, "estimate"),
    )
    origin = Origin("irc/#old", CreateSession(title="Old"), "never", turn.created_at, into=session.id)
    old = ImportedMessage("1", "user", "nick", "brought in from a log", turn.created_at)
    await store.add_imported(ada, origin, (old,), ())
    await store.update_read(ada, session.id, 2)


async def make(file: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with home_in(Path(folder)) as home:
            await fill(home)
        freeze(database(Path(folder)), file)


def freeze(path: Path, file: Path) -> None:
    """Write a database as SQL. A full-text index is made empty, and gets the tables that it consists of."""
    indexes = dict(query(path, "SELECT name, sql FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%'"))
    parts = [
        row[0]
        for name in indexes
        for row in query(path, "SELECT name FROM sqlite_master WHERE name GLOB ?", f"{name}_*")
    ]
    marks = [f"PRAGMA {name} = {query(path, f'PRAGMA {name}')[0][0]};" for name in ("application_id", "user_version")]
    begun = [f"{sql};" for sql in indexes.values()] + [f'DELETE FROM "{name}";' for name in parts]
    rows, tables = "|".join(indexes), "|".join(parts)
    unwanted = re.compile(
        rf"""BEGIN|PRAGMA|INSERT INTO sqlite_master|INSERT INTO "({rows})"|CREATE TABLE '({tables})'"""
    )
    with closing(sqlite3.connect(path)) as connection:
        kept = [statement for statement in connection.iterdump() if not unwanted.match(statement)]
    file.write_text("\n".join(["BEGIN;", *begun, *kept, *marks, ""]))


def thaw(file: Path, path: Path) -> None:
    """Make the database again that was kept in the file."""
    if file.suffix == ".db":
        shutil.copyfile(file, path)
        return
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(file.read_text())


if __name__ == "__main__":
    asyncio.run(make(Path(sys.argv[1])))

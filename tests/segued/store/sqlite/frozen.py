"""Makes a database of the present version with something of everything in it: `python -m … FILE`.

One was kept of each version that was released (`../v1.db`): they must open for ever.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from pathlib import Path

from segue.models import Account, AddContext, PostReceipt, SaveMemory, TurnError, UpdateSession, Usage
from segued.store.base import SearchFilter, TurnEnd
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


async def make(file: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with home_in(Path(folder)) as home:
            await fill(home)
        query(database(Path(folder)), "VACUUM")
        shutil.copyfile(database(Path(folder)), file)


if __name__ == "__main__":
    asyncio.run(make(Path(sys.argv[1])))

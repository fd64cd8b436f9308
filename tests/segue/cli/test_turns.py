"""`segue stop` and `segue retry`."""

from __future__ import annotations

import asyncio
import json

from segue.client import Client
from segue.models import SessionId, Turn
from tests.daemons import Daemon
from tests.segue.cli.conftest import Segue, Watch


async def running(client: Client, session_id: SessionId) -> Turn:
    """Return the turn that runs, once one does."""
    while True:
        for turn in await client.turns(session_id):
            if turn.state == "running":
                return turn
        await asyncio.sleep(0.01)


async def test_an_answer_is_stopped_and_asked_for_again(
    segue: Segue, watch: Watch, shared_daemon: Daemon, client: Client, title: str
) -> None:
    session = await client.create_session(title=title, reply="never")
    nothing = segue("retry", title)
    assert (nothing.returncode, nothing.stdout) == (1, "")
    assert f"nothing was asked in '{title}'" in nothing.stderr
    await client.post(session.id, "count to 100000", respond=True)
    stopped = await running(client, session.id)
    assert json.loads(segue("stop", title, "--json").stdout)["state"] == "cancelled"
    assert f"no answer is being worked on in '{title}'" in segue("stop", title).stderr
    command = watch(shared_daemon, "retry", title)
    command.read_until("1 2 3")
    again = await running(client, session.id)
    assert again.retry_of == stopped.id
    assert f"an answer is still to come in '{title}'" in segue("retry", title).stderr
    await client.cancel(again.id)
    assert await asyncio.to_thread(command.process.wait, 60) == 1

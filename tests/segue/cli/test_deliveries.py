"""What did not arrive: listed, asked for again, let be."""

from __future__ import annotations

from segue.client import Client
from segue.models import SessionDetail
from tests.daemons import Daemon
from tests.segue.cli.conftest import run_segue


async def fail(client: Client, session: SessionDetail, *texts: str) -> list[str]:
    """Let messages fail to arrive at #general; return their ids."""
    await client.bind("discord", "77", session.id, name="#general")
    said = [await client.post(session.id, text, respond=False) for text in texts]
    for message in said:
        await client.add_receipt("discord", "77", message.id, state="failed", reason="no permission")
    return [message.id for message in said]


async def test_what_failed_is_listed_asked_for_again_or_let_be(daemon: Daemon) -> None:
    async with daemon.client() as client:
        session = await client.create_session(title="Plan")
        first, second = await fail(client, session, "one", "two")
        listed = run_segue(daemon, "deliveries").stdout
        for message_id in (first, second):
            (row,) = [text for text in listed.splitlines() if message_id[-8:] in text]
            assert row.endswith("failed  discord #general (77)  Plan     no permission")

        done = run_segue(daemon, "deliveries", "retry", first[-8:])
        assert (done.returncode, done.stderr.startswith("1 part asked for again")) == (0, True)
        assert [d.message_id for d in await client.deliveries(state="retrying")] == [first]

        assert run_segue(daemon, "deliveries", "dismiss").returncode == 0
        assert [d.message_id for d in await client.deliveries()] == [first]
        assert (await client.status()).deliveries_failed == 0
        missing = run_segue(daemon, "deliveries", "dismiss", second[-8:])
        assert (missing.returncode, "see `segue deliveries`" in missing.stderr) == (1, True)


async def test_what_is_bound_otherwise_meanwhile_is_owed_nothing(daemon: Daemon) -> None:
    async with daemon.client() as client:
        session = await client.create_session()
        await fail(client, session, "one")
        await client.unbind("discord", "77")
        assert run_segue(daemon, "deliveries").stderr == "all arrived\n"
        assert (await client.status()).deliveries_failed == 0

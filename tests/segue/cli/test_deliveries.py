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


async def test_what_waits_for_a_bot_that_is_away_has_not_arrived(daemon: Daemon) -> None:
    async with daemon.client(interface="discord") as bridge:
        session = await bridge.create_session()
        await bridge.bind("discord", "77", session.id)
        await bridge.report_health("discord", "stopped")
        assert "all arrived" in run_segue(daemon, "deliveries").stderr
        await bridge.post(session.id, "hi", respond=False)
        told = "1 place waiting for discord, which is stopped"
        assert run_segue(daemon, "deliveries").stderr == f"{told}\n"
        assert f"deliveries  {told}" in run_segue(daemon, "status").stdout
        assert (await bridge.status()).places_waiting == {"discord": 1}
        await bridge.report_health("discord", "online")
        assert "which is" not in run_segue(daemon, "status").stdout


async def test_what_failed_is_asked_for_again_in_the_order_in_which_it_was_said(daemon: Daemon) -> None:
    async with daemon.client() as client:
        session = await client.create_session()
        ids = await fail(client, session, "one", "two", "three")
        assert run_segue(daemon, "deliveries", "retry").returncode == 0
        asked = [d.message_id for d in await client.deliveries(state="retrying")]
        assert asked == ids[::-1]  # the last that was asked for is listed first

"""`/metrics`: as Prometheus reads it, and as docs/metrics.md says."""

from __future__ import annotations

import re
from pathlib import Path

from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from segue import routes
from segue.client import Client
from tests.daemons import Http

LIST = Path(__file__).parents[3] / "docs/metrics.md"


async def metrics(http: Http) -> dict[str, Metric]:
    async with http.session.get(routes.METRICS) as response:
        assert response.content_type == "text/plain"
        return {family.name: family for family in text_string_to_metric_families(await response.text())}


async def test_each_is_in_the_list_as_it_is(http: Http) -> None:
    listed = re.findall(r"^\| `(\w+)` \| (\w+) \| [^|]* \| (.*?) \|$", LIST.read_text(), re.MULTILINE)
    shown = [(family.name, family.type, family.documentation) for family in (await metrics(http)).values()]
    assert sorted(listed) == sorted(shown)


async def test_what_the_daemon_does_is_counted(client: Client, http: Http) -> None:
    session = await client.create_session(title="Counted", reply="always")
    await client.post(session.id, "count to 3", respond=True)
    async for event in client.follow(session.id, after=0):
        if event.type == "turn.completed":
            break
    await http("GET", "/nowhere")
    found = await metrics(http)

    def value(name: str, **labels: str) -> float:
        samples = [s for family in found.values() for s in family.samples if s.name == name]
        return sum(s.value for s in samples if labels.items() <= s.labels.items())

    assert value("segue_store_healthy") == 1
    assert value("segue_memory_bytes") > 1_000_000
    assert value("segue_http_answers_total", status="404") >= 1
    assert value("segue_http_request_seconds_count", path=routes.MESSAGES) >= 1
    assert value("segue_events_total", type="message.created") >= 2
    assert value("segue_turn_seconds_count", agent="chat", state="completed") >= 1
    assert value("segue_first_word_seconds_count", agent="chat") >= 1
    assert 1 <= value("segue_store_commit_seconds_count") <= value("segue_store_writes_total")

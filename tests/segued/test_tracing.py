"""Traces: requests, turns, models and tools, sent to a collector that speaks OTLP, without a word of what was said."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from segue import routes
from tests.daemons import Daemon

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


class Collector:
    """A server that takes traces."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.bodies: list[bytes] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                collector.take(body)
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def take(self, body: bytes) -> None:
        self.bodies.append(body)
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            for scope in resource.scope_spans:
                self.spans.extend(scope.spans)

    def named(self, name: str) -> Span:
        return next(span for span in self.spans if span.name == name)


@pytest.fixture
def collector() -> Iterator[Collector]:
    collector = Collector()
    thread = threading.Thread(target=collector.server.serve_forever)
    thread.start()
    yield collector
    collector.server.shutdown()
    collector.server.server_close()
    thread.join()


def about(span: Span) -> dict[str, str | int]:
    return {a.key: a.value.string_value or a.value.int_value for a in span.attributes}


async def test_a_turn_with_its_model_and_tool_is_one_trace(
    make_daemon: Callable[..., Daemon], collector: Collector
) -> None:
    daemon = make_daemon(TRACING__ENDPOINT=collector.url, TRACING__SERVICE_NAME="den")
    async with daemon.client() as client, daemon.http() as http:
        session = await client.create_session(title="Traced", reply="never")
        await http("GET", routes.path(routes.SESSION, session_id=session.id), traceparent=f"00-{TRACE}-{'1' * 16}-01")
        asked = await client.post(session.id, 'use current_time {"timezone": "Europe/Berlin"}', respond=True)
        async for event in client.follow(session.id, after=asked.seq):
            if event.type == "turn.completed":
                break
    assert daemon.stop() == 0, daemon.log
    assert b"Europe/Berlin" not in b"".join(collector.bodies)
    assert b"den" in b"".join(collector.bodies)
    turn, model, tool = (collector.named(name) for name in ("turn", "model", "tool"))
    assert {model.trace_id, tool.trace_id} == {turn.trace_id}
    assert {model.parent_span_id, tool.parent_span_id} == {turn.span_id}
    assert about(turn) == {
        "segue.session_id": session.id,
        "segue.turn_id": asked.turn_id,
        "segue.agent": "chat",
        "segue.state": "completed",
    }
    assert about(tool)["segue.tool"] == "current_time"
    request = collector.named(f"GET {routes.SESSION}")
    assert (request.trace_id.hex(), about(request)["segue.status"]) == (TRACE, 200)
    assert not [span for span in collector.spans if "events" in span.name]


def test_a_collector_that_is_away_keeps_nobody_waiting(make_daemon: Callable[..., Daemon]) -> None:
    daemon = make_daemon(TRACING__ENDPOINT="http://127.0.0.1:9", TRACING__TIMEOUT_SECONDS="0.2")
    assert daemon.stop() == 0

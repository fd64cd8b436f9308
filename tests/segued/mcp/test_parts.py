"""The parts that need no server: the circuit, the gate, the log, and results in words."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack
from typing import Any

import pytest

from segue.errors import McpUnavailable
from segued.mcp.circuit import OPENS_AFTER, Circuit
from segued.mcp.gate import Gate
from segued.mcp.log_lines import LogLines
from segued.mcp.results import outcome_of


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_pauses_grow_and_the_circuit_opens_after_failures_in_a_row() -> None:
    clock = Clock()
    circuit = Circuit(clock, lambda: 1.0)
    pauses = []
    for _ in range(OPENS_AFTER + 5):
        assert not circuit.is_open
        circuit.failed()
        pauses.append(round(circuit.seconds_left, 6))
        clock.now += circuit.seconds_left
    assert pauses == [0.2, 0.4, 0.8, 1.6, 30.0, 60.0, 120.0, 240.0, 300.0, 300.0]
    circuit.failed()
    assert circuit.is_open
    circuit.succeeded()
    assert (circuit.is_open, circuit.seconds_left, circuit.failures) == (False, 0.0, 0)


def test_pauses_are_not_all_alike() -> None:
    circuits = [Circuit(Clock()) for _ in range(20)]
    for circuit in circuits:
        circuit.failed()
    pauses = {circuit.seconds_left for circuit in circuits}
    assert len(pauses) > 1
    assert all(0.16 <= pause <= 0.24 for pause in pauses)


async def test_the_gate_lets_so_many_in_and_sends_away_who_waits_too_long() -> None:
    gate = Gate("s", 2, 0.01)
    async with gate.entered(), gate.entered():
        assert (gate.running, gate.waiting) == (2, 0)
        with pytest.raises(McpUnavailable, match="not made"):
            await gate.entered().__aenter__()
    async with gate.entered():
        assert gate.running == 1


async def test_the_gate_keeps_the_order_and_loses_no_place_when_a_caller_goes_away() -> None:
    gate = Gate("s", 1, 10)
    order: list[int] = []

    async def enter(number: int) -> None:
        async with gate.entered():
            order.append(number)

    async with asyncio.TaskGroup() as tasks, gate.entered():
        callers = [tasks.create_task(enter(number)) for number in range(4)]
        while gate.waiting < 4:
            await asyncio.sleep(0)
        callers[1].cancel()
    assert (order, gate.running, gate.waiting) == ([0, 2, 3], 0, 0)


async def test_the_gate_is_made_wider_and_narrower_while_callers_are_in() -> None:
    gate, second = Gate("s", 1, 10), AsyncExitStack()
    async with asyncio.TaskGroup() as tasks, second:
        async with gate.entered():
            entering = tasks.create_task(second.enter_async_context(gate.entered()))
            while not gate.waiting:
                await asyncio.sleep(0)
            gate.change(2, 0.01)
            await entering
            assert (gate.running, gate.waiting) == (2, 0)
            gate.change(1, 0.01)
        with pytest.raises(McpUnavailable, match="not made"):
            await gate.entered().__aenter__()
    async with gate.entered():
        assert gate.running == 1


def test_lines_are_logged_whole_clean_and_not_too_many(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    caplog.set_level(logging.INFO, "noise")
    lines = LogLines(logging.getLogger("noise"), clock)
    lines.add(b"begun \x1b[31m")
    assert not caplog.messages
    lines.add(b"and ended\nnext\n\n" + b"x" * 5000 + b"\n")
    assert caplog.messages == ["begun  [31mand ended", "next", "x" * 1000]
    lines.add(b"y\n" * 200)
    assert len(caplog.messages) < 60
    clock.now += 2
    lines.add(b"z\n")
    assert caplog.messages[-2:] == ["(154 more lines)", "z"]


@pytest.mark.parametrize(
    ("result", "text"),
    [
        ({"content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}, "a\nb"),
        ({"content": [{"type": "text", "text": "3"}], "structuredContent": {"result": 3}}, "3"),
        ({"content": [{"type": "text", "text": "3"}], "structuredContent": {"result": "3"}}, "3"),
        ({"content": [{"type": "text", "text": "3"}], "structuredContent": {"content": "3"}}, "3"),
        (
            {
                "content": [{"type": "text", "text": "1"}, {"type": "text", "text": "2"}],
                "structuredContent": {"result": [1, 2]},
            },
            "1\n2",
        ),
        ({"content": [{"type": "text", "text": '{"a": 1}'}], "structuredContent": {"a": 1}}, '{"a": 1}'),
        ({"content": [{"type": "text", "text": "Found."}], "structuredContent": {"a": 1}}, 'Found.\n{"a": 1}'),
        ({"content": [], "structuredContent": {"ä": None}}, '{"ä": null}'),
        ({"content": []}, ""),
        ({"content": [{"type": "resource_link", "name": "n", "uri": "file:///x"}]}, "n: file:///x"),
        ({"content": [{"type": "resource", "resource": {"uri": "u", "text": "inside"}}]}, "inside"),
        (
            {"content": [{"type": "resource", "resource": {"uri": "u", "blob": "AA==", "mimeType": "a/b"}}]},
            "(u, a/b, which cannot be shown here)",
        ),
        (
            {"content": [{"type": "audio", "data": "", "mimeType": "audio/wav"}]},
            "(audio, audio/wav, which cannot be shown here)",
        ),
    ],
)
def test_a_result_is_told_once_in_words(result: dict[str, Any], text: str) -> None:
    assert outcome_of(result).text == text


def test_pictures_go_as_pictures_and_failures_as_failures() -> None:
    blob = {"uri": "u", "blob": "BB==", "mimeType": "image/png"}
    pictures = [{"type": "image", "data": "AA==", "mimeType": "image/gif"}, {"type": "resource", "resource": blob}]
    outcome = outcome_of({"content": pictures})
    assert outcome.images == ("data:image/gif;base64,AA==", "data:image/png;base64,BB==")
    assert (outcome.text, outcome.failed) == ("", False)
    failed = outcome_of({"content": [], "isError": True})
    assert (failed.text, failed.failed) == ("It failed, and did not say why.", True)

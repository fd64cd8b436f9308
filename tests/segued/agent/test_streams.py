"""Streams as they come in the wild: in drips, with what nobody asked for among them, broken in the middle."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from segue.models import Usage
from segued.agent import Agent, open_agent
from segued.agent.base import Asked, Finished, Text
from segued.config import AgentSettings
from tests.model_server import ModelServer
from tests.model_wires import AnthropicWire, GoogleWire, OpenAIWire, Wire
from tests.segued.agent.prompts import answer, fails, prompt


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with ModelServer() as server:
        yield server


@pytest.fixture(params=["openai", "anthropic", "google"])
def agent(request: pytest.FixtureRequest, server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> Agent:
    pytest.importorskip({"google": "google.genai"}.get(request.param, request.param))
    monkeypatch.setenv("KEY", "k")
    url = server.url if request.param == "openai" else server.anthropic_url
    return open_agent(AgentSettings(model=f"{request.param}:m", base_url=url, api_key_env="KEY", max_retries=0))


async def test_bytes_that_come_one_by_one_are_the_same_answer(agent: Agent, server: ModelServer) -> None:
    async def drip(wire: Wire) -> None:
        wire.drips = True
        await wire.text("Grüße 🐦")
        await wire.call(0, "c1", "weigh", ['{"what": "', "Tü", 'r"}'])
        await wire.end("tool_calls")

    server.play(drip)
    *said, asked, finished = [piece async for piece in agent.answer(prompt())]
    assert "".join(piece.text for piece in said if isinstance(piece, Text)) == "Grüße 🐦"
    assert asked == Asked("weigh", {"what": "Tür"})
    assert isinstance(finished, Finished)
    assert finished.usage == Usage(input_tokens=11, output_tokens=7)


async def test_what_is_no_part_of_the_answer_is_passed_over(agent: Agent, server: ModelServer) -> None:
    async def chatter(wire: Wire) -> None:
        if not isinstance(wire, GoogleWire):  # whose own package knows no comments
            await wire.raw(": keep-alive\r\n\r\n")
        if isinstance(wire, AnthropicWire):
            await wire.event({"type": "ping"})
        await wire.think("They greet me.")
        await wire.text("hello")
        await wire.end("stop")

    server.play(chatter)
    assert (await answer(agent))[0] == "hello"


@pytest.mark.parametrize("said", ["", "so far"])
async def test_an_error_in_the_stream_is_told_and_what_was_said_is_kept(
    agent: Agent, server: ModelServer, said: str
) -> None:
    async def break_off(wire: Wire) -> None:
        if said:
            await wire.text(said)
        await wire.error("overloaded_error", "too much to do")

    server.play(break_off)
    text, failure = await fails(agent)
    assert (text, failure.code) == (said, "model_unavailable")
    assert "too much to do" in failure.message


@pytest.mark.parametrize("frame", ["data: {nope\n\n", "data: [1]\n\n", "\0\1\2\n\n<html>"])
async def test_rubbish_behind_a_call_asks_for_nothing(agent: Agent, server: ModelServer, frame: str) -> None:
    async def garble(wire: Wire) -> None:
        await wire.text("Wait.")
        await wire.call(0, "c1", "weigh", ['{"what": "a"}'])
        await wire.raw(frame)

    server.play(garble)
    text, failure = await fails(agent)  # and yields nothing but text before it
    assert text == "Wait."
    assert failure.code in ("model_bad_answer", "model_stream_cut")


async def test_calls_whose_fragments_come_in_turn_are_told_apart(server: ModelServer) -> None:
    """OpenAI's protocol allows it: each fragment says which call it is of."""

    async def weave(wire: Wire) -> None:
        assert isinstance(wire, OpenAIWire)
        for index in (0, 1):
            await wire.call(index, f"c{index}", "weigh", [])
        for fragment in ('{"n"', ": ", "1}"):
            for index in (0, 1):
                await wire.more(index, fragment)
        await wire.end("tool_calls")

    server.play(weave)
    agent = open_agent(AgentSettings(model="openai-compatible:m", base_url=server.url))
    *asked, _ = [piece async for piece in agent.answer(prompt())]
    assert asked == [Asked("weigh", {"n": 1})] * 2


async def test_a_server_that_counts_no_tokens_has_none_counted_for_it(server: ModelServer) -> None:
    async def uncounted(wire: Wire) -> None:
        wire.body.pop("stream_options", None)
        await wire.text("hello")
        await wire.end("stop")

    server.play(uncounted)
    agent = open_agent(AgentSettings(model="openai-compatible:m", base_url=server.url))
    _, finished = await answer(agent)
    assert finished == Finished(Usage(), "openai-compatible:m")

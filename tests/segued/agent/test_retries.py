"""Trying again: until the first word, where it may help, and no longer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable

import pytest

from segued.agent import AgentError, Finished
from segued.agent.remote import RemoteAgent
from segued.config import AgentSettings
from tests.model_server import ModelServer
from tests.segued.agent.prompts import answer, fails

MODEL = "openai-compatible:x"


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with ModelServer() as server:
        yield server


def agent(server: ModelServer, max_retries: int = 2, backoff_seconds: float = 0.0) -> RemoteAgent:
    settings = AgentSettings(model=MODEL, base_url=server.url, max_retries=max_retries)
    return RemoteAgent(settings, MODEL, backoff_seconds)


@pytest.mark.parametrize(
    "fail",
    [
        lambda server: server.refuse(429),
        lambda server: server.refuse(500),
        lambda server: server.refuse(503),
        lambda server: server.cut_after(""),
        lambda server: server.cut_after("", cleanly=True),
    ],
    ids=["429", "500", "503", "cut", "ended at once"],
)
async def test_what_may_pass_is_tried_again_before_the_first_word(
    server: ModelServer, fail: Callable[[ModelServer], None]
) -> None:
    fail(server)
    fail(server)
    server.say("at last")
    text, finished = await answer(agent(server))
    assert (text, len(server.requests)) == ("at last", 3)
    assert isinstance(finished, Finished)


async def test_tries_are_counted_and_the_sdk_makes_none_of_its_own(server: ModelServer) -> None:
    for _ in range(10):
        server.refuse(500)
    with pytest.raises(AgentError) as caught:
        await answer(agent(server, max_retries=3))
    assert (caught.value.code, len(server.requests)) == ("model_unavailable", 4)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 402])
async def test_what_will_not_pass_is_not_tried_again(server: ModelServer, status: int) -> None:
    server.refuse(status)
    with pytest.raises(AgentError):
        await answer(agent(server))
    assert len(server.requests) == 1


async def test_after_the_first_word_nothing_is_tried_again(server: ModelServer) -> None:
    server.cut_after("half of it")
    said, failure = await fails(agent(server))
    assert (said, failure.code, len(server.requests)) == ("half of it", "model_stream_cut", 1)


async def test_the_servers_retry_after_is_waited_for(server: ModelServer) -> None:
    server.refuse(429, retry_after=1)
    server.say("yes")
    started = time.monotonic()
    assert (await answer(agent(server)))[0] == "yes"
    assert time.monotonic() - started >= 1


async def test_who_would_have_to_wait_too_long_is_told_so_at_once(server: ModelServer) -> None:
    server.refuse(429, retry_after=3600)
    with pytest.raises(AgentError, match="3600 seconds") as caught:
        await answer(agent(server))
    assert (caught.value.code, len(server.requests)) == ("model_rate_limited", 1)


async def test_a_server_that_is_gone_is_tried_again_and_then_named() -> None:
    async with ModelServer() as gone:
        pass
    with pytest.raises(AgentError, match=gone.anthropic_url) as caught:
        await answer(agent(gone, max_retries=1))
    assert caught.value.code == "model_unreachable"


async def test_a_pause_between_tries_can_be_cancelled(server: ModelServer) -> None:
    server.refuse(500)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(answer(agent(server, backoff_seconds=1000)), name="answer")
        await server.wait_for_requests(1)
        task.cancel()
    assert task.cancelled()

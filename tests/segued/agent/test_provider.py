"""What a model's answers and failures become, in each protocol, over real sockets."""

from __future__ import annotations

import asyncio
import logging
import sys
import traceback
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from segue.models import Usage
from segued.agent import Agent, AgentError, Finished, Text, open_agent
from segued.config import AgentSettings
from tests.model_server import ModelServer
from tests.segued.agent.prompts import answer, fails, prompt

KEY = "sk-very-secret"
PROTOCOLS = {
    "openai:gpt-x": "OPENAI_API_KEY",
    "anthropic:claude-x": "ANTHROPIC_API_KEY",
    "google:gemini-x": "GOOGLE_API_KEY",
}
KEY_HEADERS = ("authorization", "x-api-key", "x-goog-api-key")
PACKAGES = {"openai": "openai", "anthropic": "anthropic", "google": "google.genai"}
PATIENCE = 10.0  # seconds until a test gives up on what comes at once


@dataclass
class Asked:
    """A model in one of the protocols, and the server that plays it."""

    server: ModelServer
    model: str

    def agent(self, *, timeout_seconds: float = PATIENCE, max_retries: int = 0) -> Agent:
        url = self.server.url if self.model.startswith("openai") else self.server.anthropic_url
        settings = AgentSettings(
            model=self.model, base_url=url, timeout_seconds=timeout_seconds, max_retries=max_retries
        )
        return open_agent(settings)

    async def fails(self, *, timeout_seconds: float = PATIENCE) -> tuple[str, AgentError]:
        """Return what was said until the answer failed, and the failure."""
        return await fails(self.agent(timeout_seconds=timeout_seconds))


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with ModelServer() as server:
        yield server


@pytest.fixture(params=PROTOCOLS)
def asked(request: pytest.FixtureRequest, server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> Asked:
    model: str = request.param
    pytest.importorskip(PACKAGES[model.partition(":")[0]])
    monkeypatch.setenv(PROTOCOLS[model], KEY)
    return Asked(server, model)


async def test_text_streams_in_the_pieces_that_come_and_usage_comes_last(asked: Asked) -> None:
    asked.server.say("one two three ", pieces=3)
    pieces = [piece async for piece in asked.agent().answer(prompt())]
    assert [p.text for p in pieces[:-1] if isinstance(p, Text)] == ["one t", "wo th", "ree "]
    assert pieces[-1] == Finished(Usage(input_tokens=11, output_tokens=7), asked.model)


async def test_the_first_piece_is_there_before_the_last_is_written(asked: Asked) -> None:
    hold = asyncio.Event()
    asked.server.say("ab", pieces=2, hold=hold)
    pieces = aiter(asked.agent().answer(prompt()))
    assert await anext(pieces) == Text("a")
    hold.set()
    assert await anext(pieces) == Text("b")
    assert isinstance(await anext(pieces), Finished)


async def test_the_key_goes_to_the_provider(asked: Asked) -> None:
    await answer(asked.agent())
    headers = asked.server.requests[0].headers
    assert KEY in [headers.get(name, "").removeprefix("Bearer ") for name in KEY_HEADERS]


async def test_a_slow_answer_is_no_silence(asked: Asked) -> None:
    asked.server.say("abcdefgh", pieces=8, delay=0.15)
    assert (await answer(asked.agent(timeout_seconds=0.8)))[0] == "abcdefgh"


@pytest.mark.parametrize(
    ("status", "code", "tells"),
    [
        (401, "model_unauthorized", "_API_KEY"),
        (403, "model_unauthorized", "_API_KEY"),
        (404, "model_not_found", "base_url"),
        (400, "model_rejected", "because"),
        (402, "model_quota_exceeded", "credit"),
        (429, "model_rate_limited", "wait"),
        (500, "model_unavailable", "retry later"),
        (503, "model_unavailable", "retry later"),
        (529, "model_unavailable", "retry later"),
    ],
)
async def test_a_refusal_says_what_to_do(asked: Asked, status: int, code: str, tells: str) -> None:
    asked.server.refuse(status, message="because")
    _, failure = await asked.fails()
    assert failure.code == code
    assert tells in failure.message
    assert len(asked.server.requests) == 1


async def test_an_account_without_credit_is_not_told_to_wait(asked: Asked) -> None:
    asked.server.refuse(429 if asked.model.startswith("openai") else 402, code="insufficient_quota")
    assert (await asked.fails())[1].code == "model_quota_exceeded"


@pytest.mark.parametrize("cleanly", [False, True])
@pytest.mark.parametrize("text", ["", "so far"])
async def test_a_cut_stream_keeps_what_was_said(asked: Asked, text: str, cleanly: bool) -> None:
    asked.server.cut_after(text, cleanly=cleanly)
    said, failure = await asked.fails()
    assert said == text
    assert failure.code in ("model_stream_cut", "model_stream_cut" if text else "model_empty_answer")


@pytest.mark.parametrize("text", ["", "so far"])
async def test_a_silent_model_is_given_up(asked: Asked, text: str) -> None:
    asked.server.silence(after=text)
    said, failure = await asked.fails(timeout_seconds=0.3)
    assert (said, failure.code) == (text, "model_timeout")
    assert "0.3 seconds" in failure.message
    await asyncio.wait_for(asked.server.hung_up.wait(), PATIENCE)


@pytest.mark.parametrize("kind", ["text/html", "application/json"])
async def test_a_page_that_is_no_stream_points_to_the_address(asked: Asked, kind: str) -> None:
    asked.server.rubbish(content_type=kind)
    _, failure = await asked.fails()
    assert failure.code == "model_bad_answer"
    assert "base_url" in failure.message


@pytest.mark.parametrize(
    "frame", ["data: {nope\n\n", "data: [1]\n\n", "data: null\n\n", 'data: {"a": 1}\n\n', "\0\1\2"]
)
async def test_malformed_frames_fail_and_nothing_else(asked: Asked, frame: str) -> None:
    asked.server.rubbish(frame, content_type="text/event-stream")
    _, failure = await asked.fails()
    assert failure.code in ("model_bad_answer", "model_stream_cut", "model_empty_answer")


@pytest.mark.parametrize("finish", ["stop", "content_filter", "length"])
async def test_an_answer_without_words_is_a_failure(asked: Asked, finish: str) -> None:
    asked.server.say("", finish=finish)
    assert (await asked.fails())[1].code == "model_empty_answer"


async def test_an_answer_stopped_by_a_filter_is_not_whole(asked: Asked) -> None:
    asked.server.say("half", finish="content_filter")
    said, failure = await asked.fails()
    assert (said, failure.code) == ("half", "model_empty_answer")
    assert "filter" in failure.message


async def test_a_server_that_is_gone_is_named(asked: Asked) -> None:
    async with ModelServer() as gone:
        asked.server = gone
    _, failure = await asked.fails()
    assert failure.code == "model_unreachable"
    assert gone.anthropic_url in failure.message


async def test_closing_the_answer_hangs_up(asked: Asked) -> None:
    asked.server.silence(after="so far")
    pieces = asked.agent().answer(prompt())
    assert await anext(aiter(pieces)) == Text("so far")
    await pieces.aclose()  # type: ignore[attr-defined]
    await asyncio.wait_for(asked.server.hung_up.wait(), PATIENCE)


async def test_a_cancelled_task_hangs_up(asked: Asked) -> None:
    asked.server.silence()
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(answer(asked.agent()), name="answer")
        await asyncio.wait_for(asked.server.wait_for_requests(1), PATIENCE)
        task.cancel()
    assert task.cancelled()
    await asyncio.wait_for(asked.server.hung_up.wait(), PATIENCE)


async def test_answers_run_side_by_side(asked: Asked) -> None:
    for _ in range(8):
        asked.server.say("yes", pieces=3, delay=0.01)
    agent = asked.agent()
    async with asyncio.TaskGroup() as tasks:
        answers = [tasks.create_task(answer(agent), name=f"answer {n}") for n in range(8)]
    assert [a.result()[0] for a in answers] == ["yes"] * 8


@pytest.mark.parametrize("status", [400, 401, 500])
async def test_the_key_is_in_no_message_no_trace_and_no_log(
    asked: Asked, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    asked.server.refuse(status, message=f"the key {KEY} is bad")
    _, failure = await asked.fails()
    assert KEY not in failure.message
    assert KEY not in "".join(traceback.format_exception(failure))
    assert not [r.name for r in caplog.records if r.name.startswith("segue") and KEY in r.getMessage()]


@pytest.mark.parametrize("vendor", ["anthropic", "google"])
async def test_a_missing_package_says_how_to_install_it(vendor: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{vendor.upper()}_API_KEY", KEY)
    for module in ("anthropic", "google.genai", "google.genai.client"):
        monkeypatch.setitem(sys.modules, module, None)
    for module in [
        m for m in sys.modules if m.startswith(("pydantic_ai.models.", "pydantic_ai.providers.")) and vendor in m
    ]:
        monkeypatch.delitem(sys.modules, module)
    with pytest.raises(AgentError, match=rf"pip install 'segue\[{vendor}\]'") as caught:
        await answer(open_agent(AgentSettings(model=f"{vendor}:x")))
    assert caught.value.code == "missing_package"

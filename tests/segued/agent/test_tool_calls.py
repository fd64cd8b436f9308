"""Tools as models are told of them and ask for them, in the protocols of both vendors."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from segue.models import ToolCallId, ToolUse, Turn, TurnId
from segued.agent import Agent, AgentError, open_agent
from segued.agent.base import Asked, Finished, Prompt, Text
from segued.config import AgentSettings
from segued.tools import UNKNOWN, Outcome, Toolbox
from tests.model_server import ModelServer
from tests.segued.agent.prompts import HERE, NOON, fails, message, prompt

PIXEL = "data:image/png;base64,iVBORw0KGgo="


@dataclass(frozen=True)
class Scale:
    server: str = "kitchen"
    name: str = "weigh"
    description: str = "Weighs something."
    read_only: bool = True
    asks: bool = False

    @property
    def parameters(self) -> Mapping[str, Any]:
        return {"type": "object", "properties": {"what": {"type": "string"}}, "required": ["what"]}

    async def call(self, arguments: Mapping[str, Any], session_id: str) -> Outcome:
        return Outcome("3 kg")


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with ModelServer() as server:
        yield server


@pytest.fixture(params=["openai", "anthropic"])
def agent(request: pytest.FixtureRequest, server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> Agent:
    monkeypatch.setenv("KEY", "k")
    url = server.url if request.param == "openai" else server.anthropic_url
    return open_agent(AgentSettings(model=f"{request.param}:m", base_url=url, api_key_env="KEY", max_retries=0))


def asked(*messages: Any) -> Prompt:
    """Return the prompt of a turn that has the kitchen scale at hand."""
    question = message("how heavy?", seq=2)
    turn = Turn(
        id=TurnId("t"),
        session_id=HERE,
        seq=2,
        state="running",
        message_id=question.id,
        agent_name="chat",
        created_at=NOON,
    )
    return replace(prompt([question, *messages]), turn=turn, toolbox=Toolbox.of([Scale()]))


async def pieces(agent: Agent, prompt: Prompt) -> list[Text | Asked | Finished]:
    return [piece async for piece in agent.answer(prompt)]


async def test_a_model_is_told_of_the_tools_and_asks_for_them_in_fragments(agent: Agent, server: ModelServer) -> None:
    server.ask(("kitchen__weigh", '{"what": "die Tür"}'), ("kitchen__weigh", '{"what": "b"}'), saying="Let me see.")
    *said, finished = await pieces(agent, asked())
    assert said == [
        Text("Let me see."),
        Asked("kitchen__weigh", {"what": "die Tür"}),
        Asked("kitchen__weigh", {"what": "b"}),
    ]
    assert isinstance(finished, Finished)
    (told,) = server.requests[0].body["tools"]
    told = told.get("function", told)
    assert (told["name"], told["description"]) == ("kitchen__weigh", "Weighs something.")
    assert (told.get("parameters") or told["input_schema"])["required"] == ["what"]


async def test_what_was_asked_because_of_a_result_stands_behind_it(server: ModelServer) -> None:
    steps = [(3, 1), (4, 1), (5, 2)]
    results = [
        message(
            f"r{seq}", "tool", "weigh", seq, turn_id="t",
            tool_call=ToolUse(id=ToolCallId(f"c{seq}"), server="kitchen", tool="weigh", arguments={}, step=step),
        )
        for seq, step in steps
    ]  # fmt: skip
    await pieces(open_agent(AgentSettings(model="openai-compatible:m", base_url=server.url)), asked(*results))
    sent = [m for m in server.requests[0].messages if m["role"] in ("assistant", "tool")]
    told = [[call["id"] for call in m["tool_calls"]] if m["role"] == "assistant" else m["tool_call_id"] for m in sent]
    assert told == [["c3", "c4"], "c3", "c4", ["c5"], "c5"]


async def test_tools_that_leave_no_room_for_the_question_are_refused_in_words(server: ModelServer) -> None:
    settings = AgentSettings(model="openai-compatible:m", base_url=server.url, context_tokens=1000)
    many = replace(asked(), toolbox=Toolbox.of([Scale(description="weighs " * 2000)]))
    with pytest.raises(AgentError, match=r"the tools takes about .* of the 1,000 tokens"):
        await pieces(open_agent(settings), many)
    assert server.requests == []


async def test_results_of_this_turn_go_back_in_the_models_own_protocol(agent: Agent, server: ModelServer) -> None:
    use = {"server": "kitchen", "tool": "weigh"}
    results = [
        message(
            text, "tool", "weigh", n, turn_id="t",
            tool_call=ToolUse(id=ToolCallId(f"c{n}"), arguments={"what": str(n)}, **use),
        )
        for n, text in ((4, "3 kg"), (5, "4 kg"))
    ]  # fmt: skip
    said = message("Let me see.", "assistant", "chat", 3, turn_id="t")
    await pieces(agent, asked(said, *results))
    sent = server.requests[0].messages
    if sent[0]["role"] == "system":
        _, question, calls, *answers = sent
        assert [json.loads(call["function"]["arguments"]) for call in calls["tool_calls"]] == [
            {"what": "4"},
            {"what": "5"},
        ]
        assert [(a["role"], a["content"], a["tool_call_id"]) for a in answers] == [
            ("tool", "3 kg", "c4"),
            ("tool", "4 kg", "c5"),
        ]
    else:
        question, calls, answers = sent
        assert [b["input"] for b in calls["content"] if b["type"] == "tool_use"] == [{"what": "4"}, {"what": "5"}]
        assert [b["tool_use_id"] for b in answers["content"]] == ["c4", "c5"]
    assert "how heavy?" in json.dumps(question)
    assert "Let me see." in json.dumps(calls)


@pytest.mark.parametrize(("name", "told"), [("evil__echo", "evil__echo"), ("rm -rf /", "rm_-rf__")])
async def test_a_tool_that_is_not_there_keeps_the_name_that_the_model_used(
    agent: Agent, server: ModelServer, name: str, told: str
) -> None:
    use = ToolUse(id=ToolCallId("c"), server=UNKNOWN, tool=name, arguments={})
    await pieces(agent, asked(message("There is no tool", "tool", name, 3, turn_id="t", tool_call=use)))
    assert f'"name": "{told}"' in json.dumps(server.requests[0].messages)


async def test_results_of_earlier_turns_are_told_in_words(agent: Agent, server: ModelServer) -> None:
    use = ToolUse(id=ToolCallId("c"), server="kitchen", tool="weigh", arguments={})
    earlier = message("3 kg", "tool", "weigh", 1, turn_id="before", tool_call=use)
    prompt = asked()
    await pieces(agent, replace(prompt, messages=[earlier, *prompt.messages]))
    assert "[Result of the tool weigh]" in json.dumps(server.requests[0].messages)
    assert "c" not in [call.get("tool_call_id") for call in server.requests[0].messages]


async def test_arguments_that_are_no_json_are_an_asking_that_went_wrong(agent: Agent, server: ModelServer) -> None:
    server.ask(("kitchen__weigh", '{"what": "cut o'))
    (one, _) = await pieces(agent, asked())
    assert isinstance(one, Asked)
    assert one.wrong
    assert one.arguments == {}


async def test_a_stream_cut_in_the_middle_of_a_call_asks_for_nothing(agent: Agent, server: ModelServer) -> None:
    server.ask(("kitchen__weigh", '{"what": "a"}'), ("kitchen__weigh", '{"what": "b"}'), saying="Wait.", cut=True)
    said, failure = await fails(agent, asked())  # and nothing but text before it
    assert (said, failure.code) == ("Wait.", "model_stream_cut")


async def test_a_model_that_knows_no_tools_is_told_apart(agent: Agent, server: ModelServer) -> None:
    server.refuse(400, message="registry.ollama.ai/library/gemma does not support tools")
    with pytest.raises(AgentError, match=r"tools = \[\]"):
        await pieces(agent, asked())


async def test_images_in_a_result_are_seen_by_the_model(agent: Agent, server: ModelServer) -> None:
    use = ToolUse(id=ToolCallId("c"), server="kitchen", tool="weigh", arguments={})
    images = (PIXEL, "https://example.org/cat.png", "/etc/passwd")
    photo = message("a photo", "tool", "weigh", 3, turn_id="t", tool_call=use, images=images)
    await pieces(agent, asked(photo))
    (seen,) = server.requests
    sent = json.dumps(seen.messages)
    assert (sent.count("iVBORw0KGgo="), sent.count("https://example.org/cat.png")) == (1, 1)
    assert "a photo" in sent
    assert "An image that is neither at an http(s) URL" in sent
    assert "passwd" not in sent
    if seen.path.endswith("/chat/completions"):
        assert [one["role"] for one in seen.messages[-2:]] == ["tool", "user"]
        assert [part["type"] for part in seen.messages[-1]["content"]].count("image_url") == 2
    else:
        (result,) = seen.messages[-1]["content"]
        assert [part["type"] for part in result["content"]] == ["text", "image", "image"]


async def test_a_model_that_takes_no_images_is_told_of_them_in_words(agent: Agent, server: ModelServer) -> None:
    use = ToolUse(id=ToolCallId("c"), server="kitchen", tool="weigh", arguments={})
    photo = message("", "tool", "weigh", 3, turn_id="t", tool_call=use, images=(PIXEL,))
    server.refuse(400, message="this model takes no images")
    server.say("I cannot see it.")
    assert (await pieces(agent, asked(photo)))[0] == Text("I cannot see it.")
    first, second = (json.dumps(request.messages) for request in server.requests)
    assert "iVBORw0KGgo=" in first
    assert "iVBORw0KGgo=" not in second
    assert "[An image, which this model cannot be shown]" in second
    server.refuse(400, message="this model is out of order")
    with pytest.raises(AgentError, match="out of order"):
        await pieces(agent, asked())


async def test_a_tool_without_arguments_can_be_asked_for(agent: Agent, server: ModelServer) -> None:
    server.ask(("kitchen__weigh", ""))
    (one, _) = await pieces(agent, asked())
    assert one == Asked("kitchen__weigh", {})


async def test_long_results_are_shortened_for_the_model_and_the_question_stays(server: ModelServer) -> None:
    settings = AgentSettings(
        model="openai-compatible:m", base_url=server.url, context_tokens=1000, tool_result_tokens=400
    )
    use = ToolUse(id=ToolCallId("c"), server="kitchen", tool="weigh", arguments={})
    results = [message("blah " * 5000, "tool", "weigh", n, turn_id="t", tool_call=use) for n in range(3, 8)]
    await pieces(open_agent(settings), asked(*results))
    sent = server.requests[0].messages
    assert sent[1]["content"] == "how heavy?"
    assert len(sent) == 2 + 2 * 1 + 4
    assert all("left out here" in one["content"] for one in sent if one["role"] == "tool")
    assert len(json.dumps(sent)) < 8000

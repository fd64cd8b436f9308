from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import pytest

from segue.models import Message
from segued.agent import open_agent
from segued.config import AgentSettings
from tests.model_server import ModelServer
from tests.segued.agent.prompts import answer, message, prompt, talk

PIXEL = "data:image/png;base64,iVBORw0KGgo="


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with ModelServer() as server:
        yield server


async def sent(server: ModelServer, messages: Sequence[Message], **settings: int) -> list[tuple[str, object]]:
    """Return (role, content) of what the model was given for these messages."""
    model = "openai-compatible:x"
    agent = open_agent(AgentSettings(model=model, base_url=server.url, system_prompt="Be kind.", **settings))
    await answer(agent, prompt(messages))
    return [(m["role"], m["content"]) for m in server.requests[-1].messages]


async def test_the_model_reads_the_system_prompt_and_the_conversation_in_order(server: ModelServer) -> None:
    messages = [
        *talk(("Ada", "hi"), ("agent", "hello")),
        message("Be brief.", "system", seq=3),
        message("well?", seq=4),
    ]
    assert await sent(server, messages) == [
        ("system", "Be kind."),
        ("user", "hi"),
        ("assistant", "hello"),
        ("system", "Be brief."),
        ("user", "well?"),
    ]


async def test_a_conversation_that_starts_and_ends_with_the_assistant_can_be_answered(server: ModelServer) -> None:
    assert await sent(server, talk(("agent", "welcome"), ("agent", "back"))) == [
        ("system", "Be kind."),
        ("user", "(The conversation began earlier.)"),
        ("assistant", "welcome\n\nback"),
        ("user", "(Go on.)"),
    ]


async def test_a_turn_on_nothing_can_be_answered(server: ModelServer) -> None:
    assert await sent(server, []) == [("system", "Be kind."), ("user", "(Go on.)")]


async def test_history_is_cut_to_the_models_budget(server: ModelServer) -> None:
    messages = [message(f"{n} " + "blah " * 50, seq=n) for n in range(1, 50)]
    given = await sent(server, messages, context_tokens=300)
    assert 2 <= len(given) <= 7
    assert str(given[-1][1]).startswith("49 ")


async def test_images_go_along_and_what_is_none_says_so(server: ModelServer) -> None:
    images = ("https://example.org/cat.png", {"url": PIXEL}, "/etc/passwd", {"path": "x"}, "data:image/png;base64,###")
    (_, (_, content)) = await sent(server, [message("see", images=images)])
    assert isinstance(content, list)
    assert content[0] == {"type": "text", "text": "see"}
    assert [c["image_url"]["url"] for c in content if c["type"] == "image_url"] == [images[0], PIXEL]
    assert "passwd" not in str(content)
    assert str(content).count("[An image") == 3

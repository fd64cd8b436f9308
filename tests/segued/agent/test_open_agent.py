from __future__ import annotations

import subprocess
import sys

import pytest

from segued.agent import AgentError, open_agent
from segued.agent.offline import OfflineAgent
from segued.agent.remote import RemoteAgent
from segued.config import AgentSettings


def test_the_settings_model_answers() -> None:
    assert isinstance(open_agent(AgentSettings()), OfflineAgent)
    assert isinstance(open_agent(AgentSettings(model="openai:gpt-x")), RemoteAgent)


def test_the_sessions_model_goes_before_the_settings_one() -> None:
    assert isinstance(open_agent(AgentSettings(), "openai:gpt-x"), RemoteAgent)
    assert isinstance(open_agent(AgentSettings(model="openai:gpt-x"), "offline"), OfflineAgent)


def test_a_model_that_does_not_exist_is_refused_with_the_known_ones() -> None:
    with pytest.raises(AgentError, match="'openai:NAME'") as caught:
        open_agent(AgentSettings(), "gpt-x")
    assert caught.value.code == "unknown_model"


def test_the_providers_are_not_imported_before_they_are_used() -> None:
    script = (
        "import sys; from segued.agent import open_agent; from segued.config import AgentSettings;"
        "open_agent(AgentSettings(), 'openai:gpt-x');"
        "print([m for m in ('pydantic_ai', 'openai', 'httpx2') if m in sys.modules])"
    )
    assert subprocess.check_output([sys.executable, "-c", script], text=True).strip() == "[]"

"""One turn: a prompt goes in, text comes out. A driver a kind of model, chosen by the model's name."""

from __future__ import annotations

from segued.agent.base import Agent, AgentError, Finished, Prompt, Text
from segued.agent.offline import OfflineAgent
from segued.agent.remote import RemoteAgent
from segued.config import AgentSettings, check_model

__all__ = ["Agent", "AgentError", "Finished", "Prompt", "Text", "open_agent"]


def open_agent(settings: AgentSettings, model_id: str | None = None) -> Agent:
    """Return the agent that answers with `model_id`, or else with the settings' model.

    Raises `AgentError` if there is no such model. Nothing is imported or connected to before the first answer.
    """
    try:
        model = check_model(model_id or settings.model)
    except ValueError as exc:
        raise AgentError("unknown_model", f"{exc}, in the settings or as the session's model_id") from exc
    return OfflineAgent() if model == "offline" else RemoteAgent(settings, model)

from __future__ import annotations

import pytest

from segued.agent import AgentError
from segued.agent.target import find_target
from segued.config import AgentSettings

VARIABLES = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GOOGLE_API_KEY", "GEMINI_API_KEY", "MY_KEY")


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)


@pytest.mark.parametrize(
    ("model", "variable"),
    [
        ("openai:x", "OPENAI_API_KEY"),
        ("anthropic:x", "ANTHROPIC_API_KEY"),
        ("google:x", "GOOGLE_API_KEY or GEMINI_API_KEY"),
    ],
)
def test_a_missing_key_is_named(model: str, variable: str) -> None:
    with pytest.raises(AgentError, match=variable) as caught:
        find_target(AgentSettings(model=model), model)
    assert caught.value.code == "no_api_key"


def test_the_named_variable_goes_before_the_usual_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "usual")
    monkeypatch.setenv("MY_KEY", " mine\n")
    settings = AgentSettings(model="openai:x", api_key_env="MY_KEY")
    assert find_target(settings, "openai:x").key == "mine"
    monkeypatch.delenv("MY_KEY")
    with pytest.raises(AgentError, match="MY_KEY"):
        find_target(settings, "openai:x")


def test_geminis_old_variable_is_good_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "old")
    target = find_target(AgentSettings(model="google:x"), "google:x")
    assert (target.key, target.key_variable) == ("old", "GEMINI_API_KEY")


def test_local_models_need_no_key() -> None:
    settings = AgentSettings(model="openai-compatible:x", base_url="http://localhost:8000/v1")
    assert find_target(settings, "openai-compatible:x").key == ""
    assert find_target(AgentSettings(model="ollama:x"), "ollama:x").key == ""


def test_a_key_and_an_address_never_go_to_another_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", "mine")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "theirs")
    settings = AgentSettings(model="openai-compatible:x", base_url="http://localhost:8000/v1", api_key_env="MY_KEY")
    target = find_target(settings, "anthropic:y")
    assert (target.key, target.base_url) == ("theirs", "https://api.anthropic.com")


def test_a_key_that_no_header_can_carry_is_refused_unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-one\nsk-two")
    with pytest.raises(AgentError, match="OPENAI_API_KEY") as caught:
        find_target(AgentSettings(model="openai:x"), "openai:x")
    assert "sk-" not in caught.value.message


def test_a_target_shows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    target = find_target(AgentSettings(model="openai:x", base_url="https://me:pass@host/v1?k=v"), "openai:x")
    assert "sk-secret" not in repr(target)
    assert target.address == "https://host/v1"


@pytest.mark.parametrize(
    ("model", "given", "used"),
    [
        ("ollama:x", "", "http://127.0.0.1:11434/v1"),
        ("ollama:x", "http://box:11434/", "http://box:11434/v1"),
        ("ollama:x", "http://box/ollama/v1", "http://box/ollama/v1"),
        ("openai-compatible:x", "http://box/api/", "http://box/api"),
    ],
)
def test_addresses_are_taken_as_people_write_them(model: str, given: str, used: str) -> None:
    assert find_target(AgentSettings(model=model, base_url=given), model).base_url == used


@pytest.mark.parametrize(
    ("url", "code"), [("", "no_base_url"), ("box:80/v1", "bad_base_url"), ("http://x:99999", "bad_base_url")]
)
def test_a_missing_or_wrong_address_is_refused(url: str, code: str) -> None:
    with pytest.raises(AgentError, match="base_url") as caught:
        find_target(AgentSettings(model="openai-compatible:x", base_url=url), "openai-compatible:x")
    assert caught.value.code == code

"""Opens the model of a target: which SDK speaks to whom."""

from __future__ import annotations

import httpx2
from pydantic_ai.models import Model, create_async_httpx2_client
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.profiles.openai import OpenAIModelProfile
from pydantic_ai.providers.ollama import OllamaProvider
from pydantic_ai.providers.openai import OpenAIProvider

from segued.agent.target import ModelFailure, Target

_CONNECT_SECONDS = 10.0
_NO_KEY = "none"
_NOT_STREAMS = ("text/html", "application/json")


class NotAStream(Exception):
    """A web page or the like came instead of an answer."""


def open_model(target: Target) -> tuple[Model, httpx2.AsyncClient]:
    """Return the model and its HTTP client, which the caller closes. Takes some ms of CPU, for TLS.

    Raises `ModelFailure` if the vendor's package is not installed.
    """
    connect_seconds = min(_CONNECT_SECONDS, target.timeout_seconds)
    client = create_async_httpx2_client(timeout=httpx2.Timeout(target.timeout_seconds, connect=connect_seconds))
    client.event_hooks["response"].append(_must_be_stream)
    match target.provider:
        case "anthropic":
            return _anthropic(target, client), client
        case "google":
            return _google(target, client), client
        case _:
            return _openai(target, client), client


async def _must_be_stream(response: httpx2.Response) -> None:
    kind = response.headers.get("Content-Type", "").partition(";")[0]
    if response.is_success and kind in _NOT_STREAMS:
        raise NotAStream(kind)


def _openai(target: Target, client: httpx2.AsyncClient) -> Model:
    # A stream that just ends is a cut one, also where the connection was closed in good order.
    profile = OpenAIModelProfile(openai_chat_streaming_requires_finish_reason=True)
    # Given always: without one, both would take a key meant for others from the environment.
    key = target.key or _NO_KEY
    provider: OpenAIProvider | OllamaProvider
    if target.provider == "ollama":
        provider = OllamaProvider(base_url=target.base_url, api_key=key, http_client=client)
    else:
        provider = OpenAIProvider(base_url=target.base_url, api_key=key, http_client=client)
    return OpenAIChatModel(target.name, provider=provider, profile=profile)


def _anthropic(target: Target, client: httpx2.AsyncClient) -> Model:
    try:
        from pydantic_ai.models.anthropic import AnthropicModel
        from pydantic_ai.providers.anthropic import AnthropicProvider
    except ImportError as exc:
        raise _missing("anthropic") from exc
    provider = AnthropicProvider(api_key=target.key, base_url=target.base_url, http_client=client)
    return AnthropicModel(target.name, provider=provider)


def _google(target: Target, client: httpx2.AsyncClient) -> Model:
    try:
        from pydantic_ai.models.google import GoogleModel
        from pydantic_ai.providers.google import GoogleProvider
    except ImportError as exc:
        raise _missing("google") from exc
    provider = GoogleProvider(api_key=target.key, base_url=target.base_url, http_client=client)
    return GoogleModel(target.name, provider=provider)


def _missing(extra: str) -> ModelFailure:
    message = f"{extra} models need a package that is not installed: pip install 'segue[{extra}]', then restart segued"
    return ModelFailure("missing_package", message)

"""Which model is asked, where, and with which key. A key goes only to the provider that it was set for."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from segued.agent.base import AgentError
from segued.config import AgentSettings

_USUAL_KEYS = {
    "openai": ("OPENAI_API_KEY",),
    "anthropic": ("ANTHROPIC_API_KEY",),
    "google": ("GOOGLE_API_KEY", "GEMINI_API_KEY"),
}
_USUAL_URLS = {
    "openai": "https://api.openai.com/v1",
    "anthropic": "https://api.anthropic.com",
    "google": "https://generativelanguage.googleapis.com",
    "ollama": "http://127.0.0.1:11434/v1",
}


@dataclass(frozen=True)
class Target:
    """A model of a provider. `key` is empty where none is needed."""

    provider: str
    name: str
    base_url: str
    key: str = field(repr=False)
    key_variable: str
    system_prompt: str
    timeout_seconds: float

    @property
    def address(self) -> str:
        """Where the model is, for people: without user name, password and query."""
        parts = urlsplit(self.base_url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"

    def hide_key(self, text: str) -> str:
        return text.replace(self.key, "…") if self.key else text


class ModelFailure(AgentError):
    """The model did not answer. One that `may_pass` is worth another try, `retry_after` seconds later where given."""

    def __init__(self, code: str, message: str, *, may_pass: bool = False, retry_after: float | None = None) -> None:
        super().__init__(code, message)
        self.may_pass = may_pass
        self.retry_after = retry_after


def find_target(settings: AgentSettings, model: str) -> Target:
    """Return what `model` ("PROVIDER:NAME") stands for. Raises `AgentError` if its key or address is missing.

    The settings' `base_url` and `api_key_env` belong to the settings' own provider: where a session names a model of
    another one, they are left out.
    """
    provider, _, name = model.partition(":")
    own = settings.model.partition(":")[0] == provider
    key, variable = _find_key(provider, settings.api_key_env if own else "")
    return Target(
        provider=provider,
        name=name,
        base_url=_find_url(provider, settings.base_url if own else ""),
        key=key,
        key_variable=variable,
        system_prompt=settings.system_prompt,
        timeout_seconds=settings.timeout_seconds,
    )


def _find_key(provider: str, named: str) -> tuple[str, str]:
    """Return the key and the variable that holds it."""
    variables = (named,) if named else _USUAL_KEYS.get(provider, ())
    for variable in variables:
        key = os.environ.get(variable, "").strip()
        if key.isascii() and key.isprintable() and key:
            return key, variable
        if key:
            raise AgentError("no_api_key", f"{variable} holds characters that no key has: set it to the key alone")
    if variables:
        message = f"There is no key for {provider} models: set the variable {' or '.join(variables)} for the daemon"
        raise AgentError("no_api_key", f"{message}, and restart it")
    return "", ""


def _find_url(provider: str, base_url: str) -> str:
    url = base_url.rstrip("/") or _USUAL_URLS.get(provider, "")
    if not url:
        raise AgentError("no_base_url", f'{provider} models need an address: set base_url = "http://…/v1"')
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or not _has_good_port(parts):
        raise AgentError("bad_base_url", f'base_url is no address: write it like "{_USUAL_URLS["ollama"]}"')
    if provider == "ollama" and not parts.path:
        return f"{url}/v1"
    return url.removesuffix("/v1") if provider == "anthropic" else url


def _has_good_port(parts: SplitResult) -> bool:
    try:
        return parts.port != 0
    except ValueError:
        return False

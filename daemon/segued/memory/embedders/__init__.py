"""What texts mean, as vectors: a server that speaks OpenAI's embeddings, a model on this machine, or none."""

from __future__ import annotations

import os

from segued.config import SearchSettings
from segued.errors import ConfigError, StartError
from segued.memory.embedders.base import Embedder, EmbedderFailed

__all__ = ["Embedder", "EmbedderFailed", "open_embedder"]


def open_embedder(settings: SearchSettings) -> Embedder | None:
    """Return the embedder of the settings, None if there is none; raise a `StartError` if it cannot work."""
    if settings.embedder == "none":
        return None
    key = _key(settings.api_key_env)
    try:
        if settings.embedder == "local":
            from segued.memory.embedders.local import LocalEmbedder

            return LocalEmbedder.of(settings.model)
        from segued.memory.embedders.compatible import CompatibleEmbedder

        return CompatibleEmbedder(settings.model, settings.base_url, key)
    except ImportError as exc:
        raise StartError(
            f'search.embedder = "{settings.embedder}" needs packages that are not installed ({exc.name}):'
            " pip install 'segue[embeddings]', or set embedder = \"none\""
        ) from exc


def _key(variable: str) -> str:
    key = os.environ.get(variable, "").strip() if variable else ""
    if variable and not key:
        raise ConfigError(f"search.api_key_env: the environment variable {variable} is not set: put the key there")
    return key

"""Asks a server for embeddings as OpenAI's does them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from openai import APIStatusError, APITimeoutError, AsyncOpenAI, OpenAIError

from segued.memory.embedders.base import EmbedderFailed
from segued.memory.nearness import unit_vectors

_SECONDS = 60.0  # for one batch; who is in a hurry has a time-out of their own
_NO_KEY = "none"
_REFUSALS = frozenset({400, 413, 422})


class CompatibleEmbedder:
    def __init__(self, name: str, base_url: str, key: str) -> None:
        self._name = name
        self._key = key
        self._url = base_url
        # Given always: without one, the library would take a key meant for others from the environment.
        self._client = AsyncOpenAI(base_url=base_url, api_key=key or _NO_KEY, max_retries=0, timeout=_SECONDS)

    @property
    def model(self) -> str:
        return f"openai-compatible:{self._name}"

    async def embed(self, texts: Sequence[str]) -> list[bytes]:
        try:
            answer = await self._client.embeddings.create(model=self._name, input=list(texts), encoding_format="float")
            rows = [item.embedding for item in sorted(answer.data, key=lambda item: item.index)]
            return unit_vectors(np.array(rows, dtype="<f4"), len(texts))
        except OpenAIError as exc:
            raise self._failed(exc) from exc
        except (ValueError, TypeError, AttributeError) as exc:
            raise EmbedderFailed(
                f"{self._url} answered with something that is no embeddings: is that address right?"
            ) from exc

    async def close(self) -> None:
        await self._client.close()

    def _failed(self, exc: OpenAIError) -> EmbedderFailed:
        if isinstance(exc, APIStatusError):
            said = exc.message.replace(self._key, "…") if self._key else exc.message
            return EmbedderFailed(
                f"{self._url} answered {exc.status_code}: {said[:200]}", refused=exc.status_code in _REFUSALS
            )
        why = "did not answer in time" if isinstance(exc, APITimeoutError) else "cannot be reached"
        return EmbedderFailed(f"{self._url} {why}")

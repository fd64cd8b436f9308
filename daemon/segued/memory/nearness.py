"""Arithmetic with vectors of length 1, as float32 in bytes: how near two are is their product."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def unit_vectors(rows: NDArray[np.float32], count: int) -> list[bytes]:
    """Return the rows, stretched to length 1. Raises ValueError unless they are `count` vectors of finite numbers."""
    if rows.ndim != 2 or len(rows) != count or not np.isfinite(rows).all():
        raise ValueError(f"not {count} vectors of one length")
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    if not lengths.all():
        raise ValueError("a vector of length 0 means nothing")
    return [row.tobytes() for row in (rows / lengths).astype("<f4")]


def nearest(to: bytes, ids: Sequence[str], joined: bytes, count: int, at_least: float) -> list[str]:
    """Return the ids of the `count` vectors nearest to one, nearest first, none of which is further than `at_least`;
    none at all if they are not all of one length."""
    if not ids or len(joined) != len(to) * len(ids):
        return []
    products = np.frombuffer(joined, "<f4").reshape(len(ids), -1) @ np.frombuffer(to, "<f4")
    best = np.argsort(-products, kind="stable")[:count]
    return [ids[at] for at in best if products[at] >= at_least]

"""What the benchmark of Ray calls the same result."""

from __future__ import annotations

import numpy as np
import pytest

from eval.benchmarks.ray import ChunkVectors, have_same_chunks


def made(text: str = "oil", nudge: float = 0.0, ordinal: int = 0) -> ChunkVectors:
    return {("pump.md", ordinal): (text, np.array([1.0 + nudge, 0.0], dtype=np.float32))}


@pytest.mark.parametrize(
    ("other", "alike"),
    [
        (made(), True),
        (made(nudge=1e-6), True),
        (made(nudge=1e-3), False),
        (made("water"), False),
        (made(ordinal=1), False),
        (made() | made(ordinal=1), False),
        ({}, False),
    ],
)
def test_the_same_is_the_same_chunks_and_vectors(other: ChunkVectors, alike: bool) -> None:
    assert have_same_chunks(made(), other) == alike

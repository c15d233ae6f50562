"""What the contract over all indexes does not say of the references themselves."""

from __future__ import annotations

import math

import numpy as np
import pytest

from eval.systems.baseline_bm25 import RankBM25Index, lucene_idf
from eval.systems.baseline_dense import ExactDenseIndex
from ingest.errors import IndexUnavailable
from ingest.index.base import Entry, Query


def test_bm25_is_the_formula_of_the_book() -> None:
    index = RankBM25Index(lucene_idf=True)
    index.add(
        [Entry("a", "d", "c", "电池 battery battery"), Entry("b", "d", "c", "invoice contract")]
    )
    (match,) = index.search(Query("battery"), 5)
    # Terms of "a": 电, 池, 电池 and battery twice; those of "b": two.
    length, average = 5, 3.5
    idf = math.log(1 + (2 - 1 + 0.5) / (1 + 0.5))
    weight = 2 * 2.2 / (2 + 1.2 * (1 - 0.75 + 0.75 * length / average))
    assert match.score == pytest.approx(idf * weight)


def test_lucene_idf_is_never_negative() -> None:
    idf = lucene_idf([{"everywhere": 1, "rare": 2}, {"everywhere": 5}, {"everywhere": 1}])
    assert 0 < idf["everywhere"] < idf["rare"]


def test_okapi_is_the_default_and_ranks_the_same_rare_terms() -> None:
    entries = [Entry(f"c{n}", "d", "c", f"word{n} word{n % 3} filler") for n in range(30)]
    okapi, lucene = RankBM25Index(), RankBM25Index(lucene_idf=True)
    for index in (okapi, lucene):
        index.add(entries)
    query = Query("word7 word1")
    assert [m.chunk_id for m in okapi.search(query, 3)] == [
        m.chunk_id for m in lucene.search(query, 3)
    ]


def test_dense_scores_are_cosines_whatever_the_length() -> None:
    index = ExactDenseIndex(2)
    index.add(
        [
            Entry("long", "d", "c", "", "", np.array([30.0, 0.0], np.float32)),
            Entry("slant", "d", "c", "", "", np.array([1.0, 1.0], np.float32)),
        ]
    )
    matches = index.search(Query("", np.array([5.0, 0.0], np.float32)), 5)
    assert [(m.chunk_id, round(m.score, 4)) for m in matches] == [("long", 1.0), ("slant", 0.7071)]


def test_dense_refuses_vectors_of_another_shape() -> None:
    index = ExactDenseIndex(2)
    with pytest.raises(IndexUnavailable, match="2 numbers"):
        index.add([Entry("a", "d", "c", "")])
    with pytest.raises(IndexUnavailable, match="2 numbers"):
        index.search(Query("text"), 5)

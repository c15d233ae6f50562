"""Measuring switches nothing off: wrapped parts can do what they could before."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from eval.benchmarks.clock import Clock, Timed
from eval.systems.buffered_index import BufferedIndex
from eval.systems.pass_through import pass_through
from ingest.index.base import Entry, Index, Query, TitleIndex, VectorReader
from ingest.index.chroma import ChromaIndex
from ingest.index.tantivy import TantivyIndex

VECTOR = np.array([1.0, 0.0], np.float32)


@pytest.mark.parametrize("timed", [False, True])
def test_a_buffered_index_still_knows_titles_and_vectors(tmp_path: Path, timed: bool) -> None:
    def wrapped(index: Index) -> Any:
        buffered = BufferedIndex(index)
        return Timed(buffered, Clock(), "stage") if timed else buffered

    lexical: Any = wrapped(TantivyIndex(tmp_path / "lexical"))
    dense: Any = wrapped(ChromaIndex(tmp_path / "dense", None, "mine", 2))
    can = [isinstance(index, TitleIndex) for index in (lexical, dense)]
    assert can == [True, False]
    assert [isinstance(index, VectorReader) for index in (lexical, dense)] == [False, True]
    # From Python 3.12 on a Protocol looks without calling __getattr__.
    assert inspect.getattr_static(lexical, "search_titles")
    entry = Entry("a", "d", "c", "It draws power from the shaft.", "Tidal turbine", VECTOR)
    lexical.add([entry])
    dense.add([entry])
    assert [match.chunk_id for match in lexical.search(Query("shaft power"), 5)] == ["a"]
    assert set(dense.vectors(["a"])) == {"a"}
    lexical.close()
    dense.close()


def test_what_waits_is_written_before_anything_else_is_asked(tmp_path: Path) -> None:
    dense = BufferedIndex(ChromaIndex(tmp_path, None, "mine", 2))
    dense.add([Entry("a", "d", "c", "text", "", VECTOR)])
    assert set(cast(VectorReader, dense).vectors(["a"])) == {"a"}
    dense.close()


def test_own_methods_are_not_replaced() -> None:
    class Inner:
        size = 3

        def one(self) -> str:
            return "inner"

        def two(self) -> str:
            return "inner"

    class Outer:
        def one(self) -> str:
            return "outer"

    outer: Any = Outer()
    pass_through(outer, Inner(), lambda method: lambda: f"around {method()}")
    assert (outer.one(), outer.two()) == ("outer", "around inner")
    assert not hasattr(outer, "size")

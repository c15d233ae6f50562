"""Searches narrowed to a part of a Chroma index: right whoever wrote, and whatever is kept."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from eval.systems.baseline_dense import ExactDenseIndex
from ingest.embedding.base import Vector
from ingest.index import chroma
from ingest.index.base import Entry, Query, Scope
from ingest.index.chroma import ChromaIndex
from ingest.index.kept_scopes import KeptMembers, KeptScopes, KeptVectors, estimate_bytes
from tests.support import ROOT

DIMENSION = 32
COLLECTION = Scope(collection_ids=("c1",))
SCOPES = (
    COLLECTION,
    Scope(collection_ids=("c0", "c1", "nowhere")),
    Scope(document_ids=tuple(f"d{number}" for number in range(30))),
    Scope(collection_ids=("c0",), document_ids=("d4", "d8", "d9")),
)


def unit(seed: int) -> Vector:
    vector = np.random.default_rng(seed).normal(size=DIMENSION).astype(np.float32)
    return vector / np.linalg.norm(vector)


def lean(direction: Vector, seed: int) -> Vector:
    """Return a vector of length 1 that is near a direction."""
    vector: Vector = direction + np.float32(0.1) * unit(seed)
    vector /= np.linalg.norm(vector)
    return vector


def entries(start: int, end: int, shift: int = 0) -> list[Entry]:
    """Return entries; with a `shift` they have other vectors and are in other collections."""
    return [
        Entry(f"k{n}", f"d{n % 50}", f"c{(n + shift) % 3}", "", "", unit(n + 1_000_000 * shift))
        for n in range(start, end)
    ]


class Pair:
    """An index and an exact one beside it, that are written and compared together."""

    def __init__(self, index: ChromaIndex, kept: KeptScopes) -> None:
        self.index, self.kept, self.exact = index, kept, ExactDenseIndex(DIMENSION)

    def add(self, given: list[Entry]) -> None:
        self.index.add(given)
        self.exact.add(given)

    def remove(self, ids: list[str]) -> None:
        self.index.remove(ids)
        self.exact.remove(ids)

    def keep(self, scope: Scope) -> None:
        for _ in range(2):
            self.index.search(Query("", unit(1)), 1, scope)
        self.kept.wait()
        assert self.kept.find(scope) is not None

    def check(self, *scopes: Scope) -> None:
        for scope in scopes:
            for seed in (5, 1_400, 3_000_007):
                query = Query("", unit(seed))
                matches, due = (each.search(query, 20, scope) for each in (self.index, self.exact))
                assert [match.chunk_id for match in matches] == [match.chunk_id for match in due]
                scores = [match.score for match in due]
                assert [match.score for match in matches] == pytest.approx(scores, abs=1e-5)


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    kept = KeptScopes()
    made = Pair(ChromaIndex(tmp_path, None, "test", DIMENSION, kept=kept), kept)
    yield made
    made.index.close()


def test_what_is_kept_follows_own_additions_replacements_and_removals(pair: Pair) -> None:
    pair.add(entries(0, 1_500))
    for scope in SCOPES:
        pair.keep(scope)
        assert isinstance(pair.kept.find(scope), KeptVectors)
    pair.check(*SCOPES)
    pair.add(entries(1_500, 1_600))
    pair.check(*SCOPES)
    pair.add(entries(1_390, 1_410, shift=1))
    pair.check(*SCOPES)
    pair.remove([f"k{n}" for n in range(0, 1_600, 7)])
    pair.check(*SCOPES)
    assert all(isinstance(pair.kept.find(scope), KeptVectors) for scope in SCOPES)


WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, str(Path("tests/ingest/index").resolve()))
from test_chroma_narrowed import ChromaIndex, DIMENSION, entries
index = ChromaIndex(Path(sys.argv[1]), None, "test", DIMENSION)
start, end, shift = map(int, sys.argv[3:])
if sys.argv[2] == "add":
    index.add(entries(start, end, shift))
else:
    index.remove([f"k{n}" for n in range(start, end)])
"""


def elsewhere(folder: Path, verb: str, start: int, end: int, shift: int = 0) -> None:
    numbers = map(str, (start, end, shift))
    command = [sys.executable, "-c", WRITER, str(folder), verb, *numbers]
    subprocess.run(command, cwd=ROOT, check=True)


def test_what_another_process_writes_is_found_in_a_kept_scope(pair: Pair, tmp_path: Path) -> None:
    pair.add(entries(0, 300))
    pair.keep(COLLECTION)
    elsewhere(tmp_path, "add", 300, 400)
    pair.exact.add(entries(300, 400))
    pair.check(COLLECTION)
    pair.keep(COLLECTION)
    elsewhere(tmp_path, "add", 0, 30, shift=2)
    pair.exact.add(entries(0, 30, shift=2))
    pair.check(COLLECTION)
    pair.keep(COLLECTION)
    elsewhere(tmp_path, "remove", 100, 200)
    pair.exact.remove([f"k{n}" for n in range(100, 200)])
    pair.check(COLLECTION)
    pair.keep(COLLECTION)
    pair.check(COLLECTION)


def test_a_large_scope_is_searched_in_the_graph(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chroma, "_GRAPH_FROM", 100)
    pair.add(entries(0, 1_500))
    pair.keep(COLLECTION)
    assert isinstance(pair.kept.find(COLLECTION), KeptMembers)
    pair.check(COLLECTION)
    pair.add(entries(1_390, 1_410, shift=1))
    pair.add(entries(1_500, 1_510))
    pair.remove([f"k{n}" for n in range(0, 1_500, 7)])
    pair.check(COLLECTION)


def test_a_scope_far_from_the_question_is_found_although_the_graph_gives_others(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chroma, "_GRAPH_FROM", 1)
    monkeypatch.setattr(chroma, "_GRAPH_SHARE", 0.0)
    near = [Entry(f"n{n}", "d", "near", "", "", lean(unit(5), n)) for n in range(900)]
    far = [Entry(f"f{n}", "d", "far", "", "", lean(-unit(5), n)) for n in range(100)]
    pair.add(near + far)
    scope = Scope(collection_ids=("far",))
    pair.keep(scope)
    # Of this question the nearest 700 are all in the other collection.
    query = Query("", unit(5))
    matches, due = (each.search(query, 20, scope) for each in (pair.index, pair.exact))
    assert [match.chunk_id for match in matches] == [match.chunk_id for match in due]


def test_a_scope_beyond_the_bound_keeps_no_vectors(tmp_path: Path) -> None:
    kept = KeptScopes(most_bytes=estimate_bytes(10, DIMENSION))
    pair = Pair(ChromaIndex(tmp_path, None, "test", DIMENSION, kept=kept), kept)
    pair.add(entries(0, 90))
    pair.keep(COLLECTION)
    assert isinstance(kept.find(COLLECTION), KeptMembers)
    pair.check(COLLECTION)
    pair.index.close()


def test_searches_beside_writes_find_what_stays_and_nothing_of_other_scopes(pair: Pair) -> None:
    pair.add(entries(0, 300))
    own = {f"k{n}" for n in range(1, 300, 3)}
    failures: list[str] = []

    def search_often() -> None:
        for seed in range(60):
            found = pair.index.search(Query("", unit(seed)), 1_000, COLLECTION)
            ids = {match.chunk_id for match in found}
            if not own <= ids or any(int(each[1:]) % 3 != 1 for each in ids):
                failures.append(f"{len(ids)} of {len(own)}")

    threads = [threading.Thread(target=search_often) for _ in range(3)]
    for thread in threads:
        thread.start()
    for start in range(300, 360, 10):
        pair.add(entries(start, start + 10))
        pair.remove([f"k{n}" for n in range(start, start + 5)])
    for thread in threads:
        thread.join()
    assert failures == []
    pair.check(COLLECTION)


@pytest.mark.slow
def test_clients_of_a_server_see_each_others_writes_in_kept_scopes(chroma_url: str) -> None:
    kept = KeptScopes()
    index = ChromaIndex(None, chroma_url, "narrowed", DIMENSION, kept=kept)
    other = ChromaIndex(None, chroma_url, "narrowed", DIMENSION)
    pair = Pair(index, kept)
    pair.add(entries(0, 100))
    pair.keep(COLLECTION)
    pair.add(entries(100, 120))
    assert kept.find(COLLECTION) is not None
    pair.check(COLLECTION)
    other.add(entries(0, 20, shift=1))
    pair.exact.add(entries(0, 20, shift=1))
    pair.check(COLLECTION)
    pair.keep(COLLECTION)
    other.remove(["k25", "k40"])
    pair.exact.remove(["k25", "k40"])
    pair.check(COLLECTION)
    index.close()
    other.close()

"""Scopes kept in memory: what they find, how they follow writes, and how much they may take."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
import pytest

from eval.systems.baseline_dense import ExactDenseIndex
from ingest.embedding.base import Vector
from ingest.errors import IndexUnavailable
from ingest.index.base import Entry, Query, Scope
from ingest.index.kept_scopes import Kept, KeptMembers, KeptScopes, KeptVectors, estimate_bytes

DIMENSION = 32
SCOPE = Scope(collection_ids=("c1",))
OTHER = Scope(document_ids=("d1", "d2"))


def vector(seed: int) -> Vector:
    return np.random.default_rng(seed).normal(size=DIMENSION).astype(np.float32)


def entry(number: int, collection: str = "c1", seed: int | None = None) -> Entry:
    own = vector(number if seed is None else seed)
    return Entry(f"k{number}", f"d{number % 5}", collection, "", "", own)


def pack(*numbers: int) -> KeptVectors:
    return KeptVectors.collect(
        [{f"k{number}": vector(number)} for number in numbers], len(numbers), DIMENSION
    )


def keep(scopes: KeptScopes, scope: Scope, load: Callable[[], Kept]) -> None:
    for _ in range(2):
        scopes.load_if_repeated(scope, lambda _wanted: load())
    scopes.wait()


def found(scopes: KeptScopes, scope: Scope = SCOPE) -> list[str]:
    kept = scopes.find(scope)
    assert isinstance(kept, KeptVectors)
    return sorted(match.chunk_id for match in kept.search(vector(0), 100))


def test_it_finds_what_an_exact_search_finds() -> None:
    kept, exact = pack(*range(3_000)), ExactDenseIndex(DIMENSION)
    exact.add([entry(number) for number in range(3_000)])
    for seed in range(10_000, 10_010):
        matches, due = kept.search(vector(seed), 50), exact.search(Query("", vector(seed)), 50)
        assert [match.chunk_id for match in matches] == [match.chunk_id for match in due]
        assert [m.score for m in matches] == pytest.approx([m.score for m in due], abs=1e-6)


def test_equal_vectors_are_ordered_by_id_wherever_they_stand() -> None:
    vectors = {f"k{number}": vector(number) for number in range(1_001)}
    equal = {f"e{number:02}": vector(7) for number in reversed(range(40))}
    kept = KeptVectors.collect([vectors, equal], len(vectors) + 40, DIMENSION)
    best = [match.chunk_id for match in kept.search(vector(7), 20)]
    assert best == sorted(equal)[:20]


def test_a_scope_is_loaded_when_it_is_asked_for_again() -> None:
    scopes, loaded = KeptScopes(), []

    def load(_wanted: Callable[[], bool]) -> Kept:
        loaded.append(1)
        return pack(1, 2)

    scopes.load_if_repeated(SCOPE, load)
    scopes.wait()
    assert (loaded, scopes.find(SCOPE)) == ([], None)
    for _ in range(3):
        scopes.load_if_repeated(SCOPE, load)
    scopes.wait()
    assert (loaded, found(scopes)) == ([1], ["k1", "k2"])
    assert scopes.find(OTHER) is None
    scopes.close()


def test_it_follows_what_is_written_in_its_order() -> None:
    scopes = KeptScopes()
    keep(scopes, SCOPE, lambda: pack(1, 2, 3, 4))
    scopes.change([], [entry(5), entry(6, "c2")])
    scopes.change(["k1", "nowhere"], [])
    scopes.change([], [entry(2, "c2"), entry(3, seed=77)])
    assert found(scopes) == ["k3", "k4", "k5"]
    kept = scopes.find(SCOPE)
    assert isinstance(kept, KeptVectors)
    assert kept.search(vector(77), 1)[0].score == pytest.approx(1)
    scopes.change(["k5"], [])
    scopes.change([], [entry(1), entry(5)])
    assert found(scopes) == ["k1", "k3", "k4", "k5"]
    scopes.change([f"k{number}" for number in range(1, 6)], [])
    assert found(scopes) == []
    scopes.close()


def test_what_is_written_while_a_scope_is_loaded_is_not_missed() -> None:
    scopes, begun, go_on = KeptScopes(), threading.Event(), threading.Event()

    def load(_wanted: Callable[[], bool]) -> Kept:
        before = pack(1, 2)
        begun.set()
        assert go_on.wait(10)
        return before

    for _ in range(2):
        scopes.load_if_repeated(SCOPE, load)
    assert begun.wait(10)
    assert scopes.find(SCOPE) is None
    scopes.change(["k1"], [])
    scopes.change([], [entry(3)])
    go_on.set()
    scopes.wait()
    assert found(scopes) == ["k2", "k3"]
    scopes.close()


def test_a_scope_forgotten_while_it_is_loaded_is_not_kept() -> None:
    scopes, begun, go_on = KeptScopes(), threading.Event(), threading.Event()
    wanted_after: list[bool] = []

    def load(is_wanted: Callable[[], bool]) -> Kept:
        begun.set()
        assert go_on.wait(10)
        wanted_after.append(is_wanted())
        return pack(1)

    for _ in range(2):
        scopes.load_if_repeated(SCOPE, load)
    assert begun.wait(10)
    scopes.forget()
    go_on.set()
    scopes.wait()
    assert (wanted_after, scopes.find(SCOPE)) == ([False], None)
    keep(scopes, SCOPE, lambda: pack(2))
    assert found(scopes) == ["k2"]
    scopes.close()


def test_scopes_together_stay_within_the_bound() -> None:
    scopes = KeptScopes(most_bytes=estimate_bytes(5, DIMENSION))
    keep(scopes, SCOPE, lambda: pack(1, 2, 3))
    keep(scopes, OTHER, lambda: pack(1, 2, 3))
    assert scopes.find(SCOPE) is None
    assert found(scopes, OTHER) == ["k1", "k2", "k3"]
    scopes.close()


def test_a_scope_that_is_written_and_never_searched_is_given_up() -> None:
    scopes = KeptScopes()
    keep(scopes, SCOPE, lambda: pack(1))
    scopes.change([f"x{number}" for number in range(6_000)], [])
    assert scopes.find(SCOPE) is None
    scopes.close()


def test_a_scope_that_fails_to_load_is_tried_again() -> None:
    scopes = KeptScopes()

    def fail() -> Kept:
        raise IndexUnavailable("gone")

    keep(scopes, SCOPE, fail)
    assert scopes.find(SCOPE) is None
    scopes.load_if_repeated(SCOPE, lambda _wanted: pack(1))
    scopes.wait()
    assert found(scopes) == ["k1"]
    scopes.close()
    keep(scopes, OTHER, lambda: pack(1))
    assert scopes.find(OTHER) is None


def test_members_are_told_from_others_and_follow_writes() -> None:
    members = KeptMembers.pack(["a", "b", "c"], 12)
    assert members.select(["a", "x", "c"]) == [True, False, True]
    assert members.share == pytest.approx(0.25)
    changed = members.apply({"a": None, "x": vector(1), "unknown": None})
    assert changed.select(["a", "b", "c", "x", "unknown"]) == [False, True, True, True, False]
    nothing = members.apply({"a": None, "b": None, "c": None})
    assert (nothing.select(["a", "b"]), nothing.share) == ([False, False], 0)
    assert KeptMembers.pack([], 0).share == 0

"""Keeps in memory what a narrowed search needs: the vectors of the scopes that were searched last.

A graph over everything is slow at finding the nearest of a part: with 100,000 entries Chroma took
50 to 160 ms. The vectors of a collection of 10,000 are compared one by one in half a millisecond. A
scope is loaded in the background once it is asked for a second time, so that one that is asked for
once costs nothing. Of a scope that holds most of the index only the ids are kept: the graph finds
its nearest quickly, and the others are left out of the result.

A passage of 384 numbers takes 1.6 kB, so 100,000 would take 164 MB; `MOST_BYTES` is the bound for
all scopes together. With 16 bits a number it would be half, but cosines would differ by up to 1e-5
and near ties be ordered by chance.

Limits: the owner says what it writes (`change`) and when another process has written (`forget`).
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ingest.embedding.base import Vector
from ingest.errors import IndexUnavailable
from ingest.index.base import Entry, Match, Scope

MOST_BYTES = 64_000_000
"""Of all scopes kept: 39,000 passages of 384 numbers, which take 5 ms to compare."""
_ID_BYTES = 100
"""What an id of 32 characters takes as a Python string in a list."""
_MOST_ASKED = 64
"""Scopes remembered that were asked for once."""
_MOST_CHANGES = 5_000
"""Entries written since a scope was searched; with more it is loaded anew when it is asked for."""
_ROUNDING = 1e-6
"""More than what a cosine in float32 is off by."""
_DECIMALS = 9
"""Of scores, so that equal vectors get equal ones: products in float64 are off by 1e-16."""

Changes = dict[str, Vector | None]
"""The new vector by id, None for what is no longer in the scope."""


@dataclass(frozen=True, slots=True, eq=False)
class KeptVectors:
    """The entries of a scope: a row of length 1 for each id."""

    ids: list[str]
    rows: Vector

    @classmethod
    def collect(cls, parts: Iterable[Mapping[str, Vector]], most: int, dim: int) -> KeptVectors:
        """Return the entries of all parts, which are vectors by id; at most `most` of them."""
        ids: list[str] = []
        rows = np.empty((most, dim), np.float32)
        for part in parts:
            for chunk_id, vector in part.items():
                rows[len(ids)] = _scale_to_unit(vector)
                ids.append(chunk_id)
        return cls(ids, rows[: len(ids)])

    @property
    def size_in_bytes(self) -> int:
        """What it takes of memory, about."""
        return estimate_bytes(*self.rows.shape)

    def apply(self, changes: Changes) -> KeptVectors:
        """Return the entries after these changes."""
        stays = np.array([each not in changes for each in self.ids], bool)
        added = {key: vector for key, vector in changes.items() if vector is not None}
        new = KeptVectors.collect([added], len(added), self.rows.shape[1])
        ids = [each for each in self.ids if each not in changes]
        return KeptVectors(ids + new.ids, np.concatenate([self.rows[stays], new.rows]))

    def search(self, vector: Vector, limit: int) -> list[Match]:
        """Return the `limit` nearest by cosine, best first; ties by chunk id."""
        unit = _scale_to_unit(vector)
        scores = self.rows @ unit
        places = np.arange(len(scores))
        if len(scores) > limit:
            least = np.partition(scores, -limit)[-limit]
            places = np.flatnonzero(scores >= least - _ROUNDING)
        exact = np.round(self.rows[places].astype(np.float64) @ unit, _DECIMALS)
        found = [
            (float(score), self.ids[place]) for score, place in zip(exact, places, strict=True)
        ]
        found.sort(key=lambda each: (-each[0], each[1]))
        return [Match(chunk_id, score) for score, chunk_id in found[:limit]]


@dataclass(frozen=True, slots=True, eq=False)
class KeptMembers:
    """Which entries a large scope has, of an index of `total`: the sorted hashes of their ids.

    Python's hashes have 64 bits, so that an entry counts as a member by mistake once in 10^13.
    """

    hashes: NDArray[np.int64]
    total: int

    @classmethod
    def pack(cls, ids: Collection[str], total: int) -> KeptMembers:
        """Return the members with these ids."""
        return cls(np.unique(_hash_ids(ids)), max(total, len(ids)))

    @property
    def size_in_bytes(self) -> int:
        """What it takes of memory."""
        return int(self.hashes.nbytes)

    @property
    def share(self) -> float:
        """The part of the index that is in the scope."""
        return len(self.hashes) / self.total if self.total else 0.0

    def apply(self, changes: Changes) -> KeptMembers:
        """Return the members after these changes."""
        gone = _hash_ids([key for key, vector in changes.items() if vector is None])
        new = _hash_ids([key for key, vector in changes.items() if vector is not None])
        hashes = np.union1d(np.setdiff1d(self.hashes, gone, assume_unique=True), new)
        return KeptMembers(hashes, max(self.total, len(hashes)))

    def select(self, ids: Sequence[str]) -> list[bool]:
        """Return for each id whether it is a member."""
        hashes = _hash_ids(ids)
        places = np.minimum(np.searchsorted(self.hashes, hashes), max(0, len(self.hashes) - 1))
        found: list[bool] = (
            (self.hashes[places] == hashes) if len(self.hashes) else np.zeros(len(ids), bool)
        ).tolist()
        return found


Kept = KeptVectors | KeptMembers
Load = Callable[[Callable[[], bool]], Kept]
"""Loads a scope; may stop when the function it is given says that it is no longer wanted."""
_Key = tuple[frozenset[str] | None, frozenset[str] | None]


@dataclass(slots=True, eq=False)
class _Slot:
    """A scope that is kept, or is being loaded (`content` None), and what was written since."""

    content: Kept | None = None
    changes: Changes = field(default_factory=dict)


class KeptScopes:
    """The scopes of one index that are kept. Safe to call from several threads."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.most_bytes = most_bytes
        self._lock = threading.Lock()
        """Guards all fields below; never held while a scope is loaded."""
        self._slots: OrderedDict[_Key, _Slot] = OrderedDict()
        """The one searched last is at the end."""
        self._asked: OrderedDict[_Key, None] = OrderedDict()
        self._threads = ThreadPoolExecutor(1, "docchat-scopes")
        self._last: Future[None] | None = None
        self._closed = False

    def find(self, scope: Scope) -> Kept | None:
        """Return what is kept of a scope, up to date; None if it is not kept."""
        key = _build_key(scope)
        with self._lock:
            slot = self._slots.get(key)
            if slot is None or slot.content is None:
                return None
            if slot.changes:
                slot.content, slot.changes = slot.content.apply(slot.changes), {}
            self._slots.move_to_end(key)
            return slot.content

    def load_if_repeated(self, scope: Scope, load: Load) -> None:
        """Begin to load a scope if it was asked for before, and return at once."""
        key = _build_key(scope)
        with self._lock:
            if self._closed or key in self._slots:
                return
            if key not in self._asked:
                self._asked[key] = None
                while len(self._asked) > _MOST_ASKED:
                    self._asked.popitem(last=False)
                return
            slot = self._slots[key] = _Slot()
            self._last = self._threads.submit(self._fill_slot, key, slot, load)

    def change(self, removed: Collection[str], added: Sequence[Entry]) -> None:
        """Take over what was written to the index, after it was written and in the same order."""
        with self._lock:
            for key in list(self._slots):
                changes = self._slots[key].changes
                changes.update(dict.fromkeys(removed))
                for entry in added:
                    # One that was in the scope and is in another now is taken out of this one.
                    changes[entry.chunk_id] = entry.vector if _has_entry(key, entry) else None
                if len(changes) > _MOST_CHANGES:
                    del self._slots[key]

    def forget(self) -> None:
        """Keep nothing of before: another process has written."""
        with self._lock:
            self._slots.clear()
            self._asked.clear()

    def wait(self) -> None:
        """Wait until all that is being loaded is there: for tests and measurements."""
        with self._lock:
            last = self._last
        if last is not None:
            last.result()

    def close(self) -> None:
        """Keep nothing, now and later; what is being loaded is given up."""
        with self._lock:
            self._closed = True
            self._slots.clear()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _fill_slot(self, key: _Key, slot: _Slot, load: Load) -> None:
        loaded: Kept | None = None
        try:
            loaded = load(lambda: self._slots.get(key) is slot)
        except IndexUnavailable:
            pass  # the next search meets the same error, and tells it
        finally:
            with self._lock:
                if self._slots.get(key) is slot:
                    slot.content = loaded
                    self._drop_surplus(key if loaded is None else None)

    def _drop_surplus(self, failed: _Key | None) -> None:
        """Drop a scope that could not be loaded, and those searched longest ago beyond the bound.

        The caller holds the lock.
        """
        if failed is not None:
            del self._slots[failed]
        held = {key: each.content for key, each in self._slots.items() if each.content is not None}
        total = sum(content.size_in_bytes for content in held.values())
        for key, content in held.items():
            if total <= self.most_bytes:
                break
            total -= content.size_in_bytes
            del self._slots[key]


def estimate_bytes(entries: int, dimension: int) -> int:
    """Return what vectors of so many entries take when they are kept."""
    return entries * (np.dtype(np.float32).itemsize * dimension + _ID_BYTES)


def _scale_to_unit(vector: Vector) -> Vector:
    unit: Vector = vector / np.float32(max(float(np.linalg.norm(vector)), 1e-12))
    return unit


def _hash_ids(ids: Collection[str]) -> NDArray[np.int64]:
    return np.fromiter(map(hash, ids), np.int64, len(ids))


def _build_key(scope: Scope) -> _Key:
    collections, documents = scope.collection_ids, scope.document_ids
    return (
        None if collections is None else frozenset(collections),
        None if documents is None else frozenset(documents),
    )


def _has_entry(key: _Key, entry: Entry) -> bool:
    collections, documents = key
    return (collections is None or entry.collection_id in collections) and (
        documents is None or entry.document_id in documents
    )

"""Identifies what built an index, so that it is never searched with other settings.

A fingerprint names embedder, chunker and version of the search terms.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from ingest.errors import StoreUnavailable


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Embedder, chunker and terms: all that changes vectors, chunk borders or search terms.

    The default of `terms` is for indexes that were built before it was recorded.
    """

    embedder: str
    dimension: int
    chunker: str
    max_tokens: int
    overlap_tokens: int
    terms: str = "1"

    def to_json(self) -> str:
        """Return the form that is kept in the store."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Fingerprint:
        """Read the form that is kept in the store. Raises StoreUnavailable when it is damaged."""
        try:
            return cls(**json.loads(text))
        except (ValueError, TypeError) as error:
            raise StoreUnavailable(
                f"The note of what built the index is damaged: {text}"
            ) from error

    def describe_difference(self, other: Fingerprint) -> str:
        """Say in words in what `other` differs; empty when in nothing."""
        mine, others = asdict(self), asdict(other)
        return ", ".join(
            f"{name} {mine[name]!r} became {others[name]!r}"
            for name in mine
            if mine[name] != others[name]
        )

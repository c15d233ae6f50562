"""What built an index: it answers only those who ask with the same embedder, chunker and terms."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from ingest.errors import StoreUnavailable


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Embedder, chunker and terms, down to what changes vectors, chunk borders or words.

    `terms` has the value that indexes had before it was noted.
    """

    embedder: str
    dimension: int
    chunker: str
    max_tokens: int
    overlap_tokens: int
    terms: str = "1"

    def to_json(self) -> str:
        """Return the form that is noted in the store."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Fingerprint:
        """Read the noted form. Raises StoreUnavailable when it is damaged."""
        try:
            return cls(**json.loads(text))
        except (ValueError, TypeError) as error:
            raise StoreUnavailable(
                f"The note of what built the index is damaged: {text}"
            ) from error

    def describe_difference(self, other: Fingerprint) -> str:
        """Say in words what `other` has otherwise; empty when nothing."""
        mine, others = asdict(self), asdict(other)
        return ", ".join(
            f"{name} {mine[name]!r} became {others[name]!r}"
            for name in mine
            if mine[name] != others[name]
        )

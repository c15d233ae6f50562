"""How far a set of passages carries a claim, in figures: what the grounding check decides from.

A claim is compared with single statements and pairs of neighbouring ones, so that a sentence that
draws two together is not punished for it. Terms weigh by their rarity among the statements at hand.

Limits: figures of words, not of meaning. Pronouns are not resolved.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import pairwise

from ingest.text.terms import terms
from ingest.types import Chunk
from rag.analysis.facts import Quantity, names, quantities
from rag.analysis.rarity import weigh_rarity
from rag.analysis.statements import row_text, statements
from rag.analysis.term_bag import Read, read


@dataclass(frozen=True, slots=True)
class Line:
    """A statement of a passage; `place` counts statements within its chunk."""

    read: Read
    chunk_id: str
    place: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was found of a claim. Shares are 0..1, weighted by rarity where they are of terms.

    `nearest`: share of the claim's terms in the best statement or pair; `anywhere`: in all
    together; `pairs`: share of its adjacent term pairs that stand adjacent somewhere;
    `backwards`: share of the nearest statement's terms that the claim has. `line` is the nearest
    single statement, `unbound` the quantities that stand elsewhere but not there or beside it.
    """

    nearest: float
    anywhere: float
    pairs: float
    backwards: float
    line: Line | None
    missing_quantities: tuple[Quantity, ...] = ()
    unbound: tuple[Quantity, ...] = ()
    other_units: tuple[Quantity, ...] = ()
    missing_names: tuple[str, ...] = ()
    quantities: int = 0
    names: int = 0


@lru_cache(maxsize=512)
def _facts(text: str) -> tuple[frozenset[Quantity], frozenset[str]]:
    return quantities(text), frozenset(terms(text))


@dataclass(frozen=True)
class Evidence:
    """Passages made ready for comparison."""

    chunks: tuple[Chunk, ...]
    weights: Mapping[str, float] = field(default_factory=dict)
    rarest: float = weigh_rarity(1, 1)
    """The weight of a term that stands in one statement, or in none."""

    @classmethod
    def of(cls, chunks: Iterable[Chunk]) -> Evidence:
        """Return the evidence of these passages, each once, terms weighed among all of them."""
        unique = tuple({chunk.id: chunk for chunk in chunks}.values())
        plain = cls(unique)
        counts = Counter(term for line in plain.lines for term in line.read.bag)
        total = max(1, len(plain.lines))
        weights = {term: weigh_rarity(total, count) for term, count in counts.items()}
        return cls(unique, weights, weigh_rarity(total, 1))

    def only(self, chunk_ids: frozenset[str]) -> Evidence:
        """Return the part of the evidence from these chunks, with the same weights."""
        kept = tuple(chunk for chunk in self.chunks if chunk.id in chunk_ids)
        return Evidence(kept, self.weights, self.rarest)

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """All statements of all passages, in order."""
        return tuple(
            Line(read(row_text(item) if item.kind == "row" else item.text), chunk.id, place)
            for chunk in self.chunks
            for place, item in enumerate(statements(chunk.text))
        )

    @cached_property
    def _bag(self) -> frozenset[str]:
        found = [line.read.bag for line in self.lines]
        headings = [read("\n".join(chunk.heading_path)).bag for chunk in self.chunks]
        return frozenset().union(*found, *headings)

    @cached_property
    def _pairs(self) -> frozenset[tuple[str, str]]:
        return frozenset().union(*(line.read.pairs for line in self.lines))

    @cached_property
    def _quantities(self) -> frozenset[Quantity]:
        found = [_facts(chunk.indexed_text)[0] for chunk in self.chunks]
        return frozenset().union(*found)

    @cached_property
    def _words(self) -> frozenset[str]:
        return frozenset().union(*(_facts(chunk.indexed_text)[1] for chunk in self.chunks))

    def compare(self, claim: str) -> Comparison:
        """Return how far this evidence carries the claim."""
        said = read(claim)
        line, nearest = self._nearest(said)
        stated, called = quantities(claim), names(claim)
        missing, units = self._quantity_faults(stated)
        beside = self._beside(line) if line else frozenset[str | Quantity]()
        unbound = (q for q in stated if not {q.value, q.base} & beside and q not in missing)
        return Comparison(
            nearest=nearest,
            anywhere=self.share(said.bag, self._bag),
            pairs=len(said.pairs & self._pairs) / len(said.pairs) if said.pairs else nearest,
            backwards=self.share(line.read.bag, said.bag) if line else 0.0,
            line=line,
            missing_quantities=missing,
            unbound=tuple(sorted(unbound, key=_in_order)),
            other_units=units,
            missing_names=tuple(sorted(called - self._words)),
            quantities=len(stated),
            names=len(called),
        )

    def text_of(self, chunk_id: str) -> str:
        """Return a passage's headings and text, case folded."""
        return "\n".join(c.indexed_text for c in self.chunks if c.id == chunk_id).casefold()

    def share(self, wanted: frozenset[str], found: frozenset[str]) -> float:
        """Return which share of the wanted terms is among the found, by weight."""
        weigh, rarest = self.weights.get, self.rarest
        total = sum(weigh(term, rarest) for term in wanted)
        return sum(weigh(term, rarest) for term in wanted & found) / total if total else 0.0

    def _nearest(self, said: Read) -> tuple[Line | None, float]:
        """Return the statement that holds most of the claim, and the share it has, or has together
        with the statement after or before it."""  # noqa: D205, D209
        shares = [self.share(said.bag, line.read.bag) for line in self.lines]
        if not shares:
            return None, 0.0
        best = max(range(len(shares)), key=shares.__getitem__)
        top = shares[best]
        for low, high in pairwise(range(len(shares))):
            one, two = self.lines[low], self.lines[high]
            if one.chunk_id == two.chunk_id and shares[low] + shares[high] > top:
                top = max(top, self.share(said.bag, one.read.bag | two.read.bag))
        return self.lines[best], top

    def _beside(self, line: Line) -> frozenset[str | Quantity]:
        """Return the numbers of a statement and of those next to it: written, plain and in base."""
        near = [
            other.read.text
            for other in self.lines
            if other.chunk_id == line.chunk_id and abs(other.place - line.place) <= 1
        ]
        stated, words = _facts("\n".join(near))
        return frozenset({*words, *(q.value for q in stated), *(q.base for q in stated)})

    def _quantity_faults(
        self, stated: frozenset[Quantity]
    ) -> tuple[tuple[Quantity, ...], tuple[Quantity, ...]]:
        """Return the quantities that are not there, and those that are there in other units."""
        there: dict[str, set[str]] = {}
        for quantity in self._quantities:
            there.setdefault(quantity.value, set()).add(quantity.unit)
        bases = {quantity.base for quantity in self._quantities}
        missing: list[Quantity] = []
        units: list[Quantity] = []
        for quantity in sorted(stated, key=_in_order):
            if quantity.base in bases:
                continue
            if quantity.value not in there and quantity.value not in self._words:
                missing.append(quantity)
            elif quantity.unit and "" not in there.get(quantity.value, {""}):
                units.append(quantity)
        return tuple(missing), tuple(units)


def _in_order(quantity: Quantity) -> tuple[str, str]:
    return quantity.value, quantity.unit

"""Measures how far a set of passages supports a claim; the grounding check decides by the figures.

A claim is compared with single statements and with pairs of neighbouring ones, so that a sentence
that joins two statements scores as well as one. Terms are weighted by their rarity among the
statements at hand.

Limits: compares words, not meanings. Pronouns are not resolved.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import pairwise

from ingest.text.terms import extract_terms
from ingest.types import Chunk
from rag.analysis.facts import Quantity, extract_names, extract_quantities
from rag.analysis.rarity import weigh_rarity
from rag.analysis.statements import Statement, row_text, split_row_cells, split_statements
from rag.analysis.term_bag import TermBag, build_term_bag

_NUMBER = re.compile(r"[\s$€£¥(（+−–-]*\d[\d.,]*\s*[%)）]*")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


@dataclass(frozen=True, slots=True)
class EvidenceStatement:
    """A statement of a passage; `place` counts statements within its chunk.

    `above` are the rows of headings over a table's row that the file does not mark as such.
    """

    terms: TermBag
    chunk_id: str
    place: int
    above: str = ""


@dataclass(frozen=True, slots=True)
class ClaimComparison:
    """What was found of a claim. Shares are 0..1; shares of terms are weighted by rarity.

    `nearest`: share of the claim's terms in the best statement or pair; `anywhere`: in all
    together; `pairs`: share of its adjacent term pairs that stand adjacent somewhere;
    `backwards`: share of the nearest statement's terms that the claim has. `line` is the nearest
    single statement, `unbound` the quantities that stand elsewhere but not there or beside it.
    `missing_quantities` are nowhere, `other_units` only with another unit; `missing_names` are
    nowhere. `quantities` and `names` count those of the claim.
    """

    nearest: float
    anywhere: float
    pairs: float
    backwards: float
    line: EvidenceStatement | None
    missing_quantities: tuple[Quantity, ...] = ()
    unbound: tuple[Quantity, ...] = ()
    other_units: tuple[Quantity, ...] = ()
    missing_names: tuple[str, ...] = ()
    quantities: int = 0
    names: int = 0


@lru_cache(maxsize=512)
def _extract_facts(text: str) -> tuple[frozenset[Quantity], frozenset[str]]:
    return extract_quantities(text), frozenset(extract_terms(text))


@dataclass(frozen=True)
class Evidence:
    """Passages made ready for comparison."""

    chunks: tuple[Chunk, ...]
    weights: Mapping[str, float] = field(default_factory=dict)
    rarest: float = weigh_rarity(1, 1)
    """The weight of a term that stands in one statement, or in none."""

    @classmethod
    def from_chunks(cls, chunks: Iterable[Chunk]) -> Evidence:
        """Return the evidence of these passages, each once, terms weighed among all of them."""
        unique = tuple({chunk.id: chunk for chunk in chunks}.values())
        plain = cls(unique)
        counts = Counter(term for line in plain.lines for term in line.terms.bag)
        total = max(1, len(plain.lines))
        weights = {term: weigh_rarity(total, count) for term, count in counts.items()}
        return cls(unique, weights, weigh_rarity(total, 1))

    def restrict_to(self, chunk_ids: frozenset[str]) -> Evidence:
        """Return the part of the evidence from these chunks, with the same weights."""
        chunks = tuple(chunk for chunk in self.chunks if chunk.id in chunk_ids)
        return Evidence(chunks, self.weights, self.rarest)

    @cached_property
    def lines(self) -> tuple[EvidenceStatement, ...]:
        """All statements of all passages, in order."""
        return tuple(
            EvidenceStatement(
                build_term_bag(row_text(item) if item.kind == "row" else item.text),
                chunk.id,
                place,
                above,
            )
            for chunk in self.chunks
            for place, (item, above) in enumerate(_pair_with_headings(chunk.text))
        )

    @cached_property
    def _content_terms(self) -> frozenset[str]:
        found = [line.terms.bag for line in self.lines]
        headings = [build_term_bag("\n".join(chunk.heading_path)).bag for chunk in self.chunks]
        return frozenset().union(*found, *headings)

    @cached_property
    def _term_pairs(self) -> frozenset[tuple[str, str]]:
        return frozenset().union(*(line.terms.pairs for line in self.lines))

    @cached_property
    def _all_quantities(self) -> frozenset[Quantity]:
        found = [_extract_facts(chunk.indexed_text)[0] for chunk in self.chunks]
        return frozenset().union(*found)

    @cached_property
    def _indexed_terms(self) -> frozenset[str]:
        return frozenset().union(*(_extract_facts(chunk.indexed_text)[1] for chunk in self.chunks))

    def compare(self, claim: str) -> ClaimComparison:
        """Return how far this evidence supports the claim."""
        terms = build_term_bag(claim)
        line, nearest = self._find_nearest_statement(terms)
        quantities, names = extract_quantities(claim), extract_names(claim)
        missing, units = self._find_quantity_faults(quantities)
        nearby = self._collect_nearby_facts(line) if line else frozenset[str | Quantity]()
        unbound = (q for q in quantities if not {q.value, q.base} & nearby and q not in missing)
        return ClaimComparison(
            nearest=nearest,
            anywhere=self.measure_share(terms.bag, self._content_terms),
            pairs=len(terms.pairs & self._term_pairs) / len(terms.pairs)
            if terms.pairs
            else nearest,
            backwards=self.measure_share(line.terms.bag, terms.bag) if line else 0.0,
            line=line,
            missing_quantities=missing,
            unbound=tuple(sorted(unbound, key=_quantity_sort_key)),
            other_units=units,
            missing_names=tuple(sorted(names - self._indexed_terms)),
            quantities=len(quantities),
            names=len(names),
        )

    def text_of(self, chunk_id: str) -> str:
        """Return a passage's headings and text, case folded."""
        return "\n".join(c.indexed_text for c in self.chunks if c.id == chunk_id).casefold()

    def measure_share(self, wanted: frozenset[str], found: frozenset[str]) -> float:
        """Return which share of the wanted terms is among the found, by weight."""
        weigh, rarest = self.weights.get, self.rarest
        total = sum(weigh(term, rarest) for term in wanted)
        return sum(weigh(term, rarest) for term in wanted & found) / total if total else 0.0

    def _find_nearest_statement(self, claim: TermBag) -> tuple[EvidenceStatement | None, float]:
        """Return the statement that has most of the claim, and the highest share of any or any two.

        Two are neighbouring statements of one chunk, taken together.
        """
        shares = [self.measure_share(claim.bag, line.terms.bag) for line in self.lines]
        if not shares:
            return None, 0.0
        best = max(range(len(shares)), key=shares.__getitem__)
        top = shares[best]
        for low, high in pairwise(range(len(shares))):
            one, two = self.lines[low], self.lines[high]
            # Together they have at most the sum of both shares: only then is it worth measuring.
            if one.chunk_id == two.chunk_id and shares[low] + shares[high] > top:
                top = max(top, self.measure_share(claim.bag, one.terms.bag | two.terms.bag))
        return self.lines[best], top

    def _collect_nearby_facts(self, line: EvidenceStatement) -> frozenset[str | Quantity]:
        """Return terms and numbers of a statement and of those next to it.

        Numbers come as they are written, in plain form and in their base unit.
        """
        near = [
            other.terms.text
            for other in self.lines
            if other.chunk_id == line.chunk_id and abs(other.place - line.place) <= 1
        ]
        stated, words = _extract_facts("\n".join((*near, line.above)))
        return frozenset({*words, *(q.value for q in stated), *(q.base for q in stated)})

    def _find_quantity_faults(
        self, quantities: frozenset[Quantity]
    ) -> tuple[tuple[Quantity, ...], tuple[Quantity, ...]]:
        """Return the quantities that are not there, and those that are there in other units."""
        units_of: dict[str, set[str]] = {}
        for quantity in self._all_quantities:
            units_of.setdefault(quantity.value, set()).add(quantity.unit)
        bases = {quantity.base for quantity in self._all_quantities}
        missing: list[Quantity] = []
        units: list[Quantity] = []
        for quantity in sorted(quantities, key=_quantity_sort_key):
            if quantity.base in bases:
                continue
            if quantity.value not in units_of and quantity.value not in self._indexed_terms:
                missing.append(quantity)
            # A number without a unit may have any: it is no other unit than the claim's.
            elif quantity.unit and "" not in units_of.get(quantity.value, {""}):
                units.append(quantity)
        return tuple(missing), tuple(units)


def _pair_with_headings(text: str) -> Iterator[tuple[Statement, str]]:
    """Yield each statement with the unmarked heading rows of its table, "" for all but rows.

    Headings may take several rows ("Years ended", "2019 | 2018"), of which files mark one or none:
    rows of words and years at the top of a table.
    """
    above, open_top = "", False
    for item in split_statements(text):
        if item.kind != "row":
            above, open_top = "", item.kind == "header"
            yield item, ""
            continue
        open_top = open_top and not any(map(_is_number, split_row_cells(item.text)))
        above = f"{above}\n{item.text}" if open_top else above
        yield item, above


def _is_number(cell: str) -> bool:
    return _NUMBER.fullmatch(cell) is not None and _YEAR.search(cell) is None


def _quantity_sort_key(quantity: Quantity) -> tuple[str, str]:
    return quantity.value, quantity.unit

"""From markers in the answer to evidence on the page: which words of which passage carry it.

For every `[n]` the claim that it closes is compared with the statements of hit n (and of the
neighbours that it was shown with): words that stand there verbatim are the quote, else the
statement that shares most of the claim's terms, rare ones counting more. Citations come while the
text streams, each after its marker.

Limits: terms are compared, not meanings, so for a claim in another language than its passage the
quote is the whole passage. A claim that follows its marker ("[1] says ...") is waited for until
its sentence ends.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from ingest.document.geometry import boxes_of
from ingest.text.sentences import split_sentences
from ingest.text.terms import terms
from ingest.types import Chunk
from rag.analysis.markers import Markers, MarkerScanner
from rag.analysis.rarity import weigh_rarity
from rag.analysis.statements import Statement, row_text, statements
from rag.types import Citation, Hit

_LEAST_VERBATIM = 6
"""Letters and digits that a claim must have to be looked for as it stands."""
_FEW_TERMS = 2
_WEAK = 0.5
_WORTH_JOINING = 0.15
_RECALL_WEIGHT = 0.8
_CLOSING = re.compile(r"(?:\s?[%％‰°])?[.。!！?？;；)）」』”’\"']*")
"""What belongs to the words before it although it is no letter: a percent sign, closing marks."""
_TAIL = 2_000
"""Characters of the answer looked back on for the sentence that a marker closes."""


def cite(pieces: Iterable[str], hits: Sequence[Hit]) -> Iterator[str | Citation]:
    """Yield the answer's text in pieces with markers as `[n]`, and its citations as they resolve.

    The strings joined are the final text: every marker in it points to a hit and has a Citation,
    which comes after it. The same quote under the same marker comes once.
    """
    stream = CitationStream(hits)
    for piece in pieces:
        yield from stream.feed(piece)
    yield from stream.finish()


def cited_text(text: str, hits: Sequence[Hit]) -> tuple[str, tuple[Citation, ...]]:
    """Return a whole answer's final text and its citations."""
    parts = list(cite([text], hits))
    return (
        "".join(part for part in parts if isinstance(part, str)),
        tuple(part for part in parts if isinstance(part, Citation)),
    )


class CitationStream:
    """Feed it the answer's pieces, take text and citations out; see `cite`."""

    def __init__(self, hits: Sequence[Hit]) -> None:
        self._sources = [_Source(hit) for hit in hits]
        self._scanner = MarkerScanner()
        self._said = ""
        """The answer so far without its markers."""
        self._marked_at = 0
        self._claim = ""
        self._waiting: list[tuple[int, int]] = []
        """(marker, place in `_said`) of markers that stand before their claim."""
        self._seen: set[tuple[int, str]] = set()
        self._swallow = True

    def feed(self, piece: str) -> Iterator[str | Citation]:
        """Take the next piece."""
        for part in self._scanner.feed(piece):
            yield from self._part(part)

    def finish(self) -> Iterator[str | Citation]:
        """Say that the answer is complete."""
        for part in self._scanner.finish():
            yield from self._part(part)
        yield from self._resolve_waiting(final=True)

    def _part(self, part: str | Markers) -> Iterator[str | Citation]:
        if isinstance(part, Markers):
            yield from self._markers(part)
            return
        text = part.lstrip(" \t") if self._swallow else part
        self._swallow = self._swallow and not text
        if text:
            self._said += text
            yield text
            yield from self._resolve_waiting(final=False)

    def _markers(self, place: Markers) -> Iterator[str | Citation]:
        valid = [number for number in place.numbers if 1 <= number <= len(self._sources)]
        if not valid:
            # At the start of a line the space after a marker that goes would be left over.
            self._swallow = not self._said or self._said.endswith("\n")
            return
        yield place.space + "".join(f"[{number}]" for number in valid)
        self._said += place.space
        self._swallow = False
        yield from self._resolve_waiting(final=True)
        claim = self._closed_claim()
        for number in valid:
            if claim:
                yield from self._citation(number, claim)
            else:
                self._waiting.append((number, len(self._said)))

    def _closed_claim(self) -> str:
        """Return the claim that a marker here closes; "" when it stands before its claim."""
        if not self._said[self._marked_at :].strip(" \t.,;:。，；：、"):
            self._marked_at = len(self._said)
            return self._claim
        low = max(0, len(self._said) - _TAIL)
        tail = self._said[low:]
        if tail.endswith("\n"):
            return ""
        ranges = split_sentences(tail)
        start = low + ranges[-1][0] if ranges else low
        fragment = self._said[max(start, self._marked_at) :]
        if len(set(terms(fragment))) < _FEW_TERMS:
            fragment = self._said[start:]
        self._marked_at = len(self._said)
        self._claim = fragment.strip() if terms(fragment) else ""
        return self._claim

    def _resolve_waiting(self, *, final: bool) -> Iterator[Citation]:
        """Resolve the markers that stood before their claim, once its sentence is complete."""
        if not self._waiting:
            return
        after = self._said[self._waiting[0][1] :]
        ranges = split_sentences(after)
        if not final and len(ranges) < 2 and "\n" not in after.strip(" "):
            return
        claim = after[slice(*ranges[0])] if ranges else ""
        waiting, self._waiting = self._waiting, []
        for number, _ in waiting:
            yield from self._citation(number, claim)

    def _citation(self, number: int, claim: str) -> Iterator[Citation]:
        citation = self._sources[number - 1].citation(number, claim)
        if (number, citation.quote) not in self._seen:
            self._seen.add((number, citation.quote))
            yield citation


def resolve(marker: int, claim: str, hit: Hit) -> Citation:
    """Return the citation of `claim` in `hit`: the words there that carry it best.

    The quote may lie in one of the hit's neighbours; then the citation names that chunk.
    """
    return _Source(hit).citation(marker, claim)


@dataclass(frozen=True, slots=True)
class _Candidate:
    chunk: Chunk
    statement: Statement
    terms: frozenset[str]


class _Source:
    """A hit made ready for being quoted; what is costly is done once."""

    def __init__(self, hit: Hit) -> None:
        self._hit = hit

    def citation(self, marker: int, claim: str) -> Citation:
        chunk, start, end = self._place(claim)
        return _citation(marker, self._hit.document_name, chunk, start, end)

    def _place(self, claim: str) -> tuple[Chunk, int, int]:
        for chunk in (self._hit.chunk, *self._hit.neighbours):
            verbatim = _find(claim, chunk.text)
            if verbatim is not None:
                return chunk, *verbatim
        return self._nearest(claim)

    def _nearest(self, claim: str) -> tuple[Chunk, int, int]:
        wanted = frozenset(terms(claim))
        scores = [self._score(wanted, candidate.terms) for candidate in self._candidates]
        best = max(range(len(scores)), key=scores.__getitem__, default=None)
        if best is None or scores[best] == 0.0:
            return _whole(self._hit.chunk)
        found = self._candidates[best]
        start, end = found.statement.start, found.statement.end
        if self._recall(wanted, found.terms) < _WEAK:
            start, end = self._joined(wanted, best)
        return found.chunk, start, end

    def _joined(self, wanted: frozenset[str], best: int) -> tuple[int, int]:
        """Return the range of a weak statement with the neighbour that adds most, if it adds."""
        found = self._candidates[best]
        start, end = found.statement.start, found.statement.end
        alone = self._recall(wanted, found.terms)
        gain, joined = _WORTH_JOINING, (start, end)
        for other in self._candidates[max(0, best - 1) : best + 2]:
            if other is found or other.chunk is not found.chunk:
                continue
            added = self._recall(wanted, found.terms | other.terms) - alone
            if added >= gain:
                gain = added
                joined = (min(start, other.statement.start), max(end, other.statement.end))
        return joined

    @cached_property
    def _candidates(self) -> list[_Candidate]:
        found: list[_Candidate] = []
        for chunk in (self._hit.chunk, *self._hit.neighbours):
            said = statements(chunk.text)
            # The heads of a table share the terms of every rendered row and prove nothing.
            kept = [item for item in said if item.kind != "header"] or said
            for item in kept:
                text = row_text(item) if item.kind == "row" else item.text
                found.append(_Candidate(chunk, item, frozenset(terms(text))))
        return found

    @cached_property
    def _weights(self) -> dict[str, float]:
        counts = Counter(term for candidate in self._candidates for term in candidate.terms)
        total = len(self._candidates)
        return {term: weigh_rarity(total, count) for term, count in counts.items()}

    def _recall(self, wanted: frozenset[str], found: frozenset[str]) -> float:
        weights = self._weights
        known = sum(weights.get(term, 1.0) for term in wanted)
        return sum(weights[term] for term in wanted & found) / known if known else 0.0

    def _score(self, wanted: frozenset[str], found: frozenset[str]) -> float:
        shared = len(wanted & found)
        if not shared:
            return 0.0
        precision = shared / len(found)
        return _RECALL_WEIGHT * self._recall(wanted, found) + (1 - _RECALL_WEIGHT) * precision


def _citation(marker: int, name: str, chunk: Chunk, start: int, end: int) -> Citation:
    # Where no word carries a place (a table drawn without words), the passage's boxes stand in.
    boxes = boxes_of(chunk.spans, start, end) or chunk.boxes
    low, high = chunk.char_range
    exact = high - low == len(chunk.text)
    return Citation(
        marker=marker,
        chunk_id=chunk.id,
        document_id=chunk.document_id,
        document_name=name,
        page=boxes[0].page if boxes else chunk.page,
        boxes=boxes,
        quote=chunk.text[start:end],
        # A table that repeats its head is no slice of the document: there the chunk's own range.
        char_range=(low + start, low + end) if exact else (low, high),
    )


def _whole(chunk: Chunk) -> tuple[Chunk, int, int]:
    text = chunk.text
    return chunk, len(text) - len(text.lstrip()), max(len(text.rstrip()), 0)


def _find(claim: str, text: str) -> tuple[int, int] | None:
    """Return where the claim's letters and digits stand in a row in `text`, spacing aside."""
    sought, _ = _skeleton(claim)
    if len(sought) < _LEAST_VERBATIM:
        return None
    letters, places = _skeleton(text)
    at = letters.find(sought)
    if at < 0:
        return None
    start, end = places[at], places[at + len(sought) - 1] + 1
    closing = _CLOSING.match(text, end)
    return start, closing.end() if closing else end


def _skeleton(text: str) -> tuple[str, list[int]]:
    """Return the letters and digits of a text, folded, and where each came from."""
    letters: list[str] = []
    places: list[int] = []
    for place, char in enumerate(text):
        for folded in unicodedata.normalize("NFKC", char).casefold():
            if folded.isalnum():
                letters.append(folded)
                places.append(place)
    return "".join(letters), places

"""Turns markers in the answer into citations: which words of which passage support the claim.

For every `[n]` the claim before it is compared with the statements of hit n (and of the neighbours
that it was shown with): words that stand there verbatim are the quote, else the statement that
shares most of the claim's terms, rare ones counting more. Citations come while the text streams,
each after its marker.

Limits: terms are compared, not meanings, so for a claim in another language than its passage the
quote is the whole passage. Where the claim follows its marker ("[1] says ..."), the citation comes
at the end of that sentence.
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
from ingest.text.terms import extract_terms
from ingest.types import Chunk
from rag.analysis.markers import MarkerGroup, MarkerScanner
from rag.analysis.rarity import weigh_rarity
from rag.analysis.statements import Statement, row_text, split_statements
from rag.types import AnswerWords, Citation, Hit

_LEAST_VERBATIM = 6
"""Letters and digits that a claim must have to be looked for as it stands."""
_FEW_TERMS = 2
"""With fewer terms since the marker before, the claim is the whole sentence."""
_WEAK_RECALL = 0.5
"""Share of the claim's terms below which a statement may be quoted with its neighbour."""
_WORTH_JOINING = 0.15
"""Share of the claim's terms that the neighbour must add."""
_RECALL_WEIGHT = 0.8
"""Weight of the claim's terms that the statement has; the rest is for terms it has besides."""
_CLOSING = re.compile(r"(?:\s?[%％‰°])?[.。!！?？;；)）」』”’\"']*")
"""What belongs to the words before it although it is no letter: a percent sign, closing marks."""
_LOOKBACK_CHARACTERS = 2_000
"""Characters of the answer searched for the beginning of the sentence that a marker closes."""


def cite_stream(pieces: Iterable[str], hits: Sequence[Hit]) -> Iterator[str | Citation]:
    """Yield the answer's text in pieces with markers as `[n]`, and its citations as they resolve.

    The strings joined are the final text: every marker in it points to a hit and has a Citation,
    which comes after it. The same quote under the same marker comes once.
    """
    stream = CitationStream(hits)
    for piece in pieces:
        if isinstance(piece, AnswerWords):
            yield from stream.feed_answer_words(piece)
        else:
            yield from stream.feed(piece)
    yield from stream.finish()


def cite_text(text: str, hits: Sequence[Hit]) -> tuple[str, tuple[Citation, ...]]:
    """Return a whole answer's final text and its citations."""
    parts = list(cite_stream([text], hits))
    return (
        "".join(part for part in parts if isinstance(part, str)),
        tuple(part for part in parts if isinstance(part, Citation)),
    )


class CitationStream:
    """Takes the answer's pieces and yields text and citations; see `cite_stream`."""

    # A model's piece may end anywhere, also inside "[1" or before the sentence that "[1] says ..."
    # introduces. So three things are remembered between pieces: an incomplete marker (in the
    # scanner), where the last claim ended, and markers whose claim has not come yet. Text is
    # yielded as soon as it cannot be part of a marker; only citations wait.

    def __init__(self, hits: Sequence[Hit]) -> None:
        self._sources = [_QuoteFinder(hit) for hit in hits]
        self._scanner = MarkerScanner()
        self._plain_text = ""
        """The answer so far without its markers."""
        self._marked_at = 0
        """Place in `_plain_text` of the last marker: the next claim is looked for behind it."""
        self._claim = ""
        """What the last marker closed: a marker right after it closes the same claim."""
        self._pending: list[tuple[int, int]] = []
        """(marker, place in `_plain_text`) of markers that stand before their claim."""
        self._seen: set[tuple[int, str]] = set()
        self._skip_space = True
        """Whether white space that comes next is dropped: at the start, and after a marker that
        points to no hit and began a line."""

    def feed(self, piece: str) -> Iterator[str | Citation]:
        """Take the next piece."""
        for part in self._scanner.feed(piece):
            yield from self._process_part(part)

    def feed_answer_words(self, words: AnswerWords) -> Iterator[str | Citation]:
        """Take the value asked for: no marker is looked for in it, and it stays one piece."""
        for part in self._scanner.finish():
            yield from self._process_part(part)
        yield from self._process_part(words)

    def finish(self) -> Iterator[str | Citation]:
        """Yield what is left: the answer is complete."""
        for part in self._scanner.finish():
            yield from self._process_part(part)
        yield from self._resolve_pending(final=True)

    def _process_part(self, part: str | MarkerGroup) -> Iterator[str | Citation]:
        if isinstance(part, MarkerGroup):
            yield from self._process_markers(part)
            return
        text = part.lstrip(" \t") if self._skip_space else part
        if text and isinstance(part, AnswerWords):
            text = type(part)(text)  # `lstrip` returns a plain string
        self._skip_space = self._skip_space and not text
        if text:
            self._plain_text += text
            yield text
            yield from self._resolve_pending(final=False)

    def _process_markers(self, place: MarkerGroup) -> Iterator[str | Citation]:
        valid = [number for number in place.numbers if 1 <= number <= len(self._sources)]
        if not valid:
            # Where the dropped marker began a line, the space behind it would begin the line.
            self._skip_space = not self._plain_text or self._plain_text.endswith("\n")
            return
        yield place.space + "".join(f"[{number}]" for number in valid)
        self._plain_text += place.space
        self._skip_space = False
        # A new marker ends the claim of those that wait, whether its sentence is complete or not.
        yield from self._resolve_pending(final=True)
        claim = self._closed_claim()
        for number in valid:
            if claim:
                yield from self._emit_citation(number, claim)
            else:
                self._pending.append((number, len(self._plain_text)))

    def _closed_claim(self) -> str:
        """Return the claim that a marker here closes; "" when it stands before its claim."""
        # Only punctuation since the last marker: "[1], [2]" are two sources of one claim.
        if not self._plain_text[self._marked_at :].strip(" \t.,;:。，；：、"):
            self._marked_at = len(self._plain_text)
            return self._claim
        # Without a bound, each marker of a long answer would split the whole of it again.
        low = max(0, len(self._plain_text) - _LOOKBACK_CHARACTERS)
        tail = self._plain_text[low:]
        if tail.endswith("\n"):
            return ""
        ranges = split_sentences(tail)
        start = low + ranges[-1][0] if ranges else low
        fragment = self._plain_text[max(start, self._marked_at) :]
        if len(set(extract_terms(fragment))) < _FEW_TERMS:
            fragment = self._plain_text[start:]
        self._marked_at = len(self._plain_text)
        self._claim = fragment.strip() if extract_terms(fragment) else ""
        return self._claim

    def _resolve_pending(self, *, final: bool) -> Iterator[Citation]:
        """Resolve the markers that stood before their claim, once its sentence is complete."""
        if not self._pending:
            return
        after = self._plain_text[self._pending[0][1] :]
        ranges = split_sentences(after)
        # A full stop alone does not end a sentence ("3." may go on as "3.5"): the next one, or a
        # new line, shows that it did.
        if not final and len(ranges) < 2 and "\n" not in after.strip(" "):
            return
        claim = after[slice(*ranges[0])] if ranges else ""
        pending, self._pending = self._pending, []
        for number, _ in pending:
            yield from self._emit_citation(number, claim)

    def _emit_citation(self, number: int, claim: str) -> Iterator[Citation]:
        citation = self._sources[number - 1].cite_claim(number, claim)
        if (number, citation.quote) not in self._seen:
            self._seen.add((number, citation.quote))
            yield citation


def resolve_citation(marker: int, claim: str, hit: Hit) -> Citation:
    """Return the citation of `claim` in `hit`: the words there that support it best.

    The quote may lie in one of the hit's neighbours; then the citation names that chunk.
    """
    return _QuoteFinder(hit).cite_claim(marker, claim)


@dataclass(frozen=True, slots=True)
class _QuotableStatement:
    chunk: Chunk
    statement: Statement
    terms: frozenset[str]


class _QuoteFinder:
    """Finds quotes in a hit; its statements and their weights are computed once, when needed."""

    def __init__(self, hit: Hit) -> None:
        self._hit = hit

    def cite_claim(self, marker: int, claim: str) -> Citation:
        chunk, start, end = self._find_quote(claim)
        return _build_citation(marker, self._hit.document_name, chunk, start, end)

    def _find_quote(self, claim: str) -> tuple[Chunk, int, int]:
        for chunk in (self._hit.chunk, *self._hit.neighbours):
            verbatim = _find_verbatim(claim, chunk.text)
            if verbatim is not None:
                return chunk, *verbatim
        return self._find_nearest_statement(claim)

    def _find_nearest_statement(self, claim: str) -> tuple[Chunk, int, int]:
        wanted = frozenset(extract_terms(claim))
        scores = [
            self._score_statement(wanted, candidate.terms)
            for candidate in self._quotable_statements
        ]
        best = max(range(len(scores)), key=scores.__getitem__, default=None)
        if best is None or scores[best] == 0.0:
            return _locate_whole_text(self._hit.chunk)
        found = self._quotable_statements[best]
        start, end = found.statement.start, found.statement.end
        if self._weigh_recall(wanted, found.terms) < _WEAK_RECALL:
            start, end = self._join_best_neighbour(wanted, best)
        return found.chunk, start, end

    def _join_best_neighbour(self, wanted: frozenset[str], best: int) -> tuple[int, int]:
        """Return the range of a weak statement with the neighbour that adds most, if one does."""
        found = self._quotable_statements[best]
        start, end = found.statement.start, found.statement.end
        alone = self._weigh_recall(wanted, found.terms)
        gain, widest = _WORTH_JOINING, (start, end)
        for other in self._quotable_statements[max(0, best - 1) : best + 2]:
            if other is found or other.chunk is not found.chunk:
                continue
            added = self._weigh_recall(wanted, found.terms | other.terms) - alone
            if added >= gain:
                gain = added
                widest = (min(start, other.statement.start), max(end, other.statement.end))
        return widest

    @cached_property
    def _quotable_statements(self) -> list[_QuotableStatement]:
        found: list[_QuotableStatement] = []
        for chunk in (self._hit.chunk, *self._hit.neighbours):
            statements = split_statements(chunk.text)
            # The headers of a table share the terms of every rendered row and prove nothing.
            quotable = [item for item in statements if item.kind != "header"] or statements
            for item in quotable:
                text = row_text(item) if item.kind == "row" else item.text
                found.append(_QuotableStatement(chunk, item, frozenset(extract_terms(text))))
        return found

    @cached_property
    def _term_weights(self) -> dict[str, float]:
        counts = Counter(
            term for candidate in self._quotable_statements for term in candidate.terms
        )
        total = len(self._quotable_statements)
        return {term: weigh_rarity(total, count) for term, count in counts.items()}

    def _weigh_recall(self, wanted: frozenset[str], found: frozenset[str]) -> float:
        weights = self._term_weights
        known = sum(weights.get(term, 1.0) for term in wanted)
        return sum(weights[term] for term in wanted & found) / known if known else 0.0

    def _score_statement(self, wanted: frozenset[str], found: frozenset[str]) -> float:
        shared = len(wanted & found)
        if not shared:
            return 0.0
        precision = shared / len(found)
        return _RECALL_WEIGHT * self._weigh_recall(wanted, found) + (1 - _RECALL_WEIGHT) * precision


def _build_citation(marker: int, name: str, chunk: Chunk, start: int, end: int) -> Citation:
    # Where no word has a place (a table drawn without words), the passage's boxes are used.
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
        # A table that repeats its header is no slice of the document: there the chunk's own range.
        char_range=(low + start, low + end) if exact else (low, high),
    )


def _locate_whole_text(chunk: Chunk) -> tuple[Chunk, int, int]:
    text = chunk.text
    return chunk, len(text) - len(text.lstrip()), max(len(text.rstrip()), 0)


def _find_verbatim(claim: str, text: str) -> tuple[int, int] | None:
    """Return where the claim's letters and digits stand in a row in `text`; spacing is ignored."""
    sought, _ = _fold_letters(claim)
    if len(sought) < _LEAST_VERBATIM:
        return None
    letters, places = _fold_letters(text)
    at = letters.find(sought)
    if at < 0:
        return None
    start, end = places[at], places[at + len(sought) - 1] + 1
    closing = _CLOSING.match(text, end)
    return start, closing.end() if closing else end


def _fold_letters(text: str) -> tuple[str, list[int]]:
    """Return the letters and digits of a text, case and width folded, and where each came from."""
    letters: list[str] = []
    places: list[int] = []
    for place, char in enumerate(text):
        for folded in unicodedata.normalize("NFKC", char).casefold():
            if folded.isalnum():
                letters.append(folded)
                places.append(place)
    return "".join(letters), places

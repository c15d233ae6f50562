"""Builds the sentences that the extractive answerer may choose from, each readable by itself.

They are the statements of the hits. A sentence that depends on the one before ("It also ...",
"该设备...") is joined with it; headings are no candidates, but their words count for what stands
below them; table rows are written as "header: value". Text that two hits share comes once, from
the better hit.

Limits: only the direct predecessor is joined, so a chain of pronouns may still lack its noun.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.text.language import language_of
from ingest.text.terms import extract_terms
from ingest.types import Chunk
from rag.analysis.statements import Statement, is_list_item, row_text, split_statements
from rag.analysis.term_bag import build_term_bag
from rag.types import Hit

_DEPENDENT_OPENING = re.compile(
    r"^(?:it|its|they|them|their|this|these|those|that|he|she|his|her|such|however|also|moreover"
    r"|furthermore|but|and|so|thus|therefore|otherwise|instead|in addition|additionally|then|both"
    r"|the (?:latter|former|same)|as a result|for this reason|for example|in this case)\b"
    r"|^(?:它|他|她|其(?!实|中|他|它|余|次)|该|此(?!外)|这|那|但|而(?!且)|并且?|同时|因此|所以|于是|此外|另外|然而|不过|否则|例如|比如)",
    re.IGNORECASE,
)
_MARKER_LIKE = re.compile(r"\s?[\[【［]\^?\d{1,3}(?:\s*[,，、;–-]\s*\d{1,3})*[\]】］]")
_FINAL = re.compile(r"[.!?。！？…][\"'”’」』)）\]】]*$")
_BULLET = re.compile(r"^\s*[-*•–·▪●]\s+")
_SPACE = re.compile(r"\s+")
_LONGEST_JOINED = 180
_FEWEST_WORDS = 4
_FEWEST_CHARACTERS = 8


@dataclass(frozen=True, slots=True)
class Candidate:
    """A text that may be chosen. `rank` counts hits from 0, `place` the statements of its chunk.

    `first_place` is where the text begins, when statements were joined; `[start, end)` is its place
    in the chunk's text. `bag` are its terms;
    `headings` those of the headings above it and of the document's name, `context` those of the
    statements around it.
    """

    text: str
    rank: int
    chunk: Chunk
    place: int
    first_place: int
    bag: frozenset[str]
    headings: frozenset[str]
    context: frozenset[str]
    start: int
    end: int
    item: bool = False
    row: bool = False

    @property
    def order(self) -> tuple[int, int, int]:
        """Its place in reading order: by hit, then by place in the document."""
        return self.rank, self.chunk.ordinal, self.place


def build_candidates(hits: Sequence[Hit]) -> list[Candidate]:
    """Return what may be chosen from these hits, best hit first, each text once."""
    found: list[Candidate] = []
    seen: set[str] = set()
    for rank, hit in enumerate(hits):
        for chunk in (hit.chunk, *hit.neighbours):
            for candidate in _build_chunk_candidates(rank, hit, chunk):
                key = _SPACE.sub("", candidate.text)
                if key not in seen:
                    seen.add(key)
                    found.append(candidate)
    return found


def measure_overlap(one: Candidate, other: Candidate) -> float:
    """Return which share of the shorter one's terms the other has; 1 if they share a statement."""
    if one.chunk.id == other.chunk.id and {one.place, one.first_place} & {
        other.place,
        other.first_place,
    }:
        return 1.0
    smaller = min(len(one.bag), len(other.bag))
    return len(one.bag & other.bag) / smaller if smaller else 1.0


def _build_chunk_candidates(rank: int, hit: Hit, chunk: Chunk) -> list[Candidate]:
    statements = _join_clauses(chunk.text)
    bags = [frozenset(extract_terms(item.text)) for item in statements]
    above = frozenset(
        extract_terms("\n".join((*chunk.heading_path, hit.document_name.rsplit(".", 1)[0])))
    )
    found: list[Candidate] = []
    heading: frozenset[str] = frozenset()
    for place, item in enumerate(statements):
        if item.kind == "heading" and not _states_value(item.text):
            heading = bags[place]
            continue
        if item.kind == "header" or not bags[place]:
            continue
        first = _first_place(chunk.text, statements, place)
        text = _join_statements(statements[first : place + 1])
        # The rows above and below a row are about other things.
        beside = [] if item.kind == "row" else bags[max(0, place - 2) : place + 2]
        near = frozenset[str]().union(*beside)
        found.append(
            Candidate(
                text=text,
                rank=rank,
                chunk=chunk,
                place=place,
                first_place=first,
                bag=_collect_terms(text),
                headings=above | heading,
                context=near,
                start=statements[first].start,
                end=item.end,
                item=is_list_item(item.text),
                row=item.kind == "row",
            )
        )
    return found


def _join_clauses(text: str) -> list[Statement]:
    """Return the statements; one that ends in a semicolon is joined with the next one."""
    joined: list[Statement] = []
    for item in split_statements(text):
        before = joined[-1] if joined else None
        if (
            before is not None
            and item.kind == before.kind == "sentence"
            and before.text.endswith((";", "；"))
            and item.end - before.start <= _LONGEST_JOINED
            and "\n" not in text[before.end : item.start]
        ):
            joined[-1] = Statement(text[before.start : item.end], before.start, item.end)
        else:
            joined.append(item)
    return joined


def _first_place(text: str, statements: Sequence[Statement], place: int) -> int:
    """Return where to begin, so that the statement can be read by itself."""
    item = statements[place]
    if place == 0 or item.kind == "row" or is_list_item(item.text):
        return place
    before = statements[place - 1]
    if before.kind != "sentence" or is_list_item(before.text):
        return place
    if _DEPENDENT_OPENING.match(item.text):
        return place - 1
    same_line = "\n" not in text[before.end : item.start]
    return place - 1 if same_line and _is_fragment(item.text) else place


def _is_fragment(text: str) -> bool:
    if _states_value(text):
        return False
    if language_of(text) == "zh":
        return len(text) < _FEWEST_CHARACTERS
    return len(text.split()) < _FEWEST_WORDS


def _states_value(text: str) -> bool:
    """Return whether a short line states a value: "Price: 20 USD", "额定功率：750瓦"."""
    return bool(re.search(r"[:：]\s*\S", text) or re.search(r"\d", text[4:]))


def _join_statements(items: Sequence[Statement]) -> str:
    parts = [
        _clean_statement(row_text(item) if item.kind == "row" else item.text) for item in items
    ]
    text = parts[0]
    for part in parts[1:]:
        text += part if language_of(part) == "zh" else f" {part}"
    return text


def _clean_statement(text: str) -> str:
    """Return a statement on one line, without bullets or what would look like our own markers."""
    text = _SPACE.sub(" ", _BULLET.sub("", _MARKER_LIKE.sub("", text))).strip()
    if _FINAL.search(text) or text.endswith((":", "：")):
        return text
    return text.rstrip(",;，；、") + ("。" if language_of(text) == "zh" else ".")


def _collect_terms(text: str) -> frozenset[str]:
    return frozenset(extract_terms(text)) | build_term_bag(text).bag

"""Finds the words that are the value asked for, by the reader, and marks them in an answer.

The reader reads the prose of the first passages, each under its last heading; table rows are left
out, for those `rag.tables` answers. Of several passages the likeliest answer is taken, the better
passage first where they are near.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.answering.candidates import Candidate
from rag.answering.sentence_choice import ScoredCandidate
from rag.question.periods import find_periods
from rag.question.understand import Question
from rag.reading.span_reader import Reader
from rag.tables.operations import TableFinding
from rag.types import AnswerWords, Hit

_READ_PASSAGES = 3
"""Passages read: the fourth and fifth gave nothing on SQuAD and CMRC, and cost 30 ms each."""
_RANK_WORTH = 0.5
"""Logits by which a passage's answer must be likelier than that of the passage before it."""
_SENTENCE_WORTH = 3.0
"""Logits that a point of the sentence's score is worth; 1 to 6 were alike on SQuAD and RGB."""
_OTHER_PERIOD = 4.0
"""Logits that a sentence loses when it names another year, quarter or month than the question."""
_SURE_TABLE, _LEAST_TABLE = 0.75, 0.45
"""Shares of the question that rows and headings contain, from which a table answers whatever prose
says, and below which it never does."""
_LEAST_REACH = 0.6
"""Share of the question that the table and what stands around it contain, from which it is a table
about the matter."""
_SURE_SPAN = 2.0
"""The reader's margin from which prose is preferred to a table that is less sure."""
_ROW = re.compile(r"^\s*\|.*$", re.MULTILINE)
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class ValueSpan:
    """Words of a hit's chunk that answer; `margin` is the reader's logit over "not here"."""

    rank: int
    chunk_id: str
    start: int
    end: int
    text: str
    margin: float


def read_spans(reader: Reader, question: Question, hits: Sequence[Hit]) -> list[ValueSpan]:
    """Return the likeliest answer in each of the first hits' prose. Raises EmbeddingFailed."""
    chosen: list[tuple[int, Hit, str, int]] = []
    for rank, hit in enumerate(hits[:_READ_PASSAGES]):
        # Blanked, not cut out, so that places stay those of the chunk.
        prose = _ROW.sub(lambda row: " " * len(row[0]), hit.chunk.text)
        if prose.strip():
            heading = "".join(f"{each}\n" for each in hit.chunk.heading_path[-1:])
            chosen.append((rank, hit, heading + prose, len(heading)))
    spans = reader.read(question.standalone, [passage for _, _, passage, _ in chosen])
    found = []
    for (rank, hit, passage, shift), span in zip(chosen, spans, strict=True):
        start, end = span.start - shift, span.end - shift
        if start >= 0 and passage[span.start : span.end].strip():
            words = passage[span.start : span.end]
            found.append(ValueSpan(rank, hit.chunk.id, start, end, words, span.margin))
    return found


def choose_span(
    spans: Sequence[ValueSpan],
    question: Question,
    candidates: Sequence[Candidate],
    scored: Sequence[ScoredCandidate] = (),
) -> ValueSpan | None:
    """Return the likeliest answer, None where there is none to choose from.

    The score of the sentence around it counts too, where it is among the `scored`.
    """
    scores = {item.candidate.text: item.score for item in scored}
    asked = find_periods(question.standalone)

    def rate_span(span: ValueSpan) -> float:
        holder = find_holder(span, candidates)
        other = holder is not None and asked.conflicts_with(find_periods(holder.text))
        worth = 0.0 if holder is None else scores.get(holder.text, 0.0)
        place = _SENTENCE_WORTH * worth - _RANK_WORTH * span.rank - _OTHER_PERIOD * other
        return span.margin + place

    return max(spans, key=rate_span, default=None)


def prefers_table(finding: TableFinding, spans: Sequence[ValueSpan]) -> bool:
    """Return whether the table answers rather than the prose."""
    best = max((span.margin for span in spans), default=None)
    if finding.computed and finding.binding.reach >= _LEAST_REACH:
        # Prose seldom counts or compares, and a table about the matter does.
        return best is None or best < _SURE_SPAN or finding.sureness >= _LEAST_TABLE
    if finding.sureness < _LEAST_TABLE:
        return False
    return finding.sureness >= _SURE_TABLE or best is None or best < _SURE_SPAN


def find_holder(span: ValueSpan, candidates: Sequence[Candidate]) -> Candidate | None:
    """Return the statement that a span stands in; None where it is no candidate (a heading)."""
    words = _SPACE.sub(" ", span.text).strip()
    holding = [
        each
        for each in candidates
        if each.chunk.id == span.chunk_id and each.start <= span.start < each.end
    ]
    # Joined statements overlap: the shortest says the least beside the value.
    holding = holding or [each for each in candidates if words in each.text]
    return min(holding, key=lambda each: each.end - each.start, default=None)


def mark_value(text: str, value: str) -> list[str]:
    """Return the answer in pieces, the value among them as AnswerWords where it stands there."""
    words = _SPACE.sub(" ", value).strip()
    at = text.find(words) if words else -1
    if at < 0:
        return [text]
    parts = (text[:at], AnswerWords(words), text[at + len(words) :])
    return [part for part in parts if part]

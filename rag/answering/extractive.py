"""Answers without a language model: from cells, whole lists and sentences, each with its source.

In this order: a summary gets the most central sentences and the sections; a question in another
language than the documents gets quotes in theirs; a table answers from its cells (`rag.tables`), a
comparison side by side, a list or a procedure whole (`rag.lists`); everything else gets the
sentence that holds the words which answer, those marked (`rag.answering.value_spans`). Where it is
too improbable that this answers (`rag.answering.answerability`), it refuses.

Limits: outside of tables it repeats what is written and concludes nothing. Questions in another
language than the documents need an embedder that reads both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ingest.embedding.base import Embedder
from ingest.text.language import language_of
from ingest.text.sentences import split_sentences
from rag.answering.across_languages import (
    ForeignStatement,
    choose_across,
    frame_answer,
    is_asked_across,
)
from rag.answering.answerability import MOST_MARGIN, AnswerSignals, estimate_answerable, is_refused
from rag.answering.candidates import Candidate, build_candidates
from rag.answering.sentence_choice import ScoredCandidate, SentenceChooser
from rag.answering.summary import extract_subject_terms, select_central_sentences
from rag.answering.value_spans import (
    ValueSpan,
    choose_span,
    find_holder,
    mark_value,
    prefers_table,
    read_spans,
)
from rag.answering.yes_no import choose_first_word
from rag.lists.whole_lists import ListAnswerer, write_list, write_outline
from rag.question.comparison import split_comparison
from rag.question.expected_answer import ExpectedAnswer
from rag.question.understand import Question, build_question
from rag.reading.span_reader import Reader
from rag.tables.operations import TableFinding
from rag.tables.table_answerer import TableAnswerer, shows_table
from rag.tables.table_question import asks_of_table
from rag.tables.write_answer import write_table_answer
from rag.types import AnswerWords, Hit, Sureness, Turn

_SEVERAL_SENTENCES: frozenset[ExpectedAnswer] = frozenset({"list", "method", "reason"})
"""Kinds that one sentence seldom answers."""
_LEAST_TABLE_SURENESS, _TABLE_SURENESS = 0.35, 0.55
"""How sure an answer from cells is: from the first where nothing of the question is bound, to their
sum where all of it is; of the development questions bound in full 85 % were right."""
_MOST_ITEMS = 8
_CLAUSES = ";；"
_PIECES = re.compile(r"\s*(?:[\u2e80-\uffef]{1,4}|[^\s\u2e80-\uffef]+)|\s+$")


class ExtractiveAnswerer:
    """Chooses sentences. Stateless and safe to use from several threads."""

    def __init__(
        self,
        embedder: Embedder | None = None,
        min_evidence: float = 0.35,
        *,
        late: bool = False,
        reader: Reader | None = None,
        tables: TableAnswerer | None = None,
        lists: ListAnswerer | None = None,
    ) -> None:
        """`min_evidence` (0..1) is the strength below which it refuses.

        `late`: whether `Hit.rerank` is late interaction. It then counts, if the embedder knows what
        it usually gives. `reader` finds the words that answer within a passage, `tables` what
        follows from cells, `lists` whole lists; without them sentences and rows are quoted.
        """
        self._embedder = embedder
        self._min_evidence = min_evidence
        # With a reader the evidence is one of two signals, and was fitted without late interaction.
        self._chooser = SentenceChooser(embedder, late=late and reader is None)
        self._reader = reader
        self._tables = tables
        self._lists = lists

    @property
    def name(self) -> str:
        """Return "extractive"."""
        return "extractive"

    def stream(
        self,
        question: Question,
        hits: Sequence[Hit],
        history: Sequence[Turn] = (),
    ) -> Iterator[str | Sureness]:
        """Yield the chosen sentences word by word; nothing when evidence is weak.

        The sentences are in the documents' language. `history` is not used: the question is
        expected to be standalone. Raises EmbeddingFailed.
        """
        for part in self._write_answer(question, hits):
            if isinstance(part, AnswerWords | Sureness):
                yield part
            else:
                yield from (match[0] for match in _PIECES.finditer(part))

    def measure_strength(self, question: Question, hits: Sequence[Hit]) -> float:
        """Return how strongly these hits answer, in 0..1: below `min_evidence` it refuses."""
        candidates = build_candidates(hits)
        if self._embedder is not None and is_asked_across(question, candidates, self._embedder):
            foreign = choose_across(question, candidates, self._embedder)
            return max((each.strength for each in foreign), default=0.0)
        return self._chooser.choose_sentences(question, hits, candidates).strength

    def measure_signals(self, question: Question, hits: Sequence[Hit]) -> AnswerSignals:
        """Return what speaks for an answer in these hits. Raises EmbeddingFailed."""
        candidates = build_candidates(hits)
        spans = read_spans(self._reader, question, hits) if self._reader is not None else []
        choice = self._chooser.choose_sentences(question, hits, candidates)
        best = choose_span(spans, question, candidates, choice.scored)
        return _join_signals(choice.strength, best)

    def _write_answer(self, question: Question, hits: Sequence[Hit]) -> Iterable[str | Sureness]:
        candidates = build_candidates(hits)
        if candidates and question.kind == "summary":
            subject = extract_subject_terms(question.standalone)
            text = render_answer(select_central_sentences(candidates, subject))
            outline = self._lists.find_outline(hits) if self._lists is not None else None
            return [text if outline is None else f"{text}\n{write_outline(outline)}"]
        if self._embedder is not None and is_asked_across(question, candidates, self._embedder):
            found = choose_across(question, candidates, self._embedder)
            return [self._quote_across(question, found)]
        spans = read_spans(self._reader, question, hits) if self._reader is not None else []
        finding = self._find_in_tables(question, hits)
        if finding is not None and prefers_table(finding, spans):
            sureness = Sureness(_LEAST_TABLE_SURENESS + _TABLE_SURENESS * finding.sureness)
            return [sureness, *write_table_answer(finding, question.language)]
        compared = self._compare_sides(question, hits, candidates)
        if compared:
            return [compared]
        whole = self._lists.find_list(question, hits) if self._lists is not None else None
        if whole is not None:
            return [write_list(whole)]
        choice = self._chooser.choose_sentences(question, hits, candidates)
        best = choose_span(spans, question, candidates, choice.scored)
        signals = _join_signals(choice.strength, best)
        probability = estimate_answerable(signals, question.language)
        # The reader learnt from questions of one fact; of others the evidence alone tells.
        refused = choice.strength < self._min_evidence
        if best is not None and _asks_one_fact(question):
            refused = is_refused(signals, question.language)
        if refused or not choice.chosen:
            return []
        quoted = self._quote(question, candidates, choice.chosen, best)
        return quoted if best is None else [Sureness(probability), *quoted]

    def _quote(
        self,
        question: Question,
        candidates: Sequence[Candidate],
        chosen: Sequence[ScoredCandidate],
        best: ValueSpan | None,
    ) -> list[str]:
        """Return the sentences that answer, the value in them marked."""
        sentences = [item.candidate for item in chosen]
        if best is not None and question.expected not in _SEVERAL_SENTENCES:
            holder = find_holder(best, candidates)
            sentences = sentences if holder is None else [holder]
        added = _add_list_items(sentences, candidates, question.expected)
        text = render_answer(added)
        first = choose_first_word(question.standalone, chosen[0].candidate.text, chosen[0].coverage)
        if first:
            stop = "。" if question.language == "zh" else ". "
            return [AnswerWords(first), stop, render_answer([chosen[0].candidate])]
        return mark_value(text, best.text if best else "")

    def _compare_sides(
        self, question: Question, hits: Sequence[Hit], candidates: Sequence[Candidate]
    ) -> str:
        """Return what is said of each side of a comparison, "" where one side is not found."""
        sides = split_comparison(question.standalone)
        if sides is None:
            return ""
        parts: list[str] = []
        taken: set[str] = set()
        for side in sides:
            asked = replace(build_question(question.text, side), expected="list")
            free = [each for each in candidates if each.text not in taken]
            choice = self._chooser.choose_sentences(asked, hits, free)
            if choice.strength < self._min_evidence:
                return ""
            found = [item.candidate for item in choice.chosen]
            taken |= {each.text for each in found}
            colon = "：" if question.language == "zh" else ": "
            parts.append(f"- {side}{colon}" + render_answer(found).replace("\n- ", " "))
        return "\n".join(parts)

    def _find_in_tables(self, question: Question, hits: Sequence[Hit]) -> TableFinding | None:
        if self._tables is None or not shows_table(hits) or not asks_of_table(question.standalone):
            return None
        return self._tables.find_answer(question.standalone, hits)

    def _quote_across(self, question: Question, found: Sequence[ForeignStatement]) -> str:
        if not found or found[0].strength < self._min_evidence:
            return ""
        return frame_answer(question.language, render_answer([each.candidate for each in found]))


def _asks_one_fact(question: Question) -> bool:
    return question.kind != "yes_no" and question.expected not in _SEVERAL_SENTENCES


def _join_signals(strength: float, best: ValueSpan | None) -> AnswerSignals:
    return AnswerSignals(strength, -MOST_MARGIN if best is None else best.margin)


def _add_list_items(
    chosen: Sequence[Candidate], candidates: Sequence[Candidate], kind: ExpectedAnswer
) -> list[Candidate]:
    """Return the chosen with the list items that a lead-in announces, or that go with an item."""
    found = list(chosen)
    for candidate in chosen:
        leads = candidate.text.rstrip().endswith((":", "："))
        whole = candidate.item and kind in {"method", "list"}
        if leads or whole:
            found.extend(_find_items_around(candidate, candidates, back=whole))
    return list(dict.fromkeys(found))


def _find_items_around(
    candidate: Candidate, candidates: Sequence[Candidate], *, back: bool
) -> list[Candidate]:
    same = {c.place: c for c in candidates if c.chunk.id == candidate.chunk.id and c.item}
    low = high = candidate.place
    while high + 1 in same and high - candidate.place < _MOST_ITEMS:
        high += 1
    while back and low - 1 in same and candidate.place - low < _MOST_ITEMS:
        low -= 1
    return [same[place] for place in range(low, high + 1) if place in same]


def render_answer(chosen: Sequence[Candidate]) -> str:
    """Return the chosen sentences in reading order, each with its marker; list items on lines."""
    text = ""
    ordered = sorted(chosen, key=lambda item: item.order)
    for before, item in zip([None, *ordered], ordered, strict=False):
        wide = language_of(item.text) == "zh"
        marker = f"[{item.rank + 1}]" if wide else f" [{item.rank + 1}]"
        listed = (item.item or item.row) and len(ordered) > 1
        if listed or (before is not None and (before.item or before.row)):
            text += ("\n" if text else "") + ("- " if listed else "")
        elif text:
            text += "" if wide else " "
        text += _mark_sentences(item.text, marker)
    return text


def _mark_sentences(text: str, marker: str) -> str:
    """Return a candidate's text with the marker behind each of its sentences."""
    all_ends = [end for _, end in split_sentences(text)]
    ends = [end for end in all_ends[:-1] if text[end - 1] not in _CLAUSES] + [len(text)]
    starts = [0, *ends[:-1]]
    return "".join(text[low:high] + marker for low, high in zip(starts, ends, strict=True))

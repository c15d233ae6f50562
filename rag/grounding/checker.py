"""Checks, sentence by sentence, whether an answer is supported by its evidence, with reasons.

Every sentence is compared with the passages it cites, then with all that was retrieved
(`rag.grounding.evidence`): how many of its terms are there, in one place and in the same order;
whether its numbers, units and names are there exactly; whether it says the opposite of the
statement it is nearest to; and, for doubtful sentences in a language the embedder reads, how near
the meanings are. The weights are a logistic regression, classes balanced, on RAGTruth's QA answers
and on altered sentences of Chinese and English Wikipedia; polarity is a rule.

Limits: a claim in other words than its evidence, or in another language, may be called
unsupported; a false one made of the evidence's own words may be called supported.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ingest.embedding.base import Embedder, find_similarity
from ingest.text.language import language_of
from ingest.text.sentences import split_sentences
from rag.analysis.facts import Quantity, extract_quantities, is_negated, is_opposite
from rag.analysis.markers import MARKER, without_markers
from rag.analysis.term_bag import build_term_bag
from rag.grounding.claims import ABOUT_PASSAGES, is_checkable
from rag.grounding.evidence import ClaimComparison, Evidence
from rag.grounding.swapped_words import find_swapped_words
from rag.types import Citation, Claim, GroundednessReport, Hit, Verdict


class Checker(Protocol):
    """Compares an answer with its evidence."""

    def check(
        self,
        answer_text: str,
        hits: Sequence[Hit],
        citations: Sequence[Citation],
        *,
        computed: Sequence[tuple[int, int]] = (),
    ) -> GroundednessReport:
        """Return the answer's claims with verdicts; `char_range` counts in `answer_text`.

        `computed` are places of values that were calculated from cited cells.
        """
        ...


_INTERCEPT = -1.2
_NEAREST = 2.4
_PAIRS = 1.6
_QUANTITY_MISSING = -2.8
_OTHER_UNIT = -0.9
_QUANTITY_UNBOUND = -2.5
_NAME_MISSING = -2.0
_MOST_NAMES = 2

_SUPPORTED_SCORE = 0.5
_PARTIAL_SCORE = 0.3
_HIGHEST_FAULTY_SCORE = 0.45
"""The highest score of a claim with a number, unit or word that its evidence does not have."""
_CLOSE = 0.75
"""Share of terms from which a claim and a statement are about the same thing."""
_ALIKE, _ALIKE_HAN = 0.8, 0.65
"""Share that claim and statement must each have of the other's terms for one to deny the other; in
Chinese less of the statement's, for a negation itself changes two pairs of characters."""
_HALF = 0.5
"""The same share where the claim has the opposite of a word of the statement."""
_SWAP_ALIKE = 0.6
"""The same share for a claim that may be the statement with a word exchanged."""
_NEAR_IN_MEANING = 1.1
"""Place on the embedder's scale (`SimilarityScale`): 1 is usual of the same in other words."""
_MOST_EMBEDDED = 8


@dataclass(frozen=True, slots=True)
class _Finding:
    verdict: Verdict
    score: float
    evidence: tuple[str, ...]
    reasons: tuple[str, ...]


_RANK: Mapping[Verdict, int] = {"supported": 3, "partial": 2, "contradicted": 1, "unsupported": 0}


class SentenceChecker:
    """Checks sentence by sentence, in milliseconds; with an embedder doubtful ones take longer."""

    def __init__(self, embedder: Embedder | None = None) -> None:
        self._embedder = embedder

    def check(
        self,
        answer_text: str,
        hits: Sequence[Hit],
        citations: Sequence[Citation] = (),
        *,
        computed: Sequence[tuple[int, int]] = (),
    ) -> GroundednessReport:
        """Return the report. Raises EmbeddingFailed where the embedder does.

        Calculated values stand in no passage, so the sentences they are in are supported by the
        calculation.
        """
        evidence = Evidence.from_chunks(
            chunk for hit in hits for chunk in (hit.chunk, *hit.neighbours)
        )
        claims: list[Claim] = []
        for start, end in split_sentences(answer_text):
            sentence = answer_text[start:end]
            text = without_markers(sentence).strip()
            if not MARKER.sub("", text).strip():
                continue
            if not is_checkable(text):
                claims.append(Claim(text, (start, end), "not-checkable", 1.0))
                continue
            cited = _cited_ids(sentence, hits, citations)
            if any(low < end and high > start for low, high in computed):
                place = tuple(sorted(cited))
                claims.append(Claim(text, (start, end), "supported", 1.0, place, ("computed",)))
                continue
            finding = self._judge_with_citations(text, evidence, cited)
            claims.append(
                Claim(
                    text,
                    (start, end),
                    finding.verdict,
                    round(finding.score, 3),
                    finding.evidence,
                    finding.reasons,
                )
            )
        return GroundednessReport(tuple(claims), report_score(claims))

    def _judge_with_citations(
        self, text: str, evidence: Evidence, cited: frozenset[str]
    ) -> _Finding:
        """Judge by the cited passages, and by all where those do not support the claim."""
        claim = ABOUT_PASSAGES.sub("", text)
        in_all = self._judge_claim(claim, evidence)
        if not cited:
            return in_all
        in_cited = self._judge_claim(claim, evidence.restrict_to(cited))
        if in_cited.verdict == "supported" or _RANK[in_cited.verdict] >= _RANK[in_all.verdict]:
            return in_cited
        return _Finding(
            in_all.verdict, in_all.score, in_all.evidence, (*in_all.reasons, "not_in_cited")
        )

    def _judge_claim(self, claim: str, evidence: Evidence) -> _Finding:
        """Compare one claim with the evidence and give the verdict with its reasons."""
        found = evidence.compare(claim)
        score = _score_comparison(found)
        place = (found.line.chunk_id,) if found.line and found.nearest > 0 else ()
        reasons = _list_reasons(found)
        denial = _find_denial(claim, found)
        if denial:
            return _Finding("contradicted", min(score, 0.1), place, (denial, *reasons))
        faulty = bool(found.missing_quantities or found.other_units or found.unbound)
        if not faulty and not found.missing_names and score < _SUPPORTED_SCORE:
            score = max(score, self._score_meaning(claim, evidence))
        if found.missing_quantities or found.other_units:
            score = min(score, _HIGHEST_FAULTY_SCORE)
            about = _HALF if found.other_units else _CLOSE
            if found.nearest >= about and _has_replaced_number(found):
                return _Finding("contradicted", min(score, 0.1), place, reasons)
        swaps = _find_swaps(claim, found, evidence) if score >= _SUPPORTED_SCORE else ()
        if swaps:
            score, reasons = min(score, _HIGHEST_FAULTY_SCORE), (*reasons, *swaps)
        if score >= _SUPPORTED_SCORE:
            return _Finding("supported", score, place, reasons)
        verdict: Verdict = "partial" if score >= _PARTIAL_SCORE else "unsupported"
        return _Finding(verdict, score, place, reasons or ("low_overlap",))

    def _score_meaning(self, claim: str, evidence: Evidence) -> float:
        """Return a score from the cosine with the likeliest statements, 0 without an embedder."""
        embedder = self._embedder
        if embedder is None or not _can_read(embedder, language_of(claim)):
            return 0.0
        bag = build_term_bag(claim).bag
        ranked = sorted(
            evidence.lines,
            key=lambda line: evidence.measure_share(bag, line.terms.bag),
            reverse=True,
        )[:_MOST_EMBEDDED]
        if not ranked:
            return 0.0
        vectors = embedder.embed([claim, *(line.terms.text for line in ranked)])
        place = find_similarity(embedder).place_cosine(float((vectors[1:] @ vectors[0]).max()))
        return _SUPPORTED_SCORE if place >= _NEAR_IN_MEANING else 0.0


def report_score(claims: Sequence[Claim]) -> float:
    """Return the share of checkable claims that are supported, partial ones counting half."""
    worth = {"supported": 1.0, "partial": 0.5}
    checkable = [claim for claim in claims if claim.verdict != "not-checkable"]
    if not checkable:
        return 1.0
    return round(sum(worth.get(claim.verdict, 0.0) for claim in checkable) / len(checkable), 4)


def _score_comparison(found: ClaimComparison) -> float:
    total = _INTERCEPT + _NEAREST * found.nearest + _PAIRS * found.pairs
    total += _QUANTITY_MISSING * bool(found.missing_quantities)
    total += _OTHER_UNIT * bool(found.other_units)
    total += _QUANTITY_UNBOUND * bool(found.unbound and found.nearest > _CLOSE)
    total += _NAME_MISSING * min(_MOST_NAMES, len(found.missing_names))
    return 1 / (1 + math.exp(-total))


def _find_denial(claim: str, found: ClaimComparison) -> str:
    """Return why the nearest statement says the opposite, "" where it does not."""
    line = found.line
    if line is None or min(found.nearest, found.backwards) < _HALF:
        return ""
    if is_opposite(build_term_bag(claim).bag, line.terms.bag):
        return "opposite"
    backwards = _ALIKE_HAN if language_of(claim) == "zh" else _ALIKE
    alike = found.nearest >= _ALIKE and found.backwards >= backwards
    return "negation" if alike and is_negated(claim) != is_negated(line.terms.text) else ""


def _find_swaps(claim: str, found: ClaimComparison, evidence: Evidence) -> tuple[str, ...]:
    """Return words of an almost verbatim claim that replace others and that the passage lacks."""
    if found.line is None or min(found.nearest, found.backwards) < _SWAP_ALIKE:
        return ()
    known = evidence.text_of(found.line.chunk_id)
    runs = find_swapped_words(claim, found.line.terms.text)
    return tuple(f"differs:{run}" for run in runs if run.casefold() not in known)


def _has_replaced_number(found: ClaimComparison) -> bool:
    """Return whether the nearest statement has another number where the claim's is not found."""
    if found.line is None:
        return False
    stated = extract_quantities(found.line.terms.text)
    wrong = (*found.missing_quantities, *found.other_units)
    return any(
        other.unit == quantity.unit or other.value == quantity.value
        for quantity in wrong
        for other in stated
    )


def _list_reasons(found: ClaimComparison) -> tuple[str, ...]:
    reasons = [f"number:{_format_quantity(item)}" for item in found.missing_quantities]
    reasons += [f"unit:{_format_quantity(item)}" for item in found.other_units]
    if found.nearest > _CLOSE:
        reasons += [f"number_elsewhere:{_format_quantity(item)}" for item in found.unbound]
    reasons += [f"name:{name}" for name in found.missing_names]
    if found.nearest < _HALF:
        reasons.append("low_overlap")
    return tuple(reasons)


def _format_quantity(quantity: Quantity) -> str:
    return f"{quantity.value} {quantity.unit}".strip()


def _can_read(embedder: Embedder, language: str) -> bool:
    return bool({language, "*"} & embedder.languages)


def _cited_ids(sentence: str, hits: Sequence[Hit], citations: Sequence[Citation]) -> frozenset[str]:
    """Return the chunks that the sentence's markers point to, neighbours among them."""
    numbers = {int(number) for number in MARKER.findall(sentence)}
    found = {item.chunk_id for item in citations if item.marker in numbers}
    for number in numbers:
        if 1 <= number <= len(hits):
            hit = hits[number - 1]
            found.update(chunk.id for chunk in (hit.chunk, *hit.neighbours))
    return frozenset(found)

"""Measures how well docchat's checker finds unsupported answers, among answers that people judged.

An answer raises an alarm when the checker finds one of its sentences partial, unsupported or
contradicted, which are the verdicts that the product marks. Its doubt is 1 minus the score of its
worst sentence. An answer without any sentence to check raises no alarm.

Limits: citations are not used: any passage may support a sentence. The checker uses the embedder of
the settings; how an answer was written plays no part.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

from eval.data.grounding_sets import GroundingSet, JudgedAnswer
from eval.measures.cases import Case, CaseFailure, shorten_text
from eval.measures.row_figures import ALARM, DOUBT, LABEL
from eval.runs.run_store import DatasetInfo, RunWriter
from eval.systems.embedding_cache import CachedEmbedder, EmbeddingCache
from eval.systems.temporary_docchat import Progress, no_progress
from eval.systems.variants import Variant
from ingest.errors import IngestError
from ingest.text.language import language_of
from ingest.types import Chunk
from rag.errors import RagError
from rag.grounding.checker import Checker, SentenceChecker
from rag.pipeline.factories import make_embedder
from rag.types import GroundednessReport, Hit

_ALARMING = ("partial", "unsupported", "contradicted")
"""The verdicts that the product marks in an answer."""


def data_of(dataset: GroundingSet) -> DatasetInfo:
    """Return name, hash and size of a set."""
    digest = hashlib.sha256()
    for each in dataset.statements:
        digest.update(json.dumps(asdict(each), sort_keys=True).encode())
    unsupported = sum(not each.supported for each in dataset.statements)
    note = f"{unsupported} of them are unsupported"
    return DatasetInfo(dataset.name, digest.hexdigest()[:16], 0, len(dataset.statements), note=note)


def run_grounding(
    sets: Sequence[GroundingSet],
    variants: Sequence[Variant],
    writer: RunWriter,
    cache: Path,
    *,
    progress: Progress = no_progress,
) -> None:
    """Check every answer with every setting; cases that `writer` has are not measured again."""
    for variant in variants:
        inner = make_embedder(variant.settings.embedder, variant.settings.home)
        with closing(EmbeddingCache(cache, inner.name)) as stored:
            checker = SentenceChecker(CachedEmbedder(inner, stored))
            for dataset in sets:
                pending = writer.select_pending(dataset.name, variant.label, dataset.statements)
                for number, case in enumerate(
                    _check_answers(dataset.name, variant.label, pending, checker)
                ):
                    progress(f"{dataset.name}: {variant.label}", number, len(pending))
                    writer.add(case)


def _check_answers(
    dataset: str, row: str, pending: Sequence[JudgedAnswer], checker: Checker
) -> Iterator[Case]:
    for each in pending:
        question = each.question or shorten_text(each.answer, 80)
        group = language_of(each.answer)
        due = ("supported" if each.supported else "not all of it is supported",)
        hits = hits_of(each.evidence)
        start = time.perf_counter()
        try:
            report = checker.check(each.answer, hits, ())
        except (RagError, IngestError) as error:
            failure = CaseFailure(each.id, error.code, error.message)
            yield Case(dataset, row, each.id, question, group=group, due=due, failure=failure)
            continue
        ms = round((time.perf_counter() - start) * 1_000, 3)
        values = values_of(each, report)
        yield Case(dataset, row, each.id, question, values, group, ms, due, describe_alarms(report))


def values_of(statement: JudgedAnswer, report: GroundednessReport) -> dict[str, float]:
    """Return label, alarm and doubt of one answer."""
    checked = [claim for claim in report.claims if claim.verdict != "not-checkable"]
    return {
        LABEL: float(not statement.supported),
        ALARM: float(any(claim.verdict in _ALARMING for claim in checked)),
        DOUBT: 1 - min((claim.score for claim in checked), default=1.0),
    }


def describe_alarms(report: GroundednessReport) -> str:
    """Return the sentences that raised an alarm, with reasons; the worst one where none did."""
    alarming = [claim for claim in report.claims if claim.verdict in _ALARMING]
    shown = alarming or sorted(report.claims, key=lambda claim: claim.score)[:1]
    return " / ".join(
        f"{claim.verdict} ({claim.score:.2f}; {', '.join(claim.reasons) or 'no reason'}): "
        f"{shorten_text(claim.text)}"
        for claim in shown
    )


def hits_of(evidence: Sequence[str]) -> list[Hit]:
    """Return passages as the hits that the checker takes."""
    return [
        Hit(
            Chunk(f"e{number}", "evidence", number, text, (), (), (0, len(text)), 1, 1, 0),
            "evidence",
            1.0,
        )
        for number, text in enumerate(evidence)
    ]

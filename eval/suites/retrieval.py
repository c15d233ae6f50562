"""How well passages are found: any retrieval set through docchat's own ingestion and retriever.

Documents are ingested once for all settings that differ in searching only. The retriever's ranking
of 100 passages is judged by documents or pages (`eval.suites.tasks`). Beside it, in the same run
and over the same passages: the baselines (`eval.systems.rankers`).

Limits: 100 passages hold fewer than 100 documents where documents have several, which bounds
recall@100. Latency is that of one question at a time, of at most `TIMED` questions spread evenly
over the set, each embedded anew; rankings take embeddings from the cache. Passages of equal score
are ordered by ids, which are drawn anew for every ingestion: where there are many such, figures of
two runs may differ in the third digit.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from eval.measures.cases import Case, CaseFailure
from eval.runs.run_store import Ingestion, RunWriter
from eval.runs.summary import DOCUMENTS
from eval.suites.tasks import Judge, RetrievalQuery, RetrievalTask
from eval.systems.rankers import System, baseline_systems, docchat_system
from eval.systems.temporary_docchat import (
    PreparedDocuments,
    Progress,
    no_progress,
    prepare_documents,
)
from eval.systems.variants import Variant, group_by_ingestion
from ingest.errors import IngestError
from rag.errors import RagError

TIMED = 100


@dataclass(frozen=True, slots=True)
class RetrievalPlan:
    """What to measure: settings of docchat, baselines, and how many queries of each set."""

    variants: Sequence[Variant]
    baselines: Sequence[str] = ()
    limit_queries: int | None = None
    options: Mapping[str, Any] = field(default_factory=dict)

    def select_queries(self, task: RetrievalTask) -> list[RetrievalQuery]:
        """Return the queries of a set that are asked."""
        return task.queries[: self.limit_queries]


def run_retrieval(
    tasks: Sequence[RetrievalTask],
    plan: RetrievalPlan,
    into: RunWriter,
    cache: Path,
    *,
    progress: Progress = no_progress,
) -> None:
    """Measure every set with every setting; what `into` has already is not measured again."""
    for task in tasks:
        for number, rows in enumerate(group_by_ingestion(plan.variants).values()):
            baselines = plan.baselines if number == 0 else ()
            _measure_task(task, plan.select_queries(task), rows, baselines, into, cache, progress)


def _measure_task(
    task: RetrievalTask,
    asks: Sequence[RetrievalQuery],
    variants: Sequence[Variant],
    baselines: Sequence[str],
    into: RunWriter,
    cache: Path,
    progress: Progress,
) -> None:
    """Ingest a set once and ask it in several rows."""
    name = task.data.name
    labels = [variant.label for variant in variants]
    if not any(_find_pending_queries(into, name, row, asks) for row in (*labels, *baselines)):
        return

    def report_progress(stage: str, done: int, total: int) -> None:
        progress(f"{name}: {stage}", done, total)

    with prepare_documents(variants[0].settings, task.files, cache, report_progress) as ready:
        _record_ingestion(into, name, tuple(labels), ready)
        judge = task.make_judge(ready)
        for variant in variants:
            if pending := _find_pending_queries(into, name, variant.label, asks):
                system = docchat_system(variant.label, ready.as_variant(variant.settings))
                _ask_all(system, pending, asks, judge, ready, into, name, report_progress)
        due = [row for row in baselines if _find_pending_queries(into, name, row, asks)]
        with baseline_systems(due, ready) as systems:
            for system in systems:
                pending = _find_pending_queries(into, name, system.row, asks)
                _ask_all(system, pending, asks, judge, ready, into, name, report_progress)


def _find_pending_queries(
    into: RunWriter, dataset: str, row: str, asks: Sequence[RetrievalQuery]
) -> list[RetrievalQuery]:
    return [ask for ask in asks if not into.has_case(dataset, row, ask.id)]


def _record_ingestion(
    into: RunWriter, dataset: str, rows: tuple[str, ...], ready: PreparedDocuments
) -> None:
    into.record_ingestion(
        Ingestion(
            dataset=dataset,
            rows=rows,
            documents=len(ready.ingested.documents),
            chunks=len(ready.chunks),
            seconds=ready.seconds,
            embedder=ready.embedder.name,
        )
    )
    for failure in ready.ingested.failures:
        into.add(Case(dataset, DOCUMENTS, f"{rows[0]}/{failure.case}", "", failure=failure))


def _ask_all(
    system: System,
    pending: Sequence[RetrievalQuery],
    asks: Sequence[RetrievalQuery],
    judge: Judge,
    ready: PreparedDocuments,
    into: RunWriter,
    dataset: str,
    progress: Progress,
) -> None:
    timed = {ask.id for ask in asks[:: max(1, len(asks) // TIMED)][:TIMED]}
    for number, case in enumerate(_measure_cases(system, pending, timed, judge, ready, dataset)):
        progress(system.row, number, len(pending))
        into.add(case)


def _measure_cases(
    system: System,
    pending: Sequence[RetrievalQuery],
    timed: set[str],
    judge: Judge,
    ready: PreparedDocuments,
    dataset: str,
) -> Iterator[Case]:
    warm = False
    for ask in pending:
        case = Case(
            dataset, system.row, ask.id, ask.text, group=ask.language, due=judge.describe_due(ask)
        )
        failure = judge.find_failure(ask)
        if failure is not None:
            yield replace(case, failure=failure)
            continue
        try:
            if not warm:  # the first question loads the model and opens the indexes
                with ready.embedder.bypass_cache():
                    system.timed(ask.text)
                warm = True
            ms = _time_search(system, ask.text, ready) if ask.id in timed else None
            ranking = system.rank(ask.text)
        except (RagError, IngestError) as error:
            yield replace(case, failure=CaseFailure(ask.id, error.code, error.message))
            continue
        values, found = judge.judge(ask, ranking)
        yield replace(case, values=values, ms=ms, found=tuple(found))


def _time_search(system: System, question: str, ready: PreparedDocuments) -> float:
    with ready.embedder.bypass_cache():
        start = time.perf_counter()
        system.timed(question)
        return round((time.perf_counter() - start) * 1_000, 3)

"""Measures how well passages are found, on any retrieval set, by docchat and by baselines.

Documents go through docchat's own ingestion, once for all settings that differ only in searching.
The retriever's ranking of 100 passages is judged by documents or pages (`eval.suites.tasks`). The
baselines (`eval.systems.rankers`) rank the same passages in the same run.

Limits: 100 passages come from fewer than 100 documents where documents have several passages, which
limits recall@100. Latency is measured with one question at a time, on at most `TIMED` questions
spread evenly over the set, each embedded again; rankings take embeddings from the cache. Passages
of equal score are ordered by ids, which are random for every ingestion: where there are many such,
figures of two runs may differ in the third digit.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from eval.measures.cases import Case, CaseFailure
from eval.runs.run_store import RunWriter
from eval.suites.ingestions import record_ingestion
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

    def select_queries(self, task: RetrievalTask) -> list[RetrievalQuery]:
        """Return the queries of a set that are asked."""
        return task.queries[: self.limit_queries]


def run_retrieval(
    tasks: Sequence[RetrievalTask],
    plan: RetrievalPlan,
    writer: RunWriter,
    cache: Path,
    *,
    progress: Progress = no_progress,
) -> None:
    """Measure every set with every setting; cases that `writer` has are not measured again."""
    for task in tasks:
        for number, rows in enumerate(group_by_ingestion(plan.variants).values()):
            baselines = plan.baselines if number == 0 else ()
            _measure_task(task, plan.select_queries(task), rows, baselines, writer, cache, progress)


def _measure_task(
    task: RetrievalTask,
    queries: Sequence[RetrievalQuery],
    variants: Sequence[Variant],
    baselines: Sequence[str],
    writer: RunWriter,
    cache: Path,
    progress: Progress,
) -> None:
    """Ingest a set once and query it in several rows."""
    name = task.data.name
    labels = [variant.label for variant in variants]
    if not any(writer.select_pending(name, row, queries) for row in (*labels, *baselines)):
        return

    def report_progress(stage: str, done: int, total: int) -> None:
        progress(f"{name}: {stage}", done, total)

    with prepare_documents(variants[0].settings, task.files, cache, report_progress) as ready:
        record_ingestion(writer, name, labels, ready)
        judge = task.make_judge(ready)
        for variant in variants:
            if pending := writer.select_pending(name, variant.label, queries):
                system = docchat_system(variant.label, ready.as_variant(variant.settings))
                _ask_all(system, pending, queries, judge, ready, writer, name, report_progress)
        due = [row for row in baselines if writer.select_pending(name, row, queries)]
        with baseline_systems(due, ready) as systems:
            for system in systems:
                pending = writer.select_pending(name, system.row, queries)
                _ask_all(system, pending, queries, judge, ready, writer, name, report_progress)


def _ask_all(
    system: System,
    pending: Sequence[RetrievalQuery],
    queries: Sequence[RetrievalQuery],
    judge: Judge,
    ready: PreparedDocuments,
    writer: RunWriter,
    dataset: str,
    progress: Progress,
) -> None:
    # Spread over the set rather than its first questions, which may all be of one kind.
    timed = {query.id for query in queries[:: max(1, len(queries) // TIMED)][:TIMED]}
    for number, case in enumerate(_measure_cases(system, pending, timed, judge, ready, dataset)):
        progress(system.row, number, len(pending))
        writer.add(case)


def _measure_cases(
    system: System,
    pending: Sequence[RetrievalQuery],
    timed: set[str],
    judge: Judge,
    ready: PreparedDocuments,
    dataset: str,
) -> Iterator[Case]:
    warm = False
    for query in pending:
        case = Case(
            dataset,
            system.row,
            query.id,
            query.text,
            group=query.language,
            due=judge.describe_due(query),
        )
        failure = judge.find_failure(query)
        if failure is not None:
            yield replace(case, failure=failure)
            continue
        try:
            if not warm:  # the first question loads the model and opens the indexes
                with ready.embedder.bypass_cache():
                    system.timed(query.text)
                warm = True
            ms = _time_search(system, query.text, ready) if query.id in timed else None
            ranking = system.rank(query.text)
        except (RagError, IngestError) as error:
            yield replace(case, failure=CaseFailure(query.id, error.code, error.message))
            continue
        values, found = judge.judge(query, ranking)
        yield replace(case, values=values, ms=ms, found=tuple(found))


def _time_search(system: System, question: str, ready: PreparedDocuments) -> float:
    with ready.embedder.bypass_cache():
        start = time.perf_counter()
        system.timed(question)
        return round((time.perf_counter() - start) * 1_000, 3)

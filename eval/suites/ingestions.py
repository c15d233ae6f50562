"""Writes into a run what the ingestion of a dataset came to, and which files failed."""

from __future__ import annotations

from collections.abc import Sequence

from eval.measures.cases import Case
from eval.runs.run_store import Ingestion, RunWriter
from eval.runs.summary import DOCUMENTS
from eval.systems.temporary_docchat import PreparedDocuments


def record_ingestion(
    writer: RunWriter, dataset: str, rows: Sequence[str], prepared: PreparedDocuments
) -> None:
    """Record an ingestion that `rows` search, and a failed case for each file that failed."""
    writer.record_ingestion(
        Ingestion(
            dataset=dataset,
            rows=tuple(rows),
            documents=len(prepared.ingested.documents),
            chunks=len(prepared.chunks),
            seconds=prepared.seconds,
            embedder=prepared.embedder.name,
        )
    )
    for failure in prepared.ingested.failures:
        writer.add(Case(dataset, DOCUMENTS, f"{rows[0]}/{failure.case}", "", failure=failure))

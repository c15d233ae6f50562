"""Small runs made by hand, for the tests of everything that only looks at runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from eval.measures.cases import Case, CaseFailure, FoundPassage
from eval.runs.run_store import DatasetInfo, RunInfo, StoredRun, new_info

DATA = DatasetInfo("mine", "0123456789abcdef", 3, 4)


def case(row: str, case_id: str, value: float, ms: float | None = None) -> Case:
    values = {"nDCG@10": value, "MRR@10": value}
    found = (FoundPassage("d1: <Manual>", "The valve & the boiler.", 2, right=value > 0),)
    return Case(
        "mine",
        row,
        case_id,
        f"Question {case_id} <b>?",
        values,
        group="en",
        ms=ms,
        due=("d1: Manual",),
        found=found,
    )


def failed(row: str, case_id: str) -> Case:
    failure = CaseFailure(case_id, "index_unavailable", "locked <now>")
    return Case("mine", row, case_id, "Failing?", group="zh", failure=failure)


def info(rows: Sequence[str] = ("docchat",), baselines: Sequence[str] = ("dense",)) -> RunInfo:
    settings = {row: {"retrieval": {"depth": 100}} for row in rows}
    return new_info("retrieval", [DATA], settings, baselines, {"limit_queries": None})


def stored(values: Sequence[float], other: Sequence[float] = (0.0, 0.0, 0.0)) -> StoredRun:
    """Return a finished run of docchat and the baseline dense on as many questions as values."""
    cases = [case("docchat", f"q{n}", value, ms=10.0 + n) for n, value in enumerate(values)]
    cases += [case("dense", f"q{n}", value) for n, value in enumerate(other)]
    return StoredRun(replace(info(), finished="2026-01-01T00:00:00+00:00"), tuple(cases))

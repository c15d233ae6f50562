"""The benches of ingestion on the samples, with the hash embedder: what they count is right."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from eval.benchmarks.ingestion import (
    SideMeasurement,
    choose_pdfs,
    docchat_side,
    embedder_side,
    summarise_sides,
)
from eval.benchmarks.load import collect_headings, time_searches, time_searches_under_load
from rag.pipeline.bootstrap import build_docchat
from rag.settings import EmbedderSettings, Settings
from tests.support import ROOT

SAMPLES = ROOT / "data/samples"
TEXT = [SAMPLES / "espresso-manual.pdf", SAMPLES / "tidal-turbines.pdf"]


@pytest.fixture(autouse=True)
def _hash_embedder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCCHAT_EMBEDDER__MODEL", "hash")


def test_files_are_taken_until_there_are_pages_enough() -> None:
    every = choose_pdfs(SAMPLES, 10_000, seed=1)
    assert sorted(every) == sorted(SAMPLES.rglob("*.pdf"))
    few = choose_pdfs(SAMPLES, 1, seed=1)
    assert few == every[:1]
    assert choose_pdfs(SAMPLES, 10_000, seed=2) != every


def test_docchat_counts_its_pages_and_the_ceiling_embeds_its_passages(tmp_path: Path) -> None:
    pages, passages = docchat_side(TEXT, tmp_path)
    assert pages >= 2
    assert passages > pages
    assert embedder_side(TEXT, tmp_path) == (0, passages)


def test_ratios_are_taken_run_by_run() -> None:
    def run(*seconds: float) -> list[SideMeasurement]:
        sides = ("docchat", "embedder alone", "langchain")
        return [
            SideMeasurement(side, 10, 20, each, each, 1)
            for side, each in zip(sides, seconds, strict=True)
        ]

    rows = summarise_sides([run(1.0, 0.5, 3.0), run(2.0, 1.0, 8.0), run(4.0, 2.0, 10.0)])
    assert [row.ratio for row in rows] == [1.0, 0.5, 3.0]
    assert [row.seconds for row in rows] == [2.0, 1.0, 8.0]
    assert rows[2].pages_per_second == 1.25


def test_searches_are_timed_alone_and_during_ingestion(tmp_path: Path) -> None:
    docchat = build_docchat(Settings(home=tmp_path, embedder=EmbedderSettings(model="hash")))
    library = docchat.library
    collection = library.create_collection("bench").id
    library.add(TEXT[0], TEXT[0].name, collection)
    assert len(time_searches_under_load(docchat, itertools.repeat("warranty"))) >= 1
    questions = collect_headings(library, collection)
    assert questions
    assert len(time_searches(docchat, iter(questions), 3)) == 3
    docchat.close()

"""The retrieval suite on a small set of our own, through the real library, worker and indexes."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from eval.datasets import CorpusEntry, RetrievalSet
from eval.home import CaseFailure
from eval.report import as_json, print_retrieval
from eval.suites.retrieval import (
    HYBRID,
    RecordingEmbedder,
    RetrievalResult,
    SystemScore,
    as_markdown,
    run,
)
from ingest.formats import parse
from ingest.hash_embedder import HashEmbedder
from rag.settings import Settings

CORPUS = (
    CorpusEntry("w/1", "Warranty", "The warranty covers the battery for two years."),
    CorpusEntry("i", "", "Invoices are due within thirty days of receipt."),
    CorpusEntry("保", "保修", "保修期为两年，电池除外。"),
    CorpusEntry("票", "", "发票应在三十天内支付。"),
    CorpusEntry("twin", "", "Invoices are due within thirty days of receipt."),
    CorpusEntry("nothing", " ", "..."),
)
QUERIES = {"q1": "battery warranty years", "q2": "电池的保修期", "q3": "when are invoices due"}
QRELS = {"q1": {"w/1": 1}, "q2": {"保": 1}, "q3": {"i": 1, "gone": 1}}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.model_validate({"home": tmp_path, "embedder": {"model": "hash"}})


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> RetrievalResult:
    home = tmp_path_factory.mktemp("home")
    settings = Settings.model_validate({"home": home, "embedder": {"model": "hash"}})
    stages: list[str] = []
    measured = run(
        RetrievalSet("tiny", CORPUS, QUERIES, QRELS),
        settings,
        progress=lambda stage, done, total: stages.append(stage),
    )
    assert stages[0] == "adding"
    assert stages[-1].startswith("searching")
    assert list(home.iterdir()) == [], "the user's own home was touched"
    return measured


def test_every_system_is_measured_over_the_same_passages(result: RetrievalResult) -> None:
    assert result.systems[0].system == HYBRID
    assert len(result.systems) == 5
    for system in result.systems:
        assert system.queries == 3
        assert system.failures == ()
        assert 0 < system.p50_ms <= system.p99_ms


def test_documents_are_counted_and_empty_ones_left_out(result: RetrievalResult) -> None:
    # The twins have the same bytes: the library keeps one document, and it counts for both.
    assert (result.documents, result.empty_documents, result.chunks) == (5, 1, 4)
    assert not result.failed


def test_the_lexical_reference_finds_what_shares_words(result: RetrievalResult) -> None:
    scores = {system.system: system.metrics for system in result.systems}
    for name in (HYBRID, "rank-bm25", "lexical index alone"):
        assert scores[name]["MRR@10"] >= 0.8, name
        # One of the four relevant documents is not in the corpus.
        assert scores[name]["recall@100"] == pytest.approx((1 + 1 + 0.5) / 3), name


def test_only_the_first_queries_are_asked_when_told_so(settings: Settings) -> None:
    data = RetrievalSet("tiny", CORPUS, QUERIES, QRELS)
    assert run(data, settings, limit_queries=1).queries == 1


@pytest.mark.parametrize(
    "text",
    [
        "# not a heading\n- no list\n1. nor this | not a table |\n    no code",
        "*not bold* _nor_ <b>html</b> & &amp; [1](x) `code` \\ back~~slash~~",
        "保修期为两年。\n=====\n电池除外。",
        "> no quote\n\nA second paragraph.\n***\n$x_1^2$",
    ],
)
def test_no_character_of_a_text_is_taken_for_markup(text: str) -> None:
    document = parse(as_markdown(CorpusEntry("a", "Title *of* a\ntext", text)), "a.md")
    assert document.blocks[0].kind in ("title", "heading")
    assert document.blocks[0].text == "Title *of* a text"
    body = " ".join(block.text for block in document.blocks[1:])
    assert " ".join(body.split()) == " ".join(text.split())
    assert {block.kind for block in document.blocks[1:]} == {"text"}


def test_recorded_vectors_are_not_computed_again() -> None:
    recorder = RecordingEmbedder(HashEmbedder(8))
    vectors = recorder.embed(["one", "two"])
    assert recorder.recall("two") is not None
    assert (recorder.recall("two") == vectors[1]).all()
    assert (recorder.recall("three") == HashEmbedder(8).embed(["three"])[0]).all()
    assert (recorder.name, recorder.dimension, recorder.max_tokens) == ("hash-8", 8, 256)
    assert recorder.count_tokens("two words") == 2
    assert recorder.languages == {"*"}


def test_the_report_has_every_figure_and_every_failure() -> None:
    metrics = dict.fromkeys(("nDCG@10", "recall@5", "recall@10", "recall@100", "MRR@10"), 0.5)
    failed = CaseFailure("q[9]", "index_unavailable", "locked")
    result = RetrievalResult(
        dataset="tiny",
        documents=5,
        chunks=6,
        queries=2,
        ingest_s=1.5,
        embedder="hash",
        systems=(
            SystemScore(HYBRID, metrics | {"nDCG@10": 0.75}, 1.0, 2.0, 1, (failed,)),
            SystemScore("rank-bm25", metrics, 1.0, 2.0, 2),
            SystemScore("none ran", {}, 0.0, 0.0, 0),
        ),
        failures=(CaseFailure("7.md", "empty_file", "no text"),),
    )
    assert result.failed
    console = Console(width=120, file=StringIO())
    print_retrieval(result, console)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    for shown in (
        HYBRID,
        "nDCG@10",
        "0.750",
        "q[9]: index_unavailable: locked",
        "7.md",
        "none ran",
    ):
        assert shown in text
    row = json.loads(as_json([result]))["results"][0]
    assert row["failed"] is True
    assert row["systems"][0]["metrics"]["nDCG@10"] == 0.75
    assert row["systems"][0]["failures"][0]["case"] == "q[9]"

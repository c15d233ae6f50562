"""The benchmark of the indexes: exact search is exact, a grown corpus is the same at every call."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from eval.benchmarks.indexes import DOCUMENTS, SCOPES, Seed, compute_recall, find_exact_nearest
from eval.systems.baseline_dense import ExactDenseIndex
from ingest.embedding.hash_embedder import HashEmbedder
from ingest.index.base import Query

EMBEDDER = HashEmbedder(32)
TEXTS = tuple(f"Pump {n} needs oil after {n * 7} hours of work." for n in range(50))
ASKED = ("Which pump needs oil?", "hours of work", "pump 7")


@pytest.fixture
def seed() -> Seed:
    return Seed(TEXTS, EMBEDDER.embed(TEXTS), ASKED, EMBEDDER.embed(ASKED))


def test_a_grown_corpus_is_the_same_at_every_call(seed: Seed) -> None:
    one, two = list(seed.generate_entries(3_000)), list(seed.generate_entries(3_000))
    assert [(e.chunk_id, e.text) for e in one] == [(e.chunk_id, e.text) for e in two]
    assert len({entry.chunk_id for entry in one}) == 3_000
    assert len({entry.document_id for entry in one}) == DOCUMENTS
    assert {entry.document_id: entry.collection_id for entry in one}.keys() >= {"d0", "d999"}
    lengths = [float(np.linalg.norm(e.vector)) for e in one if e.vector is not None]
    assert lengths == pytest.approx([1.0] * 3_000, abs=1e-5)


def test_exact_search_in_blocks_is_that_of_the_baseline(seed: Seed) -> None:
    baseline = ExactDenseIndex(32)
    baseline.add(list(seed.generate_entries(3_000)))
    # Several blocks, the last one not full.
    found = find_exact_nearest(
        seed.generate_entries(3_000), seed.asked, list(SCOPES.values()), 10, 700
    )
    for scope, lists in zip(SCOPES.values(), found, strict=True):
        for vector, ids in zip(seed.asked, lists, strict=True):
            due = baseline.search(Query("", vector), 10, scope)
            assert len(ids) == len(due)
            scores = {
                match.chunk_id: match.score
                for match in baseline.search(Query("", vector), 3_000, scope)
            }
            assert [scores[chunk_id] for chunk_id in ids] == pytest.approx(
                [match.score for match in due], abs=1e-5
            )


def test_recall_counts_the_first_of_what_is_due() -> None:
    assert compute_recall([["a", "b", "x"]], [["a", "b", "c"]], depth=2) == 1.0
    assert compute_recall([["a", "x", "y"]], [["a", "b", "c"]], depth=3) == pytest.approx(1 / 3)
    assert compute_recall([["a"], []], [["a"], []]) == 1.0, (
        "nothing is due where nothing is in scope"
    )


@pytest.mark.slow
def test_the_command_prints_a_line_for_each_scope(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import typer

    from eval.benchmarks.indexes import main

    corpus = [json.dumps({"_id": f"d{n}", "title": "", "text": t}) for n, t in enumerate(TEXTS)]
    (tmp_path / "corpus.jsonl").write_text("\n".join(corpus))
    (tmp_path / "queries.jsonl").write_text(json.dumps({"_id": "q", "text": ASKED[0]}))
    (tmp_path / "qrels").mkdir()
    (tmp_path / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq\td1\t1\n")
    monkeypatch.setenv("DOCCHAT_EMBEDDER__MODEL", "hash")
    app = typer.Typer()
    app.command()(main)
    done = CliRunner().invoke(app, ["--data", str(tmp_path), "--sizes", "200", "--batch", "64"])
    assert done.exit_code == 0, done.output
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(line["index"], line["scope"]) for line in lines] == [
        (index, scope) for index in ("chroma", "tantivy") for scope in SCOPES
    ]
    assert all(line["found"] > 0.9 for line in lines if line["index"] == "chroma")
    assert all(line["bytes"] > 0 for line in lines)

"""The latency bench on a library of a few dozen passages: every stage is there, once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from eval.benchmarks.clock import Clock, TimedProxy
from eval.benchmarks.indexes import Seed, load_seed
from eval.benchmarks.search import (
    GrownEmbedder,
    build_documents,
    main,
    measure_searches,
    split_files,
)
from eval.errors import EvalError
from eval.systems.variants import build_variants
from ingest.embedding.hash_embedder import HashEmbedder
from ingest.formats.registry import parse_file
from rag.settings import Settings


class Worker:
    """Takes seconds of a time of its own, and lets another one work meanwhile."""

    size = 3
    time = 0.0

    def __init__(self, inner: object = None) -> None:
        self.inner = inner

    def work(self, seconds: float) -> str:
        Worker.time += seconds
        if isinstance(self.inner, TimedProxy):
            self.inner.work(10 * seconds)
        Worker.time += seconds
        return "done"


def test_time_within_a_stage_counts_for_the_inner_one_only() -> None:
    clock = Clock(lambda: Worker.time)
    inner = TimedProxy(Worker(), clock, "inner", {"other": "elsewhere"})
    outer = TimedProxy(Worker(inner), clock, "outer")
    assert outer.size == 3
    with clock.time_stage("rest"):
        Worker.time += 1
        assert outer.work(2) == "done"
        assert inner.work(3) == "done"
    assert clock.seconds_by_stage == {"inner": 46, "outer": 4, "rest": 1}
    clock.reset()
    assert clock.seconds_by_stage == {}


def test_a_method_may_have_a_stage_of_its_own() -> None:
    clock = Clock(lambda: Worker.time)
    with pytest.raises(TypeError):
        TimedProxy(Worker(), clock, "usual", {"work": "hard"}).work()
    TimedProxy(Worker(), clock, "usual", {"work": "hard"}).work(1)
    assert clock.seconds_by_stage == {"hard": 2}


@pytest.fixture
def seed(tmp_path: Path) -> Seed:
    folder = tmp_path / "tiny"
    (folder / "qrels").mkdir(parents=True)
    texts = [f"Passage {n} is about subject {n % 7} and word{n}. It goes on." for n in range(20)]
    rows = [json.dumps({"_id": str(n), "text": text}) for n, text in enumerate(texts)]
    (folder / "corpus.jsonl").write_text("\n".join(rows))
    asked = [json.dumps({"_id": f"q{n}", "text": f"What of subject {n}?"}) for n in range(6)]
    (folder / "queries.jsonl").write_text("\n".join(asked))
    (folder / "qrels" / "test.tsv").write_text("".join(f"q{n}\t{n}\t1\n" for n in range(6)))
    return load_seed([folder], HashEmbedder(16), tmp_path)


def test_documents_have_as_many_passages_as_asked_for(seed: Seed) -> None:
    files = list(build_documents(seed, 250))
    assert len(files) == 2
    headings = [
        block for name, text in files for block in parse_file(text, name).blocks if block.level == 1
    ]
    assert len(headings) == 250


def test_grown_vectors_follow_the_text_and_questions_are_real(seed: Seed) -> None:
    grown = GrownEmbedder(HashEmbedder(16), seed.vectors)
    assert (grown.embed(["a", "b"])[0] == grown.embed(["a"])[0]).all()
    assert (grown.embed(["a"]) != grown.embed(["b"])).any()
    grown.asking = True
    assert (grown.embed(["a"]) == HashEmbedder(16).embed(["a"])).all()
    assert grown.dimension == 16


def test_every_stage_of_every_row_is_measured(
    seed: Seed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCCHAT_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("eval.benchmarks.search._SETTLE_S", 0)
    rows = build_variants(
        ["retrieval.dense_weight=0"],
        lambda **given: Settings(**({"embedder": {"model": "hash"}} | given)),
    )
    found = list(measure_searches(seed, HashEmbedder(16), 60, rows))
    assert [(each.row, each.passages) for each in found] == [
        ("docchat", 60),
        ("retrieval.dense_weight=0", 60),
    ]
    assert {"embed", "lexical", "dense", "store", "rest"} <= set(found[0].stages)
    assert "dense" not in found[1].stages
    assert all(0 < each.p50_ms <= each.p99_ms for each in found)


def test_parts_of_the_passages_are_searched_alone(
    seed: Seed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCCHAT_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("eval.benchmarks.search._SETTLE_S", 0)
    rows = build_variants([], lambda **given: Settings(**({"embedder": {"model": "hash"}} | given)))
    found = list(measure_searches(seed, HashEmbedder(16), 410, rows, shares=[40, 20]))
    assert [each.row for each in found] == ["docchat", "docchat in 40 %", "docchat in 20 %"]
    assert {each.passages for each in found} == {410}


def test_each_file_goes_to_one_part() -> None:
    files = [(f"{number}.md", b"") for number in range(200)]
    parts = split_files(files, [10, 1])
    assert {name: len(part) for name, part in parts.items()} == {
        " in 10 %": 20,
        " in 1 %": 2,
        "": 178,
    }
    assert sorted(each for part in parts.values() for each in part) == sorted(files)
    assert len(split_files(files[:3], [1])[" in 1 %"]) == 1
    with pytest.raises(EvalError, match="60 %"):
        split_files(files, [50, 60])


def test_what_cannot_be_varied_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCCHAT_HOME", str(tmp_path))
    command = typer.Typer()
    command.command()(main)
    done = CliRunner().invoke(command, ["--data", "x", "--vary", "chunk.max_tokens=64"])
    assert done.exit_code == 2
    assert "Only settings of searching" in done.stderr

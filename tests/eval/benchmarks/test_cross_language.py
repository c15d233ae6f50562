"""Sets across languages are made out of small made-up sets; and our own questions are in order."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from eval.benchmarks.cross_language import QUESTIONS, load_cross_questions, main
from eval.data.datasets import RetrievalSet, load_retrieval_set
from eval.errors import DatasetInvalid
from ingest.text.language import language_of

KINDS = {"fact", "number", "date", "who", "where", "why", "how", "yes_no", "list"}
PUMP: dict[str, object] = {
    "id": "zh1",
    "language": "zh",
    "text": "水泵有多重？",
    "same_language_text": "How heavy is the pump?",
    "set": "english",
    "passages": ["d0"],
}
VALVE: dict[str, object] = {
    "id": "en1",
    "language": "en",
    "text": "Who makes the valve?",
    "same_language_text": "阀门是谁生产的？",
    "set": "chinese",
    "passages": ["d1", "d2"],
}


def _write_set(folder: Path, texts: Mapping[str, str]) -> Path:
    (folder / "qrels").mkdir(parents=True)
    rows = [json.dumps({"_id": key, "title": "T", "text": text}) for key, text in texts.items()]
    (folder / "corpus.jsonl").write_text("\n".join(rows))
    (folder / "queries.jsonl").write_text(json.dumps({"_id": "q", "text": "Which?"}))
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq\td0\t1\n")
    return folder


@pytest.fixture
def english(tmp_path: Path) -> Path:
    return _write_set(tmp_path / "english", {f"d{n}": f"The pump weighs {n} kg." for n in range(9)})


@pytest.fixture
def chinese(tmp_path: Path) -> Path:
    return _write_set(tmp_path / "chinese", {f"d{n}": f"阀门由{n}号厂生产。" for n in range(3)})


def _make(tmp_path: Path, *rows: object, sets: list[Path], most: int = 100) -> tuple[int, str]:
    questions = tmp_path / "questions.jsonl"
    questions.write_text("\n".join(map(json.dumps, rows)))
    command = typer.Typer()
    command.command()(main)
    told = CliRunner().invoke(
        command,
        [
            *(word for folder in sets for word in ("--sets", str(folder))),
            *("--out", str(tmp_path / "out"), "--questions", str(questions), "--most", str(most)),
        ],
    )
    return told.exit_code, told.output


def _load(tmp_path: Path) -> tuple[RetrievalSet, RetrievalSet]:
    return load_retrieval_set(tmp_path / "out" / "across"), load_retrieval_set(
        tmp_path / "out" / "same"
    )


def test_both_sets_have_the_same_passages_and_answers(
    tmp_path: Path, english: Path, chinese: Path
) -> None:
    code, told = _make(tmp_path, PUMP, VALVE, sets=[english, chinese])
    assert code == 0, told
    across, same = _load(tmp_path)
    assert across.queries == {"zh1": "水泵有多重？", "en1": "Who makes the valve?"}
    assert same.queries == {"zh1": "How heavy is the pump?", "en1": "阀门是谁生产的？"}
    assert across.corpus == same.corpus
    assert len(across.corpus) == 12
    assert across.qrels == same.qrels
    assert across.qrels == {
        "zh1": {"english-d0": 1},
        "en1": {"chinese-d1": 1, "chinese-d2": 1},
    }
    texts = {entry.id: entry.text for entry in across.corpus}
    assert texts["english-d0"] == "The pump weighs 0 kg."
    assert texts["chinese-d2"] == "阀门由2号厂生产。"


@pytest.mark.parametrize(("most", "passages"), [(4, 7), (1, 3)])
def test_of_a_large_set_a_part_is_taken_and_what_answers_stays(
    tmp_path: Path, english: Path, chinese: Path, most: int, passages: int
) -> None:
    for _ in range(2):
        assert _make(tmp_path, PUMP, VALVE, sets=[english, chinese], most=most)[0] == 0
    across, _ = _load(tmp_path)
    ids = {entry.id for entry in across.corpus}
    assert len(ids) == passages
    assert {"english-d0", "chinese-d1", "chinese-d2"} <= ids


def test_a_set_without_questions_gives_passages(
    tmp_path: Path, english: Path, chinese: Path
) -> None:
    assert _make(tmp_path, PUMP, sets=[english, chinese])[0] == 0
    across, _ = _load(tmp_path)
    assert len(across.corpus) == 12
    assert across.queries == {"zh1": "水泵有多重？"}


def test_a_set_that_is_not_there_is_named(tmp_path: Path, english: Path) -> None:
    code, told = _make(tmp_path, PUMP, VALVE, sets=[english])
    assert code == 2
    assert "chinese" in told
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    code, told = _make(tmp_path, PUMP, sets=[tmp_path / "nowhere"])
    assert code == 2
    assert "nowhere" in told


def test_a_passage_that_is_not_there_is_named(tmp_path: Path, english: Path) -> None:
    code, told = _make(tmp_path, {**PUMP, "passages": ["d0", "d77"]}, sets=[english])
    assert code == 2
    assert "d77" in told


def test_two_folders_of_one_name_are_refused(tmp_path: Path, english: Path) -> None:
    other = _write_set(tmp_path / "more" / "english", {"d0": "The rotor."})
    code, told = _make(tmp_path, PUMP, sets=[english, other])
    assert code == 2
    assert "same name" in told


@pytest.mark.parametrize(
    "changed",
    [
        {"text": " "},
        {"same_language_text": None},
        {"language": "fr"},
        {"passages": []},
        {"passages": "d0"},
        {"passages": [0]},
        {"set": 3},
    ],
)
def test_a_line_that_is_no_question_is_refused(
    tmp_path: Path, changed: Mapping[str, object]
) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text(json.dumps({**PUMP, **changed}))
    with pytest.raises(DatasetInvalid, match="line 1"):
        load_cross_questions(path)


@pytest.mark.parametrize("rows", [[], [PUMP, PUMP]])
def test_no_questions_and_questions_given_twice_are_refused(
    tmp_path: Path, rows: list[object]
) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    with pytest.raises(DatasetInvalid):
        load_cross_questions(path)


def test_our_questions_are_in_the_languages_that_they_name() -> None:
    for each in load_cross_questions(QUESTIONS):
        assert language_of(each.text) == each.language, each.id
        assert language_of(each.same_language_text) != each.language, each.id


def test_our_questions_are_enough_in_both_languages_and_of_all_kinds() -> None:
    questions = load_cross_questions(QUESTIONS)
    languages = Counter(each.language for each in questions)
    assert len(questions) >= 200
    assert languages["zh"] >= 100
    assert languages["en"] >= 100
    assert len({each.text for each in questions}) == len(questions)
    kinds = {
        json.loads(line)["kind"] for line in QUESTIONS.read_text(encoding="utf-8").splitlines()
    }
    assert kinds == KINDS

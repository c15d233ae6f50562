from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eval.data.datasets import (
    QuestionSet,
    RetrievalSet,
    data_hash,
    load_question_set,
    load_retrieval_set,
    load_set,
)
from eval.errors import DatasetInvalid
from tests.support import ROOT


def lines(*rows: dict[str, Any]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


@pytest.fixture
def beir(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    (folder / "qrels").mkdir(parents=True)
    (folder / "corpus.jsonl").write_text(
        lines(
            {"_id": "d1", "title": "保修", "text": "保修期为两年。\u2028电池除外。"},
            {"_id": "d2", "text": "Invoices are due in thirty days."},
            {"_id": 3, "title": None, "text": ""},
        ),
        encoding="utf-8",
    )
    (folder / "queries.jsonl").write_text(
        lines(
            {"_id": "q1", "text": "保修多久？"},
            {"_id": "q2", "text": "When to pay?"},
            {"_id": "q3", "text": "Not judged."},
            {"_id": "q4", "text": "Judged, and nothing is relevant."},
        ),
        encoding="utf-8",
    )
    (folder / "qrels" / "test.tsv").write_text(
        "query-id\tcorpus-id\tscore\nq1\td1\t2\r\nq2\td2\t1\nq2\tgone\t1\nq4\td1\t0\n\n"
    )
    return folder


def test_a_beir_folder_is_read(beir: Path) -> None:
    data = load_retrieval_set(beir)
    assert data.name == "mine"
    assert [entry.id for entry in data.corpus] == ["d1", "d2", "3"]
    assert data.corpus[0].text == "保修期为两年。\u2028电池除外。"
    assert data.corpus[1].title == ""
    assert data.queries == {"q1": "保修多久？", "q2": "When to pay?"}
    assert data.qrels == {"q1": {"d1": 2}, "q2": {"d2": 1, "gone": 1}}


def test_qrels_may_lack_their_header_and_have_another_split(beir: Path) -> None:
    (beir / "qrels" / "dev.tsv").write_text("q1\td1\t1\n")
    assert load_retrieval_set(beir, "dev").queries == {"q1": "保修多久？"}


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda beir: (beir / "corpus.jsonl").unlink(), "no corpus.jsonl"),
        (lambda beir: (beir / "qrels" / "test.tsv").unlink(), "qrels/test.tsv"),
        (lambda beir: (beir / "corpus.jsonl").write_text('{"_id": "a"'), "line 1: no JSON"),
        (lambda beir: (beir / "corpus.jsonl").write_text("[1]\n"), "line 1: no JSON object"),
        (lambda beir: (beir / "corpus.jsonl").write_text('\n{"_id": "a"}\n'), "line 2: text"),
        (lambda beir: (beir / "corpus.jsonl").write_text('{"text": "a"}\n'), "line 1: _id"),
        (lambda beir: (beir / "corpus.jsonl").write_bytes(b"\xff\xfe\xff"), "cannot be read"),
        (
            lambda beir: (beir / "corpus.jsonl").write_text('{"_id":"a","text":"b"}\n' * 2),
            "stands there twice",
        ),
        (lambda beir: (beir / "queries.jsonl").write_text(""), "no query"),
        (lambda beir: (beir / "qrels" / "test.tsv").write_text("h\nq1 d1 1\n"), "line 2: expected"),
        (lambda beir: (beir / "qrels" / "test.tsv").write_text("q1\td1\tx\tscore\n"), "no query"),
    ],
)
def test_a_bad_beir_folder_is_a_typed_error(
    beir: Path, spoil: Callable[[Path], object], says: str
) -> None:
    spoil(beir)
    with pytest.raises(DatasetInvalid, match=says) as caught:
        load_retrieval_set(beir)
    assert caught.value.advice


def test_a_missing_folder_says_what_is_expected(tmp_path: Path) -> None:
    with pytest.raises(DatasetInvalid, match="no folder") as caught:
        load_retrieval_set(tmp_path / "nowhere")
    assert "corpus.jsonl" in caught.value.advice
    with pytest.raises(DatasetInvalid, match="no folder") as caught:
        load_question_set(tmp_path / "nowhere")
    assert "questions.jsonl" in caught.value.advice


GOOD = {
    "id": "1",
    "language": "zh",
    "question": "保修多久？",
    "file": "手册.md",
    "pages": [1],
    "answer": "两年",
    "answerable": True,
}


@pytest.fixture
def asked(tmp_path: Path) -> Path:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "手册.md").write_text("保修期为两年。", encoding="utf-8")
    (tmp_path / ".hidden").write_text("")
    return tmp_path


def test_a_question_folder_is_read(asked: Path) -> None:
    unanswerable = {"id": "2", "language": "en", "question": "Who?", "answerable": False}
    (asked / "questions.jsonl").write_text(lines(GOOD, unanswerable), encoding="utf-8")
    data = load_question_set(asked)
    assert [path.name for path in data.files] == ["手册.md"]
    assert data.questions[0].pages == (1,)
    assert data.questions[0].answer == "两年"
    assert not data.questions[1].answerable
    assert data.questions[1].file == ""


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"language": "fr"}, "language"),
        ({"pages": [0]}, "pages"),
        ({"pages": "1"}, "pages"),
        ({"pages": [True]}, "pages"),
        ({"pages": []}, "answerable question needs"),
        ({"reviewed": 1}, "true or false"),
        ({"file": "other.md"}, "answerable question needs"),
        ({"answerable": "yes"}, "true or false"),
        ({"question": ""}, "question is missing"),
        ({"id": None}, "id is missing"),
    ],
)
def test_a_bad_question_is_a_typed_error(asked: Path, change: dict[str, Any], says: str) -> None:
    (asked / "questions.jsonl").write_text(lines(GOOD | change), encoding="utf-8")
    with pytest.raises(DatasetInvalid, match=says):
        load_question_set(asked)


def test_ids_and_file_names_are_unique(asked: Path) -> None:
    (asked / "questions.jsonl").write_text(lines(GOOD, GOOD), encoding="utf-8")
    with pytest.raises(DatasetInvalid, match="an id stands there twice"):
        load_question_set(asked)
    (asked / "questions.jsonl").write_text(lines(GOOD), encoding="utf-8")
    (asked / "questions.jsonl").write_text("\n")
    with pytest.raises(DatasetInvalid, match="no questions"):
        load_question_set(asked)
    (asked / "手册.md").write_text("另一本。", encoding="utf-8")
    with pytest.raises(DatasetInvalid, match=r"several files called 手册\.md"):
        load_question_set(asked)


def test_language_and_answer_may_be_left_out(asked: Path) -> None:
    row = {"id": "1", "question": "保修多久？", "file": "手册.md", "pages": [1], "type": "x"}
    (asked / "questions.jsonl").write_text(lines(row), encoding="utf-8")
    (question,) = load_question_set(asked).questions
    assert (question.language, question.answer, question.answerable) == ("zh", "", True)


def test_unreviewed_questions_are_left_out_unless_asked_for(asked: Path) -> None:
    new = GOOD | {"id": "2", "reviewed": False, "file": "", "pages": []}
    (asked / "questions.jsonl").write_text(lines(GOOD, new), encoding="utf-8")
    data = load_question_set(asked)
    assert ([each.id for each in data.questions], data.unreviewed) == (["1"], 1)
    (asked / "questions.jsonl").write_text(lines(GOOD | {"reviewed": False}), encoding="utf-8")
    with pytest.raises(DatasetInvalid, match="no questions that were reviewed"):
        load_question_set(asked)
    assert len(load_question_set(asked, unreviewed=True).questions) == 1


def test_the_layout_is_told_by_the_files(asked: Path, beir: Path, tmp_path: Path) -> None:
    (asked / "questions.jsonl").write_text(lines(GOOD), encoding="utf-8")
    (beir / "questions.jsonl").unlink(missing_ok=True)
    assert isinstance(load_set(asked), QuestionSet)
    assert isinstance(load_set(beir), RetrievalSet)
    (tmp_path / "other").mkdir()
    with pytest.raises(DatasetInvalid, match="neither"):
        load_set(tmp_path / "other")


def test_the_hash_follows_the_content(asked: Path) -> None:
    (asked / "questions.jsonl").write_text(lines(GOOD), encoding="utf-8")
    before = data_hash(load_question_set(asked))
    assert data_hash(load_question_set(asked)) == before
    (asked / "sub" / "手册.md").write_text("保修期为三年。", encoding="utf-8")
    changed = data_hash(load_question_set(asked))
    assert changed != before
    (asked / "questions.jsonl").write_text(lines(GOOD | {"pages": [2]}), encoding="utf-8")
    assert data_hash(load_question_set(asked)) not in (before, changed)


def test_the_hash_of_a_beir_set_follows_its_judgements(beir: Path) -> None:
    before = data_hash(load_retrieval_set(beir))
    (beir / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td2\t1\n")
    assert data_hash(load_retrieval_set(beir)) != before


def test_the_samples_are_a_question_set() -> None:
    data = load_question_set(ROOT / "data" / "samples")
    assert {question.language for question in data.questions} == {"en", "zh"}
    assert any(not question.answerable for question in data.questions)

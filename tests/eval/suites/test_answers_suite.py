"""The answer suite: how single answers are judged, and a whole run over documents of our own."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from eval.datasets import Question, load_question_set
from eval.report import as_json, print_answers
from eval.suites.answers import AnswerCase, judged, run, summary
from ingest.types import Chunk
from rag.settings import Settings
from rag.types import Answer, Citation, Claim, GroundednessReport, Hit, Language


def question(answerable: bool = True, language: Language = "en", ident: str = "q") -> Question:
    if not answerable:
        return Question(ident, language, "Who?", "", (), "", False)
    return Question(ident, language, "How long?", "manual.pdf", (2, 5), "24 months", True)


def hit(name: str, page: int, page_end: int) -> Hit:
    chunk = Chunk(f"{name}{page}", "d", 0, "text", (), (), (0, 4), page, page_end, 1)
    return Hit(chunk, name, 1.0)


def citation(name: str, page: int) -> Citation:
    return Citation(1, "c", "d", name, page, (), "text", (0, 4))


def answer(
    text: str,
    citations: tuple[Citation, ...] = (),
    hits: tuple[Hit, ...] = (),
    refused: bool = False,
) -> Answer:
    claims = (Claim(text, (0, len(text)), "supported", 1.0),)
    report = GroundednessReport(claims, 0.8)
    return Answer(text, citations, report, refused, "How long?", "en", hits)


def test_a_right_answer_with_one_citation_off_the_page() -> None:
    said = answer(
        "After 24 months [1][2].",
        (citation("manual.pdf", 5), citation("manual.pdf", 3)),
        (hit("other.pdf", 2, 2), hit("manual.pdf", 1, 2)),
    )
    case = judged(question(), said, 0.5)
    assert (case.correct, case.page_hit, case.cited_gold) == (True, True, True)
    assert (case.citations, case.citation_precision) == (2, 0.5)
    assert (case.groundedness, case.seconds, case.refused) == (0.8, 0.5, False)


def test_the_same_page_of_another_file_is_no_hit_and_no_citation() -> None:
    said = answer("24 months", (citation("other.pdf", 2),), (hit("other.pdf", 2, 2),))
    case = judged(question(), said, 0.5)
    assert (case.page_hit, case.cited_gold, case.citation_precision) == (False, False, 0.0)


def test_only_the_first_five_passages_count() -> None:
    far = tuple(hit("manual.pdf", 9, 9) for _ in range(5)) + (hit("manual.pdf", 2, 2),)
    assert judged(question(), answer("no", hits=far), 0.1).page_hit is False


def test_a_refusal_is_not_correct_and_has_no_citations_to_judge() -> None:
    case = judged(question(), answer("24 months: not found", refused=True), 0.1)
    assert case.correct is False
    assert case.page_hit is False
    assert case.citation_precision is case.cited_gold is case.groundedness is None


def test_the_unanswerable_is_judged_by_its_refusal_alone() -> None:
    case = judged(question(answerable=False), answer("It was Ada [1]."), 0.1)
    assert case.correct is case.page_hit is case.citation_precision is None
    assert case.refused is False


def cases() -> list[AnswerCase]:
    return [
        judged(question(), answer("24 months", (citation("manual.pdf", 2),)), 1.0),
        judged(question(), answer("no idea"), 3.0),
        judged(question(language="zh"), answer("", refused=True), 1.0),
        judged(question(answerable=False), answer("", refused=True), 1.0),
        judged(question(answerable=False, language="zh"), answer("It was Ada."), 1.0),
    ]


def test_the_summary_is_the_mean_over_those_it_applies_to() -> None:
    score = summary("all", cases())
    assert score.cases == 5
    assert score.correct == pytest.approx(1 / 3)
    assert score.citation_precision == 1.0
    assert score.citation_recall == 0.5
    assert (score.refusal_precision, score.refusal_recall) == (0.5, 0.5)
    assert score.groundedness == pytest.approx(0.8)
    assert score.p50_s == 1.0


def test_the_summary_of_a_language_is_its_own() -> None:
    score = summary("zh", cases())
    assert (score.cases, score.correct, score.citation_precision) == (2, 0.0, None)
    assert (score.refusal_precision, score.refusal_recall) == (0.0, 0.0)
    assert summary("en", []).cases == 0
    assert summary("en", []).correct is None


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "manual.md").write_text(
        "# Manual\n\nThe safety valve must be replaced every 24 months.\n\n"
        "The boiler holds 4.2 litres of water.\n"
    )
    (folder / "办法.txt").write_text(
        "差旅费用报销管理办法\n\n出差结束后十五日内提交报销单。\n\n住宿费上限为六百五十元。\n",
        encoding="utf-8",
    )
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 and nothing more")
    rows = [
        ("1", "en", "How often must the safety valve be replaced?", "manual.md", "24 months"),
        ("2", "zh", "出差结束后多少天内提交报销单？", "办法.txt", "十五日内"),
        ("3", "en", "What does the broken file say?", "broken.pdf", "nothing"),
    ]
    lines: list[dict[str, object]] = [
        {"id": i, "language": lang, "question": q, "file": f, "pages": [1], "answer": a}
        for i, lang, q, f, a in rows
    ]
    lines.append({"id": "4", "language": "en", "question": "Who?", "answerable": False})
    (folder / "questions.jsonl").write_text(
        "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in lines), encoding="utf-8"
    )
    return folder


def test_a_whole_run_answers_counts_and_tells_what_failed(folder: Path, tmp_path: Path) -> None:
    settings = Settings.model_validate({"home": tmp_path / "home", "embedder": {"model": "hash"}})
    result = run(load_question_set(folder), settings)
    assert result.documents == 2
    by_id = {case.question.id: case for case in result.cases}
    assert set(by_id) == {"1", "2", "4"}
    assert by_id["1"].page_hit
    assert by_id["2"].page_hit
    failed = {failure.case: failure.code for failure in result.failures}
    assert failed == {"broken.pdf": "corrupt_file", "3": "document_not_ready"}
    assert result.failed
    assert [score.group for score in result.scores] == ["all", "en", "zh"]
    assert not (tmp_path / "home").exists(), "the user's own home was touched"

    console = Console(width=140, file=StringIO())
    print_answers(result, console)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    for shown in ("refusal recall", "gold page in 5 passages", "document_not_ready", "broken.pdf"):
        assert shown in text
    row = json.loads(as_json([result]))["results"][0]
    assert row["scores"][0]["cases"] == 3
    assert row["failed"] is True

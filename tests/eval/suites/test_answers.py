"""The answer suite: how single answers are judged, and a whole run over documents of our own."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from eval.data.datasets import DatasetQuestion, load_question_set
from eval.measures.cases import Case
from eval.measures.row_figures import ANSWERS, PROBABILITY, RIGHT, is_missed
from eval.runs.run_store import RunStore, RunWriter, new_info
from eval.runs.summary import DOCUMENTS, summarise_cases
from eval.suites.answers import data_of, judge_answer, run_answers, values_of
from eval.systems.variants import BASE, build_variants
from ingest.types import Chunk
from rag.settings import Settings
from rag.types import Answer, Citation, Claim, GroundednessReport, Hit, Language


def question(
    answerable: bool = True, language: Language = "en", ident: str = "q"
) -> DatasetQuestion:
    if not answerable:
        return DatasetQuestion(ident, language, "Who?", "", (), "", False)
    return DatasetQuestion(ident, language, "How long?", "manual.pdf", (2, 5), "24 months", True)


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
    assert values_of(question(), said) == {
        "correct": 1.0,
        "F1": 0.8,
        "exact": 0.0,
        "F1 of all": 0.8,
        "words": 3.0,
        "false refusals": 0.0,
        "page@5": 1.0,
        "citation recall": 1.0,
        "citation precision": 0.5,
        "groundedness": 0.8,
    }


def test_the_marked_words_are_compared_with_every_accepted_form() -> None:
    asked = replace(question(), accepted=("two years",))
    said = replace(answer("It lasts two years [1]."), answer_spans=((9, 18),))
    values = values_of(asked, said)
    assert (values["correct"], values["F1"], values["exact"]) == (1.0, 1.0, 1.0)
    assert values["F1 of all"] == pytest.approx(2 / 3)


def test_the_points_of_a_list_are_counted() -> None:
    asked = replace(question(), items=("open the tap", "close the door", "wait"))
    assert values_of(asked, answer("Open the tap, then wait."))["items"] == pytest.approx(2 / 3)
    assert values_of(asked, answer("", refused=True))["items"] == 0.0


def test_how_sure_an_answer_is_is_kept_beside_whether_it_is_right() -> None:
    sure = replace(answer("24 months"), answerable=0.9)
    assert values_of(question(), sure)[PROBABILITY] == 0.9
    assert values_of(question(), sure)[RIGHT] == 1.0
    assert values_of(question(answerable=False), sure)[RIGHT] == 0.0


def test_the_same_page_of_another_file_is_no_hit_and_no_citation() -> None:
    said = answer("24 months", (citation("other.pdf", 2),), (hit("other.pdf", 2, 2),))
    values = values_of(question(), said)
    assert [values[name] for name in ("page@5", "citation recall", "citation precision")] == [0] * 3


def test_only_the_first_five_passages_count() -> None:
    far = tuple(hit("manual.pdf", 9, 9) for _ in range(5)) + (hit("manual.pdf", 2, 2),)
    assert values_of(question(), answer("no", hits=far))["page@5"] == 0.0


def test_a_refusal_is_not_correct_and_has_no_citations_to_judge() -> None:
    values = values_of(question(), answer("24 months: not found", refused=True))
    assert values == {
        **dict.fromkeys(("correct", "F1", "exact", "F1 of all"), 0.0),
        "false refusals": 1.0,
        "page@5": 0.0,
        "refusal precision": 0.0,
    }


def test_the_unanswerable_is_judged_by_its_refusal_alone() -> None:
    wrong = values_of(question(answerable=False), answer("It was Ada [1]."))
    assert wrong == {"refusal recall": 0.0, "groundedness": 0.8, "words": 3.0}
    right = values_of(question(answerable=False), answer("", refused=True))
    assert right == {"refusal recall": 1.0, "refusal precision": 1.0}


def test_without_gold_words_only_pages_are_judged() -> None:
    unknown = DatasetQuestion("q", "en", "How long?", "manual.pdf", (2,), "", True)
    values = values_of(unknown, answer("24 months", (citation("manual.pdf", 2),)))
    assert "correct" not in values
    assert values["citation recall"] == 1.0


def made(asked: DatasetQuestion, said: Answer, case_id: str) -> Case:
    return judge_answer(
        Case("mine", BASE, case_id, asked.question, group=asked.language), asked, said, 1
    )


def test_figures_are_means_over_those_they_apply_to() -> None:
    cases = [
        made(question(), answer("24 months", (citation("manual.pdf", 2),)), "1"),
        made(question(), answer("no idea"), "2"),
        made(question(language="zh"), answer("", refused=True), "3"),
        made(question(answerable=False), answer("", refused=True), "4"),
        made(question(answerable=False, language="zh"), answer("It was Ada."), "5"),
    ]
    (found,) = summarise_cases(cases, ANSWERS)
    (row,) = found.rows
    values = {name: each.value for name, each in row.figures.items()}
    assert values["correct"] == pytest.approx(1 / 3)
    assert values["citation precision"] == 1.0
    assert values["citation recall"] == 0.5
    assert (values["refusal precision"], values["refusal recall"]) == (0.5, 0.5)
    assert values["groundedness"] == pytest.approx(0.8)
    assert (row.p50_ms, row.timed) == (1_000.0, 5)
    zh = next(each for each in found.groups if each.group == "zh")
    assert "citation precision" not in zh.figures
    assert zh.figures["refusal precision"].value == 0.0
    assert [is_missed(case) for case in cases] == [False, True, True, False, True]
    assert cases[2].said == "(refused)"


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


@pytest.fixture
def whole(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunWriter:
    monkeypatch.setenv("DOCCHAT_HOME", str(tmp_path / "home"))
    data = load_question_set(folder)
    rows = build_variants(
        ["answer.min_evidence=1"],
        lambda **given: Settings(**({"embedder": {"model": "hash"}} | given)),
    )
    into = RunStore(tmp_path / "runs").begin(new_info("answers", [data_of(data)], {}))
    run_answers([data], rows, into, tmp_path / "cache")
    return into


def test_a_whole_run_answers_counts_and_tells_what_failed(whole: RunWriter, tmp_path: Path) -> None:
    by_id = {case.id: case for case in whole.cases if case.row == BASE}
    assert set(by_id) == {"1", "2", "3", "4"}
    assert by_id["1"].values["page@5"] == by_id["2"].values["page@5"] == 1.0
    assert by_id["4"].due == ("(a refusal)",)
    failures = {(each.row, each.id): each.failure.code for each in whole.cases if each.failure}
    assert failures[DOCUMENTS, f"{BASE}/broken.pdf"] == "corrupt_file"
    assert failures[BASE, "3"] == "document_not_ready"
    (ingestion,) = whole.info.ingestions
    assert (ingestion.documents, len(ingestion.rows)) == (2, 2)
    assert not (tmp_path / "home").exists(), "the user's own home was touched"


def test_settings_reach_the_answerer(whole: RunWriter) -> None:
    strict = [case for case in whole.cases if case.row == "answer.min_evidence=1"]
    assert [case.said for case in strict if case.failure is None] == ["(refused)"] * 3

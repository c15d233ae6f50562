"""Questions by rule and by model, the folder they are kept in, and feedback as questions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from eval.data.datasets import load_question_set
from eval.questions import model as by_model
from eval.questions import rules
from eval.questions.feedback import feedback_rows
from eval.questions.folder import QuestionFolder
from eval.questions.proposals import Proposal, choose_proposals, drop_ambiguous
from ingest.formats.registry import parse
from ingest.types import Chunk
from rag.models.scripted import ScriptedChatModel
from rag.pipeline.bootstrap import build
from rag.settings import Settings
from rag.types import Answer, Citation, GroundednessReport

MANUAL = """# Espresso manual

## 1 Introduction

This chapter says what the manual is about, at some length, so that it would be long enough to be
asked for if its heading said anything at all about it.

## 2 Water supply

The rotor has a diameter of 1.20 m. The boiler volume is 4.2 litres. A thermostat is a switch that
opens when it is hot. It is a part of the machine. GK-58 means group gasket, 58 mm wide.

| Property | Value | By |
|---|---|---|
| Rated power | 2,850 W | T |
| Weight | 38 kg | U |
"""
POLICY = """# 差旅管理办法

## 第一章 总则

本办法所称差旅，是指员工因公离开常驻城市的行为。

## 第二章 费用标准

住宿费标准为650元，市内交通费不超过八十元。每天不超过三次。其他费用凭票据实报销，超出部分由个人承担，不再另行补贴。

| 城市 | 住宿费上限 |
|---|---|
| 一类城市 | 650 |
| 二类城市 | 480 |
"""


def made(text: str, name: str) -> dict[str, Proposal]:
    document = parse(text.encode(), name)
    return {each.question: each for each in rules.propose_by_rules(document, name)}


def test_english_questions_by_rule() -> None:
    found = made(MANUAL, "manual.md")
    answers = {question: (each.kind, each.answer) for question, each in found.items()}
    assert answers == {
        "What does “Espresso manual” say about “Water supply”?": ("heading", ""),
        "What diameter does the rotor have?": ("value", "1.20 m"),
        "What is the boiler volume?": ("value", "4.2 litres"),
        "What is a thermostat?": ("definition", "a switch"),
        "What is GK-58?": ("definition", "group gasket"),
        "Espresso manual: what is the rated power?": ("table", "2,850 W"),
        "Espresso manual: what is the weight?": ("table", "38 kg"),
    }
    assert {each.language for each in found.values()} == {"en"}
    assert {each.pages for each in found.values()} == {(1,)}
    assert "2,850 W" in found["Espresso manual: what is the rated power?"].source


def test_chinese_questions_by_rule() -> None:
    found = made(POLICY, "办法.md")
    answers = {question: (each.kind, each.answer) for question, each in found.items()}
    assert answers == {
        "《差旅管理办法》里关于“费用标准”是怎么说的？": ("heading", ""),
        "《差旅管理办法》中的“差旅”是指什么？": ("definition", "员工因公离开常驻城市的行为"),
        "《差旅管理办法》中，住宿费标准是多少？": ("value", "650元"),
        "《差旅管理办法》中，市内交通费是多少？": ("value", "八十元"),
        "差旅管理办法：一类城市的住宿费上限是多少？": ("table", "650"),
        "差旅管理办法：二类城市的住宿费上限是多少？": ("table", "480"),
    }
    assert {each.language for each in found.values()} == {"zh"}


def test_rows_with_numbers_are_named_by_their_column() -> None:
    table = "| Speed (m/s) | Uniform load |\n|---|---|\n| 0.8 | 4.1 |\n"
    (question,) = made(f"# Loads\n\n{table}", "a.md")
    assert question == "Loads: what is the uniform load at Speed (m/s) 0.8?"


@pytest.mark.parametrize(
    "head", ["10 %", "$ (116)", "(118)", "1,737", "€ 5 million", "12 bn", "3.5", "80万元"]
)
def test_data_is_not_taken_for_the_head_of_a_column(head: str) -> None:
    table = f"| EMEA | {head} | strong |\n|---|---|---|\n| APAC | 8 % | weak |\n"
    assert not made(f"# Regions\n\n{table}", "a.md")


@pytest.mark.parametrize("head", ["2022", "1995*", "Total (bn)", "Q1", "收入（万元）"])
def test_years_and_units_are_heads(head: str) -> None:
    table = f"| Product | {head} |\n|---|---|\n| Pumps | 532 |\n"
    assert len(made(f"# Sales\n\n{table}", "a.md")) == (0 if head == "Q1" else 1)


def test_a_number_without_a_head_says_not_what_a_row_is() -> None:
    table = "|  | Growth |\n|---|---|\n| $ (112) | 13 |\n| Pumps | 14 |\n"
    assert list(made(f"# Sales\n\n{table}", "a.md")) == ["Sales: what is the growth of Pumps?"]


@pytest.mark.parametrize(
    "sentence",
    [
        "Below is a summary of stock repurchases.",
        "Although this is a striking statistic, it misleads.",
        "The following is a list of parts.",
        "Another is the size of the market.",
    ],
)
def test_what_leans_on_its_surroundings_is_no_term(sentence: str) -> None:
    assert not made(f"# Report\n\n{sentence}\n", "a.md")


@pytest.mark.parametrize(
    ("heading", "asked"),
    [
        ("Although this was so", 0),
        ("And the rest", 0),
        ("See below", 0),
        ("Before you begin", 1),
        ("The water supply", 1),
    ],
)
def test_headings_that_say_nothing_are_not_asked_for(heading: str, asked: int) -> None:
    body = "The tank holds enough for a day of work. " * 5
    found = made(f"# Manual\n\n## {heading}\n\n{body}\n", "a.md")
    assert sum(each.kind == "heading" for each in found.values()) == asked


def proposal(number: int, kind: str = "table", question: str = "") -> Proposal:
    asked = question or f"Question {number}?"
    return Proposal(kind, "en", asked, "a.md", (number,), "x", "x")  # type: ignore[arg-type]


def test_questions_asked_twice_have_no_one_answer() -> None:
    listed = [proposal(1, question="What is it?"), proposal(2, question="what is IT"), proposal(3)]
    assert [each.pages for each in drop_ambiguous(listed)] == [(3,)]


def test_a_choice_is_of_all_kinds_and_repeats() -> None:
    listed = [proposal(n) for n in range(1, 30)] + [proposal(40, "value"), proposal(41, "heading")]
    picked = choose_proposals(listed, 6, seed=1)
    assert len(picked) == 6
    assert {each.kind for each in picked} == {"table", "value", "heading"}
    assert picked == choose_proposals(listed, 6, seed=1)
    assert picked != choose_proposals(listed, 6, seed=2)
    assert len(choose_proposals(listed, 99, seed=1)) == len(listed)


PASSAGE = "The safety valve BV-2207 must be replaced every 24 months by a technician. " * 4


def chunk(text: str = PASSAGE) -> Chunk:
    return Chunk("c", "d", 0, text, ("Maintenance",), (), (0, len(text)), 3, 4, 9)


def test_a_model_is_believed_only_where_its_answer_stands_in_the_passage() -> None:
    good = "Question: When to replace BV-2207?\nAnswer: every 24 months"
    (found,) = by_model.propose_by_model([chunk()], "m.pdf", ScriptedChatModel([good]), 3, seed=1)
    assert (found.question, found.answer) == ("When to replace BV-2207?", "every 24 months")
    assert (found.kind, found.pages, found.file) == ("model", (3, 4), "m.pdf")
    for said in (
        "Question: When?\nAnswer: every 36 months",
        "Question:\nAnswer: 24 months",
        "Question: When?",
        "I cannot do that.",
    ):
        assert not list(
            by_model.propose_by_model([chunk()], "m.pdf", ScriptedChatModel([said]), 3, 1)
        )


@pytest.mark.parametrize(
    "said",
    [
        "<think>Let me see.\nQuestion: no\n</think>\nQuestion: When?\nAnswer: 24 months",
        "**Question:** When?\n\n**Answer:** “24 months”",
        "Sure!\nquestion: When?\nANSWER: 24 months\nAnything else?",
        "问题：When?\n答案：24 months",
    ],
)
def test_models_write_their_two_lines_in_many_ways(said: str) -> None:
    (found,) = by_model.propose_by_model([chunk()], "m.pdf", ScriptedChatModel([said]), 1, seed=1)
    assert (found.question, found.answer) == ("When?", "24 months")


def test_a_model_is_asked_at_most_twice_as_often_as_needed() -> None:
    model = ScriptedChatModel(["no"])
    assert not list(
        by_model.propose_by_model([chunk()] * 9 + [chunk("short")], "m.pdf", model, 2, 1)
    )
    assert len(model.calls) == 4
    assert "BV-2207" in model.calls[0][0].content


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "manual.md").write_text(MANUAL)
    return folder


def rows(*ids: str) -> list[dict[str, object]]:
    return [
        {"id": each, "question": f"{each}?", "file": "manual.md", "pages": [1], "reviewed": False}
        for each in ids
    ]


def test_generating_again_adds_only_what_is_new_and_not_rejected(folder: Path) -> None:
    questions = QuestionFolder(folder)
    assert questions.add(rows("a", "b", "b")) == ("a", "b")
    questions.reject("a")
    questions.accept("b", {"answer": "38 kg", "note": "kept"})
    assert questions.add(rows("a", "b", "c")) == ("c",)
    assert [row.id for row in questions.read_rejected()] == ["a"]
    assert [(row.id, row.is_reviewed) for row in questions.read_rows()] == [
        ("b", True),
        ("c", False),
    ]
    data = load_question_set(folder)
    assert [each.answer for each in data.questions] == ["38 kg"]
    assert data.unreviewed == 1
    assert [path.name for path in data.files] == ["manual.md"]
    assert '"note": "kept"' in questions.path.read_text(encoding="utf-8")


def test_documents_are_copied_beside_the_questions(folder: Path, tmp_path: Path) -> None:
    questions = QuestionFolder(tmp_path / "new")
    questions.keep_document(folder / "manual.md", "办法.md")
    assert [path.name for path in questions.list_documents()] == ["办法.md"]


def told(question: str, cited: Sequence[tuple[str, int]], refused: bool = False) -> Answer:
    citations = tuple(
        Citation(number, "c", document, document, page, (), "x", (0, 1))
        for number, (document, page) in enumerate(cited, start=1)
    )
    report = GroundednessReport((), 1.0)
    return Answer("It is so.", citations, report, refused, question, "en")


def test_feedback_becomes_questions(tmp_path: Path) -> None:
    settings = Settings.model_validate({"home": tmp_path, "embedder": {"model": "hash"}})
    with closing(build(settings)) as docchat:
        talks = docchat.conversations
        talk = talks.create()
        good = talks.add_answer(talk.id, told("Good?", [("d1", 4), ("d1", 2), ("d2", 9)]))
        bad = talks.add_answer(talk.id, told("Bad?", [("d1", 4)]))
        none = talks.add_answer(talk.id, told("None?", [], refused=True))
        gone = talks.add_answer(talk.id, told("Gone?", [("deleted", 1)]))
        talks.add_answer(talk.id, told("Not judged?", [("d1", 1)]))
        for message in (good, none, gone):
            talks.feedback(message.id, "up")
        talks.feedback(bad.id, "down", "wrong page")
        found = {row["question"]: row for row in feedback_rows(talks, {"d1": "a.pdf", "d2": "b"})}
    assert set(found) == {"Good?", "Bad?", "None?"}
    assert (found["Good?"]["file"], found["Good?"]["pages"]) == ("a.pdf", [2, 4])
    assert found["Good?"]["reviewed"]
    assert not found["None?"]["answerable"]
    assert (found["Bad?"]["reviewed"], found["Bad?"]["comment"]) == (False, "wrong page")
    QuestionFolder(tmp_path / "out").add(found.values())
    (tmp_path / "out" / "a.pdf").write_text("x")
    lines = (tmp_path / "out" / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    assert len([json.loads(line) for line in lines]) == 3
    assert len(load_question_set(tmp_path / "out").questions) == 2

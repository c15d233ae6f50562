"""A question is understood once, and everything about it is in one value."""

from __future__ import annotations

import pytest

from rag.errors import QuestionInvalid
from rag.question.constraints import Constraints, Period
from rag.question.understand import narrow_to_subject, split_parts, understand_question
from rag.types import Turn


def test_a_question_is_read_once_for_all_later_steps() -> None:
    question = understand_question('  When was "the bridge" opened -ferry? ')
    assert question.text == question.standalone == 'When was "the bridge" opened -ferry?'
    assert (question.language, question.search_language) == ("en", "en")
    assert (question.kind, question.expected) == ("date", "time")
    assert question.demands.excluded == ("ferry",)


def test_a_follow_up_keeps_its_words_and_gains_what_it_needs() -> None:
    question = understand_question("那它呢？", [Turn("user", "水泵的额定功率是多少？")])
    assert question.text == "那它呢？"
    assert "水泵" in question.standalone
    assert question.language == "zh"


def test_subject_constraints_and_parts_are_found_once() -> None:
    question = understand_question("What was the margin of Orbital in Q1 2023 and who is E05?")
    assert question.subject == "Orbital"
    assert question.constraints == Constraints((Period(2023, 1),), ("E05",))
    assert question.parts == ("What was the margin of Orbital in Q1 2023?", "Who is E05?")


@pytest.mark.parametrize(
    ("text", "kind", "talk"),
    [
        ("Thanks", "thanks", "thanks"),
        ("好的", "acknowledgement", "acknowledgement"),
        ("Hello! What documents are there?", "inventory", None),
        ("这些文档讲了什么？", "inventory", None),
        ("hi, how much is a tyre change?", "number", None),
    ],
)
def test_what_needs_no_search_is_not_resolved(text: str, kind: str, talk: str | None) -> None:
    question = understand_question(text, [Turn("user", "What is the boiler's volume?")])
    assert (question.kind, question.small_talk) == (kind, talk)
    assert "boiler" not in question.standalone


@pytest.mark.parametrize("text", ["", " \n", "???", "x" * 5_000])
def test_what_is_no_question_is_refused(text: str) -> None:
    with pytest.raises(QuestionInvalid):
        understand_question(text)


def test_a_question_narrowed_to_its_subject_stays_the_same_question() -> None:
    question = understand_question("Summarise the chapter on 水泵", [])
    narrowed = narrow_to_subject(question, "水泵 -阀门")
    assert narrowed.standalone == "水泵 -阀门"
    assert narrowed.demands.excluded == ("阀门",)
    assert (narrowed.search_language, narrowed.language) == ("zh", "en")
    assert (narrowed.text, narrowed.kind) == (question.text, "summary")


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        (
            "What is the warranty and how much does a service cost?",
            ("What is the warranty?", "How much does a service cost?"),
        ),
        (
            "What is the boiler's volume and how much does it weigh?",
            ("What is the boiler's volume?", "How much does the boiler weigh?"),
        ),
        ("Who is Ada? When did she join?", ("Who is Ada?", "When did Ada join?")),
        ("退款期限是多少天，运费由谁承担？", ("退款期限是多少天？", "运费由谁承担？")),
        ("水泵有多重，价格是多少？", ("水泵有多重？", "水泵的价格是多少？")),
    ],
)
def test_parts(question: str, parts: tuple[str, ...]) -> None:
    assert split_parts(question) == parts


@pytest.mark.parametrize(
    "question",
    [
        "What are the price and the weight of the boiler?",
        "What is the boiler's volume?",
        "我的水泵坏了，怎么办？",
        "甲和乙的价格是多少？",
        "I have a boiler. What does it weigh?",
    ],
)
def test_one_question_is_not_split(question: str) -> None:
    assert split_parts(question) == (question,)

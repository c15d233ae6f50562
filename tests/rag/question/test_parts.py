"""A question of several parts is split, and every part can be understood alone."""

from __future__ import annotations

import pytest

from rag.question.parts import split_parts


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

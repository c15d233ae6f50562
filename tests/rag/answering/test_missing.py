from __future__ import annotations

from dataclasses import replace

import pytest

from ingest.types import Chunk
from rag.answering.missing import describe_missing
from rag.question.understand import understand_question
from rag.types import Hit


def hit(name: str, text: str, number: int, headings: tuple[str, ...] = ()) -> Hit:
    chunk = Chunk(f"c{number}", f"d{number}", number, text, headings, (), (0, len(text)), 1, 1, 9)
    return Hit(chunk, name, 1.0 - number / 10)


MINUTES = [
    hit("minutes-february.md", "In February the museum had 410 visitors.", 0),
    hit("minutes-march.md", "In March the museum had 530 visitors.", 1),
]
MINUTES_ZH = [
    hit("二月纪要.md", "二月博物馆接待访客410人。", 0),
    hit("三月纪要.md", "三月博物馆接待访客530人。", 1),
]
CODES = [
    hit("manual.md", "Error E03 means that the filter is full. Error E05 means overheating.", 0),
    hit("manual.md", "Only authorised staff may open the boiler.", 1, ("Safety",)),
]


def describe(question: str, hits: list[Hit]) -> str:
    return describe_missing(understand_question(question), hits)


@pytest.mark.parametrize(
    ("question", "hits", "said"),
    [
        (
            "How many visitors did the museum have in April?",
            MINUTES,
            "The passages found speak of February and March, none of April.",
        ),
        (
            "四月博物馆接待了多少访客？",
            MINUTES_ZH,
            "找到的段落涉及2月、3月，没有一处涉及4月。",
        ),
        (
            "What does error E09 mean?",
            CODES,
            "The passages found speak of E03 and E05, none of E09.",
        ),
        (
            "Who manufactures the boiler?",
            CODES,
            "No passage found has “manufactures”.",
        ),
        (
            "按照手册，锅炉的价格是多少元？",
            [hit("手册.md", "锅炉每年检查一次。", 0)],
            "找到的段落中都没有出现“价格”。",
        ),
        ("锅炉的价格", [hit("手册.md", "锅炉每年检查一次。", 0)], "找到的段落中都没有出现“价格”。"),
    ],
)
def test_what_is_missing_is_named(question: str, hits: list[Hit], said: str) -> None:
    assert said in describe(question, hits).splitlines()


@pytest.mark.parametrize(
    ("question", "hits"),
    [
        ("How many visitors did the museum have in March?", MINUTES),
        ("三月博物馆接待了多少访客？", MINUTES_ZH),
        ("What does error E05 mean?", CODES),
    ],
)
def test_what_a_passage_has_is_not_called_missing(question: str, hits: list[Hit]) -> None:
    assert "none of" not in describe(question, hits)
    assert "没有一处" not in describe(question, hits)


def test_a_period_that_only_a_far_passage_has_is_not_called_missing() -> None:
    hits = [*MINUTES, hit("plan.md", "The roof is mended in April.", 2)]
    assert "none of" not in describe("How many visitors did the museum have in April?", hits)


def test_the_nearest_passage_is_quoted_with_its_source_and_cut() -> None:
    text = "The boiler is inspected " + "very " * 60 + "often."
    said = describe("Who sells the boiler?", [hit("manual.md", text, 0, ("Care",))])
    last = said.splitlines()[-1]
    assert last.startswith("The nearest passage, in manual.md, Care: “The boiler is inspected very")
    assert last.endswith("…”")
    assert len(last) < 230


def test_an_amount_is_no_code() -> None:
    assert "none of" not in describe("Did the museum have 500 visitors?", MINUTES)


def test_a_code_that_stands_in_a_neighbour_is_not_called_missing() -> None:
    beside = hit("manual.md", "Error E09 means a broken fan.", 2).chunk
    hits = [replace(CODES[0], neighbours=(beside,)), CODES[1]]
    assert "none of" not in describe("What does error E09 mean?", hits)


def test_nothing_is_added_where_no_passage_shares_a_word() -> None:
    assert describe("Who sells umbrellas?", MINUTES) == ""
    assert describe("Who sells umbrellas?", []) == ""

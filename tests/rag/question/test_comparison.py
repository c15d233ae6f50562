from __future__ import annotations

import pytest

from rag.question.comparison import split_comparison


@pytest.mark.parametrize(
    ("question", "sides"),
    [
        ("What is the difference between plan A and plan B?", ("plan A", "plan B")),
        ("How do cats and dogs differ in diet?", ("cats in diet", "dogs in diet")),
        ("Compare the first invoice with the last.", ("the first invoice", "the last")),
        ("不粘锅和铸铁锅的清洗方法有什么不同？", ("不粘锅清洗方法", "铸铁锅清洗方法")),
    ],
)  # fmt: skip
def test_each_side_can_be_asked_by_itself(question: str, sides: tuple[str, str]) -> None:
    found = split_comparison(question)
    assert found is not None
    assert tuple(" ".join(side.split()) for side in found) == sides


def test_other_questions_have_no_sides() -> None:
    assert split_comparison("How much do cats and dogs eat?") is None

from __future__ import annotations

import pytest

from rag.answering.yes_no import choose_first_word


@pytest.mark.parametrize(
    ("question", "sentence", "coverage", "word"),
    [
        ("Is award leave paid out?", "Award leave is not paid out.", 0.9, "No"),
        ("Is award leave paid out?", "Award leave is paid out.", 0.95, "Yes"),
        ("Is award leave paid out?", "Award leave is paid out.", 0.8, ""),
        ("Is award leave paid out?", "Award leave is paid out if you leave.", 0.95, ""),
        ("Is award leave paid out?", "Sick leave is not paid out.", 0.6, ""),
        ("Is it red or blue?", "It is not red.", 0.95, ""),
        ("管理中心可以向他人提供担保吗？", "管理中心不得向他人提供担保。", 0.9, "不可以"),
        ("假期算不算在内？", "假期不计入在内。", 0.9, "不算"),
        ("员工可以在家办公吗？", "员工可以在家办公。", 0.95, "可以"),
        ("可以混用吗？", "部分人可以混用，但会产生有害气体。", 0.95, ""),
        ("When is it paid out?", "It is not paid out.", 0.95, ""),
    ],
)
def test_the_first_word_is_said_only_where_the_sentence_states_it(
    question: str, sentence: str, coverage: float, word: str
) -> None:
    assert choose_first_word(question, sentence, coverage) == word

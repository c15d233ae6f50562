from __future__ import annotations

import pytest

from rag.answering.answerability import (
    MOST_MARGIN,
    AnswerSignals,
    estimate_answerable,
    is_refused,
)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_each_signal_makes_an_answer_more_probable(language: str) -> None:
    low = estimate_answerable(AnswerSignals(0.2, -4.0), language)
    assert low < estimate_answerable(AnswerSignals(0.9, -4.0), language)
    assert low < estimate_answerable(AnswerSignals(0.2, 4.0), language)
    assert is_refused(estimate_answerable(AnswerSignals(0.1, -8.0), language), language)
    assert not is_refused(estimate_answerable(AnswerSignals(0.9, 6.0), language), language)


def test_margins_beyond_the_last_say_no_more() -> None:
    far = estimate_answerable(AnswerSignals(0.5, 99.0), "en")
    assert far == estimate_answerable(AnswerSignals(0.5, MOST_MARGIN), "en")

"""A question is understood once, and everything about it is in one value."""

from __future__ import annotations

import pytest

from rag.errors import QuestionInvalid
from rag.question.understand import narrow_to_subject, understand_question
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

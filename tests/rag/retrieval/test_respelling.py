"""A mistyped word gives way to the documents' word; a question without one stays the same."""

from __future__ import annotations

import pytest

from rag.pipeline.bootstrap import Docchat
from rag.question.understand import understand_question
from rag.retrieval.respelling import Speller, name_respellings
from rag.types import Respelling


@pytest.mark.parametrize(
    ("asked", "searched"),
    [
        ("How long may boks be returned?", "How long may book be returned?"),
        ("Which fatigeu loads do blades carry?", "Which fatigu loads do blades carry?"),
    ],
)
def test_mistyped_words_give_way(shelf: Docchat, asked: str, searched: str) -> None:
    question, replaced = Speller(shelf.library.lexical).respell(understand_question(asked))
    assert question.text == asked
    assert question.standalone == question.demands.text == searched
    assert len(replaced) == 1


@pytest.mark.parametrize(
    "text",
    [
        "How long may books be returned?",
        "Who is Boks?",  # a name
        "How much is a zeppelin?",  # nothing is near
        "What does b00k mean?",
        "水泵的额定功率是多少？",
        "书多久可以退还？",
    ],
)
def test_other_questions_stay_the_same(shelf: Docchat, text: str) -> None:
    question = understand_question(text)
    assert Speller(shelf.library.lexical).respell(question) == (question, {})


def test_an_index_that_does_not_know_its_terms_forgives_nothing(shelf: Docchat) -> None:
    question = understand_question("How long may boks be returned?")
    assert Speller(shelf.library.dense).respell(question) == (question, {})


def test_what_was_searched_for_is_spelled_as_in_the_passages(shelf: Docchat) -> None:
    hits = shelf.retriever.search(understand_question("How long may books be returned?"))
    assert name_respellings({"boks": "book"}, hits) == (Respelling("boks", "books"),)


def test_a_word_that_only_its_stem_makes_near_is_left_out(shelf: Docchat) -> None:
    hits = shelf.retriever.search(understand_question("How long may books be returned?"))
    assert name_respellings({"damask": "damag", "nohwere": "nowher"}, hits) == ()

"""Questions that are asked again: embedded once, and answered the same."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from ingest.embedding.base import EncodedPassage, EncodedQuestion, encode_passages, encode_question
from ingest.embedding.forwarding import ForwardingEmbedder
from ingest.embedding.hash_embedder import HashEmbedder
from ingest.embedding.question_cache import LONGEST_REMEMBERED, QuestionCache
from ingest.embedding.token_signs import TokenStates


class Counting(ForwardingEmbedder):
    """Counts what it embeds, and gives words as well; `model` may change under the cache."""

    def __init__(self) -> None:
        super().__init__(HashEmbedder(64))
        self.asked: list[str] = []
        self.model = "first"

    @property
    def name(self) -> str:
        return self.model

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._inner.embed(texts)

    def embed_passages(self, texts: Sequence[str]) -> list[EncodedPassage]:
        return [EncodedPassage(vector, b"signs") for vector in self.embed(texts)]

    def embed_question(self, text: str) -> EncodedQuestion:
        self.asked.append(text)
        tokens = TokenStates(np.arange(2, dtype=np.uint32), np.ones((2, 64), np.float32))
        return EncodedQuestion(self.embed([self.model + text])[0], tokens)


@pytest.fixture
def inner() -> Counting:
    return Counting()


def test_a_question_asked_again_is_embedded_once_and_the_same(inner: Counting) -> None:
    cache = QuestionCache(inner)
    first, again = (encode_question(cache, "what of pumps?") for _ in range(2))
    assert inner.asked == ["what of pumps?"]
    assert np.array_equal(first.vector, again.vector)
    assert again.tokens is not None
    assert again.tokens.ids.tolist() == [0, 1]
    encode_question(cache, "What of pumps?")
    assert len(inner.asked) == 2


def test_the_questions_asked_last_are_remembered_and_no_more(inner: Counting) -> None:
    cache = QuestionCache(inner, most=2)
    for text in ("one", "two", "one", "three", "one", "two"):
        cache.embed_question(text)
    assert inner.asked == ["one", "two", "three", "two"]


def test_a_very_long_question_is_not_remembered(inner: Counting) -> None:
    cache = QuestionCache(inner)
    for _ in range(2):
        cache.embed_question("x" * (LONGEST_REMEMBERED + 1))
    assert len(inner.asked) == 2


def test_another_model_has_other_vectors(inner: Counting) -> None:
    cache = QuestionCache(inner)
    first = cache.embed_question("pump").vector
    inner.model = "second"
    assert not np.array_equal(cache.embed_question("pump").vector, first)


def test_nobody_can_change_what_is_remembered(inner: Counting) -> None:
    cache = QuestionCache(inner)
    given = cache.embed_question("pump")
    with pytest.raises(ValueError, match="read-only"):
        given.vector[0] = 9
    assert given.tokens is not None
    with pytest.raises(ValueError, match="read-only"):
        given.tokens.states[0] = 9


def test_passages_and_everything_else_are_those_of_the_embedder_within(inner: Counting) -> None:
    cache = QuestionCache(inner)
    assert [each.signs for each in encode_passages(cache, ["a", "b"])] == [b"signs", b"signs"]
    assert np.array_equal(cache.embed(["a"]), inner.embed(["a"]))
    assert (cache.name, cache.dimension, cache.languages) == ("first", 64, inner.languages)
    assert np.array_equal(
        QuestionCache(HashEmbedder(64)).embed_question("a").vector, HashEmbedder(64).embed(["a"])[0]
    )


def test_threads_that_ask_at_once_get_what_is_due(inner: Counting) -> None:
    cache = QuestionCache(inner, most=3)
    due = {text: inner.embed(["first" + text])[0] for text in "abcdef"}
    wrong: list[str] = []

    def ask_often() -> None:
        given = ((text, cache.embed_question(text).vector) for text in "abcdef" * 20)
        wrong.extend(text for text, vector in given if not np.array_equal(vector, due[text]))

    threads = [threading.Thread(target=ask_often) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []

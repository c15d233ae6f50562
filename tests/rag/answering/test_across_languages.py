"""Questions in another language than the passages: quoted, framed, checked, or refused."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from ingest.embedding.base import EncodedPassage, EncodedQuestion
from ingest.embedding.hash_embedder import HashEmbedder
from rag.answering.across_languages import extract_codes, frame_answer, is_asked_across
from rag.answering.candidates import build_candidates
from rag.answering.extractive import ExtractiveAnswerer
from rag.grounding.checker import SentenceChecker
from rag.grounding.citations import cite_text
from rag.question.understand import understand_question
from rag.types import Hit
from tests.rag.answering.test_extractive import HANDBOOK, MANUAL
from tests.support.answers import join_text


class MeaningEmbedder(HashEmbedder):
    """Knows one meaning in two languages: what weighs something lies near every question of it."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = super().embed(texts)
        for row, text in enumerate(texts):
            if any(word in text.casefold() for word in ("weigh", "重")):
                vectors[row] = np.eye(1, self.dimension, 3, dtype=np.float32)[0]
        return vectors

    def embed_passages(self, texts: Sequence[str]) -> list[EncodedPassage]:
        return [EncodedPassage(vector) for vector in self.embed(texts)]

    def embed_question(self, text: str) -> EncodedQuestion:
        return EncodedQuestion(self.embed([text])[0])


ANSWERER = ExtractiveAnswerer(MeaningEmbedder())


def ask(text: str, hits: Sequence[Hit]) -> str:
    return join_text(ANSWERER.stream(understand_question(text), hits))


def test_an_english_statement_answers_a_chinese_question_and_says_so() -> None:
    answer = ask("P-200 有多重？", MANUAL)
    assert answer.startswith("文档原文（英文）：\n")
    assert "24 kg" in answer
    assert "[1]" in answer


def test_the_frame_is_no_claim_and_the_quotation_is_supported() -> None:
    answer = ask("P-200 有多重？", MANUAL)
    text, citations = cite_text(answer, MANUAL)
    report = SentenceChecker().check(text, MANUAL, citations)
    first, *others = [claim.verdict for claim in report.claims]
    assert first == "not-checkable"
    assert set(others) == {"supported"}


def test_what_no_statement_comes_near_is_refused() -> None:
    assert ask("谁是董事长？", MANUAL) == ""


def test_a_question_in_the_passages_language_goes_by_its_words() -> None:
    question = understand_question("How much does the P-200 weigh?")
    assert not is_asked_across(question, build_candidates(MANUAL), MeaningEmbedder())
    assert "\n" not in ask("How much does the P-200 weigh?", MANUAL)


def test_without_an_embedder_of_both_languages_nothing_is_asked_across() -> None:
    question = understand_question("P-200 有多重？")
    candidates = build_candidates(MANUAL)
    assert is_asked_across(question, candidates, MeaningEmbedder())
    assert not is_asked_across(question, candidates, HashEmbedder(languages=("en",)))
    assert not is_asked_across(question, candidates, None)
    assert not is_asked_across(question, [], MeaningEmbedder())
    assert not is_asked_across(question, build_candidates(HANDBOOK), MeaningEmbedder())


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("DeepSeek-R1 在 MATH-500 上得分是多少？", {"deepseek-r1", "math-500"}),
        ("How heavy is the P-200 of NASA in 2023?", {"p-200", "nasa", "2023"}),
        ("Who wrote the letter?", set()),
    ],
)
def test_names_and_numbers_are_what_both_languages_write_alike(text: str, codes: set[str]) -> None:
    assert extract_codes(understand_question(text)) == codes


def test_the_frame_is_in_the_questions_language() -> None:
    assert frame_answer("en", "水。") == "The documents say, in Chinese:\n水。"
    assert frame_answer("zh", "Water.") == "文档原文（英文）：\nWater."

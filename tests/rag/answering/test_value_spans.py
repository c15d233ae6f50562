from __future__ import annotations

from collections.abc import Sequence

from ingest.types import Chunk
from rag.answering.candidates import build_candidates
from rag.answering.extractive import ExtractiveAnswerer
from rag.answering.value_spans import choose_span, find_holder, mark_value, read_spans
from rag.question.understand import understand_question
from rag.reading.tokens import FoundSpan
from rag.types import AnswerWords, Hit

MARCH = "In March 2023 the museum had 1,200 visitors. Entry is free."
APRIL = "In April 2023 the museum had 1,310 visitors."


class WordReader:
    """Reads a fixed word: the answer is where it stands."""

    def __init__(self, *words: str) -> None:
        self.words = words
        self.passages: list[str] = []

    def read(self, question: str, passages: Sequence[str]) -> list[FoundSpan]:
        self.passages += passages
        found = []
        for passage in passages:
            at, word = next(
                ((passage.find(word), word) for word in self.words if word in passage), (0, "")
            )
            found.append(FoundSpan(at, at + len(word), 3.0 if word else -3.0))
        return found


def hit(text: str, number: int = 0) -> Hit:
    chunk = Chunk(f"c{number}", "d", number, text, ("Report",), (), (0, len(text)), 1, 1, 9)
    return Hit(chunk, "report.pdf", 1.0 - number / 10)


def test_places_are_those_of_the_chunk_not_of_what_was_read() -> None:
    hits = [hit("| a | b |\n| --- | --- |\n| 7 | 8 |\n\n" + MARCH)]
    reader = WordReader("1,200 visitors")
    (span,) = read_spans(reader, understand_question("How many visitors?"), hits)
    assert hits[0].chunk.text[span.start : span.end] == "1,200 visitors"
    assert "| 7 |" not in reader.passages[0]
    assert reader.passages[0].startswith("Report\n")


def test_a_sentence_on_another_month_comes_after_one_on_the_month_asked_for() -> None:
    hits = [hit(MARCH, 0), hit(APRIL, 1)]
    question = understand_question("How many visitors were there in April 2023?")
    candidates = build_candidates(hits)
    spans = read_spans(WordReader("1,200", "1,310"), question, hits)
    best = choose_span(spans, question, candidates)
    assert best is not None
    assert best.text == "1,310"
    holder = find_holder(best, candidates)
    assert holder is not None
    assert holder.text == APRIL


def test_the_value_is_a_piece_of_its_own() -> None:
    pieces = mark_value("It weighs 24 kg. [1]", "24  kg")
    assert pieces == ["It weighs ", "24 kg", ". [1]"]
    assert [isinstance(piece, AnswerWords) for piece in pieces] == [False, True, False]
    assert mark_value("It is heavy. [1]", "24 kg") == ["It is heavy. [1]"]


def test_the_answer_is_the_sentence_with_the_value_marked() -> None:
    answerer = ExtractiveAnswerer(reader=WordReader("1,200 visitors"))
    question = understand_question("How many visitors had the museum in March?")
    pieces = [piece for piece in answerer.stream(question, [hit(MARCH)]) if isinstance(piece, str)]
    assert "".join(pieces) == "In March 2023 the museum had 1,200 visitors. [1]"
    assert [piece for piece in pieces if isinstance(piece, AnswerWords)] == ["1,200 visitors"]

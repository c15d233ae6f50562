from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.embedding.base import USUAL_SCALE
from ingest.embedding.hash_embedder import HashEmbedder
from ingest.types import Chunk
from rag.answering.candidates import build_candidates
from rag.answering.extractive import ExtractiveAnswerer
from rag.grounding.checker import SentenceChecker
from rag.grounding.citations import cite_text
from rag.question.expected_answer import ExpectedAnswer, detect_expected_answer, has_expected_answer
from rag.question.understand import build_question, understand_question
from rag.types import Hit
from tests.support.answers import join_text


def chunk(text: str, number: int, headings: tuple[str, ...] = ()) -> Chunk:
    return Chunk(f"c{number}", "d", number, text, headings, (), (0, len(text)), 1, 1, 9)


def hits_of(*texts: str, headings: tuple[str, ...] = ()) -> list[Hit]:
    return [
        Hit(chunk(text, number, headings), "manual.pdf", 1.0 - number / 10)
        for number, text in enumerate(texts)
    ]


MANUAL = hits_of(
    "The P-200 is a centrifugal pump. It weighs 24 kg and is made of cast iron. "
    "It was introduced in 2019 by Nordwerk Pumps in Hamburg.",
    "Service the pump every 2,000 hours. Before you open the housing, disconnect the mains and "
    "wait 20 minutes, because the capacitors hold a charge. [3]",
    "To descale the pump:\n1. Close both valves.\n2. Fill in citric acid.\n"
    "3. Run it for ten minutes.\n\nNever use vinegar.",
    "| Property | Value |\n| --- | --- |\n| Flow rate | 12 m³/h |\n| Noise level | 48 dB |",
    "| Code | Meaning | Remedy |\n| --- | --- | --- |\n| E01 | Sensor open | Check plug X4 |\n"
    "| E02 | Dry run | Open the inlet |",
)
HANDBOOK = hits_of(
    "第一条 本办法适用于全体正式员工。年假为每年十五天。",
    "员工应在出差结束后十五日内提交报销单。该报销单须附发票；超过六十日的，财务部不再受理。",
    "自驾出差按每公里一元二角补贴，由于油价变化，补贴每年调整一次。",
    "P-200 水泵由海岳公司于2019年3月推出，额定功率为750瓦。",
)


def answer(question: str, hits: list[Hit], **options: Any) -> str:
    stream = ExtractiveAnswerer(None, **options).stream
    return join_text(stream(understand_question(question), hits))


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("How much does the P-200 weigh?", "It weighs 24 kg and is made of cast iron. [1]"),
        ("When was the P-200 introduced?", "introduced in 2019"),
        ("Who introduced the P-200 pump?", "Nordwerk Pumps"),
        ("How often must the pump be serviced?", "Service the pump every 2,000 hours. [2]"),
        (
            "Why do I have to wait before I open the housing?",
            "because the capacitors hold a charge",
        ),
        ("What is the noise level?", "Noise level: 48 dB. [4]"),
        ("What does code E02 mean?", "Code: E02; Meaning: Dry run; Remedy: Open the inlet. [5]"),
    ],
)
def test_it_says_the_sentence_that_answers(question: str, said: str) -> None:
    assert said in answer(question, MANUAL)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("年假有多少天？", "年假为每年十五天。[1]"),
        ("出差结束后多少天内要提交报销单？", "员工应在出差结束后十五日内提交报销单。[2]"),
        ("自驾出差每公里补贴多少？", "自驾出差按每公里一元二角补贴"),
        ("为什么补贴每年调整？", "由于油价变化"),
        ("水泵是什么时候推出的？", "2019年3月推出"),
        ("P-200的额定功率是多少？", "750瓦。[4]"),
    ],
)
def test_it_says_the_sentence_that_answers_in_chinese(question: str, said: str) -> None:
    assert said in answer(question, HANDBOOK)


@pytest.mark.parametrize(
    "question",
    [
        "What is the capital of Mongolia?",
        "Who is the chief executive of Siemens?",
        "How long is the warranty of the vacuum cleaner?",
        "珠穆朗玛峰有多高？",
        "公司年会在什么时候举行？",
        "",
        "???",
        "什么？",
    ],
)
def test_weak_evidence_yields_nothing_at_all(question: str) -> None:
    asked = build_question(question, question)
    assert list(ExtractiveAnswerer().stream(asked, MANUAL)) == []
    assert list(ExtractiveAnswerer().stream(asked, HANDBOOK)) == []


def test_no_hits_and_empty_hits_yield_nothing() -> None:
    assert answer("How much does it weigh?", []) == ""
    assert answer("How much does it weigh?", hits_of(" \n ", "")) == ""


def test_the_threshold_is_the_callers() -> None:
    question = "How much does the P-200 vacuum cleaner cost?"
    assert answer(question, MANUAL, min_evidence=0.95) == ""
    assert answer(question, MANUAL, min_evidence=0.0)


def test_steps_that_are_announced_are_all_said_in_order() -> None:
    said = answer("How do I descale the pump?", MANUAL)
    places = [
        said.index(step) for step in ("To descale", "Close both", "citric acid", "ten minutes")
    ]
    assert places == sorted(places)
    assert said.count("\n") >= 3


def test_a_sentence_that_leans_comes_with_its_predecessor() -> None:
    said = answer("How much does the P-200 weigh?", MANUAL)
    assert said == (
        "The P-200 is a centrifugal pump. [1] It weighs 24 kg and is made of cast iron. [1]"
    )
    assert "提交报销单。[2]该报销单须附发票；超过" in answer("报销单须附什么发票？", HANDBOOK)


def test_what_looks_like_a_marker_in_a_document_is_not_said() -> None:
    said = answer("Why wait 20 minutes before opening the housing?", MANUAL)
    assert "[3]" not in said
    assert "[2]" in said


def test_a_heading_lends_its_words_and_is_not_said_alone() -> None:
    hits = hits_of(
        "Five years from delivery.", "Nothing of it here.", headings=("Warranty period",)
    )
    assert answer("How long is the warranty period?", hits) == "Five years from delivery. [1]"
    lone = hits_of("Warranty period\nIt runs for five years.")
    assert "five years" in answer("How long is the warranty period?", lone)


def test_what_two_hits_share_is_said_once_by_the_better_one() -> None:
    text = "The warranty runs for five years."
    assert answer("How long does the warranty run?", hits_of(text, text)) == f"{text} [1]"


def test_a_neighbour_may_answer_and_the_citation_finds_it() -> None:
    neighbour = chunk("The warranty runs for five years.", 7)
    hits = [Hit(chunk("Warranty terms are below.", 6), "m.pdf", 1.0, neighbours=(neighbour,))]
    text, citations = cite_text(answer("How long does the warranty run?", hits), hits)
    assert text == "The warranty runs for five years. [1]"
    assert [citation.chunk_id for citation in citations] == ["c7"]


@pytest.mark.parametrize("question", ["Summarise this document", "Give me an overview", "总结一下"])
def test_a_summary_takes_from_all_over(question: str) -> None:
    for hits in (MANUAL, HANDBOOK):
        said = answer(question, hits)
        assert len(set(re.findall(r"\[(\d)\]", said))) >= 3


def test_a_topic_alone_is_answered_too() -> None:
    assert "descale" in answer("descale the pump", MANUAL)
    assert "年假" in answer("年假", HANDBOOK)


def test_the_embedder_is_asked_in_languages_it_reads_only() -> None:
    english = ExtractiveAnswerer(HashEmbedder(256, languages=("en",)))
    assert "24 kg" in join_text(
        english.stream(understand_question("How much does the P-200 weigh?"), MANUAL)
    )
    chinese = join_text(english.stream(understand_question("年假有多少天？"), HANDBOOK))
    assert chinese == answer("年假有多少天？", HANDBOOK)


def test_the_text_comes_in_pieces_of_words() -> None:
    pieces = list(ExtractiveAnswerer().stream(understand_question("年假有多少天？"), HANDBOOK))
    assert len(pieces) > 2
    english = list(
        ExtractiveAnswerer().stream(understand_question("How much does the P-200 weigh?"), MANUAL)
    )
    assert max(len(piece.split()) for piece in english if isinstance(piece, str)) == 1


QUESTIONS = st.sampled_from(
    [
        "How much does the P-200 weigh?",
        "How do I descale the pump?",
        "What does code E01 mean?",
        "Summarise the manual",
        "年假有多少天？",
        "自驾出差每公里补贴多少？",
        "总结一下",
    ]
)


@given(QUESTIONS, st.permutations(range(9)))
def test_what_is_said_stands_in_the_passages(question: str, order: list[int]) -> None:
    every = [*MANUAL, *HANDBOOK]
    hits = [Hit(chunk(every[i].chunk.text, i), "m.pdf", 1.0) for i in order]
    said = answer(question, hits)
    text, citations = cite_text(said, hits)
    assert text == said, "every marker points to a hit, in its one form"
    for citation in citations:
        assert citation.quote in hits[citation.marker - 1].chunk.text
    assert SentenceChecker().check(text, hits, citations).score >= 0.9


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Who wrote it?", "person"),
        ("When was it built?", "time"),
        ("In which year did it end?", "time"),
        ("When must the filter be changed?", "condition"),
        ("How many people live there?", "number"),
        ("Where is the valve?", "place"),
        ("Why did it fail?", "reason"),
        ("How do I reset it?", "method"),
        ("What is a star tracker?", "definition"),
        ("List the colours", "list"),
        ("Is it red?", "anything"),
        ("作者是谁？", "person"),
        ("什么时候建成？", "time"),
        ("什么情况下可以退货？", "condition"),
        ("有多少人？", "number"),
        ("在哪里？", "place"),
        ("为什么失败？", "reason"),
        ("如何重置？", "method"),
        ("什么是星跟踪器？", "definition"),
        ("有哪些颜色？", "list"),
    ],
)
def test_what_a_question_expects(question: str, kind: ExpectedAnswer) -> None:
    assert detect_expected_answer(question) == kind


def test_what_fits() -> None:
    assert has_expected_answer("number", "It has 12 rooms.", "How many rooms?")
    assert not has_expected_answer("number", "It was built in 1999.", "How many rooms?")
    assert not has_expected_answer(
        "number", "The 12 rooms are large.", "How large are the 12 rooms?"
    )
    assert has_expected_answer("time", "建于1999年。", "何时建成？")
    assert not has_expected_answer("time", "It is red.", "When?")
    assert has_expected_answer("person", "It was written by Ada Lovelace.", "Who wrote it?")
    assert has_expected_answer("person", "作者是鲁迅。", "谁写的？") is None
    assert has_expected_answer("anything", "It is red.", "Is it red?") is None


def test_candidates_can_be_read_alone() -> None:
    texts = [candidate.text for candidate in build_candidates(MANUAL)]
    assert "Flow rate: 12 m³/h." in texts
    assert not any("---" in text or "Property" in text for text in texts)
    joined = [candidate.text for candidate in build_candidates(HANDBOOK)]
    assert any("须附发票；超过六十日的" in text for text in joined)


class ScaledHashEmbedder(HashEmbedder):
    """Says what late interaction usually gives; it reads no language, so that no cosine counts."""

    def __init__(self, late: float) -> None:
        super().__init__(languages=())
        self.similarity = replace(USUAL_SCALE, late=late)


def test_late_interaction_counts_where_its_usual_score_is_known() -> None:
    question = understand_question("How much does the P-200 weigh?")
    plain = ExtractiveAnswerer(None).measure_strength(question, MANUAL)
    judged = [replace(hit, rerank=score) for hit, score in zip(MANUAL, (0.4, 0.2), strict=False)]
    assert ExtractiveAnswerer(None, late=True).measure_strength(question, judged) == plain
    knowing = ExtractiveAnswerer(ScaledHashEmbedder(0.5), late=True)
    assert knowing.measure_strength(question, MANUAL) == plain, "nothing was judged"
    assert knowing.measure_strength(question, judged) == pytest.approx(plain - 0.1)
    other = ExtractiveAnswerer(ScaledHashEmbedder(0.5), late=False)
    assert other.measure_strength(question, judged) == plain, "another second stage"
    strict = ExtractiveAnswerer(ScaledHashEmbedder(2.0), late=True)
    assert strict.measure_strength(question, judged) == 0.0

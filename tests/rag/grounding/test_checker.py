from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.embedding.hash_embedder import HashEmbedder
from ingest.types import Chunk
from rag.analysis.facts import Quantity, extract_names, extract_quantities, is_negated, is_opposite
from rag.grounding.checker import Checker, SentenceChecker
from rag.grounding.citations import cite_text
from rag.grounding.claims import is_checkable
from rag.grounding.swapped_words import find_swapped_words
from rag.types import Claim, Hit, Verdict


def hit(text: str, number: int = 1, headings: tuple[str, ...] = ()) -> Hit:
    chunk = Chunk(f"c{number}", "d", number, text, headings, (), (0, len(text)), 1, 1, 9)
    return Hit(chunk, "manual.pdf", 1.0)


HITS = [
    hit(
        "The pump delivers 1,000 litres per hour at 12 % load. It weighs 20 kg. "
        "Warranty claims are accepted within 24 months of delivery. "
        "The device is not approved for outdoor use. Prices increased in 2021.",
        1,
    ),
    hit(
        "该设备的额定功率为三千瓦，重量为20公斤。质保期为两年。本产品不适合在户外使用。"
        "2021年3月产品价格上涨了12%。",
        2,
    ),
    hit("| Model | Price |\n| --- | --- |\n| A1 | 20 USD |\n| B2 | 35 USD |", 3),
]


def claim_of(answer: str, checker: Checker | None = None) -> Claim:
    report = (checker or SentenceChecker()).check(answer, HITS, ())
    assert len(report.claims) == 1
    return report.claims[0]


@pytest.mark.parametrize(
    ("answer", "verdict", "reason"),
    [
        ("The pump delivers 1000 litres per hour.", "supported", ""),
        ("The pump delivers １，０００ litres per hour at 12% load.", "supported", ""),
        ("It weighs 20 kilograms.", "supported", ""),
        ("Warranty claims are accepted within 24 months.", "supported", ""),
        ("The pump delivers 1,500 litres per hour at 12 % load.", "contradicted", "number:1500 l"),
        ("It weighs 20 g.", "contradicted", "unit:20 g"),
        ("The device is approved for outdoor use.", "contradicted", "negation"),
        ("Prices decreased in 2021.", "contradicted", "opposite"),
        ("The Eiffel Tower was painted by Monet.", "unsupported", "low_overlap"),
        ("Warranty claims are accepted by Siemens within 24 months.", "partial", "name:siemen"),
        ("Model B2 has a price of 35 USD.", "supported", ""),
        ("额定功率为三千瓦。", "supported", ""),
        ("设备重量为20千克。", "supported", ""),
        ("质保期为2年。", "supported", ""),
        ("产品价格上涨了百分之十二。", "supported", ""),
        ("产品价格上涨了18%。", "contradicted", "number:18 %"),
        ("本产品适合在户外使用。", "contradicted", "negation"),
        ("产品价格在2021年3月下跌了12%。", "contradicted", "opposite"),
        ("公司总部位于北京市海淀区。", "unsupported", "low_overlap"),
    ],
)
def test_verdicts(answer: str, verdict: Verdict, reason: str) -> None:
    claim = claim_of(answer)
    assert claim.verdict == verdict, claim
    assert not reason or reason in claim.reasons
    assert (claim.score >= 0.5) == (verdict == "supported")


@pytest.mark.parametrize(
    "sentence",
    [
        "Hello! How can I help you?",
        "Sure!",
        "Here are the steps:",
        "The passages do not mention the price.",
        "I hope this helps.",
        "## Warranty",
        "您好！",
        "资料中没有提到价格。",
        "以下是步骤：",
        "希望以上信息对您有帮助。",
        "需要我继续吗？",
    ],
)
def test_what_claims_nothing_is_not_checkable(sentence: str) -> None:
    assert not is_checkable(sentence)
    report = SentenceChecker().check(sentence, HITS, ())
    assert report.score == 1.0
    assert {claim.verdict for claim in report.claims} == {"not-checkable"}


@pytest.mark.parametrize(
    "sentence",
    ["High pressure is applied.", "His pump weighs 20 kg.", "希望小学建于1990年。", "20"],
)
def test_what_only_begins_like_a_greeting_is_checked(sentence: str) -> None:
    assert is_checkable(sentence)


def test_the_score_counts_partial_claims_half() -> None:
    answer = (
        "It weighs 20 kg. Warranty claims are accepted by Siemens within 24 months. "
        "The Eiffel Tower was painted by Monet. Sure!"
    )
    report = SentenceChecker().check(answer, HITS, ())
    assert [claim.verdict for claim in report.claims] == [
        "supported",
        "partial",
        "unsupported",
        "not-checkable",
    ]
    assert report.score == 0.5


def test_claims_are_placed_in_the_answer_and_stripped_of_markers() -> None:
    answer, citations = cite_text("It weighs 20 kg [1]. 质保期为两年。[2]", HITS)
    claims = SentenceChecker().check(answer, HITS, citations).claims
    assert [answer[slice(*claim.char_range)] for claim in claims] == [
        "It weighs 20 kg [1].",
        "质保期为两年。[2]",
    ]
    assert [claim.text for claim in claims] == ["It weighs 20 kg.", "质保期为两年。"]
    assert [claim.evidence for claim in claims] == [("c1",), ("c2",)]


def test_support_outside_the_cited_passage_is_said() -> None:
    answer, citations = cite_text("Warranty claims are accepted within 24 months [2].", HITS)
    (claim,) = SentenceChecker().check(answer, HITS, citations).claims
    assert claim.verdict == "supported"
    assert claim.evidence == ("c1",)
    assert "not_in_cited" in claim.reasons


def test_a_heading_above_the_passage_counts() -> None:
    hits = [hit("The period is five years.", 1, ("Warranty of the X200",))]
    answer = "The warranty period of the X200 is five years."
    assert SentenceChecker().check(answer, hits, ()).claims[0].verdict != "unsupported"


def test_an_answer_without_evidence_is_unsupported() -> None:
    report = SentenceChecker().check("It weighs 20 kg.", [], ())
    assert [claim.verdict for claim in report.claims] == ["unsupported"]
    assert report.score == 0.0
    assert SentenceChecker().check("", HITS, ()).claims == ()


def test_the_embedder_is_asked_only_in_languages_it_reads() -> None:
    answer = "load litres pump delivers hourly manner various aspects"
    english = SentenceChecker(HashEmbedder(256, languages=("en",)))
    chinese = SentenceChecker(HashEmbedder(256, languages=("zh",)))
    assert claim_of(answer, chinese) == claim_of(answer)
    assert claim_of(answer, english).score >= claim_of(answer).score


@given(st.text(alphabet="The pump 20kg。质保期两年[1] .\n?", max_size=80))
def test_every_claim_lies_in_the_answer(answer: str) -> None:
    report = SentenceChecker().check(answer, HITS, ())
    assert 0.0 <= report.score <= 1.0
    end = 0
    for claim in report.claims:
        assert end <= claim.char_range[0] < claim.char_range[1] <= len(answer)
        assert 0.0 <= claim.score <= 1.0
        end = claim.char_range[1]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1,000 dollars or $1,000", {("1000", "USD")}),
        ("12 % or 12% or 百分之十二 or １２％", {("12", "%")}),
        ("三万元", {("30000", "CNY")}),
        ("$19bn and $5m", {("19000000000", "USD"), ("5000000", "USD")}),
        ("2021年3月5日", {("2021", ""), ("3", ""), ("5", "")}),
        ("March 5, 2021", {("2021", ""), ("3", ""), ("5", "")}),
        ("二〇二一年，共三个", {("2021", ""), ("3", "")}),
        ("twenty kg, 12.50 V", {("20", "kg"), ("12.5", "V")}),
        ("1. Use 3 eggs", {("3", "")}),
        ("1/2 of it, ½ of it", {("0.5", ""), ("1", ""), ("2", "")}),
        ("one of them, 一般", set()),
        ("v2.5 and A1", set()),
    ],
)
def test_quantities(text: str, found: set[tuple[str, str]]) -> None:
    assert extract_quantities(text) == {Quantity(*pair) for pair in found}


def test_a_name_put_in_anothers_place_is_a_doubt() -> None:
    hits = [
        hit("本赛季中超冠军江苏苏宁取得10胜8平2负战绩。"),
        hit("Facebook acquired WhatsApp in 2014.", 2),
    ]
    checker = SentenceChecker()
    (claim,) = checker.check("本赛季中超冠军广州恒大取得10胜8平2负战绩。", hits).claims
    assert claim.verdict == "partial"
    assert "differs:广州恒大" in claim.reasons
    (claim,) = checker.check("Apple acquired WhatsApp in 2014.", hits).claims
    assert claim.verdict != "supported"
    assert find_swapped_words("质保期为2年。", "质保期为两年。") == ()
    assert find_swapped_words("It has a mass of 20 kg.", "It has a weight of 20 kg.") == ()


def test_names_polarity_and_opposites() -> None:
    assert extract_names("He met Angela Merkel at NATO in May 2020.") == {
        "angela",
        "merkel",
        "nato",
    }
    assert extract_names("作者用Python写了《三体》。") >= {"python", "三体"}
    assert is_negated("It isn't safe.")
    assert is_negated("不适合户外")
    assert not is_negated("It is not unsafe, never.")
    assert not is_negated("不仅便宜，未来无论如何")
    assert is_opposite(frozenset({"price", "increas"}), frozenset({"price", "decreas"}))
    assert not is_opposite(frozenset({"price"}), frozenset({"price", "decreas"}))


REPORTED = hit(
    "| (in millions) |  |  |\n| --- | --- | --- |\n|  | Years ended |  |\n|  | 2019 | 2018 |\n"
    "| Net sales | 6,427 | 6,269 |\n| Costs | 3,100 | 3,000 |"
)


def test_years_above_a_row_support_it_though_no_heading_is_marked() -> None:
    report = SentenceChecker().check("6,269 — Net sales · 2018 [1]", [REPORTED])
    assert [claim.verdict for claim in report.claims] == ["supported"]


def test_a_year_that_heads_no_column_does_not() -> None:
    report = SentenceChecker().check("6,269 — Net sales · 2011 [1]", [REPORTED])
    assert [claim.verdict for claim in report.claims] != ["supported"]

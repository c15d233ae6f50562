from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.text.language import language_of
from ingest.text.sentences import split_sentences
from ingest.text.terms import extract_terms, query_terms


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("Dr. Smith paid $3.50. He left.", ["Dr. Smith paid $3.50.", "He left."]),
        ("Use tea, e.g. green tea. Done.", ["Use tea, e.g. green tea.", "Done."]),
        ("See Fig. 3 and No. 5. Next.", ["See Fig. 3 and No. 5.", "Next."]),
        ("J. K. Rowling wrote it.", ["J. K. Rowling wrote it."]),
        ("He moved to the U.S. He stayed.", ["He moved to the U.S.", "He stayed."]),
        ("The U.S. Government agreed.", ["The U.S. Government agreed."]),
        ("Apple Inc. was founded. Yes.", ["Apple Inc. was founded.", "Yes."]),
        ("“Go!” he said. Then he left.", ["“Go!” he said.", "Then he left."]),
        ('He said "Go." "Stay," she said.', ['He said "Go."', '"Stay," she said.']),
        ("It ended... Then more… of it.", ["It ended...", "Then more… of it."]),
        ("It grew. [1] It shrank.[2][3] End", ["It grew. [1]", "It shrank.[2][3]", "End"]),
        ("1. First item\n2. Second item", ["1. First item", "2. Second item"]),
        ("Version 2.5 is at example.com/a.b today.", ["Version 2.5 is at example.com/a.b today."]),
        ("no capitals here. none at all.", ["no capitals here.", "none at all."]),
        ("A paragraph\n\nAnother", ["A paragraph", "Another"]),
        ("| a. b | c |\n| --- | --- |", ["| a. b | c |", "| --- | --- |"]),
    ],
)
def test_english(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("今天下雨。明天晴！后天呢？", ["今天下雨。", "明天晴！", "后天呢？"]),
        ("他说：“你好！”然后走了。", ["他说：“你好！”", "然后走了。"]),
        ("「走吧。」他说。", ["「走吧。」", "他说。"]),
        ("费用为3.5元；请付款……谢谢", ["费用为3.5元；", "请付款……", "谢谢"]),
        ("他问“为什么？”，没人回答。", ["他问“为什么？”，没人回答。"]),
        ("收入增长。[1][2]成本下降。【3】", ["收入增长。[1][2]", "成本下降。【3】"]),
        ("使用GPU.我们发现更快。", ["使用GPU.", "我们发现更快。"]),
        ("1.概述在此。", ["1.概述在此。"]),
        ("真的吗？！是的。", ["真的吗？！", "是的。"]),
    ],
)
def test_chinese(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@given(st.text(alphabet=st.sampled_from("aB1 .。！?…”’\"'\n|[]）字, ；"), max_size=80) | st.text())
def test_sentences_cover_everything_in_order(text: str) -> None:
    ranges = split_sentences(text)
    previous = 0
    for start, end in ranges:
        assert previous <= start < end <= len(text)
        assert not text[previous:start].strip()
        assert text[start:end] == text[start:end].strip()
        previous = end
    assert not text[previous:].strip()


@given(st.text(alphabet=st.sampled_from("aB1. ,。…!?[]”\"'\n"), max_size=60))
@example(".\n. .")
@example("a. [1,\n2]")
def test_no_sentence_crosses_a_line(text: str) -> None:
    assert all("\n" not in text[start:end] for start, end in split_sentences(text))


def test_english_words_are_stemmed_and_stop_words_dropped() -> None:
    assert extract_terms("The companies' revenues are growing") == ["compani", "revenu", "grow"]
    assert extract_terms("company's") == extract_terms("companies")
    assert extract_terms("don't it isn't") == []


@pytest.mark.parametrize(
    ("text", "whole", "parts"),
    [
        ("v2.5", "v2.5", []),
        ("FY22", "fy22", ["fy", "22", "2022"]),
        ("2Q23", "2q23", ["q2", "2023"]),
        ("2023Q2", "2023q2", ["q2", "2023"]),
        ("Q2'2023", "q22023", ["q2", "2023"]),
        ("750W", "750w", ["750", "w"]),
        ("ACME_2022Q4_EARNINGS", "acme_2022q4_earnings", ["acme2022q4earnings", "acm"]),
        ("AB-1234", "ab-1234", ["ab1234", "ab", "1234"]),
        ("1,234.56", "1234.56", []),
        ("GPT-4模型", "gpt-4", ["gpt4", "gpt", "4"]),
        ("C++", "c++", []),
        ("3.5%", "3.5", []),
    ],
)
def test_numbers_and_identifiers_stay_whole(text: str, whole: str, parts: list[str]) -> None:
    found = extract_terms(text)
    assert found[0] == whole
    assert found[1 : 1 + len(parts)] == parts


def test_spellings_that_must_meet() -> None:
    assert set(extract_terms("email")) <= set(extract_terms("e-mail"))
    assert extract_terms("ＡＢＣ１２３") == extract_terms("ABC123")
    assert extract_terms("café") == extract_terms("CAFE")
    assert extract_terms("U.S.") == extract_terms("US") == ["us"]
    assert extract_terms("us") == []
    assert extract_terms("maxTokens") == extract_terms("max_tokens") == extract_terms("max-tokens")
    assert extract_terms("colour metres") == extract_terms("color meters")
    assert extract_terms("軟體開發") == extract_terms("软体开发")


def test_stop_words_joined_by_a_mark_are_no_term() -> None:
    assert extract_terms("by_the and/or in-the") == []


def test_what_asks_is_left_out_of_a_question_unless_nothing_else_is_there() -> None:
    assert "什么" not in query_terms("水泵的功率是什么？")
    assert {"水泵", "功率"} <= set(query_terms("水泵的功率是什么？"))
    assert query_terms("什么") == extract_terms("什么")


def test_chinese_gives_characters_and_pairs() -> None:
    assert extract_terms("人工智能") == ["人", "工", "智", "能", "人工", "工智", "智能"]
    assert extract_terms("的了") == ["的了"]


@given(st.text())
def test_terms_are_nonempty_and_without_space(text: str) -> None:
    assert all(term and not any(char.isspace() for char in term) for term in extract_terms(text))


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("What does 人工智能 mean?", "en"),
        ("GPT-4 的价格是多少？", "zh"),
        ("请解释 transformer architecture 的含义", "zh"),
        ("", "en"),
        ("12345", "en"),
    ],
)
def test_language(text: str, language: str) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize("piece", [" ", '."', "!)", "a", "。”", ". ", "…", "…；", "1,", "(", "\n "])
def test_hostile_repetition_is_read_in_linear_time(piece: str) -> None:
    text = piece * 100_000
    ranges = split_sentences(text)
    assert sum(end - start for start, end in ranges) <= len(text)
    assert all(len(term) <= 64 for term in extract_terms(text) if term.isascii())


def test_a_unit_of_one_letter_may_end_a_sentence() -> None:
    text = "It flows at 1.4 m/s. Shear adds load. The mains is 230 V. Service it. J. Smith agreed."
    assert [text[start:end] for start, end in split_sentences(text)] == [
        "It flows at 1.4 m/s.",
        "Shear adds load.",
        "The mains is 230 V.",
        "Service it.",
        "J. Smith agreed.",
    ]

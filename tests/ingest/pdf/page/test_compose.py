from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.pdf.page.compose import clean_word, compose_lines, compose_text, vocabulary_of
from ingest.pdf.page.content import Line, Rect, Style, Word

SIZE = 10.0


def row(text: str, y: float = 0.0, x: float = 0.0) -> list[Word]:
    words = []
    for part in text.split(" "):
        width = SIZE * (1.0 if ord(part[0]) > 0x2E80 else 0.5) * len(part)
        words.append(Word(part, Rect(x, y, x + width, y + SIZE), Style(size=SIZE)))
        x += width + 0.3 * SIZE
    return words


def text_of(*lines: str, vocabulary: frozenset[str] = frozenset()) -> str:
    return compose_text([row(line, 12.0 * i) for i, line in enumerate(lines)], vocabulary).text


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (["The quick brown", "fox"], "The quick brown fox"),
        (["exam-", "ple text"], "example text"),
        (["state-of-the-", "art"], "state-of-the-art"),
        (["the years 1990-", "2000"], "the years 1990-2000"),
        (["Anglo-", "Saxon"], "Anglo-Saxon"),
        (["exam\u00ad", "ple"], "example"),
        (["an e\u00adbook"], "an e-book"),
        (["ﬁnd the ﬂow"], "find the flow"),
        (["系统在首次启动时", "记录向量索引"], "系统在首次启动时记录向量索引"),
        (["使用", "Python 编程"], "使用 Python 编程"),
        (["Neuch\u02c6atel and K\u0308unzel"], "Neuchâtel and Künzel"),
        (["short-", "and long-term"], "short- and long-term"),
        (["out-", "of-lab"], "out-of-lab"),
        (["multi\u2010language, GPT-", "3"], "multi-language, GPT-3"),
        (["⼀般的⼈"], "一般的人"),
        (["cafe\u0301"], "café"),
    ],
)
def test_lines_are_joined_as_they_are_read(lines: list[str], text: str) -> None:
    assert text_of(*lines) == text


def test_the_rest_of_the_document_decides_about_a_hyphen() -> None:
    known = frozenset({"long-term"})
    assert text_of("a long-", "term plan", vocabulary=known) == "a long-term plan"
    assert text_of("a long-", "term plan") == "a longterm plan"


def test_vocabulary_leaves_out_what_a_line_end_may_have_cut() -> None:
    line = Line.from_words(row("well-known Things exam-"))
    assert vocabulary_of([line]) == {"well-known", "things"}


def test_a_word_cut_by_a_line_break_has_a_span_for_each_part() -> None:
    piece = compose_text([row("an exam-"), row("ple", 12.0)])
    assert piece.text == "an example"
    assert [piece.text[a:b] for a, b, _ in piece.spans] == ["an", "exam", "ple"]
    assert [rect.y0 for _, _, rect in piece.spans] == [0.0, 0.0, 12.0]
    assert len(piece.rects) == 2


def test_code_keeps_lines_and_indentation() -> None:
    piece = compose_lines([row("def f():"), row("return 1", 12.0, 20.0)])
    assert piece.text == "def f():\n    return 1"
    assert [piece.text[a:b] for a, b, _ in piece.spans] == ["def", "f():", "return", "1"]


LETTERS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Zs", "Zl", "Zp", "Cc")), min_size=1
)


@given(st.lists(st.lists(LETTERS, min_size=1, max_size=6), min_size=1, max_size=5))
def test_spans_survive_every_change(lines: list[list[str]]) -> None:
    rows = [
        [
            Word(text, Rect(30.0 * at, 12.0 * y, 30.0 * at + 20, 12.0 * y + 10), Style())
            for at, text in enumerate(words)
        ]
        for y, words in enumerate(lines)
    ]
    piece = compose_text(rows)
    ends = 0
    for start, end, rect in piece.spans:
        assert ends <= start < end <= len(piece.text)
        ends = end
        original = next(word for row in rows for word in row if word.rect == rect)
        assert clean_word(original.text).startswith(piece.text[start:end])
    assert unicodedata.is_normalized("NFC", clean_word(piece.text))
    covered = "".join(piece.text[a:b] for a, b, _ in piece.spans)
    assert covered.replace(" ", "") == piece.text.replace(" ", "")


def test_a_compound_of_two_known_words_keeps_its_hyphen() -> None:
    known = frozenset(("repeat", "accumulate", "over", "come", "network"))
    assert text_of("a repeat-", "accumulate code", vocabulary=known) == "a repeat-accumulate code"
    assert text_of("to over-", "come it", vocabulary=known) == "to overcome it"
    assert text_of("the net-", "work", vocabulary=known) == "the network"

from __future__ import annotations

from typing import Any

import pytest

from ingest.pdf.ocr.ink import ink_of
from ingest.pdf.ocr.words import Glyph, ReadLine, words_of
from ingest.pdf.page.content import Rect, bounding_rect_of
from tests.ingest.pdf.support import scanned, sheets


def read(shown: str, said: str, size: float = 11, font: str = "tiro") -> list[tuple[str, Rect]]:
    """Return the words of a line that shows one thing and is recognised as another.

    Places of letters are spread evenly over each word that is shown, as a recogniser gives them.
    """

    def draw(page: Any) -> None:
        sheets.write(page, 60, 100, shown, size, font)

    raster = scanned.drawn(draw)
    ideal = scanned.ideal(draw)
    box = bounding_rect_of(word.rect for word in ideal)
    glyphs = [
        Glyph(
            letter,
            (word.rect.x0 + (at + 0.5) * word.rect.width / len(word.text)) * raster.scale,
        )
        for word in ideal
        for at, letter in enumerate(word.text)
    ]
    line = ReadLine(said, box, 0.9, tuple(glyphs))
    ink = ink_of(raster.gray(), raster, box)
    return [(word.text, word.rect) for word in words_of(line, ink, raster.scale, 0)]


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        ("they are dynamical, i.e., it is not so", "they are dynamical, i.e.,itis not so"),
        ("mixed silica and alumina columns", "mixed silica andalumina columns"),
        ("the removal of the old walls", "the removalof the old walls"),
        ("eliminate it from (22) to obtain", "eliminate it from (22)to obtain"),
        ("costs rose to 1,250 in 2019, or 3.5%", "costs rose to 1,250 in 2019,or 3.5%"),
        ("1 维护保养", "1维护保养"),
    ],
)
def test_a_blank_that_the_recogniser_lost_is_found(shown: str, said: str) -> None:
    font = "china-s" if "维" in shown else "tiro"
    assert " ".join(text for text, _ in read(shown, said, font=font)) == shown


@pytest.mark.parametrize("text", ["overall project will limit its use", "会议由主席主持，全体出席"])
def test_words_stand_where_their_ink_is(text: str) -> None:
    font = "china-s" if "会" in text else "tiro"

    def draw(page: Any) -> None:
        sheets.write(page, 60, 100, text, 11, font)

    found = read(text, text, font=font)
    for (word, rect), true in zip(found, scanned.ideal(draw), strict=True):
        assert word == true.text
        assert rect.x0 == pytest.approx(true.rect.x0, abs=1.5)
        assert rect.x1 == pytest.approx(true.rect.x1, abs=1.5)


@pytest.mark.parametrize("text", ["114 in 2019.1", "W A R N I N G".replace(" ", ""), "年2024月"])
def test_no_blank_is_made_up(text: str) -> None:
    font = "china-s" if "年" in text else "tiro"
    assert " ".join(word for word, _ in read(text, text, font=font)) == text


def test_without_places_of_letters_words_share_the_line() -> None:
    raster = scanned.drawn(lambda page: None)
    line = ReadLine("two words", Rect(60, 90, 150, 102), 0.9)
    ink = ink_of(raster.gray(), raster, line.rect)
    words = words_of(line, ink, raster.scale, 3)
    assert [(word.text, word.line) for word in words] == [("two", 3), ("words", 3)]
    assert words[0].rect.x1 < words[1].rect.x0

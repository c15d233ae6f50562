"""Words that stand apart without a blank: Chinese columns and table cells."""

from __future__ import annotations

from ingest.pdf.page.content import Rect, Style, Word
from ingest.pdf.reading.word_gaps import Glyph, is_gapped, is_run_on, split_gapped_words

SIZE = 10.0


def glyphs_at(*placed: tuple[str, float]) -> list[Glyph]:
    return [
        (letter, Rect(x, 0, x + (SIZE if ord(letter) > 255 else SIZE / 2), SIZE))
        for letter, x in placed
    ]


def word_of(glyphs: list[Glyph]) -> Word:
    text = "".join(letter for letter, _ in glyphs)
    return Word(text, Rect(glyphs[0][1].x0, 0, glyphs[-1][1].x1, SIZE), Style(size=SIZE))


def test_two_cells_set_without_a_blank_are_two_words() -> None:
    glyphs = glyphs_at(("上", 0), ("限", 10), ("补", 30), ("助", 40))
    parted = split_gapped_words([word_of(glyphs)], glyphs)
    assert [word.text for word in parted] == ["上限", "补助"]
    assert [(word.rect.x0, word.rect.x1) for word in parted] == [(0, 20), (30, 50)]


def test_a_number_in_the_next_cell_is_a_word_of_its_own() -> None:
    glyphs = glyphs_at(("圳", 0), ("）", 10), ("6", 28), ("5", 33), ("0", 38))
    assert [word.text for word in split_gapped_words([word_of(glyphs)], glyphs)] == ["圳）", "650"]


def test_text_set_solid_or_slightly_spaced_stays_whole() -> None:
    glyphs = glyphs_at(("出", 0), ("差", 12), ("2", 24), ("天", 31))
    word = word_of(glyphs)
    assert split_gapped_words([word], glyphs) == [word]
    assert not is_gapped(Word("solid", Rect(0, 0, 400, SIZE), Style(size=SIZE)))


def test_words_before_the_gapped_one_keep_their_glyphs() -> None:
    first = glyphs_at(("一", 0), ("类", 10))
    second = glyphs_at(("一", 40), ("类", 70))
    blank: list[Glyph] = [(" ", Rect(20, 0, 40, SIZE))]
    parted = split_gapped_words([word_of(first), word_of(second)], [*first, *blank, *second])
    assert [word.text for word in parted] == ["一类", "一", "类"]


def set_at(text: str, blank: float, between: float = 0.0) -> tuple[Word, list[Glyph]]:
    """Return `text` as one word whose blanks are gaps of `blank` points."""
    x, glyphs = 0.0, []
    for letter in text:
        if letter == " ":
            x += blank
            continue
        glyphs.append((letter, Rect(x, 0, x + 5, SIZE)))
        x += 5 + between
    return word_of(glyphs), glyphs


def test_squeezed_blanks_of_a_justified_line_part_words() -> None:
    word, glyphs = set_at("the temporal restrictions can take four types:", 1.4)
    assert is_run_on(word.text)
    parted = split_gapped_words([word], glyphs)
    assert " ".join(part.text for part in parted) == (
        "the temporal restrictions can take four types:"
    )


def test_wide_set_words_and_kerned_ones_stay_whole() -> None:
    wide, wide_glyphs = set_at("INTRODUCTION", 0, 1.5)
    kerned, kerned_glyphs = set_at("internationalization", 0, 0.2)
    assert split_gapped_words([wide], wide_glyphs) == [wide]
    assert split_gapped_words([kerned], kerned_glyphs) == [kerned]
    assert not is_run_on("https://example.org/internationalizationofnames")

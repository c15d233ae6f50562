from __future__ import annotations

import pytest

from eval.parsing.markup import MarkdownHeading, headings_of
from eval.parsing.outline import compute_mhs, heading_figures, match_headings, outline_likeness

REFERENCE = [
    MarkdownHeading(1, "1 Introduction"),
    MarkdownHeading(2, "1.1 Aims"),
    MarkdownHeading(1, "2 Methods used"),
]


def test_headings_match_with_or_without_number_and_case() -> None:
    found = [
        MarkdownHeading(1, "INTRODUCTION"),
        MarkdownHeading(1, "Something else"),
        MarkdownHeading(1, "Methods used"),
    ]
    assert match_headings(REFERENCE, found) == [(0, 0), (2, 2)]


def test_a_short_heading_needs_its_number() -> None:
    assert match_headings([MarkdownHeading(1, "1.1 Aims")], [MarkdownHeading(1, "2.7 Aims")]) == []


def test_the_nearest_of_equal_headings_is_taken() -> None:
    found = [MarkdownHeading(1, "Notes"), MarkdownHeading(1, "Other"), MarkdownHeading(1, "Notes")]
    assert match_headings([MarkdownHeading(1, "Other"), MarkdownHeading(1, "Notes")], found) == [
        (0, 1),
        (1, 2),
    ]


def test_figures_by_hand() -> None:
    found = [
        MarkdownHeading(2, "Introduction"),
        MarkdownHeading(2, "1.1 Aims"),
        MarkdownHeading(2, "wrong heading"),
    ]
    figures = heading_figures(REFERENCE, found)
    assert figures["head_r"] == pytest.approx(2 / 3)
    assert figures["head_p"] == pytest.approx(2 / 3)
    assert figures["head_f1"] == pytest.approx(2 / 3)
    assert figures["lvl"] == 0.0  # one pair: lower in the reference, the same in the output
    assert set(heading_figures([], found).values()) == {None}
    assert heading_figures(REFERENCE, [])["head_f1"] == 0.0


def test_levels_count_from_wherever_they_start() -> None:
    deeper = [MarkdownHeading(each.level + 2, each.text) for each in REFERENCE]
    assert heading_figures(REFERENCE, deeper)["lvl"] == 1.0
    assert outline_likeness(REFERENCE, deeper) == 1.0


def test_an_outline_loses_what_hangs_elsewhere() -> None:
    flat = [MarkdownHeading(1, each.text) for each in REFERENCE]
    # "1.1 Aims" is to be deleted below and inserted above: two edits for three headings.
    assert outline_likeness(REFERENCE, flat) == pytest.approx(1 / 3)
    assert outline_likeness(REFERENCE, []) == 0.0
    assert outline_likeness([], REFERENCE) is None


def test_mhs_by_hand() -> None:
    reference = "# A\n\none two\n\n# B\n\nthree"
    assert compute_mhs(reference, reference) == (1.0, 1.0)
    # Root, two headings, two contents; the heading "B" and what hangs below it are lost, and the
    # text below "A" grows from 7 to 15 characters: 2 + 8/15 of 5.
    worse, structure = compute_mhs(reference, "# A\n\none two\n\nB three")
    assert worse == pytest.approx(1 - (2 + 8 / 15) / 5)
    assert structure == pytest.approx(1 - 2 / 5)
    assert compute_mhs("no heading", "# A") == (None, None)
    assert compute_mhs("# A", "no heading") == (0.0, 0.0)


def test_chinese_headings_match() -> None:
    reference = headings_of("# 第一章 总则\n## 第二节 适用范围")
    found = headings_of("# 第一章　总则\n## 第二节　适用范围")
    assert heading_figures(reference, found)["head_f1"] == 1.0

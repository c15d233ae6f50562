"""Holds the thresholds and weights by which headings are found.

One frozen object for the stage, passed as a parameter: the stage can be tried with other values.
All are set by hand, those of the evidence on Chinese and English reports, papers and books.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LookThresholds:
    """How a paragraph and its neighbours are judged by their looks."""

    bold_share: float = 0.9
    italic_share: float = 0.8
    """A paragraph is bold or italic where more than this share of its letters is."""
    wide_share: float = 0.3
    """A text is Chinese where more than this share of its letters is."""
    legend_size: float = 0.85
    """Text below a heading in less than this share of the usual size is a legend."""
    same_line: float = 0.5
    """Two rectangles begin on one line when their tops differ by less, in sizes of type,"""
    one_line_height: float = 2.0
    """and the flatter of them is less than so many sizes of type high."""
    overlap: float = -1.0
    """A gap below this, in sizes of type, leads up the page: into another column."""


@dataclass(frozen=True, slots=True)
class ContentsThresholds:
    """What is a contents page, and which paragraph an entry names."""

    fewest: int = 3
    """Fewer lines that end in a number are no contents;"""
    fewest_without_head: int = 5
    """without a heading like "Contents" and without leader dots, fewer than this."""
    entries_share: float = 0.4
    """At least this share of the page's lines are entries, where there are no leader dots."""
    rising_share: float = 0.8
    """At least this share of neighbouring page numbers do not fall."""
    longest_entry: int = 200
    longest_heading: int = 250
    """Letters: longer lines are no entries, longer paragraphs no headings."""
    larger_by: float = 0.2
    """Points: of several paragraphs with the text of an entry, one this much larger is meant."""


@dataclass(frozen=True, slots=True)
class EvidenceWeights:
    """What each piece of evidence for or against a heading weighs; `enough` of it is one."""

    enough: float = 4.0
    named: float = 3.0
    """The table of contents names the line."""
    sizes: tuple[tuple[float, float], ...] = (
        (1.45, 4.5),
        (1.25, 4.0),
        (1.15, 3.0),
        (1.08, 1.5),
        (1.03, 0.5),
        (0.9, 0.0),
        (0.8, -1.0),
        (0.65, -3.0),
        (0.0, -5.0),
    )
    """From how many times the size of the text on a line weighs how much."""
    bold: float = 3.0
    font: float = 2.0
    color: float = 1.0
    color_of_bold: float = 0.5
    capitals: float = 2.0
    strong_number: float = 3.0
    """A part, chapter, section, appendix, or a number of several places (1.2)."""
    dotted_number: float = 1.5
    plain_number: float = 0.5
    """A number of one place, with and without a dot behind it."""
    count_number: float = 3.0
    """A Chinese numeral of a list of headings (一、)."""
    other_number: float = 1.5
    list_item: float = -4.0
    known: float = 5.0
    """The whole text is a heading that many documents have."""
    clear: float = 1.0
    far_clear: float = 1.5
    nearer_to_following: float = 1.0
    nearer_to_preceding: float = -0.5
    fills_line: float = -1.5
    by_lines: tuple[float, ...] = (0.0, 0.0, -0.5, -1.0, -2.0)
    """By the number of lines; the last one also for more."""
    page_head: float = -3.0
    page_foot: float = -4.0
    above_text: float = 1.5
    short_line: float = 1.0
    above_heading: float = 0.5
    above_sentence: float = 0.5
    above_list: float = 0.5
    above_table: float = -1.0
    above_nothing: float = -1.5
    above_nothing_if_larger: float = -1.0
    one_of_several: float = -2.0
    long: float = -1.0
    very_long: float = -2.5
    cut_off: float = -6.0
    full_stop: float = -3.0
    full_stop_if_long: float = -5.0
    full_stop_if_larger: float = -1.0
    colon: float = -3.0
    colon_if_apart: float = -1.5
    """`apart`: in bold or larger type than the text."""
    small_letter: float = -5.0
    small_letter_if_apart: float = -1.0
    statement: float = -2.0
    sentences: float = -3.0
    brackets: float = -5.0
    continued_below: float = -5.0
    address: float = -5.0
    caption: float = -5.0
    figures: float = -3.0
    few_letters: float = -2.0


@dataclass(frozen=True, slots=True)
class EvidenceThresholds:
    """Where evidence begins to count. Sizes are in those of the text, gaps in the line's own."""

    longest: int = 200
    longest_wide: int = 60
    """Letters (Chinese characters): a longer paragraph is no heading at all."""
    most_lines: int = 4
    """Nor is one of more lines."""
    larger: float = 1.15
    """Type of more than this many times the size of the text is plainly larger."""
    heading_like: float = 1.08
    """The line below looks like a heading from more than this many times the size of the text."""
    clear_gap: float = 0.9
    far_clear_gap: float = 1.4
    """A line with more room above than this is clear, with more than that far clear."""
    nearer_by: float = 0.3
    """It belongs to what follows where the room above is more than the room below by this;"""
    further_by: float = 0.2
    """it belongs to what stands above where the room below is more by this."""
    full_width: float = 0.92
    """Share of the text's width: a wider line fills it."""
    short_width: float = 0.75
    """Share of the text's width: a line above text that is less wide is short."""
    top: float = 0.075
    bottom: float = 0.93
    """Shares of the page's height: above and below them running lines are likely,"""
    top_gap: float = 1.5
    top_size: float = 1.4
    """at the top only with more room below than this, and in type smaller than that."""
    many_words: int = 12
    """A text of more words is long;"""
    very_many: float = 1.5
    """one of more than this many times as many is very long."""
    next_line_gap: float = 1.2
    next_line_size: float = 0.15
    """What follows continues the line when the gap and the difference in size are less."""
    letters_share: float = 0.5
    """A text of which less than this share is letters is figures."""
    fewest_letters: int = 4
    weights: EvidenceWeights = EvidenceWeights()


@dataclass(frozen=True, slots=True)
class HeadingThresholds:
    """Which paragraph is the title, how headings get levels, and the thresholds of the parts."""

    title_height: float = 0.6
    """Share of the page's height: the title begins above it."""
    title_lead: float = 0.4
    """Points: every other heading is smaller than the title by at least this."""
    title_size: float = 1.15
    lone_title_size: float = 1.4
    """Times the size of the text that a title is at least; more where it is the only heading."""
    numbered_share: float = 0.5
    """A style takes its level from numbers where at least this share of its headings has one."""
    looks: LookThresholds = LookThresholds()
    contents: ContentsThresholds = ContentsThresholds()
    evidence: EvidenceThresholds = EvidenceThresholds()


HEADINGS = HeadingThresholds()
LOOKS = LookThresholds()
CONTENTS = ContentsThresholds()
EVIDENCE = EvidenceThresholds()

"""Holds the thresholds by which running lines, page numbers and watermarks are found.

One frozen object for each stage, passed as a parameter: the stage can be tried with other values.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EdgeRowThresholds:
    """When a row at the edge of a page belongs to a table. Set by hand."""

    touch: float = 3.0
    """Points: rules closer than this are one; so are words that stand at one place."""
    most_rules: int = 4000
    """More rules than this on a page are a drawing, not a table."""
    fewest_walls: int = 3
    """A row of a ruled table has at least this many rules beside its cells."""
    table_rows: int = 3
    """So many rows set alike make a table where no rules do."""
    full_share: float = 0.75
    """Rows that fill more than this share of their width are columns of running text."""
    step_ratio: float = 1.2
    step_slack: float = 1.0
    """The first two rows are at most this many times as far apart as the next two, plus points."""


@dataclass(frozen=True, slots=True)
class MarginThresholds:
    """Where running lines stand on a page. Set by hand."""

    same_place: float = 4.0
    """Points: lines of several pages stand at one height when they are this close."""
    margin: float = 0.13
    """Share of the page's height, at its top and at its bottom, in which running lines stand."""
    edge: float = 0.08
    """Share of the page's height that is safe to hold no text, on a page with nothing else."""
    rows: int = 3
    """At most so many rows at each end of a page are looked at."""
    clear_gap: float = 0.6
    """Running lines stand off the text by more than this share of their height."""
    edge_rows: EdgeRowThresholds = EdgeRowThresholds()


@dataclass(frozen=True, slots=True)
class PageNumberThresholds:
    """Which number on a single page is its page number. Set by hand."""

    alone: float = 1.5
    """It stands more than this many of its heights below everything else."""
    off_centre: float = 0.03
    """Its centre is off that of the text by less than this share of the text's width."""


@dataclass(frozen=True, slots=True)
class WatermarkThresholds:
    """What is a watermark or a stamp. Set by hand."""

    stamp_left: float = 0.1
    stamp_right: float = 0.92
    """Shares of the page's width: sideways text outside of them is a stamp."""
    pale: float = 0.7
    """Ink at least this bright is pale; black is 0, white is 1."""
    large: float = 1.8
    """Type of more than this many times the usual size is large."""
    same_place: float = 6.0
    """Points: marks of several pages that are this close stand at one place."""
    few_pages: int = 6
    """In a document of so many pages or fewer, two pages are enough to recur on; else three."""


@dataclass(frozen=True, slots=True)
class RunningLineThresholds:
    """What is a running line, beside those of its parts. Set by hand."""

    most_parts: int = 4
    """A row of more parts than this is the top of a table."""
    longest: int = 120
    """A running line has fewer letters than this."""
    display_size: float = 1.15
    """Type of more than this many times the usual size is display type."""
    plain_size: float = 1.05
    """Running lines found by place or form are at most this many times the usual size."""
    few_pages: int = 6
    """In a document of so many pages or fewer, two pages are enough to recur on; else three."""
    exact_anywhere_share: float = 0.5
    """A text that recurs to the letter on this share of the pages counts at any height,"""
    exact_share: float = 0.6
    """and on this share of the pages at one height."""
    one_height_share: float = 0.6
    """Rows that stand clear at one height on this share of the pages are running lines."""
    similar_pages_share: float = 0.25
    """A place and type is the header's when running lines have it on this share of the pages"""
    similar_lines_share: float = 0.5
    """and are at least this share of all lines that have it."""
    capitals_share: float = 0.7
    """A title in capitals has more than this share of capital letters."""
    margins: MarginThresholds = MarginThresholds()
    page_numbers: PageNumberThresholds = PageNumberThresholds()
    watermarks: WatermarkThresholds = WatermarkThresholds()


RUNNING_LINES = RunningLineThresholds()
MARGINS = MarginThresholds()
EDGE_ROWS = EdgeRowThresholds()
PAGE_NUMBERS = PageNumberThresholds()
WATERMARKS = WatermarkThresholds()

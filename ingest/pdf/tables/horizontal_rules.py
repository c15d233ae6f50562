"""Finds tables that have horizontal rules only: above, below the head, and at the end.

Rules of one extent make a chain; the text between two of them is tabular or not, and tabular
bands that follow each other are a table. Shorter rules within are those below headings that span
columns. Limits: a table whose first or last rule is missing is left to
`ingest.pdf.tables.unruled`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from ingest.pdf.page.content import Line, Rect, bounding_rect_of, merge_rows
from ingest.pdf.tables.aligned import Rulings, build_aligned_grid
from ingest.pdf.tables.cell_runs import WordRun, runs_of, words_of_row
from ingest.pdf.tables.grid import Grid
from ingest.pdf.tables.not_tables import is_no_table
from ingest.pdf.tables.row_labels import find_heading_above, find_labels_beside

CAPTION = re.compile(r"(?:table|tab\.|tabelle|tableau|figure|fig\.|表|图|圖)\s*\d", re.I)
"""How a caption begins, and no row of a table."""


@dataclass(frozen=True, slots=True)
class HorizontalRuleThresholds:
    """When horizontal rules make a table. Lengths are in points; all values were set by hand."""

    same_edge: float = 8.0
    """Rules whose ends differ by less than this have one extent."""
    same_rule: float = 3.5
    """Rules at most this far below each other are one, drawn double."""
    same_height: float = 1.0
    """Pieces of a rule stand on one height when they differ by at most this."""
    widest_break: float = 20.0
    """Pieces of a rule on one height, one for each column, are joined over gaps up to this."""
    line_overhang: float = 1.0
    """A line of text may stick out from between its rules by this much."""
    rule_overhang: float = 2.0
    """A shorter rule may stick out of the table at the sides by this much."""
    end_height: float = 1.0
    """Shorter rules of the table stand lower than this above the first rule, higher than this
    above the last."""
    several_share: float = 0.5
    """At least this share of the rows between two rules has several cells."""
    long_width: float = 0.6
    """A row with one cell is running text when it is wider than this share of the rule."""
    long_share: float = 0.25
    """At most this share of the rows may be such text."""
    wide_cell: float = 16.0
    """Cells are seldom wider than this many line heights where there are few columns."""
    fewest_text_rows: int = 4
    """Fewer rows than this are not taken for running text in columns."""
    most_rules: int = 400
    """More horizontal rules than this on a page are a drawing, or a form."""


HORIZONTAL_RULES = HorizontalRuleThresholds()


def find_tables_between_rules(
    lines: Sequence[Line],
    across: Sequence[Rect],
    limits: HorizontalRuleThresholds = HORIZONTAL_RULES,
) -> list[Grid]:
    """Return the tables that stand between horizontal rules of one width."""
    if len(across) > limits.most_rules:
        return []
    found: list[Grid] = []
    used: set[int] = set()
    for chain in _group_into_chains(_join_broken_rules(across, limits), limits):
        for first, last in _find_tabular_stretches(lines, chain, limits):
            overhang = limits.line_overhang
            inside = _select_lines_between(lines, chain[first], chain[last], overhang)
            inside = [line for line in inside if line.number not in used]
            free = [line for line in lines if line.number not in used]
            rules = chain[first : last + 1]
            if labels := find_labels_beside(free, inside, bounding_rect_of(rules)):
                inside += [*labels, *find_heading_above(free, bounding_rect_of(rules))]
            rulings = _build_rulings(rules, across, limits)
            grid = build_aligned_grid(inside, rulings) if inside else None
            if grid is not None and (len(rules) > 2 or not _is_no_table(grid)):
                found.append(grid)
                used.update(line.number for line in inside)
    return found


def _is_no_table(grid: Grid) -> bool:
    """Whether what stands between two rules, without one below a head, is no table."""
    rows = merge_rows(grid.used)
    return is_no_table(grid, rows, [runs_of(words_of_row(row)) for row in rows])


def _build_rulings(
    chain: Sequence[Rect], across: Sequence[Rect], limits: HorizontalRuleThresholds
) -> Rulings:
    """Return the rules within a stretch of a chain."""
    area = bounding_rect_of(chain)
    overhang, end = limits.rule_overhang, limits.end_height
    same = limits.same_rule
    partial = tuple(
        rule
        for rule in across
        if area.y0 - end < rule.middle < area.y1 - end
        and area.x0 - overhang <= rule.x0
        and rule.x1 <= area.x1 + overhang
        and not any(abs(rule.middle - whole.middle) <= same for whole in chain[1:])
    )
    return Rulings(tuple(rule.middle for rule in chain[1:-1]), partial)


def _join_broken_rules(across: Sequence[Rect], limits: HorizontalRuleThresholds) -> list[Rect]:
    """Return the rules, and those put together of the pieces on one height."""
    rows: list[list[Rect]] = []
    for rule in sorted(across, key=lambda rule: rule.middle):
        if rows and rule.middle - rows[-1][-1].middle <= limits.same_height:
            rows[-1].append(rule)
        else:
            rows.append([rule])
    whole: list[Rect] = []
    for row in rows:
        row.sort()
        joined = [row[0]]
        for rule in row[1:]:
            if rule.x0 - joined[-1].x1 <= limits.widest_break:
                joined[-1] = bounding_rect_of([joined[-1], rule])
            else:
                joined.append(rule)
        whole += joined
    return whole


def _group_into_chains(
    across: Sequence[Rect], limits: HorizontalRuleThresholds
) -> list[list[Rect]]:
    """Group rules of the same extent, top to bottom; a chain has two or more."""
    edge = limits.same_edge
    groups: list[list[Rect]] = []
    for rule in sorted(across, key=lambda rule: rule.middle):
        for group in groups:
            if abs(group[0].x0 - rule.x0) < edge and abs(group[0].x1 - rule.x1) < edge:
                if rule.middle - group[-1].middle > limits.same_rule:
                    group.append(rule)
                break
        else:
            groups.append([rule])
    return sorted((group for group in groups if len(group) > 1), key=lambda g: -g[0].width)


def _select_lines_between(
    lines: Sequence[Line], top: Rect, bottom: Rect, overhang: float
) -> list[Line]:
    area = Rect(min(top.x0, bottom.x0), top.y0, max(top.x1, bottom.x1), bottom.y1)
    return [line for line in lines if area.holds(line.rect, overhang)]


def _find_tabular_stretches(
    lines: Sequence[Line], chain: list[Rect], limits: HorizontalRuleThresholds
) -> list[tuple[int, int]]:
    """Return runs (first, last) of rules of a chain between which the text is tabular."""
    bands = (
        (top, merge_rows(_select_lines_between(lines, top, bottom, limits.line_overhang)))
        for top, bottom in pairwise(chain)
    )
    flags = [_is_tabular(rows, top.width, limits) for top, rows in bands]
    stretches: list[tuple[int, int]] = []
    start: int | None = None
    for at, flag in enumerate([*flags, False]):
        if flag and start is None:
            start = at
        elif not flag and start is not None:
            stretches.append((start, at))
            start = None
    return stretches


def _is_tabular(
    rows: Sequence[Sequence[Line]], width: float, limits: HorizontalRuleThresholds
) -> bool:
    """Whether rows between two rules are cells: several in most rows, no captions, no text."""
    runs = [runs_of(words_of_row(row)) for row in rows]
    runs = [row for row in runs if row]
    several = sum(len(row) > 1 for row in runs)
    if not runs or several < limits.several_share * len(runs):
        return False
    if any(CAPTION.match(row[0].text) for row in runs):
        return False
    widest = limits.long_width * width
    long = sum(len(row) == 1 and row[0].rect.width > widest for row in runs)
    return long <= limits.long_share * len(runs) and not _is_text(runs, limits)


def _is_text(rows: Sequence[Sequence[WordRun]], limits: HorizontalRuleThresholds) -> bool:
    """Whether rows are running text in columns: long lines, one beside the other."""
    if len(rows) < limits.fewest_text_rows:
        return False
    widths = [run.rect.width / max(run.rect.height, 1) for row in rows for run in row]
    return median(widths) > limits.wide_cell and median(len(row) for row in rows) <= 2

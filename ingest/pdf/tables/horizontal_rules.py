"""Tables that have horizontal rules only: above, below the head, and at the end.

Rules of one extent make a chain; the text between two of them is tabular or not, and tabular
bands that follow each other are a table. Shorter rules within are those below headings that span
columns. Limits: a table whose first or last rule is missing is the business of
`ingest.pdf.tables.unruled`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from ingest.pdf.page.content import Line, Rect, bounding_rect_of, merge_rows
from ingest.pdf.tables.aligned import Rulings, build_aligned_grid
from ingest.pdf.tables.cell_runs import WordRun, runs_of, words_of_row
from ingest.pdf.tables.grid import Grid
from ingest.pdf.tables.not_tables import is_no_table
from ingest.pdf.tables.row_labels import find_heading_above, find_labels_beside

_SAME_EDGE = 8.0
_SAME_RULE = 3.5
"""Rules closer than this are one, drawn double."""
_WIDEST_BREAK = 20.0
"""Pieces of a rule on one height with gaps up to this make one rule, a piece for each column."""
_WIDE_CELL = 16.0
"""Cells are seldom wider than this many font sizes where there are few columns."""
CAPTION = re.compile(r"(?:table|tab\.|tabelle|tableau|figure|fig\.|表|图|圖)\s*\d", re.I)
"""How a caption begins, and no row of a table."""
_MOST_RULES = 400
"""More horizontal rules than this are a drawing, or a form."""


def find_tables_between_rules(lines: Sequence[Line], across: Sequence[Rect]) -> list[Grid]:
    """Return the tables that stand between horizontal rules of one width."""
    if len(across) > _MOST_RULES:
        return []
    found: list[Grid] = []
    used: set[int] = set()
    for chain in _group_into_chains(_join_broken_rules(across)):
        for first, last in _find_tabular_stretches(lines, chain):
            inside = _select_lines_between(lines, chain[first], chain[last])
            inside = [line for line in inside if line.number not in used]
            free = [line for line in lines if line.number not in used]
            rules = chain[first : last + 1]
            if labels := find_labels_beside(free, inside, bounding_rect_of(rules)):
                inside += [*labels, *find_heading_above(free, bounding_rect_of(rules))]
            grid = build_aligned_grid(inside, _build_rulings(rules, across)) if inside else None
            if grid is not None and (len(rules) > 2 or not _is_no_table(grid)):
                found.append(grid)
                used.update(line.number for line in inside)
    return found


def _is_no_table(grid: Grid) -> bool:
    """Whether what stands between two rules, without one below a head, is no table."""
    rows = merge_rows(grid.used)
    return is_no_table(grid, rows, [runs_of(words_of_row(row)) for row in rows])


def _build_rulings(chain: Sequence[Rect], across: Sequence[Rect]) -> Rulings:
    """Return the rules within a stretch of a chain."""
    area = bounding_rect_of(chain)
    partial = tuple(
        rule
        for rule in across
        if area.y0 - 1 < rule.middle < area.y1 - 1
        and area.x0 - 2 <= rule.x0
        and rule.x1 <= area.x1 + 2
        and not any(abs(rule.middle - whole.middle) <= _SAME_RULE for whole in chain[1:])
    )
    return Rulings(tuple(rule.middle for rule in chain[1:-1]), partial)


def _join_broken_rules(across: Sequence[Rect]) -> list[Rect]:
    """Return the rules, and those put together of the pieces on one height."""
    rows: list[list[Rect]] = []
    for rule in sorted(across, key=lambda rule: rule.middle):
        if rows and rule.middle - rows[-1][-1].middle <= 1.0:
            rows[-1].append(rule)
        else:
            rows.append([rule])
    whole: list[Rect] = []
    for row in rows:
        row.sort()
        joined = [row[0]]
        for rule in row[1:]:
            if rule.x0 - joined[-1].x1 <= _WIDEST_BREAK:
                joined[-1] = bounding_rect_of([joined[-1], rule])
            else:
                joined.append(rule)
        whole += joined
    return whole


def _group_into_chains(across: Sequence[Rect]) -> list[list[Rect]]:
    """Group rules of the same extent, top to bottom; a chain has two or more."""
    groups: list[list[Rect]] = []
    for rule in sorted(across, key=lambda rule: rule.middle):
        for group in groups:
            same = (
                abs(group[0].x0 - rule.x0) < _SAME_EDGE and abs(group[0].x1 - rule.x1) < _SAME_EDGE
            )
            if same:
                if rule.middle - group[-1].middle > _SAME_RULE:
                    group.append(rule)
                break
        else:
            groups.append([rule])
    return sorted((group for group in groups if len(group) > 1), key=lambda g: -g[0].width)


def _select_lines_between(lines: Sequence[Line], top: Rect, bottom: Rect) -> list[Line]:
    area = Rect(min(top.x0, bottom.x0), top.y0, max(top.x1, bottom.x1), bottom.y1)
    return [line for line in lines if area.holds(line.rect, 1.0)]


def _find_tabular_stretches(lines: Sequence[Line], chain: list[Rect]) -> list[tuple[int, int]]:
    """Return runs (first, last) of rules of a chain between which the text is tabular."""
    flags = [
        _is_tabular(merge_rows(_select_lines_between(lines, top, bottom)), top.width)
        for top, bottom in pairwise(chain)
    ]
    stretches: list[tuple[int, int]] = []
    start: int | None = None
    for at, flag in enumerate([*flags, False]):
        if flag and start is None:
            start = at
        elif not flag and start is not None:
            stretches.append((start, at))
            start = None
    return stretches


def _is_tabular(rows: Sequence[Sequence[Line]], width: float) -> bool:
    """Whether rows between two rules are cells: several in most rows, no captions, no text."""
    runs = [runs_of(words_of_row(row)) for row in rows]
    runs = [row for row in runs if row]
    several = sum(len(row) > 1 for row in runs)
    if not runs or several < 0.5 * len(runs):
        return False
    if any(CAPTION.match(row[0].text) for row in runs):
        return False
    long = sum(len(row) == 1 and row[0].rect.width > 0.6 * width for row in runs)
    return long <= 0.25 * len(runs) and not _is_text(runs)


def _is_text(rows: Sequence[Sequence[WordRun]]) -> bool:
    """Whether rows are running text in columns: long lines, one beside the other."""
    if len(rows) < 4:
        return False
    widths = [run.rect.width / max(run.rect.height, 1) for row in rows for run in row]
    return median(widths) > _WIDE_CELL and median(len(row) for row in rows) <= 2

"""Recognises table rows at the top or bottom of a page: text that may look like running lines.

A row belongs to a table where rules divide it into cells and reach on into the text, or where the
rows next to it have as many short parts at the same places and the same distance. Limits: a row of
one cell without rules is not seen; a grid that lies wholly in the margin counts as a running header
set as a table.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise

from ingest.pdf.furniture.thresholds import EDGE_ROWS, EdgeRowThresholds
from ingest.pdf.page.content import Line, Rect


class VerticalRules:
    """The vertical rules of a page that lead from its margin into the text.

    `edge` is the height at which the margin ends, in points.
    """

    def __init__(
        self, rules: Sequence[Rect], edge: float, limits: EdgeRowThresholds = EDGE_ROWS
    ) -> None:
        down = [r for r in rules if r.height > r.width] if len(rules) <= limits.most_rules else []
        joined = _join_vertical_rules(down, limits.touch)
        self._walls = [wall for wall in joined if wall.y0 < edge < wall.y1]
        self._fewest = limits.fewest_walls

    def is_in_cell(self, line: Line) -> bool:
        """Whether a line stands in a cell between these rules."""
        here = [wall for wall in self._walls if wall.y0 <= line.rect.middle <= wall.y1]
        middle = (line.rect.x0 + line.rect.x1) / 2
        places = [wall.x0 for wall in here]
        return len(here) >= self._fewest and 0 < bisect_left(places, middle) < len(here)


def _join_vertical_rules(down: Sequence[Rect], touch: float) -> list[Rect]:
    """Join vertical rules that continue each other; left to right."""
    joined: list[Rect] = []
    for column in _group_by_left_edge(sorted(down, key=lambda rule: rule.x0), touch):
        begun = len(joined)
        for rule in sorted(column, key=lambda rule: rule.y0):
            if len(joined) > begun and rule.y0 <= joined[-1].y1 + touch:
                last = joined[-1]
                joined[-1] = last._replace(y1=max(last.y1, rule.y1))
            else:
                joined.append(rule._replace(x0=column[0].x0, x1=column[0].x0))
    return joined


def _group_by_left_edge(rules: Sequence[Rect], touch: float) -> list[list[Rect]]:
    """Group rules, sorted from left to right, that stand at one place."""
    groups: list[list[Rect]] = []
    for rule in rules:
        if groups and rule.x0 - groups[-1][-1].x0 <= touch:
            groups[-1].append(rule)
        else:
            groups.append([rule])
    return groups


def rows_alike(rows: Sequence[Sequence[Line]], limits: EdgeRowThresholds = EDGE_ROWS) -> bool:
    """Whether the first of these rows, outermost first, is followed by others of the same table.

    All have as many parts, each at one place with those before (at its left, its right or its
    middle), and no more room is between the first two than between the next.
    """
    if len(rows) < limits.table_rows or len(rows[0]) < 2 or len({len(row) for row in rows}) > 1:
        return False
    if any(_is_full_row(row, limits.full_share) for row in rows):
        return False
    steps = [abs(below[0].rect.middle - above[0].rect.middle) for above, below in pairwise(rows)]
    if steps[0] > limits.step_ratio * steps[1] + limits.step_slack:
        return False
    columns = ([row[at].rect for row in rows] for at in range(len(rows[0])))
    return all(_are_cells_aligned(cells, limits.touch) for cells in columns)


def _is_full_row(row: Sequence[Line], share: float) -> bool:
    width = row[-1].rect.x1 - row[0].rect.x0
    return sum(line.rect.width for line in row) > share * width


def _are_cells_aligned(cells: Sequence[Rect], touch: float) -> bool:
    edges = ([c.x0 for c in cells], [c.x1 for c in cells], [(c.x0 + c.x1) / 2 for c in cells])
    return any(max(edge) - min(edge) <= touch for edge in edges)

"""Row labels left of the rules of a table: the rules begin at the first column of values.

Common in balance sheets, where the first rule stands below a heading. Limits: only to the left,
and only where nearly every line there stands on the height of a row; text in a neighbouring
column seldom does.
"""

from __future__ import annotations

from collections.abc import Sequence

from ingest.pdf.page.content import Line, Rect, merge_rows

_SAME_HEIGHT = 2.0
_FEWEST = 2
_SEVERAL = 4
_MOST, _MANY = 0.75, 0.6
"""Share of the lines beside that must stand on a row's height, where few do and where several do:
the others are second lines of labels and headings of groups."""


def labels_beside(lines: Sequence[Line], inside: Sequence[Line], area: Rect) -> list[Line]:
    """Return the lines left of `area` that label the rows made by `inside`.

    Empty where most of the lines there do not go with the rows.
    """
    middles = [row[0].rect.middle for row in merge_rows(inside)]
    beside = [
        line
        for line in lines
        if line.rect.x1 <= area.x0 + _SAME_HEIGHT and area.y0 <= line.rect.middle <= area.y1
    ]
    matched = [
        line
        for line in beside
        if any(abs(line.rect.middle - middle) <= _SAME_HEIGHT for middle in middles)
    ]
    share = _MOST if len(matched) < _SEVERAL else _MANY
    if len(matched) < max(_FEWEST, 0.5 * len(middles)) or len(matched) < share * len(beside):
        return []
    return beside


def heading_above(lines: Sequence[Line], area: Rect) -> list[Line]:
    """Return the line that stands on the first rule, within its ends: a heading of all values."""
    above = [
        line
        for line in lines
        if -_SAME_HEIGHT <= area.y0 - line.rect.y1 <= 0.6 * line.rect.height
        and area.x0 <= line.rect.x0
        and line.rect.x1 <= area.x1
    ]
    return above if len(above) == 1 else []

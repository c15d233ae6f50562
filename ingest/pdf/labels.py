"""Row labels left of the rules of a table: the rules begin at the first column of values.

Common in balance sheets, where the first rule stands below a heading. Limits: only to the left,
and only where nearly every line there stands on the height of a row; text in a neighbouring
column seldom does.
"""

from __future__ import annotations

from collections.abc import Sequence

from ingest.pdf.content import Line, Rect, merge_rows

_SAME_HEIGHT = 2.0
_FEWEST = 2


def labels_beside(lines: Sequence[Line], inside: Sequence[Line], area: Rect) -> list[Line]:
    """Return those of `lines` left of `area` that label the rows made by `inside`.

    Empty where the lines there do not go with the rows.
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
    enough = len(matched) >= max(_FEWEST, 0.5 * len(middles))
    return matched if enough and len(matched) >= 0.75 * len(beside) else []


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

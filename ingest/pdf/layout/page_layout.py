"""Builds the layout of one page: tables, reading order and paragraphs of its lines.

Nothing here looks at another page; what is known of the whole document comes in as `BodyStyle` and
`Furniture`. Limits: tables without rules are looked for inside one region of the reading order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from ingest.pdf.furniture.line_numbers import find_line_numbers
from ingest.pdf.furniture.running_lines import Furniture
from ingest.pdf.layout.body_text import BodyStyle
from ingest.pdf.layout.footnotes import with_notes
from ingest.pdf.layout.formulas import formula_rows
from ingest.pdf.layout.model_zones import are_zones_usable, choose_zone_tables
from ingest.pdf.layout.paragraphs import PageTextStyle, Paragraph, paragraphs_of, set_nesting_levels
from ingest.pdf.layout.reading_order import reading_order
from ingest.pdf.layout.stages import Stages
from ingest.pdf.page.content import Line, PageContent, group_side_by_side, merge_rows
from ingest.pdf.page.rows import TextRow
from ingest.pdf.tables.grid import Grid
from ingest.pdf.tables.ruled import find_tables
from ingest.pdf.tables.sideways import find_turned_tables
from ingest.pdf.tables.unruled import find_unruled

LayoutItem: TypeAlias = Paragraph | Grid


@dataclass(frozen=True, slots=True)
class Layout:
    """A page with its paragraphs and tables in reading order."""

    content: PageContent
    furniture: Furniture
    items: tuple[LayoutItem, ...]

    @property
    def paragraphs(self) -> list[Paragraph]:
        """The items that are no tables, in reading order."""
        return [item for item in self.items if isinstance(item, Paragraph)]


def build_page_layout(
    content: PageContent, furniture: Furniture, body: BodyStyle, stages: Stages, *, keep: bool
) -> Layout:
    """Find tables, reading order and paragraphs of one page; `keep` leaves furniture in."""
    dropped = find_line_numbers(content.lines)
    dropped |= set() if keep else {line.number for line in furniture.lines}
    lines = [line for line in content.lines if line.number not in dropped]
    sideways = [line for line in content.sideways if line.number not in dropped]
    tables = find_tables(lines, content.rules, sideways) if stages.ruled_tables else []
    if are_zones_usable(content.zones, lines):
        tables = choose_zone_tables(tables, content.zones, lines)
        stages = replace(stages, unruled_tables=False)  # the model has looked for them
    used = {line.number for table in tables for line in table.used}
    sideways = [line for line in sideways if line.number not in used]
    free = [line for line in lines if line.number not in used]
    page = _PageElements(
        free, tables, PageTextStyle(body.size, body.bold, body.mono, content.height), stages
    )
    items = [item for region in page.order_regions(lines) for item in page.build_items(region)]
    items += page.build_sideways_items(sideways, content)
    return Layout(content, furniture, tuple(set_nesting_levels(with_notes(items, body.size))))


@dataclass(frozen=True, slots=True)
class _PageElements:
    """What of a page is put in order: lines outside tables, and the tables found by their rules.

    A region holds numbers: of `lines`, and from `len(lines)` on of `tables`.
    """

    lines: Sequence[Line]
    tables: Sequence[Grid]
    style: PageTextStyle
    stages: Stages

    def order_regions(self, all_lines: Sequence[Line]) -> list[list[int]]:
        """Return the regions of the page in reading order."""
        if self.stages.columns:
            boxes = [*(x.rect for x in self.lines), *(x.rect for x in self.tables)]
            return reading_order(boxes, [*(x.text for x in self.lines), *("" for _ in self.tables)])
        places = {line.number: at for at, line in enumerate(all_lines)}
        first = [places[line.number] for line in self.lines]
        first += [min((places[x.number] for x in table.used), default=0) for table in self.tables]
        return [sorted(range(len(first)), key=first.__getitem__)]

    def build_items(self, region: Sequence[int]) -> list[LayoutItem]:
        """Return the paragraphs and tables of one region, top to bottom."""
        items: list[LayoutItem] = []
        pending: list[Line] = []
        for at in region:
            if at < len(self.lines):
                pending.append(self.lines[at])
            else:
                items += self._build_items_of_lines(pending)
                pending = []
                items.append(self.tables[at - len(self.lines)])
        return items + self._build_items_of_lines(pending)

    def _build_items_of_lines(self, lines: Sequence[Line]) -> list[LayoutItem]:
        """Return the paragraphs of lines between two ruled tables, and tables without rules."""
        rows = merge_rows(lines) if self.stages.columns else group_side_by_side(lines)
        items: list[LayoutItem] = []
        done = 0
        for start, end, grid in find_unruled(rows) if self.stages.unruled_tables else ():
            items += self.build_paragraphs(rows[done:start])
            items.append(grid)
            done = end
        return [*items, *self.build_paragraphs(rows[done:])]

    def build_sideways_items(self, lines: Sequence[Line], content: PageContent) -> list[LayoutItem]:
        """Return the tables and paragraphs of lines that stand sideways."""
        grids: list[Grid] = []
        if self.stages.ruled_tables and self.stages.unruled_tables:
            grids = find_turned_tables(lines, content.rules, content.width, content.height)
        used = {line.number for grid in grids for line in grid.used}
        items: list[LayoutItem] = list(grids)
        for line in lines:
            items += self.build_paragraphs([[line]]) if line.number not in used else ()
        return items

    def build_paragraphs(self, rows: Sequence[Sequence[Line]]) -> list[Paragraph]:
        """Return the paragraphs of rows of running text."""
        whole = [TextRow.from_lines(row) for row in rows]
        if self.stages.paragraphs:
            found = formula_rows(whole, self.style.size) if self.stages.formulas else ()
            return paragraphs_of(whole, self.style, found)
        return [paragraph for row in whole for paragraph in paragraphs_of([row], self.style)]

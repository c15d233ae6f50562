"""Parses PPTX presentations: one page for each slide.

The title comes first, then the other shapes from top to bottom and left to right, with tables, the
categories and values of charts and the texts of diagrams; the speaker notes come last.

Limits: no geometry, since slides are not drawn here; shapes count as side by side when their upper
edges are close; pictures are left out; hidden slides are read like the others; slide numbers, dates
and footers are furniture.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any

from lxml import etree
from pptx import Presentation
from pptx.enum.shapes import MSO_SHAPE_TYPE, PP_PLACEHOLDER
from pptx.oxml.ns import qn

from ingest.document.table_builder import FlowCell, place_cells, table_of
from ingest.document.table_text import table_markdown
from ingest.errors import LimitExceeded
from ingest.formats.common.builder import build_document, clean_text, corrupt_on_error
from ingest.formats.common.detect import PPTX
from ingest.options import ParseOptions, Progress
from ingest.types import Block, Cell, Document, Page, ParseWarning

_TITLES = (PP_PLACEHOLDER.TITLE, PP_PLACEHOLDER.CENTER_TITLE, PP_PLACEHOLDER.VERTICAL_TITLE)
_FURNITURE = (
    PP_PLACEHOLDER.DATE,
    PP_PLACEHOLDER.FOOTER,
    PP_PLACEHOLDER.SLIDE_NUMBER,
    PP_PLACEHOLDER.HEADER,
)
_BODIES = (
    PP_PLACEHOLDER.BODY,
    PP_PLACEHOLDER.OBJECT,
    PP_PLACEHOLDER.VERTICAL_BODY,
    PP_PLACEHOLDER.VERTICAL_OBJECT,
)
_ROW_HEIGHT = 457_200 // 2
"""Shapes whose upper edges differ by less (a quarter of an inch in EMU) stand in one row."""
_DIAGRAM = "http://schemas.openxmlformats.org/drawingml/2006/diagram"
_DRAWING_TEXT = "{http://schemas.openxmlformats.org/drawingml/2006/main}t"
_DRAWING_PARAGRAPH = "{http://schemas.openxmlformats.org/drawingml/2006/main}p"


def parse_pptx(
    data: bytes, name: str, options: ParseOptions, progress: Progress | None = None
) -> Document:
    """Return a presentation; a slide that cannot be read is a warning.

    Raises EmptyFile, CorruptFile, LimitExceeded.
    """
    with corrupt_on_error(name, "PPTX"):
        slides = list(Presentation(io.BytesIO(data)).slides)
    if len(slides) > options.max_pages:
        raise LimitExceeded(f"{name}: {len(slides)} slides, {options.max_pages} allowed.")
    pages: list[Page] = []
    warnings: list[ParseWarning] = []
    for number, slide in enumerate(slides, 1):
        try:
            pages.append(_build_slide_page(slide, number))
        except Exception as error:  # noqa: BLE001 - one damaged slide must not cost the others
            message = f"Slide {number} cannot be read: {error or type(error).__name__}"
            warnings.append(ParseWarning("page_failed", message, number))
            pages.append(Page(number))
        if progress:
            progress(number, len(slides))
    return build_document(data, name, PPTX, pages, warnings)


def _build_slide_page(slide: Any, number: int) -> Page:
    blocks: list[Block] = []
    furniture: list[str] = []
    shapes = list(_sort_by_reading_order(slide.shapes))
    shapes.sort(key=lambda shape: _placeholder_type_of(shape) not in _TITLES)
    for shape in shapes:
        placeholder = _placeholder_type_of(shape)
        if placeholder in _FURNITURE:
            furniture += [text for text in [clean_text(shape.text_frame.text)] if text]
        elif placeholder in _TITLES:
            first = number == 1 and placeholder == PP_PLACEHOLDER.CENTER_TITLE
            text = " ".join(clean_text(shape.text_frame.text).split())
            blocks.append(Block("title" if first else "heading", text, level=1))
        else:
            blocks.extend(_shape_blocks(shape, bulleted=placeholder in _BODIES))
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        notes = clean_text(slide.notes_slide.notes_text_frame.text)
        blocks += [Block("text", line) for line in notes.split("\n") if line]
    return Page(number, blocks=tuple(blocks), furniture=tuple(furniture))


def _placeholder_type_of(shape: Any) -> Any:
    return shape.placeholder_format.type if shape.is_placeholder else None


def _sort_by_reading_order(shapes: Any) -> Iterator[Any]:
    """Yield the shapes row by row; a group's shapes stand where the group stands."""
    ordered = sorted(shapes, key=lambda shape: (shape.top or 0, shape.left or 0))
    row: list[Any] = []
    for shape in ordered:
        if row and (shape.top or 0) - (row[0].top or 0) > _ROW_HEIGHT:
            yield from _sort_left_to_right(row)
            row = []
        row.append(shape)
    yield from _sort_left_to_right(row)


def _sort_left_to_right(row: Sequence[Any]) -> Iterator[Any]:
    for shape in sorted(row, key=lambda shape: shape.left or 0):
        if shape.shape_type == MSO_SHAPE_TYPE.GROUP:
            yield from _sort_by_reading_order(shape.shapes)
        else:
            yield shape


def _shape_blocks(shape: Any, *, bulleted: bool) -> Iterator[Block]:
    if getattr(shape, "has_table", False):
        table = table_of(_build_slide_cells(shape.table))
        if table.rows:
            yield Block("table", table_markdown(table), table=table)
    elif getattr(shape, "has_chart", False):
        yield from _build_chart_blocks(shape.chart)
    elif shape.has_text_frame:
        yield from _build_paragraph_blocks(shape.text_frame, bulleted=bulleted)
    else:
        yield from _build_diagram_blocks(shape)


def _build_paragraph_blocks(frame: Any, *, bulleted: bool) -> Iterator[Block]:
    counts: dict[int, int] = {}
    paragraphs = [paragraph for paragraph in frame.paragraphs if paragraph.text.strip()]
    for paragraph in paragraphs:
        text, level = clean_text(paragraph.text), paragraph.level
        properties = paragraph._p.pPr
        marks = {child.tag for child in properties} if properties is not None else set()
        for deeper in [known for known in counts if known > level]:
            del counts[deeper]
        if qn("a:buAutoNum") in marks:
            counts[level] = counts.get(level, 0) + 1
            yield Block("list", f"{counts[level]}. {text}", level=level)
        elif qn("a:buNone") in marks or not (
            level or qn("a:buChar") in marks or (bulleted and len(paragraphs) > 1)
        ):
            yield Block("text", text)
        else:
            yield Block("list", text, level=level)


def _build_slide_cells(table: Any) -> Iterator[Cell]:
    for row_index, row in enumerate(table.rows):
        for column, cell in enumerate(row.cells):
            if not cell.is_spanned:
                yield Cell(
                    row_index,
                    column,
                    clean_text(cell.text_frame.text),
                    row_span=cell.span_height if cell.is_merge_origin else 1,
                    column_span=cell.span_width if cell.is_merge_origin else 1,
                    header=bool(table.first_row) and row_index == 0,
                )


def _build_chart_blocks(chart: Any) -> Iterator[Block]:
    """Yield the title of a chart and its values as a table: categories down, series across."""
    if chart.has_title and chart.chart_title.has_text_frame:
        yield Block("caption", clean_text(chart.chart_title.text_frame.text))
    for plot in chart.plots:
        categories = [str(category) for category in plot.categories]
        series = list(plot.series)
        head = [FlowCell("", header=True)]
        head += [FlowCell(str(one.name or ""), header=True) for one in series]
        rows = [head]
        values = [list(one.values) for one in series]
        for index in range(max([len(categories), *map(len, values)], default=0)):
            row = [FlowCell(categories[index] if index < len(categories) else "")]
            row += [FlowCell(_format_chart_value(column, index)) for column in values]
            rows.append(row)
        table = table_of(place_cells(rows))
        if table.rows > 1:
            yield Block("table", table_markdown(table), table=table)


def _format_chart_value(values: Sequence[float | None], index: int) -> str:
    value = values[index] if index < len(values) else None
    return "" if value is None else f"{value:.10g}"


def _build_diagram_blocks(shape: Any) -> Iterator[Block]:
    """Yield the texts of a SmartArt diagram, which lie in a part of their own."""
    for reference in shape._element.iter(f"{{{_DIAGRAM}}}relIds"):
        relation = reference.get(qn("r:dm"))
        if relation is None or relation not in shape.part.rels:
            continue
        parser = etree.XMLParser(resolve_entities=False, no_network=True)
        root = etree.fromstring(shape.part.related_part(relation).blob, parser)
        for paragraph in root.iter(_DRAWING_PARAGRAPH):
            text = clean_text("".join(node.text or "" for node in paragraph.iter(_DRAWING_TEXT)))
            if text:
                yield Block("list", text)

"""A PDF becomes a Document: read, furniture, tables, order, paragraphs, headings, blocks.

Every stage is a pure function in a module of its own; this is the way through them. Limits: the
contents of all pages are held until the end, because furniture and heading levels are questions
to the whole document.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ingest.errors import CorruptFile, IngestError, LimitExceeded, NoTextFound
from ingest.options import ParseOptions, Progress
from ingest.pdf.aligned import find_unruled
from ingest.pdf.columns import reading_order
from ingest.pdf.compose import compose, compose_lines, vocabulary_of
from ingest.pdf.content import Line, PageContent, merge_rows
from ingest.pdf.furniture import Furniture, find_furniture
from ingest.pdf.grid import Grid, table_block
from ingest.pdf.headings import Body, Heading, body_of, find_headings
from ingest.pdf.ocr import RENDER_SCALE, OcrEngine, find_engine, has_usable_text, with_ocr
from ingest.pdf.paragraphs import Paragraph, Row, Setting, paragraphs_of
from ingest.pdf.read import Source, open_pdf
from ingest.pdf.tables import find_tables
from ingest.types import Block, Document, OutlineEntry, Page, ParseWarning

MEDIA_TYPE = "application/pdf"


@dataclass(frozen=True, slots=True)
class _Layout:
    """A page understood: paragraphs and tables in reading order."""

    content: PageContent
    furniture: Furniture
    items: tuple[Paragraph | Grid, ...]

    @property
    def paragraphs(self) -> list[Paragraph]:
        return [item for item in self.items if isinstance(item, Paragraph)]


def parse_pdf(
    data: bytes,
    name: str,
    options: ParseOptions,
    progress: Progress | None = None,
    *,
    engine: Callable[[], OcrEngine | None] = find_engine,
) -> Document:
    """Parse a PDF; raises FileRejected errors. A page that breaks becomes a warning.

    `progress` is told a page when it was read and again when it was understood, so it counts in
    halves. `engine` finds the OCR engine when one is needed.
    """
    report = _Report(progress)
    with open_pdf(data) as source:
        if source.pages > options.max_pages:
            raise LimitExceeded(f"{source.pages} pages, the limit is {options.max_pages}")
        report.begin(source.pages)
        contents, warnings = _read(source, options, engine, report)
    _check_text(contents, warnings, options)
    furniture = find_furniture(contents)
    body = body_of(contents)
    layouts = []
    for content, found in zip(contents, furniture, strict=True):
        layouts.append(_understand(content, found, body, options))
        report.step()
    headings = find_headings([(x.content, x.paragraphs) for x in layouts], body)
    pages = _pages(layouts, headings)
    return Document(
        id=(digest := hashlib.sha256(data).hexdigest())[:16],
        name=name,
        media_type=MEDIA_TYPE,
        sha256=digest,
        pages=pages,
        outline=_outline(pages),
        warnings=tuple(warnings),
    )


class _Report:
    """Turns two passes over the pages into one count of pages."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._halves = self._pages = 0

    def begin(self, pages: int) -> None:
        self._pages = pages

    def step(self) -> None:
        self._halves += 1
        if self._progress is not None:
            self._progress(self._halves // 2, self._pages)


def _read(
    source: Source,
    options: ParseOptions,
    engine: Callable[[], OcrEngine | None],
    report: _Report,
) -> tuple[list[PageContent], list[ParseWarning]]:
    """Read every page, by OCR where that is wanted and possible.

    Raises CorruptFile when not one page could be read: OCR would not help.
    """
    broken: list[str] = []
    contents: list[PageContent] = []
    warnings: list[ParseWarning] = []
    reader: OcrEngine | None = None
    sought = False
    for number in range(1, source.pages + 1):
        try:
            content = source.read(number)
            wanted = options.ocr == "force" or not has_usable_text(content)
            if wanted and options.ocr != "off" and not content.bare:
                if not sought:
                    reader, sought = engine(), True
                if reader is not None:
                    image = source.render(number, RENDER_SCALE)
                    content = with_ocr(content, reader.read(image, RENDER_SCALE))
        except IngestError as error:
            warnings.append(ParseWarning("page_failed", error.message, number))
            if isinstance(error, CorruptFile):
                broken.append(error.message)
            content = PageContent(number, 0.0, 0.0)
        else:
            if not content.bare and not has_usable_text(content):
                message = f"no usable text on page {number}"
                warnings.append(ParseWarning("page_without_text", message, number))
            elif content.damage:
                message = f"page {number} is damaged, something may be missing: {content.damage}"
                warnings.append(ParseWarning("page_damaged", message, number))
        contents.append(content)
        report.step()
    if broken and len(broken) == source.pages:
        raise CorruptFile(f"damaged or cut off: {broken[0]}")
    return contents, warnings


def _check_text(
    contents: Sequence[PageContent],
    warnings: Sequence[ParseWarning],
    options: ParseOptions,
) -> None:
    """Raise NoTextFound when too few pages gave text; empty pages do not count."""
    lost = {warning.page for warning in warnings if warning.code != "page_damaged"}
    counted = [page for page in contents if not page.bare or page.number in lost]
    without = [page for page in counted if page.number in lost]
    given = len(counted) - len(without)
    if not counted or not given or given < options.min_text_share * len(counted):
        missing = len(without) if counted else len(contents)
        raise NoTextFound(f"no text found on {missing} of {len(contents)} pages")


def _understand(
    content: PageContent, furniture: Furniture, body: Body, options: ParseOptions
) -> _Layout:
    """Find tables, reading order and paragraphs of one page."""
    dropped: set[int] = set()
    if options.furniture == "drop":
        dropped = {id(line) for line in furniture.lines}
    lines = [line for line in content.lines if id(line) not in dropped]
    sideways = [line for line in content.sideways if id(line) not in dropped]
    tables = find_tables(lines, content.rules)
    used = {id(line) for table in tables for line in table.used}
    free = [line for line in lines if id(line) not in used]
    setting = Setting(body.size, body.bold, body.mono, content.height)
    items: list[Paragraph | Grid] = []
    boxes = [line.rect for line in free] + [table.rect for table in tables]
    for region in reading_order(boxes):
        items += _region(region, free, tables, setting)
    for line in sideways:
        items += paragraphs_of([Row.of([line])], setting)
    return _Layout(content, furniture, tuple(items))


def _region(
    region: Sequence[int], lines: Sequence[Line], tables: Sequence[Grid], setting: Setting
) -> list[Paragraph | Grid]:
    """Return the paragraphs and tables of one region, top to bottom."""
    items: list[Paragraph | Grid] = []
    pending: list[Line] = []
    for at in region:
        if at < len(lines):
            pending.append(lines[at])
        else:
            items += _text_run(pending, setting)
            pending = []
            items.append(tables[at - len(lines)])
    return items + _text_run(pending, setting)


def _text_run(lines: Sequence[Line], setting: Setting) -> list[Paragraph | Grid]:
    """Return the paragraphs of lines between two ruled tables, and tables without rules."""
    rows = merge_rows(lines)
    items: list[Paragraph | Grid] = []
    done = 0
    for start, end, grid in find_unruled(rows):
        items += paragraphs_of([Row.of(row) for row in rows[done:start]], setting)
        items.append(grid)
        done = end
    return [*items, *paragraphs_of([Row.of(row) for row in rows[done:]], setting)]


def _pages(layouts: Sequence[_Layout], headings: dict[int, Heading]) -> tuple[Page, ...]:
    """Turn every page's items into blocks."""
    vocabulary = vocabulary_of(line for layout in layouts for line in layout.content.lines)
    pages: list[Page] = []
    for layout in layouts:
        content = layout.content
        blocks: list[Block] = []
        for item in layout.items:
            if isinstance(item, Grid):
                block = table_block(item, content.number, vocabulary)
            else:
                block = _block(item, headings.get(id(item)), content.number, vocabulary)
            if block.text.strip():
                blocks.append(block)
        pages.append(
            Page(
                content.number,
                content.width,
                content.height,
                tuple(blocks),
                layout.furniture.label or content.label,
                tuple(line.text for line in layout.furniture.lines),
            )
        )
    return tuple(pages)


def _block(
    paragraph: Paragraph, heading: Heading | None, page: int, vocabulary: frozenset[str]
) -> Block:
    if paragraph.kind == "code" and heading is None:
        piece = compose_lines(paragraph.rows)
    else:
        piece = compose(paragraph.rows, vocabulary)
    block = Block(
        paragraph.kind, piece.text, piece.boxes(page), paragraph.level, spans=piece.on_page(page)
    )
    if heading is None:
        return block
    return replace(block, kind="title" if heading.title else "heading", level=heading.level)


def _outline(pages: Sequence[Page]) -> tuple[OutlineEntry, ...]:
    return tuple(
        OutlineEntry(" ".join(block.text.split()), block.level, page.number)
        for page in pages
        for block in page.blocks
        if block.kind in ("title", "heading")
    )

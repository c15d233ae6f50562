"""Parses a PDF into a Document: reading, furniture, page layout, headings, blocks.

Every stage is a pure function in a module of its own; this module calls them in order.
`ingest.pdf.layout.page_layout` looks at one page; what needs the whole document is a function over
all layouts. Limits: the contents of all pages stay in memory until their blocks are built.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from ingest.errors import LimitExceeded
from ingest.options import ParseOptions, Progress
from ingest.pdf.blocks import outline_of, page_of
from ingest.pdf.furniture.running_lines import Furniture, find_furniture
from ingest.pdf.headings.find import Heading, find_headings
from ingest.pdf.headings.regroup import with_headlines
from ingest.pdf.headings.run_in import split_off_run_ins
from ingest.pdf.layout.body_text import BodyStyle, body_style_of
from ingest.pdf.layout.continuations import join_paragraphs
from ingest.pdf.layout.doubtful_pages import select_pages_for_model
from ingest.pdf.layout.page_layout import Layout, build_page_layout
from ingest.pdf.layout.stages import ALL_STAGES, Stages
from ingest.pdf.load import read_pages
from ingest.pdf.ocr.choose_engine import find_engine
from ingest.pdf.ocr.engine import FindEngine
from ingest.pdf.ocr.merge import as_displayed, tilts_of
from ingest.pdf.page.compose import vocabulary_of
from ingest.pdf.page.content import PageContent
from ingest.pdf.reading.hidden_text import warn_of_hidden_text
from ingest.pdf.reading.layout_model import LayoutModel, find_layout_model, find_zones_on_pages
from ingest.pdf.reading.orientation import turn_page_back, turn_page_upright, turns_of
from ingest.pdf.reading.parallel import read_ahead
from ingest.pdf.reading.reader import open_pdf
from ingest.pdf.tables.across_pages import join_tables
from ingest.types import Document, Page, ParseWarning

MEDIA_TYPE = "application/pdf"


def parse_pdf(
    data: bytes,
    name: str,
    options: ParseOptions,
    progress: Progress | None = None,
    *,
    engine: FindEngine | None = None,
    layout_model: Callable[[], LayoutModel | None] = find_layout_model,
    stages: Stages = ALL_STAGES,
) -> Document:
    """Parse a PDF; raises FileRejected errors. A page that breaks becomes a warning.

    `progress` is called with the pages done and the number of pages; a page counts half when it
    is read and half when its layout is built. `engine` finds the OCR engine (unless given, the one
    that the options name) and `layout_model` the layout model when one is needed. `stages` says
    which stages to leave out, to measure what they are worth.
    """
    report = _PageProgress(progress)
    find_ocr = engine or partial(find_engine, options.ocr_engine, options.ocr_languages)
    options = options if stages.ocr else replace(options, ocr="off")
    with open_pdf(data) as source:
        if source.pages > options.max_pages:
            raise LimitExceeded(f"{source.pages} pages, the limit is {options.max_pages}")
        report.begin(source.pages)
        with read_ahead(source, data, options.processes) as ahead:
            contents, warnings = read_pages(ahead, options, find_ocr, report.step)
    warnings += warn_of_hidden_text(contents)
    contents = [turn_page_upright(content) for content in contents]
    turns, tilts = turns_of(contents), tilts_of(contents)
    body = body_style_of(contents)
    layouts = _build_page_layouts(contents, body, options, stages, report.step)
    del contents  # so that the memory of each page is free once its blocks are built
    layouts, model_warnings = _apply_layout_model(
        data, layouts, body, options, stages, layout_model
    )
    layouts, headings = _find_document_headings(layouts, body, stages)
    pages = tuple(
        as_displayed(turn_page_back(page, turns), tilts)
        for page in _build_pages(layouts, headings, stages)
    )
    return Document(
        id=(digest := hashlib.sha256(data).hexdigest())[:16],
        name=name,
        media_type=MEDIA_TYPE,
        sha256=digest,
        pages=pages,
        outline=outline_of(pages),
        warnings=(*warnings, *model_warnings),
    )


class _PageProgress:
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


def _build_page_layouts(
    contents: Sequence[PageContent],
    body: BodyStyle,
    options: ParseOptions,
    stages: Stages,
    step: Callable[[], None],
) -> list[Layout]:
    """Return the layout of every page; furniture is found by comparing all pages."""
    furniture = find_furniture(contents) if stages.furniture else [Furniture(())] * len(contents)
    layouts: list[Layout] = []
    for content, found in zip(contents, furniture, strict=True):
        keep = options.furniture == "keep"
        layouts.append(build_page_layout(content, found, body, stages, keep=keep))
        step()
    return layouts


def _apply_layout_model(
    data: bytes,
    layouts: list[Layout],
    body: BodyStyle,
    options: ParseOptions,
    stages: Stages,
    model: Callable[[], LayoutModel | None],
) -> tuple[list[Layout], list[ParseWarning]]:
    """Lay out again the pages that the layout model looked at; return its warnings too."""
    wanted = select_pages_for_model(layouts, options.layout)
    zones_by_page, warnings = find_zones_on_pages(data, wanted, model)
    keep = options.furniture == "keep"
    for at, layout in enumerate(layouts):
        if zones := zones_by_page.get(layout.content.number):
            content = replace(layout.content, zones=zones)
            layouts[at] = build_page_layout(content, layout.furniture, body, stages, keep=keep)
    return layouts, warnings


def _find_document_headings(
    layouts: list[Layout], body: BodyStyle, stages: Stages
) -> tuple[list[Layout], dict[int, Heading]]:
    """Return the pages with whole headings, and which paragraphs are one by their `number`."""
    if not stages.headings:
        return layouts, {}
    split, run_ins = split_off_run_ins(layouts, body)
    whole = [with_headlines(layout, body) for layout in split]
    return whole, find_headings(whole, body, run_ins)


def _build_pages(
    layouts: list[Layout], headings: dict[int, Heading], stages: Stages
) -> tuple[Page, ...]:
    """Turn every page's items into blocks.

    Empties `layouts`, so that no page is in memory both as a layout and as blocks.
    """
    words = None
    if stages.hyphens:
        words = vocabulary_of(line for layout in layouts for line in layout.content.lines)
    joined = {}
    if stages.joins:
        items = [(layout.content.number, item) for layout in layouts for item in layout.items]
        joined = join_paragraphs(items, headings)
        del items
    continued = {part.number for one in joined.values() for _, part in one.parts}
    layouts.reverse()
    pages: list[Page] = []
    while layouts:
        pages.append(
            page_of(layouts.pop(), headings, words, joined, continued, pictures=stages.figures)
        )
    return join_tables(pages) if stages.joins else tuple(pages)

"""Asks PyMuPDF's neural layout model about single pages, as a second opinion.

PyMuPDF 2 carries two small ONNX models in its wheel (AGPL like the rest): one puts the lines of a
page into classes and groups, one draws the grid of a table. They cost about 2 s and 150 MB when
first used and about half a second a page, a tenth of a second more per table, so they are loaded
only when a page is to be looked at, and `ingest.pdf.layout.doubtful_pages` says which are.

Limits: sees the text layer, not pictures of text; trained on Latin print, so Chinese captions are
taken for headings; reads pages one by one. A page it fails on stays as the rules have it.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from ingest.errors import IngestError, LayoutFailed
from ingest.pdf.page.content import Rect, Zone, ZoneKind
from ingest.pdf.reading.reader import PdfSource, open_pdf
from ingest.types import ParseWarning

_KINDS: Mapping[str, ZoneKind] = {
    "text": "text",
    "title": "title",
    "section-header": "heading",
    "list-item": "list",
    "table": "table",
    "picture": "figure",
    "caption": "caption",
    "footnote": "footnote",
    "formula": "formula",
    "page-header": "header",
    "page-footer": "footer",
}


class LayoutModel(Protocol):
    """Sees what the parts of a page are."""

    def zones(self, source: PdfSource, number: int) -> tuple[Zone, ...]:
        """Return the zones of page `number` (from 1), as displayed; raises LayoutFailed."""
        ...


def find_layout_model() -> LayoutModel | None:
    """Return the model of the installed PyMuPDF, or None where it has none or cannot run."""
    try:
        importlib.import_module("pymupdf.layout")
    except Exception:  # noqa: BLE001 - whatever keeps ONNX from starting, the rules do without
        return None
    return PyMuPdfLayout()


class ScriptedLayout:
    """Gives the zones set for each page; fails on other pages. For tests and demonstrations."""

    def __init__(self, pages: Mapping[int, tuple[Zone, ...]]) -> None:
        self._pages = dict(pages)
        self.asked: list[int] = []

    def zones(self, source: PdfSource, number: int) -> tuple[Zone, ...]:
        """Return the zones given for the page; raises LayoutFailed for others."""
        self.asked.append(number)
        if number not in self._pages:
            raise LayoutFailed(f"the layout model failed on page {number}: it knows no such page")
        return self._pages[number]


class PyMuPdfLayout:
    """The model of PyMuPDF; `pymupdf.layout` must have been imported."""

    def zones(self, source: PdfSource, number: int) -> tuple[Zone, ...]:
        """Return the zones of page `number`; raises LayoutFailed."""
        try:
            page = source.get_upright_page(number)
            page.get_layout(return_raw=True)
            return tuple(_build_zone(group) for group in page.layout_information or ())
        except Exception as error:
            raise LayoutFailed(f"the layout model failed on page {number}: {error}") from error


def find_zones_on_pages(
    data: bytes, pages: Iterable[int], find: Callable[[], LayoutModel | None]
) -> tuple[dict[int, tuple[Zone, ...]], list[ParseWarning]]:
    """Return the zones of these pages of a PDF, and what is to be said of those that failed."""
    wanted = list(pages)
    if not wanted:
        return {}, []
    model = find()
    if model is None:
        message = "the layout model cannot be loaded: pages were understood by rules alone"
        return {}, [ParseWarning("layout_model_missing", message)]
    seen: dict[int, tuple[Zone, ...]] = {}
    warnings: list[ParseWarning] = []
    with open_pdf(data) as source:
        for number in wanted:
            try:
                seen[number] = model.zones(source, number)
            except IngestError as error:
                warnings.append(ParseWarning(error.code, error.message, number))
    return seen, warnings


def _build_zone(group: Mapping[str, Any]) -> Zone:
    """Return a group of the model; a table's borders count from its corner."""
    x0, y0, x1, y1 = (float(value) for value in group["group_bbox"][:4])
    grid = group.get("table_grid")
    return Zone(
        _KINDS.get(group["class_name"], "text"),
        Rect(x0, y0, x1, y1),
        tuple(sorted(x0 + float(x) for x in grid.v_lines)) if grid is not None else (),
        tuple(sorted(y0 + float(y) for y in grid.h_lines)) if grid is not None else (),
    )

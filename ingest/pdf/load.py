"""Reads every page of a PDF, by OCR where that is wanted and possible, and says how well.

First the text layers, then the pages and pictures that need OCR; what fails is noted. The quality
of a page says whether it was read from its text layer, by OCR, or both.

Limits: the contents of all pages are held at once. Whether the right words were found is not known,
only whether they can be words; a page of which a picture was read as well counts by its text layer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from ingest.errors import CorruptFile, IngestError, NoTextFound
from ingest.options import ParseOptions
from ingest.pdf.ocr.engine import FindEngine, OcrEngine
from ingest.pdf.ocr.merge import with_scans
from ingest.pdf.ocr.need import find_pictures_without_text, has_usable_text, looks_like_print
from ingest.pdf.ocr.page_content import ScannedPage
from ingest.pdf.ocr.schedule import OcrRequest, choose_ocr_jobs, read_scans
from ingest.pdf.page.content import PageContent
from ingest.pdf.reading.readability import measure_legibility
from ingest.pdf.reading.reader import PdfSource
from ingest.text.legibility import MIN_READABLE_SHARE
from ingest.types import PageQuality, ParseWarning


def with_quality(
    contents: Sequence[PageContent], scans: Sequence[tuple[OcrRequest, ScannedPage | IngestError]]
) -> list[PageContent]:
    """Return the pages, each with how well it was read; the language is not looked at here."""
    whole: dict[int, ScannedPage] = {}
    parts: set[int] = set()
    for request, found in scans:
        if isinstance(found, ScannedPage) and found.content.lines:
            if request.region is None:
                whole[request.page.number] = found
            else:
                parts.add(request.page.number)
    return [
        replace(
            page, quality=_measure_page_quality(page, whole.get(page.number), page.number in parts)
        )
        for page in contents
    ]


def _measure_page_quality(
    page: PageContent, scanned: ScannedPage | None, in_part: bool
) -> PageQuality:
    if scanned is not None:
        return PageQuality("ocr", round(scanned.confidence, 3))
    if not (page.lines or page.sideways):
        return PageQuality("none", 1.0 if page.is_empty else 0.0)
    return PageQuality("both" if in_part else "text", round(measure_legibility(page), 3))


_LOOK_SCALE = 1.5
"""Pixels per point at which a picture is looked at for print; set by hand."""
_LOST_PAGE_CODES = frozenset({"page_failed", "page_without_text"})


def read_pages(
    source: PdfSource, options: ParseOptions, engine: FindEngine, step: Callable[[], None]
) -> tuple[list[PageContent], list[ParseWarning]]:
    """Return every page, empty where it failed, and the warnings about them.

    `step` is called after each page. Raises CorruptFile when not one page could be read (OCR would
    not help), NoTextFound when too few pages gave text.
    """
    layers = _TextLayers(source, options, engine)
    for number in range(1, source.pages + 1):
        if not layers.read(number):
            step()
    if len(layers.broken) == source.pages:
        raise CorruptFile(f"damaged or cut off: {layers.broken[0]}")
    contents, warnings = layers.contents, layers.warnings
    results: list[tuple[OcrRequest, ScannedPage | IngestError]] = []
    if layers.requests and layers.engine is not None:
        scans = read_scans(source, layers.requests, layers.engine, choose_ocr_jobs(options))
        left = Counter(request.page.number for request in layers.requests)
        for request, found in scans:
            results.append((request, found))
            left[request.page.number] -= 1
            if not left[request.page.number]:
                step()
        contents, scan_warnings = with_scans(contents, results, layers.engine.name)
        warnings = warnings + scan_warnings
    known = {warning.page for warning in warnings if warning.code != "picture_ocr"}
    warnings += [
        w for page in contents if page.number not in known for w in _build_page_warnings(page)
    ]
    _check_enough_text(contents, warnings, options)
    contents = with_quality(contents, results)
    return contents, sorted(warnings, key=lambda warning: warning.page)


class _TextLayers:
    """Reads the text layers of one file and requests OCR where they are not enough.

    The OCR engine is looked for when the first page needs it; without one no OCR is requested.
    """

    def __init__(self, source: PdfSource, options: ParseOptions, find_engine: FindEngine) -> None:
        self._source = source
        self._options = options
        self._find_engine = find_engine
        self._engine_searched = False
        self.engine: OcrEngine | None = None
        self.contents: list[PageContent] = []
        self.warnings: list[ParseWarning] = []
        self.requests: list[OcrRequest] = []
        self.broken: list[str] = []

    def read(self, number: int) -> bool:
        """Read the next page; return whether it waits for OCR."""
        wanted: list[OcrRequest] = []
        try:
            content = self._source.read(number)
            wanted = self._build_ocr_requests(content)
        except IngestError as error:
            self.warnings.append(ParseWarning("page_failed", error.message, number))
            if isinstance(error, CorruptFile):
                self.broken.append(error.message)
            content = PageContent(number, 0.0, 0.0)
        self.contents.append(content)
        self.requests += wanted
        return bool(wanted)

    def _build_ocr_requests(self, content: PageContent) -> list[OcrRequest]:
        """Return what of a page is to be read by OCR: all of it, some pictures, or nothing."""
        if self._options.ocr == "off" or content.is_empty:
            return []
        if self._options.ocr == "force" or not has_usable_text(content):
            return [OcrRequest(content)] if self._has_ocr_engine() else []
        pictures = find_pictures_without_text(content)
        if not pictures or not self._has_ocr_engine():
            return []
        raster = self._source.rasterize(content.number, _LOOK_SCALE)
        return [
            OcrRequest(content, picture)
            for picture in pictures
            if looks_like_print(raster.crop(picture).to_gray(), _LOOK_SCALE)
        ]

    def _has_ocr_engine(self) -> bool:
        if not self._engine_searched:
            self.engine, self._engine_searched = self._find_engine(), True
        return self.engine is not None


def _build_page_warnings(content: PageContent) -> list[ParseWarning]:
    """Return the warnings about a page that was read without OCR."""
    if not content.is_empty and not has_usable_text(content):
        message = f"no usable text on page {content.number}"
        if (readable := measure_legibility(content)) < MIN_READABLE_SHARE:
            message += f": its letters are garbled, {readable:.0%} of them can be read"
        return [ParseWarning("page_without_text", message, content.number)]
    if content.damage:
        message = f"page {content.number} is damaged, something may be missing: {content.damage}"
        return [ParseWarning("page_damaged", message, content.number)]
    return []


def _check_enough_text(
    contents: Sequence[PageContent], warnings: Sequence[ParseWarning], options: ParseOptions
) -> None:
    """Raise NoTextFound when too few pages gave text; empty pages do not count."""
    lost = {warning.page for warning in warnings if warning.code in _LOST_PAGE_CODES}
    blank = {warning.page for warning in warnings if warning.code == "page_blank"}
    counted = [
        page
        for page in contents
        if page.number in lost or not (page.is_empty or page.number in blank)
    ]
    given = len(counted) - len(lost)
    if not counted or not given or given < options.min_text_share * len(counted):
        missing = len(lost) if counted else len(contents)
        message = f"no text found on {missing} of {len(contents)} pages"
        garbled = sum(
            page.number in lost and measure_legibility(page) < MIN_READABLE_SHARE
            for page in contents
        )
        if garbled:
            message += f": the letters of {garbled} are garbled (a font names its glyphs wrongly)"
        raise NoTextFound(message)

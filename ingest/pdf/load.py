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
from ingest.pdf.ocr.need import bare_pictures, has_usable_text, looks_like_print
from ingest.pdf.ocr.page_content import ScannedPage
from ingest.pdf.ocr.schedule import Request, cores_for, read_scans
from ingest.pdf.page.content import PageContent
from ingest.pdf.reading.readability import legibility
from ingest.pdf.reading.reader import Source
from ingest.text.legibility import READABLE
from ingest.types import PageQuality, ParseWarning


def with_quality(
    contents: Sequence[PageContent], scans: Sequence[tuple[Request, ScannedPage | IngestError]]
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
        replace(page, quality=_quality(page, whole.get(page.number), page.number in parts))
        for page in contents
    ]


def _quality(page: PageContent, scanned: ScannedPage | None, in_part: bool) -> PageQuality:
    if scanned is not None:
        return PageQuality("ocr", round(scanned.confidence, 3))
    if not (page.lines or page.sideways):
        return PageQuality("none", 1.0 if page.is_empty else 0.0)
    return PageQuality("both" if in_part else "text", round(legibility(page), 3))


_LOOK_SCALE = 1.5
_LOST = frozenset({"page_failed", "page_without_text"})


def read_pages(
    source: Source, options: ParseOptions, engine: FindEngine, step: Callable[[], None]
) -> tuple[list[PageContent], list[ParseWarning]]:
    """Return every page, empty where it failed, and what is to be said about them.

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
    done: list[tuple[Request, ScannedPage | IngestError]] = []
    if layers.requests and layers.engine is not None:
        scans = read_scans(source, layers.requests, layers.engine, cores_for(options))
        left = Counter(request.page.number for request in layers.requests)
        for request, found in scans:
            done.append((request, found))
            left[request.page.number] -= 1
            if not left[request.page.number]:
                step()
        contents, told = with_scans(contents, done, layers.engine.name)
        warnings = warnings + told
    known = {warning.page for warning in warnings if warning.code != "picture_ocr"}
    warnings += [w for page in contents if page.number not in known for w in _doubts(page)]
    _check_text(contents, warnings, options)
    contents = with_quality(contents, done)
    return contents, sorted(warnings, key=lambda warning: warning.page)


class _TextLayers:
    """Reads the text layers of one file and asks for OCR where they are not enough.

    The OCR engine is sought when the first page needs it; without one nothing is asked for.
    """

    def __init__(self, source: Source, options: ParseOptions, seek: FindEngine) -> None:
        self._source = source
        self._options = options
        self._seek = seek
        self._sought = False
        self.engine: OcrEngine | None = None
        self.contents: list[PageContent] = []
        self.warnings: list[ParseWarning] = []
        self.requests: list[Request] = []
        self.broken: list[str] = []

    def read(self, number: int) -> bool:
        """Read the next page; return whether it waits for OCR."""
        wanted: list[Request] = []
        try:
            content = self._source.read(number)
            wanted = self._wanted(content)
        except IngestError as error:
            self.warnings.append(ParseWarning("page_failed", error.message, number))
            if isinstance(error, CorruptFile):
                self.broken.append(error.message)
            content = PageContent(number, 0.0, 0.0)
        self.contents.append(content)
        self.requests += wanted
        return bool(wanted)

    def _wanted(self, content: PageContent) -> list[Request]:
        """Return what of a page is to be read by OCR: all of it, some pictures, or nothing."""
        if self._options.ocr == "off" or content.is_empty:
            return []
        if self._options.ocr == "force" or not has_usable_text(content):
            return [Request(content)] if self._found() else []
        pictures = bare_pictures(content)
        if not pictures or not self._found():
            return []
        raster = self._source.raster(content.number, _LOOK_SCALE)
        return [
            Request(content, picture)
            for picture in pictures
            if looks_like_print(raster.part(picture).gray(), _LOOK_SCALE)
        ]

    def _found(self) -> bool:
        if not self._sought:
            self.engine, self._sought = self._seek(), True
        return self.engine is not None


def _doubts(content: PageContent) -> list[ParseWarning]:
    """Return what has to be said about a page that was read without OCR."""
    if not content.is_empty and not has_usable_text(content):
        message = f"no usable text on page {content.number}"
        if (readable := legibility(content)) < READABLE:
            message += f": its letters are garbled, {readable:.0%} of them can be read"
        return [ParseWarning("page_without_text", message, content.number)]
    if content.damage:
        message = f"page {content.number} is damaged, something may be missing: {content.damage}"
        return [ParseWarning("page_damaged", message, content.number)]
    return []


def _check_text(
    contents: Sequence[PageContent], warnings: Sequence[ParseWarning], options: ParseOptions
) -> None:
    """Raise NoTextFound when too few pages gave text; empty pages do not count."""
    lost = {warning.page for warning in warnings if warning.code in _LOST}
    blank = {warning.page for warning in warnings if warning.code == "page_blank"}
    counted = [
        page
        for page in contents
        if page.number in lost or not (page.is_empty or page.number in blank)
    ]
    given = len(counted) - len(lost)
    if not counted or not given or given < options.min_text_share * len(counted):
        missing = len(lost) if counted else len(contents)
        told = f"no text found on {missing} of {len(contents)} pages"
        garbled = sum(page.number in lost and legibility(page) < READABLE for page in contents)
        if garbled:
            told += f": the letters of {garbled} are garbled (a font names its glyphs wrongly)"
        raise NoTextFound(told)

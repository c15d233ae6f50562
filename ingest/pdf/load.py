"""All pages of a PDF are read, by OCR where that is wanted and possible; what fails is noted.

Limits: pages are read one after the other, and all contents are held.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ingest.errors import CorruptFile, IngestError, NoTextFound
from ingest.options import ParseOptions
from ingest.pdf.content import PageContent
from ingest.pdf.legible import READABLE, legibility
from ingest.pdf.ocr import RENDER_SCALE, OcrEngine, has_usable_text, with_ocr
from ingest.pdf.read import Source
from ingest.types import ParseWarning


def read_pages(
    source: Source,
    options: ParseOptions,
    engine: Callable[[], OcrEngine | None],
    step: Callable[[], None],
) -> tuple[list[PageContent], list[ParseWarning]]:
    """Return every page, empty where it failed, and what is to be said about them.

    `step` is called after each page. Raises CorruptFile when not one page could be read (OCR would
    not help), NoTextFound when too few pages gave text.
    """
    broken: list[str] = []
    contents: list[PageContent] = []
    warnings: list[ParseWarning] = []
    reader = _Reader(source, options, engine)
    for number in range(1, source.pages + 1):
        try:
            content, usable = reader.read(number)
        except IngestError as error:
            warnings.append(ParseWarning("page_failed", error.message, number))
            if isinstance(error, CorruptFile):
                broken.append(error.message)
            content = PageContent(number, 0.0, 0.0)
        else:
            warnings += _doubts(content, usable)
        contents.append(content)
        step()
    if broken and len(broken) == source.pages:
        raise CorruptFile(f"damaged or cut off: {broken[0]}")
    _check_text(contents, warnings, options)
    return contents, warnings


class _Reader:
    """Reads pages of one file; the OCR engine is sought when the first page needs it."""

    def __init__(
        self, source: Source, options: ParseOptions, engine: Callable[[], OcrEngine | None]
    ) -> None:
        self._source = source
        self._options = options
        self._seek = engine
        self._engine: OcrEngine | None = None
        self._sought = False

    def read(self, number: int) -> tuple[PageContent, bool]:
        """Return page `number` and whether its text is usable; raises CorruptFile, OcrFailed."""
        content = self._source.read(number)
        usable = has_usable_text(content)
        wanted = self._options.ocr == "force" or not usable
        if not wanted or self._options.ocr == "off" or content.bare:
            return content, usable
        if not self._sought:
            self._engine, self._sought = self._seek(), True
        if self._engine is None:
            return content, usable
        image = self._source.render(number, RENDER_SCALE)
        found = with_ocr(content, self._engine.read(image, RENDER_SCALE))
        return found, has_usable_text(found)


def _doubts(content: PageContent, usable: bool) -> list[ParseWarning]:
    """Return what has to be said about a page that was read."""
    if not content.bare and not usable:
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
    lost = {warning.page for warning in warnings if warning.code != "page_damaged"}
    counted = [page for page in contents if not page.bare or page.number in lost]
    without = [page for page in counted if page.number in lost]
    given = len(counted) - len(without)
    if not counted or not given or given < options.min_text_share * len(counted):
        missing = len(without) if counted else len(contents)
        raise NoTextFound(f"no text found on {missing} of {len(contents)} pages")

"""Judges each page after parsing: how much of its text can be read, and in which language it is.

PDFs are judged while they are read (`ingest.pdf.load`), where OCR can still help; all other files
are judged here. Limits: text is judged by its characters, not by its sense.
"""

from __future__ import annotations

from dataclasses import replace

from ingest.errors import NoTextFound
from ingest.options import ParseOptions
from ingest.text.language import detect_language
from ingest.text.legibility import MIN_READABLE_SHARE, count_lost_characters
from ingest.types import BLOCK_SEPARATOR, Document, Page, PageQuality, ParseWarning

_HINT = (
    "Open the file in the program that wrote it and save it again, as UTF-8 if there is a choice: "
    "its bytes were read in the wrong encoding somewhere on the way."
)


def assess_quality(document: Document, options: ParseOptions) -> Document:
    """Return the document with the quality of each page, and a warning for each garbled one.

    Raises NoTextFound when fewer than `min_text_share` of the pages with text can be read.
    """
    pages = tuple(replace(page, quality=_assess_page(page)) for page in document.pages)
    known = {warning.page for warning in document.warnings if warning.page}
    garbled = [
        page
        for before, page in zip(document.pages, pages, strict=True)
        if before.quality is None and page.quality and page.quality.readable < MIN_READABLE_SHARE
    ]
    warnings = [_build_garbled_warning(page) for page in garbled if page.number not in known]
    filled = sum(bool(page.blocks) for page in pages)
    if garbled and filled - len(garbled) < options.min_text_share * filled:
        problem = (
            _build_garbled_warning(garbled[0]).message
            if filled == 1
            else (f"the text of {len(garbled)} of {filled} pages is garbled")
        )
        raise NoTextFound(f"{document.name}: {problem}", hint=_HINT)
    return replace(document, pages=pages, warnings=(*document.warnings, *warnings))


def _assess_page(page: Page) -> PageQuality:
    text = BLOCK_SEPARATOR.join(block.text for block in page.blocks)
    found = page.quality or _quality_of_text(text)
    return replace(found, language=detect_language(text))


def _quality_of_text(text: str) -> PageQuality:
    length = len(text)
    if not length:
        return PageQuality("none", 1.0)
    lost = 0 if text.isascii() else min(length, count_lost_characters(text, length))
    return PageQuality("text", round(1.0 - lost / length, 3))


def _build_garbled_warning(page: Page) -> ParseWarning:
    readable = 0.0 if page.quality is None else page.quality.readable
    message = f"the text is garbled, {readable:.0%} of its characters can be read"
    return ParseWarning("page_garbled", message, page.number)

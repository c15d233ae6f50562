"""Holds what a caller may choose about parsing: set in the settings, given to every parser."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

Progress: TypeAlias = Callable[[int, int], None]
"""Called with (pages done, all pages) while a file is parsed."""

MOST_OCR_JOBS = 4
"""Pages that OCR reads at once unless the settings say otherwise: each needs some 400 MB."""


@dataclass(frozen=True, slots=True)
class ParseOptions:
    """Choices and limits of one parse.

    `layout`: which pages a neural layout model reads as well (see
    `ingest.pdf.reading.layout_model`). `engine`: "builtin", or the name or "module:function" of
    what parses PDFs (`ingest.formats.external.choose`). `min_text_share`: a paged document fails
    with NoTextFound when fewer than this share of its pages gave text. `processes` read the pages
    of one long file side by side; 0: one for each core, at most four. `ocr_languages` are ISO 639-1
    codes; `ocr_jobs` pages are read by OCR at once, 0: as many as there are cores, at most four.
    Limits raise LimitExceeded.
    """

    ocr: Literal["off", "auto", "force"] = "auto"
    ocr_engine: Literal["auto", "rapidocr", "tesseract"] = "auto"
    ocr_languages: tuple[str, ...] = ("zh", "en")
    ocr_jobs: int = 0
    layout: Literal["rules", "auto", "model"] = "rules"
    engine: str = "builtin"
    furniture: Literal["drop", "keep"] = "drop"
    min_text_share: float = 0.5
    max_pages: int = 10_000
    processes: int = 0
    max_expanded_bytes: int = 2 * 1024**3

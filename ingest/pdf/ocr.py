"""OCR: what an engine is, which there are, and which pages need one.

An engine reads the picture of a page; its words go through the same later stages as words from a
text layer. RapidOCR (Apache-2.0, PP-OCR models inside its wheel, Chinese and English) is taken
where it is installed, else Tesseract where it is on the path. Limits: handwriting is mostly beyond
both; text set from top to bottom is not read.
"""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from ingest.pdf.content import Rect
from ingest.pdf.raster import Raster

EngineName: TypeAlias = Literal["auto", "rapidocr", "tesseract"]
_RAPID_LANGUAGES = frozenset({"zh", "en"})


@dataclass(frozen=True, slots=True)
class OcrWord:
    """A run of text found in a picture; `rect` in its points, confidence 0..1, `line` from 0."""

    text: str
    rect: Rect
    confidence: float
    line: int


class OcrEngine(Protocol):
    """Reads the picture of a page. May be called from several threads at once."""

    @property
    def name(self) -> str:
        """What it is called in warnings."""
        ...

    def read(self, raster: Raster) -> list[OcrWord]:
        """Return the words of a picture whose lines are level; raises OcrFailed."""
        ...


FindEngine: TypeAlias = Callable[[], OcrEngine | None]
"""Finds the engine when the first page needs one; None where there is none."""


def find_engine(
    name: EngineName = "auto", languages: Sequence[str] = ("zh", "en")
) -> OcrEngine | None:
    """Return the engine of this name if it is installed, or None.

    "auto" takes RapidOCR where it is installed and knows the languages (ISO 639-1), else Tesseract.
    """
    rapid = _has_rapidocr() and name != "tesseract"
    program = shutil.which("tesseract") if name != "rapidocr" else None
    knows = _RAPID_LANGUAGES.issuperset(languages)
    if rapid and (knows or program is None):
        from ingest.pdf.ocr_rapid import RapidOcrEngine

        return RapidOcrEngine()
    if program is not None:
        from ingest.pdf.ocr_tesseract import TesseractEngine

        return TesseractEngine(program, languages)
    return None


def _has_rapidocr() -> bool:
    return all(importlib.util.find_spec(name) is not None for name in ("rapidocr", "onnxruntime"))


class ScriptedOcrEngine:
    """A fake that gives the same words for every page, and counts the pages it was given."""

    name = "scripted"

    def __init__(self, words: Sequence[OcrWord]) -> None:
        """Take the words to give."""
        self.words = list(words)
        self.pages = 0

    def read(self, raster: Raster) -> list[OcrWord]:
        """Return the words given at the start."""
        self.pages += 1
        return list(self.words)

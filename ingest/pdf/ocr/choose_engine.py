"""Chooses the OCR engine: RapidOCR or Tesseract.

RapidOCR (Apache-2.0, PP-OCR models inside its wheel, Chinese and English) is taken
where it is installed, else Tesseract where it is on the path. Limits: handwriting is mostly beyond
both; text set from top to bottom is not read.
"""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Sequence
from typing import Literal, TypeAlias

from ingest.pdf.ocr.engine import OcrEngine

EngineName: TypeAlias = Literal["auto", "rapidocr", "tesseract"]
_RAPID_LANGUAGES = frozenset({"zh", "en"})


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
        from ingest.pdf.ocr.rapid import RapidOcrEngine

        return RapidOcrEngine()
    if program is not None:
        from ingest.pdf.ocr.tesseract import TesseractEngine

        return TesseractEngine(program, languages)
    return None


def _has_rapidocr() -> bool:
    return all(importlib.util.find_spec(name) is not None for name in ("rapidocr", "onnxruntime"))

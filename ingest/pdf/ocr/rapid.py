"""Runs RapidOCR: PP-OCR models for Chinese and English, inside its wheel, run by onnxruntime.

Whole lines are found, cut out and recognised. The classifier for upside-down lines is left out: it
turned upright lines of running text around (one in fifty), which then were lost; upside-down pages
are handled in `ingest.pdf.ocr.scan`. Limits: about 5 seconds a page and
core; pictures are taken as they are, at most `MAX_SIDE` pixels high or wide.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from ingest.errors import OcrFailed
from ingest.pdf.ocr.engine import OcrWord
from ingest.pdf.ocr.ink import ink_of
from ingest.pdf.ocr.words import LetterPlace, RecognisedLine, split_recognised_line
from ingest.pdf.page.content import Rect
from ingest.pdf.page.raster import Raster

MAX_SIDE = 2600


class RapidOcrEngine:
    """RapidOCR with the models of its wheel; they are loaded at the first page."""

    name = "RapidOCR"

    def __init__(self, threads: int = 1) -> None:
        """Take the number of threads that one page may use."""
        self._threads = threads
        self._engine: Any = None
        self._lock = threading.Lock()

    def read(self, raster: Raster) -> list[OcrWord]:
        """Return the words of a picture; raises OcrFailed."""
        try:
            pixels = np.ascontiguousarray(raster.pixels[:, :, ::-1])  # it wants BGR
            engine = self._load_engine()
            result = engine(pixels, return_word_box=True, return_single_char_box=True)
        except Exception as error:
            raise OcrFailed(f"the OCR engine failed: {error}") from error
        if result.txts is None or result.boxes is None:
            return []
        gray = raster.to_gray()
        words: list[OcrWord] = []
        for number, line in enumerate(_build_recognised_lines(result, raster.scale)):
            ink = ink_of(gray, raster, line.rect)
            words += split_recognised_line(line, ink, raster.scale, number)
        return words

    def _load_engine(self) -> Any:
        with self._lock:
            if self._engine is None:
                from rapidocr import RapidOCR

                self._engine = RapidOCR(
                    params={
                        "Global.log_level": "critical",
                        "Global.use_cls": False,
                        "Global.text_score": 0.0,
                        "Global.max_side_len": MAX_SIDE,
                        "EngineConfig.onnxruntime.intra_op_num_threads": self._threads,
                        "EngineConfig.onnxruntime.inter_op_num_threads": 1,
                    }
                )
            return self._engine


def _build_recognised_lines(result: Any, scale: float) -> list[RecognisedLine]:
    """Return what the engine found, with the places of letters where it gives them for all."""
    glyphs: Sequence[Any] = result.word_results or ()
    if len(glyphs) != len(result.txts):
        glyphs = [()] * len(result.txts)
    found: list[RecognisedLine] = []
    for box, text, score, letters in zip(
        result.boxes, result.txts, result.scores, glyphs, strict=True
    ):
        placed = tuple(
            LetterPlace(str(letter[0]), sum(float(x) for x, _ in letter[2]) / 4)
            for letter in letters
        )
        clean = " ".join(str(text).split())
        if clean:
            found.append(RecognisedLine(clean, _rect_of_corners(box, scale), float(score), placed))
    return found


def _rect_of_corners(corners: Any, scale: float) -> Rect:
    xs = [float(x) / scale for x, _ in corners]
    ys = [float(y) / scale for _, y in corners]
    return Rect(min(xs), min(ys), max(xs), max(ys))

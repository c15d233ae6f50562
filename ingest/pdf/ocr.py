"""Pages without usable text go to an engine that reads their picture.

The engine is RapidOCR (Apache-2.0, PP-OCR models inside its wheel, Chinese and English) where it
is installed; another can be put behind the same protocol. Its words go through the same later
stages as words from a text layer.

Limits: a page is read as a whole or not at all, pictures within a page of text are not; skewed
scans are not set straight; fonts and weight are unknown, size is the height of the box.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from ingest.errors import OcrFailed
from ingest.pdf.content import Line, PageContent, Rect, Style, Word
from ingest.pdf.legible import READABLE, legibility

RENDER_SCALE = 2.0
"""Pixels to the point at which pages are drawn for the engine: 144 dpi."""

_FEW_LETTERS = 40
_MOST_OF_PAGE = 0.5
_MIN_CONFIDENCE = 0.5
_WIDE = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]")
_SIZE_OF_HEIGHT = 0.78


@dataclass(frozen=True, slots=True)
class OcrWord:
    """A run of text found in a picture; `rect` in points, confidence 0..1, `line` from 0."""

    text: str
    rect: Rect
    confidence: float
    line: int


class OcrEngine(Protocol):
    """Reads the picture of a page."""

    def read(self, image: bytes, scale: float) -> list[OcrWord]:
        """Return the words of a PNG drawn at `scale` pixels to the point; raises OcrFailed."""
        ...


def find_engine() -> OcrEngine | None:
    """Return the installed engine, or None where there is none."""
    if importlib.util.find_spec("rapidocr") is None:
        return None
    if importlib.util.find_spec("onnxruntime") is None:
        return None
    return RapidOcrEngine()


class RapidOcrEngine:
    """RapidOCR with the models of its wheel; they are loaded at the first page."""

    def __init__(self, threads: int = 1) -> None:
        """Take the number of threads that one page may use."""
        self._threads = threads
        self._engine: Any = None

    def read(self, image: bytes, scale: float) -> list[OcrWord]:
        """Return the words of a PNG; raises OcrFailed."""
        try:
            result = self._loaded()(image, return_word_box=True)
        except Exception as error:
            raise OcrFailed(f"the OCR engine failed: {error}") from error
        if result.txts is None or result.boxes is None:
            return []
        words: list[OcrWord] = []
        for number, (box, text, score) in enumerate(
            zip(result.boxes, result.txts, result.scores, strict=True)
        ):
            if score < _MIN_CONFIDENCE or not text.strip():
                continue
            glyphs = result.word_results[number] if number < len(result.word_results) else ()
            words += _words(text, _rect(box, scale), glyphs or (), float(score), number, scale)
        return words

    def _loaded(self) -> Any:
        if self._engine is None:
            from rapidocr import RapidOCR

            self._engine = RapidOCR(
                params={
                    "Global.log_level": "critical",
                    "EngineConfig.onnxruntime.intra_op_num_threads": self._threads,
                    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
                }
            )
        return self._engine


class ScriptedOcrEngine:
    """A fake that gives the same words for every page, and counts the pages it was given."""

    def __init__(self, words: Sequence[OcrWord]) -> None:
        """Take the words to give."""
        self.words = list(words)
        self.pages = 0

    def read(self, image: bytes, scale: float) -> list[OcrWord]:
        """Return the words given at the start."""
        self.pages += 1
        return list(self.words)


def has_usable_text(page: PageContent) -> bool:
    """Whether the text layer of a page is worth reading.

    Not where it is garbled, or only a stamp on a page that is a picture.
    """
    lines = (*page.lines, *page.sideways)  # a page may be a table that stands sideways
    letters = sum(len(word.text) for line in lines for word in line.words)
    if not letters:
        return False
    if legibility(page) < READABLE:
        return False
    picture = max((image.area for image in page.images), default=0.0)
    covered = picture > _MOST_OF_PAGE * page.width * page.height
    return not (covered and letters < _FEW_LETTERS)


def with_ocr(page: PageContent, words: Sequence[OcrWord]) -> PageContent:
    """Return the page with the lines that OCR found in place of its own."""
    by_line: dict[int, list[Word]] = {}
    for word in words:
        style = Style("ocr", round(word.rect.height * _SIZE_OF_HEIGHT, 1))
        by_line.setdefault(word.line, []).append(Word(word.text, word.rect, style))
    lines = [_one_size(members) for members in by_line.values()]
    return replace(page, lines=tuple(lines), sideways=())


def _one_size(words: list[Word]) -> Line:
    """Return a line whose words share one size: boxes of single words are uneven."""
    height = max(word.rect.height for word in words)
    style = Style("ocr", round(height * _SIZE_OF_HEIGHT, 1))
    return Line.of([replace(word, style=style) for word in words])


def _rect(corners: Any, scale: float) -> Rect:
    xs = [float(x) / scale for x, _ in corners]
    ys = [float(y) / scale for _, y in corners]
    return Rect(min(xs), min(ys), max(xs), max(ys))


def _words(
    text: str, line: Rect, glyphs: Sequence[Any], confidence: float, number: int, scale: float
) -> list[OcrWord]:
    """Split a line's text at its blanks; places come from the glyphs, else by proportion."""
    placed = [(str(glyph[0]), _rect(glyph[2], scale)) for glyph in glyphs if glyph[2] is not None]
    if "".join(t for t, _ in placed).replace(" ", "") != text.replace(" ", ""):
        placed = []
    words: list[OcrWord] = []
    position = 0
    for match in re.finditer(r"\S+", text):
        if placed:
            x0, x1, position = _span_of(placed, position, len(match[0]))
        else:
            unit = line.width / max(len(text), 1)
            x0, x1 = line.x0 + match.start() * unit, line.x0 + match.end() * unit
        rect = Rect(x0, line.y0, max(x1, x0 + 0.1), line.y1)
        words.append(OcrWord(match[0], rect, confidence, number))
    return words


def _span_of(
    placed: list[tuple[str, Rect]], position: int, letters: int
) -> tuple[float, float, int]:
    """Return left and right of the glyphs that spell the next `letters`, and where to go on."""
    start = position
    count = 0
    while position < len(placed) and count < letters:
        count += len(placed[position][0].replace(" ", ""))
        position += 1
    rects = [rect for _, rect in placed[start:position]] or [placed[-1][1]]
    return min(r.x0 for r in rects), max(r.x1 for r in rects), position

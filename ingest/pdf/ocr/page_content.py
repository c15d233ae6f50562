"""Turns what an engine read into the content of a page, as if it came from a text layer.

Each line gets the size, weight and colour its ink shows; lines are cut where a gap is wider than
text has (columns of a table); rules are found in the picture. Limits: pictures on a scan are not
found, letters inside them are lines like others where the engine is sure of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from ingest.pdf.ocr.engine import OcrWord
from ingest.pdf.ocr.ink import InkStyle, ink_of, ink_style_of
from ingest.pdf.ocr.ruled_lines import find_rules_in_picture
from ingest.pdf.page.content import Line, PageContent, Rect, Style, Word, bounding_rect_of
from ingest.pdf.page.raster import Raster

FONT = "ocr"
LEAST_CONFIDENCE = 0.55
"""Lines the engine is less sure of are left out: below it, most letters are wrong."""
_WIDE_GAP = 1.5
"""A gap of more than this many font sizes makes two lines of one. Set by hand."""
_SIZE_OF_BOX = 0.74
"""The font size of a line whose ink is not found, in heights of its box."""
_ASCENT, _DESCENT = 0.88, 0.24
"""How far the box of a line reaches over and under the baseline, in font sizes, as in PDFs."""


@dataclass(frozen=True, slots=True)
class ScannedPage:
    """A page read by OCR: its content, how heavy each line's strokes are, and what was lost.

    `weights` are stroke widths in font sizes, by `number` of the line. `confidence` is the mean
    over letters of the lines kept; `dropped` lines were too doubtful to keep.
    """

    content: PageContent
    weights: dict[int, float]
    confidence: float
    dropped: int


def build_scanned_page(page: PageContent, words: Sequence[OcrWord], raster: Raster) -> ScannedPage:
    """Return the page with the lines read from its picture in place of its own."""
    kept = [word for word in words if word.confidence >= LEAST_CONFIDENCE]
    dropped = len({w.line for w in words}) - len({w.line for w in kept})
    by_line: dict[int, list[OcrWord]] = defaultdict(list)
    for word in kept:
        by_line[word.line].append(word)
    gray = raster.to_gray()
    lines: list[Line] = []
    weights: dict[int, float] = {}
    for members in by_line.values():
        box = bounding_rect_of(word.rect for word in members)
        setting = ink_style_of(
            ink_of(gray, raster, box), raster, " ".join(word.text for word in members)
        )
        for line in _split_at_wide_gaps(_build_line_words(members, box, setting)):
            lines.append(line)
            weights[line.number] = setting.weight if setting is not None else 0.0
    letters = sum(len(word.text) for word in kept)
    sure = sum(len(word.text) * word.confidence for word in kept) / max(letters, 1)
    rules = find_rules_in_picture(gray, raster, [line.rect for line in lines])
    content = replace(
        page,
        width=raster.width,
        height=raster.height,
        lines=tuple(lines),
        sideways=(),
        hidden=(),
        rules=tuple(rules),
        fills=(),
        images=(),
        turn=0,
        tilt=raster.turn,
    )
    return ScannedPage(content, weights, sure, dropped)


def _build_line_words(
    members: Sequence[OcrWord], box: Rect, setting: InkStyle | None
) -> list[Word]:
    """Return the words of a line, all as high as a font of its size is."""
    if setting is None:
        style, y0, y1 = Style(FONT, round(box.height * _SIZE_OF_BOX, 1)), box.y0, box.y1
    else:
        style = Style(FONT, setting.size, color=setting.color)
        y0 = setting.baseline - _ASCENT * setting.size
        y1 = setting.baseline + _DESCENT * setting.size
    return [Word(word.text, Rect(word.rect.x0, y0, word.rect.x1, y1), style) for word in members]


def _split_at_wide_gaps(words: Sequence[Word]) -> Iterator[Line]:
    """Yield the lines of a row of words, cut at wide gaps."""
    part = [words[0]]
    for before, word in pairwise(words):
        if word.rect.x0 - before.rect.x1 > _WIDE_GAP * word.style.size:
            yield Line.from_words(part)
            part = []
        part.append(word)
    yield Line.from_words(part)

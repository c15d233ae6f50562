"""Evens out the sizes and weights of OCR lines over the document.

Measured sizes scatter by a few per cent, and headings are found by sizes that differ by a few:
sizes that lie together become one. A line is bold where its strokes are clearly wider than those
of most lines of its script. Limits: a document whose every line is bold has none; faces of very
different weight in one document (a light and a regular) may be taken for regular and bold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import log

from ingest.pdf.ocr.page_content import ScannedPage
from ingest.pdf.page.content import Line, PageContent
from ingest.text.scripts import WIDE_GLYPH


@dataclass(frozen=True, slots=True)
class OcrStyleThresholds:
    """Which sizes are the same, and what is bold. Set by hand."""

    near: float = 0.07
    """Sizes this close to the most frequent one (natural logarithm) are the same;"""
    short: int = 6
    near_if_short: float = 0.12
    """lines of fewer letters are measured less well: for them this close."""
    bold: float = 1.28
    """Strokes more than this many times the usual width are bold."""
    least_size: float = 0.1
    """Points: type counts as at least this large, so that its logarithm is finite."""


OCR_STYLES = OcrStyleThresholds()


def even_out_styles(
    pages: Sequence[ScannedPage], limits: OcrStyleThresholds = OCR_STYLES
) -> list[PageContent]:
    """Return the contents with sizes evened out and bold marked, over all pages together."""
    lines = [line for page in pages for line in page.content.lines]
    sizes = _even_out_sizes(lines, limits)
    weights = {key: weight for page in pages for key, weight in page.weights.items()}
    ascending = sorted(lines, key=lambda line: line.size)
    body = _find_commonest_size(ascending, limits) if lines else 0.0
    usual = {wide: _find_usual_weight(lines, weights, wide) for wide in (False, True)}
    bold = {line.number for line in lines if _is_bold(line, weights, usual, body, limits.bold)}
    return [
        replace(
            page.content,
            lines=tuple(
                _apply_style(line, sizes[line.number], line.number in bold)
                for line in page.content.lines
            ),
        )
        for page in pages
    ]


def _even_out_sizes(lines: Sequence[Line], limits: OcrStyleThresholds) -> dict[int, float]:
    """Return the size of each line by its `number`: that of the group it falls into."""
    sizes: dict[int, float] = {}
    open_lines = sorted(lines, key=lambda line: line.size)
    while open_lines:
        mode = _find_commonest_size(open_lines, limits)
        rest: list[Line] = []
        for line in open_lines:
            near = limits.near if _count_letters(line) >= limits.short else limits.near_if_short
            if abs(log(max(line.size, limits.least_size) / mode)) <= near:
                sizes[line.number] = round(mode, 1)
            else:
                rest.append(line)
        open_lines = rest
    return sizes


def _find_commonest_size(lines: Sequence[Line], limits: OcrStyleThresholds) -> float:
    """Return the size around which most letters lie; `lines` are sorted by size."""
    sizes = [max(line.size, limits.least_size) for line in lines]
    counts = [_count_letters(line) for line in lines]
    best, heaviest = (0, 1), 0
    start = total = 0
    for end, size in enumerate(sizes):
        total += counts[end]
        while log(size / sizes[start]) > limits.near:
            total -= counts[start]
            start += 1
        if total > heaviest:
            best, heaviest = (start, end + 1), total
    group, weights = sizes[best[0] : best[1]], counts[best[0] : best[1]]
    seen = 0
    for size, count in zip(group, weights, strict=True):
        seen += count
        if 2 * seen >= heaviest:
            return size
    return group[-1]


def _count_letters(line: Line) -> int:
    return sum(len(word.text) for word in line.words)


def _has_wide_letters(line: Line) -> bool:
    return any(WIDE_GLYPH.search(word.text) for word in line.words)


def _find_usual_weight(lines: Sequence[Line], weights: dict[int, float], wide: bool) -> float:
    """Return the stroke width of most letters of a script, in font sizes; 0 without any."""
    known = [
        (weights.get(line.number, 0.0), _count_letters(line))
        for line in lines
        if _has_wide_letters(line) is wide
    ]
    half = sum(count for _, count in known) / 2
    seen = 0
    for weight, count in sorted(known):
        seen += count
        if seen >= half:
            return weight
    return 0.0


def _is_bold(
    line: Line, weights: dict[int, float], usual: dict[bool, float], body: float, times: float
) -> bool:
    normal = usual[_has_wide_letters(line)]
    # Strokes of small print are wider in proportion: they are at least as wide as the scan is fine.
    weight = weights.get(line.number, 0.0) * min(1.0, line.size / body) if body else 0.0
    return normal > 0 and weight > times * normal


def _apply_style(line: Line, size: float, bold: bool) -> Line:
    return Line.from_words(
        [replace(word, style=replace(word.style, size=size, bold=bold)) for word in line.words]
    )

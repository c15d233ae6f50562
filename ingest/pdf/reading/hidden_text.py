"""Finds text that is on a page but cannot be seen: it may hide instructions to a machine.

It is white on white, has the colour of the area it stands on, or is painted over. Colours and the
order in which things are painted decide; whatever may lie behind light text (a picture, a gradient,
a drawing of any shape) makes it count as seen. Limits: text under a picture counts as
seen (the text layer of many scans lies there), so does text behind shapes that are no rectangles
or not fully opaque, and text cut off by a clipping path.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ingest.pdf.page.content import Line, PageContent, Rect, Word
from ingest.types import ParseWarning

_MOST_NAMED_PAGES = 5
_WORDS_PER_BATCH = 256
"""Words held against all rectangles of a page at a time: bounds the memory."""
_LETTER = re.compile(r"\w")

PaintLogReader = Callable[[], Sequence[tuple[str, Rect]]]
"""Gives what a page paints, in order: kind ("fill-text", "fill-path", ...) and place."""


@dataclass(frozen=True, slots=True)
class HiddenTextThresholds:
    """Which colours the eye cannot tell apart. Channels are 0 to 255; set by hand."""

    pale: int = 245
    """A colour whose every channel is at least this is white to the eye."""
    dark: int = 10
    """One whose every channel is at most this is black."""
    same: int = 6
    """Two colours are one when no channel differs by more."""


HIDDEN_TEXT = HiddenTextThresholds()


@dataclass(frozen=True, slots=True)
class Paint:
    """An opaque rectangle filled with one sRGB colour; `order` counts what the page paints."""

    rect: Rect
    color: int
    order: int


def paints_of(paths: Iterable[dict[str, Any]]) -> list[Paint]:
    """Return the opaque filled rectangles among the paths of a page."""
    return [
        Paint(Rect(*path["rect"]), _pack_color(path["fill"]), path["seqno"])
        for path in paths
        if "f" in path["type"]
        and path.get("fill")
        and path.get("fill_opacity", 1.0) == 1.0
        and len(path["items"]) == 1
        and path["items"][0][0] == "re"
    ]


def separate_hidden_words(
    lines: Sequence[Line],
    paints: Sequence[Paint],
    log: PaintLogReader,
    limits: HiddenTextThresholds = HIDDEN_TEXT,
) -> tuple[list[Line], list[Line]]:
    """Return the lines with the words that can be seen, and those with the others."""
    words = _list_words(lines)
    unseen = _find_unseen_words(words, paints, log, limits)
    if not unseen:
        return list(lines), []
    seen_lines: list[Line] = []
    unseen_lines: list[Line] = []
    start = 0
    for line in lines:
        for target, hidden in ((seen_lines, False), (unseen_lines, True)):
            part = [word for at, word in enumerate(line.words, start) if (at in unseen) is hidden]
            if len(part) == len(line.words):
                target.append(line)
            elif part:
                target.append(Line.from_words(part))
        start += len(line.words)
    return seen_lines, unseen_lines


def _find_unseen_words(
    words: Sequence[Word],
    paints: Sequence[Paint],
    log: PaintLogReader,
    limits: HiddenTextThresholds,
) -> set[int]:
    """Return the places, among `words`, of those that cannot be seen."""
    colors = {word.style.color for word in words}
    doubtful = {color for color in colors if _is_pale_color(color, limits)}
    hiding = [
        paint
        for paint in paints
        if _is_pale_color(paint.color, limits)
        or _is_dark_color(paint.color, limits)
        or any(_are_colors_alike(color, paint.color, limits) for color in colors)
    ]
    covers = find_rects_around_words(words, [paint.rect for paint in hiding])
    suspects = [
        (at, word, over)
        for at, (word, over) in enumerate(zip(words, covers, strict=True))
        if word.style.color in doubtful or over
    ]
    if not suspects:
        return set()
    layers = _PaintLayers(log(), paints, [word for _, word, _ in suspects], limits)
    return {
        place
        for number, (place, word, over) in enumerate(suspects)
        if layers.is_hidden(
            number, [hiding[at] for at in over], word.style.color, word.style.color in doubtful
        )
    }


def warn_of_hidden_text(pages: Sequence[PageContent]) -> list[ParseWarning]:
    """Return the warning that a document has text nobody can see, if it has any."""
    counts = {
        page.number: count
        for page in pages
        if (
            count := sum(_LETTER.search(word.text) is not None for word in _list_words(page.hidden))
        )
    }
    if not counts:
        return []
    numbers = ", ".join(map(str, list(counts)[:_MOST_NAMED_PAGES])) + (
        ", ..." if len(counts) > _MOST_NAMED_PAGES else ""
    )
    message = f"{sum(counts.values())} words that cannot be seen were left out, on page {numbers}"
    return [ParseWarning("hidden_text", message, next(iter(counts)))]


def _list_words(lines: Iterable[Line]) -> list[Word]:
    return [word for line in lines for word in line.words]


def find_rects_around_words(words: Sequence[Word], rects: Sequence[Rect]) -> list[list[int]]:
    """Return for each word the numbers, in order, of the rectangles that hold its middle."""
    found: list[list[int]] = [[] for _ in words]
    if not words or not rects:
        return found
    x0, y0, x1, y1 = np.array(rects, dtype=float).reshape(-1, 4).T
    edges = np.array([word.rect for word in words], dtype=float).reshape(-1, 4)
    x, y = (edges[:, 0] + edges[:, 2]) / 2, (edges[:, 1] + edges[:, 3]) / 2
    for start in range(0, len(words), _WORDS_PER_BATCH):
        part = slice(start, start + _WORDS_PER_BATCH)
        across, down = x[part, None], y[part, None]
        inside = (x0 <= across) & (across <= x1) & (y0 <= down) & (down <= y1)
        for word, rect in zip(*(each.tolist() for each in np.nonzero(inside)), strict=True):
            found[start + word].append(rect)
    return found


class _PaintLayers:
    """What a page paints, in order, around some of its words."""

    def __init__(
        self,
        log: Sequence[tuple[str, Rect]],
        paints: Sequence[Paint],
        words: Sequence[Word],
        limits: HiddenTextThresholds,
    ) -> None:
        self._limits = limits
        self._text_orders = [at for at, (kind, _) in enumerate(log) if "text" in kind]
        self._other_orders = [at for at, (kind, _) in enumerate(log) if "text" not in kind]
        self._texts = find_rects_around_words(words, [log[at][1] for at in self._text_orders])
        self._others = find_rects_around_words(words, [log[at][1] for at in self._other_orders])
        self._white = {paint.order for paint in paints if _is_pale_color(paint.color, limits)}

    def is_hidden(self, number: int, covers: Sequence[Paint], color: int, pale: bool) -> bool:
        """Whether the word of this number cannot be seen among what is painted around it."""
        around = [self._other_orders[at] for at in self._others[number]]
        if pale and self._white.issuperset(around):
            return True
        top = around[-1] if around else -1
        cover = next((paint for paint in covers if paint.order == top), None)
        if cover is None:
            return False
        if _are_colors_alike(color, cover.color, self._limits):
            return True
        texts = self._texts[number]
        last = self._text_orders[texts[-1]] if texts else top
        pale_cover = _is_pale_color(cover.color, self._limits)
        return last < top and (pale_cover or _is_dark_color(cover.color, self._limits))


def _pack_color(fill: Sequence[float]) -> int:
    channels = [min(255, max(0, round(255 * value))) for value in fill]
    red, green, blue = channels if len(channels) == 3 else (channels[0],) * 3
    return red << 16 | green << 8 | blue


def _split_channels(color: int) -> tuple[int, int, int]:
    return color >> 16 & 255, color >> 8 & 255, color & 255


def _is_pale_color(color: int, limits: HiddenTextThresholds) -> bool:
    return min(_split_channels(color)) >= limits.pale


def _is_dark_color(color: int, limits: HiddenTextThresholds) -> bool:
    return max(_split_channels(color)) <= limits.dark


def _are_colors_alike(one: int, other: int, limits: HiddenTextThresholds) -> bool:
    pairs = zip(_split_channels(one), _split_channels(other), strict=True)
    return all(abs(a - b) <= limits.same for a, b in pairs)

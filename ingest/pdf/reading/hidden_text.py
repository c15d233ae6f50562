"""Text that is on a page but cannot be seen on it, a place to hide instructions to a machine.

White on white, in the colour of the area it stands on, or painted over. Told from colours and
from the order in which things are painted; whatever may lie behind light text (a picture, a
gradient, a drawing of any shape) makes it count as seen. Limits: text under a picture counts as
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

_PALE = 245
"""Colours whose every channel is at least this are white to the eye."""
_DARK = 10
_SAME = 6
_NAMED = 5
_AT_ONCE = 256
"""Words held against all rectangles of a page at a time: bounds the memory."""
_LETTER = re.compile(r"\w")

Log = Callable[[], Sequence[tuple[str, Rect]]]
"""Gives what a page paints, in order: kind ("fill-text", "fill-path", ...) and place."""


@dataclass(frozen=True, slots=True)
class Paint:
    """An opaque rectangle filled with one sRGB colour; `order` counts what the page paints."""

    rect: Rect
    color: int
    order: int


def paints_of(paths: Iterable[dict[str, Any]]) -> list[Paint]:
    """Return the opaque filled rectangles among the paths of a page."""
    return [
        Paint(Rect(*path["rect"]), _packed(path["fill"]), path["seqno"])
        for path in paths
        if "f" in path["type"]
        and path.get("fill")
        and path.get("fill_opacity", 1.0) == 1.0
        and len(path["items"]) == 1
        and path["items"][0][0] == "re"
    ]


def parted(
    lines: Sequence[Line], paints: Sequence[Paint], log: Log
) -> tuple[list[Line], list[Line]]:
    """Return the lines with the words that can be seen, and those with the others."""
    words = _words(lines)
    unseen = _unseen(words, paints, log)
    if not unseen:
        return list(lines), []
    seen_lines: list[Line] = []
    unseen_lines: list[Line] = []
    for line in lines:
        for target, hidden in ((seen_lines, False), (unseen_lines, True)):
            part = [word for word in line.words if (id(word) in unseen) is hidden]
            if len(part) == len(line.words):
                target.append(line)
            elif part:
                target.append(Line.from_words(part))
    return seen_lines, unseen_lines


def _unseen(words: Sequence[Word], paints: Sequence[Paint], log: Log) -> set[int]:
    """Return the ids of the words that cannot be seen."""
    colors = {word.style.color for word in words}
    doubtful = {color for color in colors if _is_pale(color)}
    hiding = [
        paint
        for paint in paints
        if _is_pale(paint.color)
        or _is_dark(paint.color)
        or any(_alike(color, paint.color) for color in colors)
    ]
    covers = around_middles(words, [paint.rect for paint in hiding])
    suspects = [
        (word, over)
        for word, over in zip(words, covers, strict=True)
        if word.style.color in doubtful or over
    ]
    if not suspects:
        return set()
    layers = _Layers(log(), paints, [word for word, _ in suspects])
    return {
        id(word)
        for number, (word, over) in enumerate(suspects)
        if layers.hide(
            number, [hiding[at] for at in over], word.style.color, word.style.color in doubtful
        )
    }


def hidden_text(pages: Sequence[PageContent]) -> list[ParseWarning]:
    """Return the warning that a document has text nobody can see, if it has any."""
    counts = {
        page.number: count
        for page in pages
        if (count := sum(_LETTER.search(word.text) is not None for word in _words(page.hidden)))
    }
    if not counts:
        return []
    numbers = ", ".join(map(str, list(counts)[:_NAMED])) + (", ..." if len(counts) > _NAMED else "")
    message = f"{sum(counts.values())} words that cannot be seen were left out, on page {numbers}"
    return [ParseWarning("hidden_text", message, next(iter(counts)))]


def _words(lines: Iterable[Line]) -> list[Word]:
    return [word for line in lines for word in line.words]


def around_middles(words: Sequence[Word], rects: Sequence[Rect]) -> list[list[int]]:
    """Return for each word the numbers, in order, of the rectangles that hold its middle."""
    found: list[list[int]] = [[] for _ in words]
    if not words or not rects:
        return found
    x0, y0, x1, y1 = np.array(rects, dtype=float).reshape(-1, 4).T
    edges = np.array([word.rect for word in words], dtype=float).reshape(-1, 4)
    x, y = (edges[:, 0] + edges[:, 2]) / 2, (edges[:, 1] + edges[:, 3]) / 2
    for start in range(0, len(words), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        across, down = x[part, None], y[part, None]
        inside = (x0 <= across) & (across <= x1) & (y0 <= down) & (down <= y1)
        for word, rect in zip(*(each.tolist() for each in np.nonzero(inside)), strict=True):
            found[start + word].append(rect)
    return found


class _Layers:
    """What a page paints, in order, around some of its words."""

    def __init__(
        self, log: Sequence[tuple[str, Rect]], paints: Sequence[Paint], words: Sequence[Word]
    ) -> None:
        self._text_orders = [at for at, (kind, _) in enumerate(log) if "text" in kind]
        self._other_orders = [at for at, (kind, _) in enumerate(log) if "text" not in kind]
        self._texts = around_middles(words, [log[at][1] for at in self._text_orders])
        self._others = around_middles(words, [log[at][1] for at in self._other_orders])
        self._white = {paint.order for paint in paints if _is_pale(paint.color)}

    def hide(self, number: int, covers: Sequence[Paint], color: int, pale: bool) -> bool:
        """Whether the word of this number cannot be seen among what is painted around it."""
        around = [self._other_orders[at] for at in self._others[number]]
        if pale and self._white.issuperset(around):
            return True
        top = around[-1] if around else -1
        cover = next((paint for paint in covers if paint.order == top), None)
        if cover is None:
            return False
        if _alike(color, cover.color):
            return True
        texts = self._texts[number]
        last = self._text_orders[texts[-1]] if texts else top
        return last < top and (_is_pale(cover.color) or _is_dark(cover.color))


def _packed(fill: Sequence[float]) -> int:
    channels = [min(255, max(0, round(255 * value))) for value in fill]
    red, green, blue = channels if len(channels) == 3 else (channels[0],) * 3
    return red << 16 | green << 8 | blue


def _channels(color: int) -> tuple[int, int, int]:
    return color >> 16 & 255, color >> 8 & 255, color & 255


def _is_pale(color: int) -> bool:
    return min(_channels(color)) >= _PALE


def _is_dark(color: int) -> bool:
    return max(_channels(color)) <= _DARK


def _alike(one: int, other: int) -> bool:
    pairs = zip(_channels(one), _channels(other), strict=True)
    return all(abs(a - b) <= _SAME for a, b in pairs)

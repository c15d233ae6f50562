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
from numpy.typing import NDArray

from ingest.pdf.content import Line, PageContent, Rect, Word
from ingest.types import ParseWarning

_PALE = 245
"""Colours whose every channel is at least this are white to the eye."""
_DARK = 10
_SAME = 6
_NAMED = 5
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
                target.append(Line.of(part))
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
    covers = _Places([paint.rect for paint in hiding])
    suspects = [
        (word, covers.around(word))
        for word in words
        if word.style.color in doubtful or covers.holds(word)
    ]
    if not suspects:
        return set()
    layers = _Layers(log(), paints)
    return {
        id(word)
        for word, over in suspects
        if layers.hides(word, [hiding[at] for at in over], pale=word.style.color in doubtful)
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


class _Places:
    """Rectangles to be asked which of them hold the middle of a word."""

    def __init__(self, rects: Sequence[Rect]) -> None:
        self._edges: NDArray[np.float64] = np.array(rects, dtype=float).reshape(-1, 4).T
        self._all = bool(len(rects))
        if self._all:
            self._reach = (*self._edges[:2].min(axis=1), *self._edges[2:].max(axis=1))

    def holds(self, word: Word) -> bool:
        return bool(len(self.around(word)))

    def around(self, word: Word) -> NDArray[np.intp]:
        """Return the numbers of the rectangles around the middle of a word, in order."""
        x, y = (word.rect.x0 + word.rect.x1) / 2, word.rect.middle
        if not self._all or not Rect(*self._reach).holds(Rect(x, y, x, y)):
            return np.empty(0, dtype=np.intp)
        x0, y0, x1, y1 = self._edges
        return np.nonzero((x0 <= x) & (x <= x1) & (y0 <= y) & (y <= y1))[0]


class _Layers:
    """What a page paints, in order."""

    def __init__(self, log: Sequence[tuple[str, Rect]], paints: Sequence[Paint]) -> None:
        texts = [at for at, (kind, _) in enumerate(log) if "text" in kind]
        other = [at for at, (kind, _) in enumerate(log) if "text" not in kind]
        self._text_orders, self._other_orders = texts, other
        self._texts = _Places([log[at][1] for at in texts])
        self._others = _Places([log[at][1] for at in other])
        self._white = {paint.order for paint in paints if _is_pale(paint.color)}

    def hides(self, word: Word, covers: Sequence[Paint], *, pale: bool) -> bool:
        """Whether a word cannot be seen among what is painted around it."""
        around = [self._other_orders[at] for at in self._others.around(word)]
        if pale and self._white.issuperset(around):
            return True
        top = around[-1] if around else -1
        cover = next((paint for paint in covers if paint.order == top), None)
        if cover is None:
            return False
        if _alike(word.style.color, cover.color):
            return True
        texts = self._texts.around(word)
        last = self._text_orders[texts[-1]] if len(texts) else top
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

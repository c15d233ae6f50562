"""Defines what is read from a PDF page: rectangles, words, lines, and all that is on a page.

Coordinates are points in the page's displayed orientation, origin top left. Everything is frozen;
every stage takes some of these and returns new ones. Limits: glyphs are not kept, a word (a run
without white space) is the smallest unit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from itertools import count
from math import cos, radians, sin
from typing import Any, Literal, NamedTuple, TypeAlias

from ingest.types import Box, PageQuality

LEAST_SIZE = 1.0
"""Points: type counts as at least this large where a distance is divided by its size."""
_SHARED_HEIGHT = 0.5
"""Two lines stand in one row when they share more than this part of the flatter one's height."""


class Rect(NamedTuple):
    """A rectangle in points, origin top left."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def width(self) -> float:
        """Extent from left to right, in points."""
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        """Extent from top to bottom, in points."""
        return self.y1 - self.y0

    @property
    def middle(self) -> float:
        """Vertical centre."""
        return (self.y0 + self.y1) / 2

    @property
    def area(self) -> float:
        """Square points; 0 where the rectangle is empty."""
        return max(0.0, self.width) * max(0.0, self.height)

    def holds(self, other: Rect, slack: float = 0.0) -> bool:
        """Whether the centre of `other` lies inside, with `slack` points around."""
        x, y = (other.x0 + other.x1) / 2, (other.y0 + other.y1) / 2
        return self.x0 - slack <= x <= self.x1 + slack and self.y0 - slack <= y <= self.y1 + slack

    def on_page(self, page: int) -> Box:
        """Return the public box of this rectangle, rounded to hundredths of a point."""
        return Box(page, round(self.x0, 2), round(self.y0, 2), round(self.x1, 2), round(self.y1, 2))


def bounding_rect_of(rects: Iterable[Rect]) -> Rect:
    """Return the smallest rectangle around all; there must be at least one."""
    found = tuple(rects)
    if len(found) == 1:  # common: a cell or a line of one word
        return found[0]
    x0s, y0s, x1s, y1s = zip(*found, strict=True)
    return Rect(min(x0s), min(y0s), max(x1s), max(y1s))


@dataclass(frozen=True, slots=True)
class Numbered:
    """Something that gets a number of its own in this process when it is made.

    The number is what results about an object are kept by: equal objects may stand at two places,
    and `id` gives the number of an object that is gone to another. A copy, also one by
    `dataclasses.replace` or from a pickle of another process, is a new object with a new number.
    So numbers, and what is kept by them, must not be sent to another process.
    """

    number: int = field(init=False, repr=False, compare=False, default_factory=count(1).__next__)

    def __reduce__(self) -> tuple[type[Numbered], tuple[Any, ...]]:
        """Pickle and copy by the constructor, which draws a new number."""
        return type(self), values_of(self)


def values_of(item: Any) -> tuple[Any, ...]:
    """Return the values that the constructor of a dataclass makes an equal object from."""
    return tuple(getattr(item, each.name) for each in fields(item) if each.init)


@dataclass(frozen=True, slots=True)
class Style:
    """How text is set: font name, size in points, weight, slant, pitch and sRGB colour.

    `invisible` text is neither filled nor stroked, as in the text layer of a scan.
    """

    font: str = ""
    size: float = 10.0
    bold: bool = False
    italic: bool = False
    mono: bool = False
    color: int = 0
    invisible: bool = False


@dataclass(frozen=True, slots=True)
class Word:
    """A run without white space and where it stands. `raised` marks a superscript."""

    text: str
    rect: Rect
    style: Style
    raised: bool = False


def join_words(words: Iterable[Word]) -> str:
    """Return the text of some words with a blank between each two."""
    return " ".join(word.text for word in words)


@dataclass(frozen=True, slots=True)
class Line(Numbered):
    """Words that stand on one baseline close to each other, in the direction of reading.

    `turn` is the right angle, in degrees clockwise, by which they are set sideways.
    """

    words: tuple[Word, ...]
    rect: Rect
    size: float
    turn: int = 0

    @staticmethod
    def from_words(words: Sequence[Word], turn: int = 0) -> Line:
        """Return the line of these words; its size is that of most of its letters."""
        tally: dict[float, int] = {}
        for word in words:
            tally[word.style.size] = tally.get(word.style.size, 0) + len(word.text)
        size = max(tally, key=lambda size: (tally[size], size))
        return Line(tuple(words), bounding_rect_of(word.rect for word in words), size, turn)

    @property
    def text(self) -> str:
        """The words with a blank between them: for comparing, not for showing."""
        return join_words(self.words)

    def share_of(self, trait: str) -> float:
        """Return the share of letters whose style has this trait (`bold`, `italic`, `mono`)."""
        letters = sum(len(word.text) for word in self.words)
        having = sum(len(word.text) for word in self.words if getattr(word.style, trait))
        return having / letters if letters else 0.0


ZoneKind: TypeAlias = Literal[
    "text",
    "title",
    "heading",
    "list",
    "table",
    "figure",
    "caption",
    "footnote",
    "formula",
    "header",
    "footer",
]


@dataclass(frozen=True, slots=True)
class Zone:
    """A rectangle in which a layout model saw something of one kind.

    `columns` and `rows` are the inner borders of a table's cells (x and y in points, ascending).
    """

    kind: ZoneKind
    rect: Rect
    columns: tuple[float, ...] = ()
    rows: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class PageTilt:
    """How the picture of a page was set straight before it was read.

    The page, `width` x `height` points as displayed, was turned clockwise by `angle` degrees
    around its top left corner; (`dx`, `dy`) is then where the picture begins.
    """

    angle: float
    dx: float
    dy: float
    width: float
    height: float

    def to_displayed(self, x0: float, y0: float, x1: float, y1: float) -> Rect:
        """Return the smallest rectangle on the displayed page around one of the picture."""
        c, s = cos(radians(self.angle)), sin(radians(self.angle))
        corners = [(x + self.dx, y + self.dy) for x in (x0, x1) for y in (y0, y1)]
        turned = [(c * x + s * y, c * y - s * x) for x, y in corners]
        return Rect(
            max(0.0, min(x for x, _ in turned)),
            max(0.0, min(y for _, y in turned)),
            min(self.width, max(x for x, _ in turned)),
            min(self.height, max(y for _, y in turned)),
        )


@dataclass(frozen=True, slots=True)
class PageContent:
    """All that is on a page: text, straight rules, filled areas and pictures.

    `lines` run left to right as displayed; `sideways` holds text set at another angle, `hidden`
    what is there and cannot be seen.
    `rules` are thin rectangles; `fills` are tinted areas; `images` the places of pictures.
    `bookmarks` are (level, title) of the file's own outline that point at this page; `damage` says
    what the library could not read of it. `zones` are what a layout model saw, empty where none
    looked. `turn` says by how many degrees all this was turned against the displayed page, to have
    its text upright (`ingest.pdf.reading.orientation`). `tilt` says that the content was read in a
    picture that was set straight: coordinates are those of that picture. `quality` says how well it
    was read.
    """

    number: int
    width: float
    height: float
    lines: tuple[Line, ...] = ()
    sideways: tuple[Line, ...] = ()
    hidden: tuple[Line, ...] = ()
    rules: tuple[Rect, ...] = ()
    fills: tuple[Rect, ...] = ()
    images: tuple[Rect, ...] = ()
    drawings: int = 0
    label: str = ""
    bookmarks: tuple[tuple[int, str], ...] = ()
    damage: str = ""
    zones: tuple[Zone, ...] = ()
    turn: int = 0
    tilt: PageTilt | None = None
    quality: PageQuality | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all is on the page."""
        return not (self.lines or self.sideways or self.images or self.drawings)


def merge_rows(lines: Sequence[Line]) -> list[list[Line]]:
    """Group lines that stand side by side into rows: top to bottom, each left to right.

    Two lines share a row when they overlap by more than half of the flatter one's height.
    """
    rows: list[list[Line]] = []
    spans: list[tuple[float, float]] = []
    for line in sorted(lines, key=lambda line: line.rect.middle):
        y0, y1 = line.rect.y0, line.rect.y1
        if rows:
            top, bottom = spans[-1]
            if min(bottom, y1) - max(top, y0) > _SHARED_HEIGHT * min(bottom - top, y1 - y0):
                rows[-1].append(line)
                spans[-1] = (min(top, y0), max(bottom, y1)) if len(rows[-1]) < 2 else (top, bottom)
                continue
        rows.append([line])
        spans.append((y0, y1))
    return [sorted(row, key=lambda line: line.rect.x0) for row in rows]


def group_side_by_side(lines: Sequence[Line]) -> list[list[Line]]:
    """Group lines that follow each other in a row, the order of the lines kept."""
    rows: list[list[Line]] = []
    for line in lines:
        before = rows[-1][-1].rect if rows else None
        if before is not None and line.rect.x0 >= before.x1:
            shared = min(before.y1, line.rect.y1) - max(before.y0, line.rect.y0)
            if shared > _SHARED_HEIGHT * min(before.height, line.rect.height):
                rows[-1].append(line)
                continue
        rows.append([line])
    return rows

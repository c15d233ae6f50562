"""Reads PDF bytes into page contents; the only module that uses PyMuPDF.

PyMuPDF is not safe in threads; use it in one process per file. Errors of the library are
translated here. Limits: text drawn as curves or images is not seen; fonts that name their glyphs
wrongly give wrong letters; clipping paths are ignored, so clipped-away drawings count.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import groupby
from math import sqrt
from pathlib import Path
from typing import Any, Protocol

from ingest.errors import CorruptFile, EmptyFile, EncryptedFile, IngestError, NotFound
from ingest.pdf.page.content import Line, PageContent, Rect, Style, Word
from ingest.pdf.page.raster import Raster
from ingest.pdf.reading.font_style import style_of
from ingest.pdf.reading.hidden_text import paints_of, separate_hidden_words
from ingest.pdf.reading.orientation import turn_of
from ingest.pdf.reading.render import draw_png, draw_raster
from ingest.pdf.reading.ruled_lines import merge_into_rules, strokes_of
from ingest.pdf.reading.superscripts import split_off_superscripts
from ingest.pdf.reading.word_gaps import (
    Glyph,
    is_gapped,
    is_run_on,
    split_at_gaps,
    split_gapped_words,
)
from ingest.types import Box

_TINY_HEIGHT = 2.0
"""Text lower than this, in points, is not meant to be read."""
_LEAST_ACROSS, _MOST_DOWN = 0.95, 0.3
"""Text runs left to right when the cosine and the sine of its direction keep within these."""
_SUPERSCRIPT = 1  # bit of a span's flags
_LOSS = re.compile(r"syntax error|not a stream|non-page|not a dict|premature|cannot load|corrupt")
"""What the library says when something on a page was lost."""
_PDF_OPENING = 1024
"""A PDF must say `%PDF` within this many bytes."""


def _load_pymupdf() -> Any:
    """Return PyMuPDF, silenced.

    Its neural layout model is kept out while it loads: it costs a second and 60 MB in every
    parsing process, and nothing here uses it.
    """
    if "pymupdf" not in sys.modules:
        sys.modules["pymupdf.layout"] = None  # type: ignore[assignment]
        try:
            import pymupdf
        finally:
            del sys.modules["pymupdf.layout"]
    import pymupdf

    module: Any = pymupdf
    module.no_recommend_layout()
    module.TOOLS.mupdf_display_errors(False)
    module.TOOLS.mupdf_display_warnings(False)
    return module


class PageReader(Protocol):
    """Reads pages of one file."""

    def read(self, number: int) -> PageContent:
        """Return page `number` (from 1); raises CorruptFile."""
        ...


@dataclass(frozen=True, slots=True)
class PdfSource:
    """An open PDF. `pages` of them; each is read or rendered when asked for."""

    _document: Any
    pages: int
    _bookmarks: dict[int, tuple[tuple[int, str], ...]]
    _feed: PageReader | None = None

    def with_feed(self, feed: PageReader) -> PdfSource:
        """Return this source with its pages read by `feed`; it still draws them itself."""
        return replace(self, _feed=feed)

    def read(self, number: int) -> PageContent:
        """Return the content of page `number` (from 1); raises CorruptFile when it is broken.

        The library mends what it can and mentions it; a page that is empty after mending is
        broken, one that still has something on it says so in `damage`.
        """
        if self._feed is not None:
            return self._feed.read(number)
        tools = _load_pymupdf().TOOLS
        tools.reset_mupdf_warnings()
        try:
            content = _read_page(
                self._document[number - 1], number, self._bookmarks.get(number, ())
            )
        except MemoryError:
            raise
        except Exception as error:
            raise CorruptFile(f"page {number} cannot be read: {error}") from error
        complaints = [line for line in tools.mupdf_warnings().splitlines() if _LOSS.search(line)]
        if complaints and content.is_empty:
            raise CorruptFile(f"page {number} cannot be read: {complaints[0]}")
        return replace(content, damage=complaints[0]) if complaints else content

    def get_upright_page(self, number: int) -> Any:
        """Return the library's own page, turned as displayed: for `layout_model` and page sizes.

        This changes the open document, so such a page must not be read or rendered afterwards.
        """
        page = self._document[number - 1]
        if page.rotation:
            page.remove_rotation()
        return page

    def render(
        self, number: int, scale: float, boxes: tuple[Box, ...] = (), clip: Box | None = None
    ) -> bytes:
        """Return page `number` (from 1), or `clip` of it, as PNG; see `render_page`."""
        if not 1 <= number <= self.pages:
            raise NotFound(f"there is no page {number}: the file has {self.pages}")
        try:
            return draw_png(_load_pymupdf(), self._document[number - 1], number, scale, boxes, clip)
        except IngestError:
            raise
        except Exception as error:
            raise CorruptFile(f"page {number} cannot be drawn: {error}") from error

    def words_in(self, box: Box) -> str:
        """Return the library's own words whose middle lies in `box`, in the order of the file.

        This goes by no stage of ours, so it can prove boxes. Raises CorruptFile.
        """
        inside = Rect(box.x0, box.y0, box.x1, box.y1)
        try:
            page = self._document[box.page - 1]
            turned = tuple(page.rotation_matrix) if page.rotation else None
            listed = page.get_text("words", flags=_load_pymupdf().TEXT_MEDIABOX_CLIP)
        except Exception as error:
            raise CorruptFile(f"page {box.page} cannot be read: {error}") from error
        placed = ((_to_displayed_rect(Rect(*each[:4]), turned), each[4]) for each in listed)
        return " ".join(word for rect, word in placed if inside.holds(rect))

    def measure_resolution(self, number: int) -> float:
        """Return pixels to the point of the largest picture on page `number`, 0 without one."""
        try:
            pictures = self._document[number - 1].get_image_info()
        except Exception as error:
            raise CorruptFile(f"page {number} cannot be read: {error}") from error
        sizes = [(Rect(*info["bbox"]).area, info["width"] * info["height"]) for info in pictures]
        area, pixels = max(sizes, default=(0.0, 0))
        return sqrt(pixels / area) if area > 1 else 0.0

    def rasterize(self, number: int, scale: float, angle: float = 0.0) -> Raster:
        """Return page `number` (from 1) as pixels, turned clockwise by `angle` degrees.

        Raises CorruptFile, LimitExceeded above `ingest.pdf.reading.render.MAX_PIXELS`.
        """
        try:
            return draw_raster(_load_pymupdf(), self._document[number - 1], scale, angle)
        except IngestError:
            raise
        except Exception as error:
            raise CorruptFile(f"page {number} cannot be drawn: {error}") from error


@contextmanager
def open_pdf(data: bytes) -> Iterator[PdfSource]:
    """Open a PDF; raises EmptyFile, CorruptFile or EncryptedFile."""
    pymupdf = _load_pymupdf()
    if not data:
        raise EmptyFile("the file has no bytes")
    try:
        document = pymupdf.open(stream=data, filetype="pdf")
    except Exception as error:
        raise CorruptFile(f"not readable as a PDF: {error}") from error
    try:
        if document.needs_pass:
            raise EncryptedFile("the PDF needs a password")
        yield PdfSource(document, _count_pages(document, data), _bookmarks_of(document))
    finally:
        document.close()


def render_page(
    path: Path, page: int, scale: float, boxes: tuple[Box, ...] = (), clip: Box | None = None
) -> bytes:
    """Return a page (from 1) of a PDF file as PNG, `scale` pixels to the point.

    `boxes` of this page are marked as with a highlighter; of a `clip` only what lies in it is
    drawn. Raises NotFound for a page that is not there, InvalidRequest for a clip beside the page,
    LimitExceeded (see `ingest.pdf.reading.render`), and the errors of `open_pdf`.
    """
    with open_pdf(path.read_bytes()) as source:
        return source.render(page, scale, boxes, clip)


def _count_pages(document: Any, data: bytes) -> int:
    try:
        count = int(document.page_count)
    except Exception as error:
        raise CorruptFile(f"the pages cannot be counted: {error}") from error
    if count == 0:
        # The library "repairs" garbage into a document without pages.
        if b"/Pages" in data and b"%PDF" in data[:_PDF_OPENING]:
            raise EmptyFile("the PDF has no pages")
        raise CorruptFile("no page could be recovered from the file")
    return count


def _bookmarks_of(document: Any) -> dict[int, tuple[tuple[int, str], ...]]:
    try:
        entries = document.get_toc(simple=True)
    except Exception:  # noqa: BLE001 - a broken outline is evidence we do without
        entries = []
    by_page: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for level, title, page in entries:
        by_page[page].append((level, title))
    return {page: tuple(marks) for page, marks in by_page.items()}


def _read_page(page: Any, number: int, bookmarks: tuple[tuple[int, str], ...]) -> PageContent:
    pymupdf = _load_pymupdf()
    width, height = page.rect.width, page.rect.height
    turned = tuple(page.rotation_matrix) if page.rotation else None
    text = page.get_textpage(flags=pymupdf.TEXT_MEDIABOX_CLIP)
    upright, sideways, hidden = _lines_of(text, turned, Rect(0, 0, width, height))
    paths = page.get_cdrawings()
    strokes, fills = strokes_of(paths)

    def read_paint_log() -> list[tuple[str, Rect]]:
        return [(kind, _to_displayed_rect(Rect(*box), turned)) for kind, box in page.get_bboxlog()]

    paints = paints_of(paths)
    if turned is not None:  # few pages: a page of tables has hundreds of paints to copy
        paints = [replace(each, rect=_to_displayed_rect(each.rect, turned)) for each in paints]
    upright, covered = separate_hidden_words(upright, paints, read_paint_log)
    sideways, under = separate_hidden_words(sideways, paints, read_paint_log)
    images = (Rect(*info["bbox"]) for info in page.get_image_info())
    return PageContent(
        number=number,
        width=width,
        height=height,
        lines=tuple(upright),
        sideways=tuple(sideways),
        hidden=(*hidden, *covered, *under),
        rules=tuple(merge_into_rules(_to_displayed_rect(rect, turned) for rect in strokes)),
        fills=tuple(_to_displayed_rect(rect, turned) for rect in fills),
        images=tuple(_to_displayed_rect(rect, turned) for rect in images),
        drawings=len(paths),
        label=page.get_label() or "",
        bookmarks=bookmarks,
    )


def _to_displayed_rect(rect: Rect, matrix: tuple[float, ...] | None) -> Rect:
    """Return the rectangle as displayed: a page's own rotation is a multiple of 90 degrees."""
    if matrix is None:
        return rect
    a, b, c, d, e, f = matrix
    xs = (a * rect.x0 + c * rect.y0 + e, a * rect.x1 + c * rect.y1 + e)
    ys = (b * rect.x0 + d * rect.y0 + f, b * rect.x1 + d * rect.y1 + f)
    return Rect(min(xs), min(ys), max(xs), max(ys))


def _lines_of(
    text: Any, turned: tuple[float, ...] | None, page: Rect
) -> tuple[list[Line], list[Line], list[Line]]:
    """Return the lines that run left to right as displayed, others, and those nobody sees."""
    words: dict[tuple[int, int], list[tuple[Rect, str]]] = defaultdict(list)
    for x0, y0, x1, y1, word, block, line, _ in text.extractWORDS():
        words[block, line].append((_to_displayed_rect(Rect(x0, y0, x1, y1), turned), word))
    styles: dict[tuple[Any, ...], Style] = {}
    squeezed = any(is_run_on(word) for held in words.values() for _, word in held)
    glyphs: dict[tuple[int, int], list[Glyph]] = {}  # read when a line needs them: they are slow
    upright: list[Line] = []
    sideways: list[Line] = []
    hidden: list[Line] = []
    for block in text.extractDICT()["blocks"]:
        for at, line in enumerate(block.get("lines", ())):
            inside = [x for x in words.get((block["number"], at), ()) if page.holds(x[0])]
            if not inside:
                continue
            built = _build_styled_words(inside, line["spans"], styles)
            if squeezed or any(is_gapped(word) for word in built):
                glyphs = glyphs or _glyphs_of(text, turned)
                built = split_gapped_words(built, glyphs.get((block["number"], at), ()))
            dx, dy = _to_displayed_direction(line["dir"], turned)
            horizontal = dx > _LEAST_ACROSS and abs(dy) < _MOST_DOWN
            if horizontal and (marks := _superscripts_of(line["spans"], turned)):
                built = split_off_superscripts(built, marks)
            turn = 0 if horizontal else turn_of(dx, dy)
            for unseen, group in groupby(built, _is_unseen):
                run = list(group)
                parts = split_at_gaps(run) if horizontal else [run]
                target = hidden if unseen else upright if horizontal else sideways
                target.extend(Line.from_words(part, turn) for part in parts)
    if len(hidden) > len(upright):  # the text layer of a scan is invisible on purpose
        return upright + hidden, sideways, []
    return upright, sideways, hidden


def _superscripts_of(
    spans: list[dict[str, Any]], turned: tuple[float, ...] | None
) -> list[tuple[str, Rect]]:
    """Return the superscripts of a line that has other text as well."""
    raised = [span for span in spans if span["flags"] & _SUPERSCRIPT]
    if not raised or len(raised) == len(spans):
        return []
    return [
        (span["text"].strip(), _to_displayed_rect(Rect(*span["bbox"]), turned)) for span in raised
    ]


def _is_unseen(word: Word) -> bool:
    return word.style.invisible or word.rect.height <= _TINY_HEIGHT


def _glyphs_of(text: Any, turned: tuple[float, ...] | None) -> dict[tuple[int, int], list[Glyph]]:
    """Return the glyphs of each line, by block and line number."""
    return {
        (block["number"], at): [
            (char["c"], _to_displayed_rect(Rect(*char["bbox"]), turned))
            for span in line["spans"]
            for char in span["chars"]
        ]
        for block in text.extractRAWDICT()["blocks"]
        for at, line in enumerate(block.get("lines", ()))
    }


def _to_displayed_direction(
    direction: tuple[float, float], turned: tuple[float, ...] | None
) -> tuple[float, float]:
    """Return the direction of text of this direction on the displayed page."""
    dx, dy = direction
    if turned is None:
        return dx, dy
    return turned[0] * dx + turned[2] * dy, turned[1] * dx + turned[3] * dy


def _build_styled_words(
    words: list[tuple[Rect, str]], spans: list[dict[str, Any]], styles: dict[tuple[Any, ...], Style]
) -> list[Word]:
    """Give each word the style of the span that holds most of it.

    Small capitals are one word of two spans: the style of the larger capital counts. Words and
    spans come from the same text page, so the words are found in the spans' text one after the
    other.
    """
    text = "".join(span["text"] for span in spans)
    ends: list[int] = []
    for span in spans:
        ends.append((ends[-1] if ends else 0) + len(span["text"]))
    built: list[Word] = []
    position = index = 0
    for rect, word in words:
        found = text.find(word, position)
        span = spans[index]
        if found >= 0:
            position = found + len(word)
            index = _find_span_at(ends, found, index)
            span = spans[index]
            index = _find_span_at(ends, found + len(word) // 2, index)
        if not (word.isupper() and span["size"] > spans[index]["size"]):
            span = spans[index]
        raised = bool(span["flags"] & _SUPERSCRIPT) and len(spans) > 1
        built.append(Word(word, rect, style_of(span, styles), raised))
    return built


def _find_span_at(ends: list[int], place: int, index: int) -> int:
    """Return the span that holds a place in the text of a line, sought from span `index` on."""
    while index < len(ends) - 1 and ends[index] <= place:
        index += 1
    return index

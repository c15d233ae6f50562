"""Title and headings, with levels that are consistent over the whole document.

A paragraph is a heading by evidence: the file's own bookmarks, type larger than running text,
weight, colour or capitals of a short line that stands alone, numbering (1, 1.1, Appendix A, 第一章,
一、, （一）). Levels are the business of `ingest.pdf.levels`.

Limits: run-in headings stay in their paragraph; headings set exactly like running text are found
only when numbered, bookmarked or clear of the text around them.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ingest.pdf.content import PageContent
from ingest.pdf.levels import StyleRank, levels_of, numbering_of
from ingest.pdf.paragraphs import Paragraph

_ENDS = re.compile(r"[,;，；、。]$|(?<![A-Z])(?<!\d)\.$|[^)\]]:$")
_ENTRY = re.compile(r"[^\W\d].*\s(?:\d{1,3}|[ivxl]{1,6})$")
_LEADER = re.compile(r"(?:\.\s?){4,}|…{2,}|·{4,}")
_WIDE = re.compile(r"[\u3400-\u9fff]")
_KEY = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Body:
    """How running text is set: size in points, weight, colour."""

    size: float
    bold: bool
    color: int
    mono: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    """A paragraph found to be a title (level 1) or a heading of some level from 1."""

    level: int
    title: bool = False


@dataclass(frozen=True, slots=True)
class _Look:
    """What of a paragraph matters for headings."""

    text: str
    size: float
    bold: bool
    italic: bool
    color: int
    lines: int
    font: str = ""

    @property
    def style(self) -> StyleRank:
        return (round(self.size * 2) / 2, self.bold, self.text.isupper(), not self.italic)


@dataclass(frozen=True, slots=True)
class _Near:
    """What stands before and after a paragraph in reading order."""

    above: Paragraph | None
    below: Paragraph | None
    after: _Look | None


def body_of(pages: Iterable[PageContent]) -> Body:
    """Return how most of the letters of the document are set."""
    sizes: Counter[tuple[float, bool, int, bool]] = Counter()
    for page in pages:
        for line in page.lines:
            for word in line.words:
                style = word.style
                key = (round(style.size * 2) / 2, style.bold, style.color, style.mono)
                sizes[key] += len(word.text)
    if not sizes:
        return Body(10.0, False, 0)
    (size, bold, color, mono), _ = sizes.most_common(1)[0]
    return Body(size, bold, color, mono)


def find_headings(
    pages: Sequence[tuple[PageContent, Sequence[Paragraph]]], body: Body
) -> dict[int, Heading]:
    """Return the headings among all paragraphs of the document, by `id` of the paragraph."""
    looks = {id(p): _look(p) for _, paragraphs in pages for p in paragraphs if p.kind != "code"}
    marked = _bookmarked(pages, looks)
    found: dict[int, _Look] = {}
    for _, paragraphs in pages:
        contents = _is_contents(paragraphs)
        for at, paragraph in enumerate(paragraphs):
            look = looks.get(id(paragraph))
            if look is None or (contents and _ENTRY.search(look.text)):
                continue
            below = paragraphs[at + 1] if at + 1 < len(paragraphs) else None
            near = _Near(paragraphs[at - 1] if at else None, below, looks.get(id(below)))
            if id(paragraph) in marked or _is_heading(paragraph, look, body, near):
                found[id(paragraph)] = look
    title = _title(pages, found, body)
    levels = levels_of(
        {key: (look.text, look.style) for key, look in found.items() if key != title}, marked
    )
    headings = {key: Heading(level) for key, level in levels.items()}
    if title is not None:
        headings[title] = Heading(1, title=True)
    return headings


def _look(paragraph: Paragraph) -> _Look:
    words = paragraph.words
    letters = sum(len(word.text) for word in words) or 1
    sizes: Counter[float] = Counter()
    colors: Counter[int] = Counter()
    for word in words:
        sizes[word.style.size] += len(word.text)
        colors[word.style.color] += len(word.text)
    text = unicodedata.normalize("NFKC", " ".join(word.text for word in words))
    return _Look(
        text=text,
        # Small capitals are set as capitals of two sizes: the larger one is meant.
        size=max(sizes) if text.isupper() else sizes.most_common(1)[0][0],
        bold=sum(len(w.text) for w in words if w.style.bold) > 0.8 * letters,
        italic=sum(len(w.text) for w in words if w.style.italic) > 0.8 * letters,
        color=colors.most_common(1)[0][0],
        lines=len(paragraph.rows),
        font=Counter(word.style.font for word in words).most_common(1)[0][0],
    )


def _is_contents(paragraphs: Sequence[Paragraph]) -> bool:
    """Whether a page is a table of contents: most lines end in a page number."""
    rows = [" ".join(word.text for word in row) for p in paragraphs for row in p.rows]
    entries = sum(bool(_ENTRY.search(row)) for row in rows)
    return entries >= 5 and entries >= 0.5 * len(rows)


def _is_heading(paragraph: Paragraph, look: _Look, body: Body, near: _Near) -> bool:
    kind, depth = numbering_of(look.text)
    if paragraph.kind in ("caption", "footnote") or (paragraph.kind == "list" and not kind):
        return False
    if not _is_short(look):
        return False
    larger = look.size / body.size
    if _ENDS.search(look.text) and not (larger > 1.25 and look.lines == 1):
        return False
    stands_out = look.bold and not body.bold
    if larger >= 1.15:
        return True
    if larger < 0.9:
        return False
    coloured = look.color != body.color and (stands_out or larger > 1.03)
    capitals = look.text.isupper() and sum(c.isalpha() for c in look.text) > 4
    if stands_out or coloured or (larger >= 1.05 and (kind or look.lines == 1)):
        return look.lines <= 3
    if capitals and look.lines <= (2 if kind else 1) and near.below is not None:
        return True
    if kind and _plain_numbered(look, paragraph, kind, depth):
        return True
    return _stands_alone(paragraph, look, near)


def _stands_alone(paragraph: Paragraph, look: _Look, near: _Near) -> bool:
    """Whether a short line stands above running text set in another font, or well clear of it."""
    below, after = near.below, near.after
    if look.lines > 1 or below is None or after is None or len(below.rows) < 2:
        return False
    first = look.text[0]
    if below.kind != "text" or not (first.isupper() or first.isdigit() or _WIDE.match(first)):
        return False
    here, text = paragraph.rect, below.rect
    size = max(look.size, 1.0)
    if here.width > 0.8 * text.width or abs(here.x0 - text.x0) > 2.5 * size:
        return False
    gap = text.y0 - here.y1
    if not -0.5 * size < gap < 3 * size:
        return False
    if paragraph.kind == "list" and near.above is not None and near.above.kind == "list":
        return False
    if look.font != after.font:
        return True
    clear = near.above is None or here.y0 - near.above.rect.y1 > 0.9 * size
    return clear and gap > 0.45 * size and len(look.text.split()) <= 8


def _plain_numbered(look: _Look, paragraph: Paragraph, kind: str, depth: int) -> bool:
    """Whether a numbered line set like running text is a heading: alone, short, not a list."""
    if look.lines > 1 or (paragraph.kind == "list" and not _WIDE.search(look.text)):
        return False
    if _WIDE.search(look.text):
        nested = len(look.text) <= 26 and (depth > 1 or kind in ("chapter", "section"))
        return nested or (kind == "count" and len(look.text) <= 22)
    if kind == "chapter":
        return len(look.text) <= 60
    return depth > 1 and len(look.text) <= 70 and bool(re.search(r"[A-Za-z]{3}", look.text))


def _is_short(look: _Look) -> bool:
    letters = sum(c.isalpha() for c in look.text)
    wide = len(_WIDE.findall(look.text))
    if letters < 2 or (letters < 3 and not wide) or _LEADER.search(look.text):
        return False
    limit = 60 if wide > 0.3 * letters else 180
    return (
        len(look.text) <= limit
        and look.lines <= 4
        and letters >= 0.4 * len(look.text.replace(" ", ""))
    )


def _title(
    pages: Sequence[tuple[PageContent, Sequence[Paragraph]]],
    found: dict[int, _Look],
    body: Body,
) -> int | None:
    """Return the title: the one largest heading in the upper part of the first page with text."""
    first = next(((page, ps) for page, ps in pages if ps), None)
    if first is None or not found:
        return None
    page, paragraphs = first
    here = [p for p in paragraphs if id(p) in found and p.rect.y0 < 0.6 * page.height]
    if not here:
        return None
    largest = max(here, key=lambda p: found[id(p)].size)
    look = found[id(largest)]
    others = [other for key, other in found.items() if key != id(largest)]
    if any(other.size > look.size - 0.4 for other in others) or look.size < 1.15 * body.size:
        return None
    return id(largest) if others or look.size >= 1.4 * body.size else None


def _bookmarked(
    pages: Sequence[tuple[PageContent, Sequence[Paragraph]]], looks: dict[int, _Look]
) -> dict[int, int]:
    """Return the paragraphs that the file's bookmarks name, with the bookmark's level."""
    found: dict[int, int] = {}
    for page, paragraphs in pages:
        wanted = {key: level for level, title in page.bookmarks if (key := key_of(title))}
        for paragraph in paragraphs:
            look = looks.get(id(paragraph))
            if look is None or not wanted or len(look.text) > 250:
                continue
            key = key_of(look.text)
            match = next((w for w in wanted if key == w or (len(w) > 5 and key.endswith(w))), None)
            if match is not None and len(key) <= len(match) + 6:
                found[id(paragraph)] = wanted.pop(match)
    return found


def key_of(text: str) -> str:
    """Return letters and digits only, lower case, compatibility forms unified."""
    return _KEY.sub("", unicodedata.normalize("NFKC", text).lower())

"""Computes TEDS: how alike tables are, compared as trees.

Published in Zhong, ShafieiBavani, Jimeno Yepes, "Image-based table recognition" (2020):
TEDS = 1 - tree edit distance / nodes of the larger tree. A table's children are rows, theirs are
cells; the spans of a cell are part of its kind; `th` counts as `td`, and `thead` and `tbody` are
ignored: their rows belong to the table. TEDS-S ignores the texts of cells. Limits: several tables
are compared as one tree, in their order, so a missing, surplus or split table costs its nodes.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString

from eval.parsing.markup import squash_spaces
from eval.parsing.trees import Tree, edit_distance

MOST_SPAN = 60
"""A larger span is a mistake of the markup, and is read as this."""

_SEEN_THROUGH = ("thead", "tbody")
_BREAK = re.compile(r"<br\s*/?>")


def compute_teds(
    reference: Sequence[Tag], found: Sequence[Tag]
) -> tuple[float | None, float | None]:
    """Return TEDS and TEDS-S of two lists of tables.

    None without a reference table; 0 where there is one and none was found.
    """
    if not reference:
        return None, None
    if not found:
        return 0.0, 0.0
    pages = _join_tables(reference), _join_tables(found)
    size = max(_count_elements(page) for page in pages)
    want, got = (_build_tree(page) for page in pages)
    return (
        1.0 - edit_distance(got, want) / size,
        1.0 - edit_distance(got, want, texts=False) / size,
    )


def span_of(cell: Tag, attribute: str) -> int:
    """Return a colspan or rowspan, 1 where it is missing or no number, at most `MOST_SPAN`."""
    try:
        return max(1, min(MOST_SPAN, int(str(cell.get(attribute) or 1))))
    except ValueError:
        return 1


def _join_tables(tables: Sequence[Tag]) -> Tag:
    """Return the tables below one element.

    They are parsed again by lxml, which closes row and cell tags that the markup forgot.
    """
    markup = "".join(f"{table}\n" for table in tables)
    page = BeautifulSoup(f"<html><body><table>{markup}</table></body></html>", "lxml")
    return page.find_all("table", limit=1)[0]


def _count_elements(page: Tag) -> int:
    """Count the elements below the root, with inline markup in cells, without `thead`, `tbody`."""
    return sum(1 for element in page.find_all(True) if element.name not in _SEEN_THROUGH)


def _build_tree(element: Tag) -> Tree:
    if element.name in ("td", "th"):
        kind = ("td", span_of(element, "colspan"), span_of(element, "rowspan"))
        return Tree(kind, _cell_text(element))
    return Tree(element.name, "", [_build_tree(child) for child in _row_and_cell_tags_of(element)])


def _row_and_cell_tags_of(element: Tag) -> Iterator[Tag]:
    for child in element.children:
        if isinstance(child, Tag):
            if child.name in _SEEN_THROUGH:
                yield from _row_and_cell_tags_of(child)
            else:
                yield child


def _cell_text(cell: Tag) -> str:
    """Return the text with its inline tags, entities decoded; a line break becomes a space."""
    return squash_spaces(_BREAK.sub(" ", html.unescape(_render_inner_markup(cell))))


def _render_inner_markup(cell: Tag) -> str:
    parts = []
    for child in cell.children:
        if isinstance(child, Tag):
            parts.append(f"<{child.name}>{_render_inner_markup(child)}</{child.name}>")
        elif type(child) is NavigableString:  # not comments and other kinds of it
            parts.append(str(child))
    return "".join(parts)

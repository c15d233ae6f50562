"""Reads HTML tables, and decides which elements of a page are text.

A table becomes cells with their spans and a caption. Tables that only arrange the page are
recognised and read as text.

Limits: a table inside a cell makes the outer one layout, so it is read as running text around the
inner one; `headers` and `scope` attributes are not followed. Hiding by style sheets or scripts is
not seen; the frame of a site is known by its elements and roles, not by class names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from ingest.document.table_builder import FlowCell, place_cells, table_of
from ingest.formats.common.builder import clean_text
from ingest.types import Table

_BLOCK = """
address article aside blockquote body caption center dd details dialog dir div dl dt fieldset
figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol
optgroup p pre section summary table tbody td tfoot th thead title tr ul
"""
_CONTROLS_AND_MEDIA = """
script style template noscript iframe object embed applet audio video canvas svg map head button
select input textarea option datalist meter progress dialog frame frameset noframes rp rt link meta
base
"""
BLOCK_TAGS = frozenset(_BLOCK.split())
_UNSEEN = frozenset(_CONTROLS_AND_MEDIA.split())
_FRAME_ROLES = frozenset({"navigation", "banner", "contentinfo", "search", "menu", "menubar"})
_PERMALINKS = frozenset({"#", "¶", "§", "\N{LINK SYMBOL}"})
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)


def is_dropped(element: etree._Element) -> bool:
    """Return whether an element is never read: scripts, controls, hidden parts, permalink signs."""
    if element.tag in _UNSEEN or element.get("hidden") is not None:
        return True
    if element.tag == "a" and (element.text or "").strip() in _PERMALINKS and not len(element):
        return (element.get("href") or "").startswith("#")
    if element.get("aria-hidden") == "true":
        return True
    style = element.get("style")
    return bool(style and _HIDDEN_STYLE.search(style))


def is_site_frame(element: etree._Element) -> bool:
    """Return whether an element is navigation, or the header or footer of a whole site."""
    if element.tag == "nav" or element.get("role") in _FRAME_ROLES:
        return True
    parent = element.getparent()
    return element.tag == "footer" and parent is not None and parent.tag == "body"


_CELLS = ("td", "th")
_GROUPS = ("thead", "tbody", "tfoot")
_HEADINGS = tuple(f"h{level}" for level in range(1, 7))
_MAX_SPAN = 65_534


def is_layout(table: etree._Element) -> bool:
    """Return whether a table only arranges the page."""
    if table.get("role") in ("presentation", "none"):
        return True
    if next(table.iterdescendants("table", *_HEADINGS), None) is not None:
        return True
    return all(sum(1 for _ in _select_row_cells(row)) <= 1 for row, _ in _iterate_table_rows(table))


def read_table(element: etree._Element) -> tuple[str, Table]:
    """Return caption (empty when there is none) and cells of a table."""
    caption = next((text_of(child) for child in element if child.tag == "caption"), "")
    rows = [
        [
            FlowCell(
                text=text_of(cell),
                row_span=_parse_cell_span(cell.get("rowspan")),
                column_span=max(1, _parse_cell_span(cell.get("colspan"))),
                header=in_head or cell.tag == "th",
            )
            for cell in _select_row_cells(row)
        ]
        for row, in_head in _iterate_table_rows(element)
    ]
    return caption, table_of(place_cells(rows))


def text_of(element: etree._Element) -> str:
    """Return the text inside an element: blocks and line breaks on lines of their own."""
    parts: list[str] = []
    walk = etree.iterwalk(element, events=("start", "end"))
    for event, node in walk:
        tag = node.tag if isinstance(node.tag, str) else ""
        if event == "start":
            if not tag or is_dropped(node):
                walk.skip_subtree()
                continue
            if tag == "br" or (tag in BLOCK_TAGS and node is not element):
                parts.append("\n")
            parts.append(re.sub(r"\s+", " ", node.text or ""))
        elif node is not element:
            if tag in BLOCK_TAGS:
                parts.append("\n")
            parts.append(re.sub(r"\s+", " ", node.tail or ""))
    return re.sub(r"\n+", "\n", clean_text("".join(parts)))


def _iterate_table_rows(table: etree._Element) -> Iterator[tuple[etree._Element, bool]]:
    """Yield each row and whether it stands in the head: head first, foot last, as displayed."""
    foot_rows: list[tuple[etree._Element, bool]] = []
    for child in table:
        if child.tag == "tr":
            yield child, False
        elif child.tag in _GROUPS:
            for row in child:
                if row.tag != "tr":
                    continue
                if child.tag == "tfoot":
                    foot_rows.append((row, False))
                else:
                    yield row, child.tag == "thead"
    yield from foot_rows


def _select_row_cells(row: etree._Element) -> Iterator[etree._Element]:
    return (cell for cell in row if cell.tag in _CELLS and not is_dropped(cell))


def _parse_cell_span(value: str | None) -> int:
    match = re.fullmatch(r"\s*(\d{1,9})\s*", value or "1")
    return min(int(match[1]), _MAX_SPAN) if match else 1

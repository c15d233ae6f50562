"""Parses DOCX into blocks: headings, paragraphs, numbered and nested lists, tables, footnotes.

python-docx opens the file and knows its styles; the body is walked as XML, because its paragraph
objects skip content controls, tracked insertions and text boxes. Deleted text, hidden text and the
printed table of contents are left out.

Limits: one page without geometry; page headers and footers, comments, charts and embedded objects
are ignored; formulas are given as their characters in line; a heading is what has a heading style
or an outline level, not what merely looks like one.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import docx
from docx.document import Document as WordDocument
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import qn

from ingest.document.table_builder import head_depth, table_of
from ingest.document.table_text import table_markdown
from ingest.errors import UnsupportedFormat
from ingest.formats.common.builder import (
    build_document,
    clean_text,
    corrupt_on_error,
    normalize_characters,
)
from ingest.formats.common.detect import DOCX
from ingest.formats.office.word_numbering import Numbering
from ingest.formats.office.word_styles import Styles
from ingest.options import ParseOptions, Progress
from ingest.types import Block, Cell, Document, Page

_NUMBER = re.compile(r"[-+(]?\d[\d,.]*\)?%?")
_P, _TBL = qn("w:p"), qn("w:tbl")
_WRAPPERS = frozenset(
    qn(tag) for tag in ("w:sdt", "w:sdtContent", "w:customXml", "w:smartTag", "w:ins", "w:moveTo")
)
_SKIPPED = frozenset(
    {
        *(qn(tag) for tag in ("w:del", "w:moveFrom", "w:instrText", "w:pPr", "w:txbxContent")),
        "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback",
    }
)
_MATH_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_SIGNS = {
    qn("w:tab"): "\t",
    qn("w:ptab"): "\t",
    qn("w:br"): "\n",
    qn("w:cr"): "\n",
    qn("w:noBreakHyphen"): "-",
}
_NOTES = (
    (qn("w:footnoteReference"), RELATIONSHIP_TYPE.FOOTNOTES, qn("w:footnote")),
    (qn("w:endnoteReference"), RELATIONSHIP_TYPE.ENDNOTES, qn("w:endnote")),
)


def parse_docx(
    data: bytes, name: str, options: ParseOptions, progress: Progress | None = None
) -> Document:
    """Return a Word document as one page.

    Raises EmptyFile, CorruptFile, and UnsupportedFormat for documents with macros.
    """
    with corrupt_on_error(name, "DOCX"):
        try:
            document = docx.Document(io.BytesIO(data))
        except ValueError as error:
            if "macroEnabled" not in str(error) and "template" not in str(error):
                raise
            raise UnsupportedFormat(
                f"{name}: a Word template or a document with macros.", hint="Save it as DOCX."
            ) from error
        blocks = tuple(_WordReader(document).read())
    if progress:
        progress(1, 1)
    return build_document(data, name, DOCX, [Page(1, blocks=blocks)])


class _WordReader:
    def __init__(self, document: WordDocument) -> None:
        self._body = document.element.body
        self._styles = Styles(document)
        self._numbering = Numbering(_part_root(document, RELATIONSHIP_TYPE.NUMBERING))
        self._notes = {
            reference: {
                note.get(qn("w:id")): note for note in _children_of_part(document, relation, tag)
            }
            for reference, relation, tag in _NOTES
        }

    def read(self) -> Iterator[Block]:
        return self._read_blocks(self._body)

    def _read_blocks(self, parent: Any) -> Iterator[Block]:
        for element in parent:
            if element.tag == _P:
                yield from self._read_paragraph(element)
            elif element.tag == _TBL:
                yield from self._read_table(element)
            elif element.tag in _WRAPPERS:
                yield from self._read_blocks(element)

    def _read_paragraph(self, paragraph: Any) -> Iterator[Block]:
        role = self._styles.role_of(paragraph)
        raw = _read_shown_text(paragraph)
        text = normalize_characters(raw).strip("\n") if role.kind == "code" else clean_text(raw)
        if text.strip() and not role.skipped:
            list_id, depth = role.numbered or ("", 0)
            label = self._numbering.next_label(list_id, depth) if list_id else ""
            text = f"{label} {text}" if label else text
            if role.kind == "list" or (role.kind == "text" and list_id):
                yield Block("list", text, level=max(role.level, depth))
            else:
                yield Block(role.kind, text, level=role.level)
        for box in _text_boxes(paragraph):
            yield from self._read_blocks(box)
        yield from self._read_footnotes(paragraph)

    def _read_footnotes(self, paragraph: Any) -> Iterator[Block]:
        for reference, notes in self._notes.items():
            for mark in paragraph.iter(reference):
                note = notes.get(mark.get(qn("w:id")))
                if note is None:
                    continue
                text = clean_text("\n".join(_read_shown_text(part) for part in note.iter(_P)))
                if text:
                    yield Block("footnote", text)

    def _read_table(self, table: Any) -> Iterator[Block]:
        grid = table_of(_read_table_cells(table))
        if grid.columns > 1:
            yield Block("table", table_markdown(grid), table=grid)
        else:  # a frame around text
            for row in _find_table_rows(table):
                for cell in _find_children(row, qn("w:tc")):
                    yield from self._read_blocks(cell)


def _read_table_cells(table: Any) -> list[Cell]:
    """Return the cells with their positions; those merged from above are joined to the first."""
    open_cells: dict[int, list[Any]] = {}
    done: list[list[Any]] = []
    for number, row in enumerate(_find_table_rows(table)):
        header = row.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is not None
        column = _read_number(row, "w:trPr/w:gridBefore", 0)
        for element in _find_children(row, qn("w:tc")):
            width = max(1, _read_number(element, "w:tcPr/w:gridSpan", 1))
            merge = element.find(f"{qn('w:tcPr')}/{qn('w:vMerge')}")
            continued = merge is not None and merge.get(qn("w:val"), "continue") == "continue"
            if continued and column in open_cells:
                open_cells[column][3] += 1
            else:
                cell = [number, column, _cell_text(element), 1, width, header]
                done.append(cell)
                open_cells[column] = cell
            column += width
    found = [Cell(row, column, text, *rest) for row, column, text, *rest in done]
    return found if any(cell.header for cell in found) else _mark_head_cells(found)


def _mark_head_cells(cells: Sequence[Cell]) -> list[Cell]:
    """Mark the head of a table whose merged cells show one, where the file marks none."""
    depth = head_depth(cells)
    has_numbers = any(_NUMBER.fullmatch(cell.text) for cell in cells if cell.row < depth)
    if depth == 1 or has_numbers:
        return list(cells)
    return [replace(cell, header=cell.row < depth) for cell in cells]


def _cell_text(cell: Any) -> str:
    lines: list[str] = []
    for paragraph in cell.iter(_P):
        lines.append(clean_text(_read_shown_text(paragraph)))
        lines.extend(
            clean_text(_read_shown_text(part))
            for box in _text_boxes(paragraph)
            for part in box.iter(_P)
        )
    return "\n".join(line for line in lines if line)


def _find_table_rows(table: Any) -> Iterable[Any]:
    return _find_children(table, qn("w:tr"))


def _find_children(parent: Any, tag: str) -> Iterator[Any]:
    """Yield the children of a kind, looking through content controls and insertions."""
    for element in parent:
        if element.tag == tag:
            yield element
        elif element.tag in _WRAPPERS:
            yield from _find_children(element, tag)


def _read_number(element: Any, path: str, default: int) -> int:
    found = element.find("/".join(qn(tag) for tag in path.split("/")))
    value = "" if found is None else found.get(qn("w:val"), "")
    return int(value) if re.fullmatch(r"\d{1,4}", value) else default


def _read_shown_text(paragraph: Any) -> str:
    """Return what is shown of a paragraph, without its text boxes."""
    parts: list[str] = []
    stack = list(reversed(paragraph))
    while stack:
        element = stack.pop()
        tag = element.tag
        if tag in _SKIPPED or not isinstance(tag, str):
            continue
        if tag in (qn("w:t"), _MATH_TEXT):
            parts.append(element.text or "")
        elif tag in _SIGNS:
            parts.append(_SIGNS[tag])
        elif tag == qn("w:r") and _is_hidden(element):
            continue
        else:
            stack.extend(reversed(element))
    return "".join(parts)


def _is_hidden(run: Any) -> bool:
    vanish = run.find(f"{qn('w:rPr')}/{qn('w:vanish')}")
    return vanish is not None and vanish.get(qn("w:val"), "1") not in ("0", "false")


def _text_boxes(paragraph: Any) -> Iterator[Any]:
    """Yield the contents of text boxes, each once: the copies for old programs are skipped."""
    stack = list(reversed(paragraph))
    while stack:
        element = stack.pop()
        if element.tag == qn("w:txbxContent"):
            yield element
        elif element.tag not in _SKIPPED:
            stack.extend(reversed(element))


def _children_of_part(document: WordDocument, relation: str, tag: str) -> list[Any]:
    root = _part_root(document, relation)
    return [] if root is None else list(root.iterchildren(tag))


def _part_root(document: WordDocument, relation: str) -> Any | None:
    """Return the root element of a part of the package, None when there is no such part."""
    for link in document.part.rels.values():
        if link.reltype == relation and not link.is_external:
            return parse_xml(link.target_part.blob)
    return None

"""Turns a parsed document into JSON and back: every field, compact and quick.

Rows are JSON lists in the order of the fields, so that a thousand pages stay small; the format
number comes first. Lone surrogates and NUL characters, which a broken font map can give and no
database takes, become U+FFFD: one for one, so that every offset stays right. Limits: reads only
its own format number; an older file is parsed again from the original.
"""

from __future__ import annotations

import re
from typing import Any

import orjson

from ingest.types import (
    Block,
    Box,
    Cell,
    Document,
    OutlineEntry,
    Page,
    PageQuality,
    ParseWarning,
    Span,
    Table,
)

FORMAT_VERSION = 1
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def encode_document(document: Document) -> bytes:
    """Return the document as UTF-8 JSON, made page by page, so that it needs little memory."""
    parts = [
        _dump_json(FORMAT_VERSION),
        _dump_json(document.id),
        _dump_json(document.name),
        _dump_json(document.media_type),
        _dump_json(document.sha256),
        b"[" + b",".join(_dump_json(_page_to_row(page)) for page in document.pages) + b"]",
        _dump_json([[entry.title, entry.level, entry.page] for entry in document.outline]),
        _dump_json([[w.code, w.message, w.page] for w in document.warnings]),
    ]
    return b"[" + b",".join(parts) + b"]"


def _dump_json(tree: Any) -> bytes:
    try:
        data = orjson.dumps(tree)
    except orjson.JSONEncodeError:
        return orjson.dumps(_replace_unstorable_in_tree(tree))
    return orjson.dumps(_replace_unstorable_in_tree(tree)) if b"\\u0000" in data else data


def decode_document(data: bytes) -> Document:
    """Return the document of `encode_document`'s bytes. Raises ValueError for other bytes."""
    try:
        version, *fields = orjson.loads(data)
        if version != FORMAT_VERSION:
            raise ValueError(f"format {version}, expected {FORMAT_VERSION}")
        identity, name, media_type, sha256, pages, outline, warnings = fields
        return Document(
            id=identity,
            name=name,
            media_type=media_type,
            sha256=sha256,
            pages=tuple(_to_page(row) for row in pages),
            outline=tuple(OutlineEntry(*row) for row in outline),
            warnings=tuple(ParseWarning(*row) for row in warnings),
        )
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"the stored document is damaged: {error}") from error


def replace_unstorable(text: str) -> str:
    """Return the text with characters that no database takes replaced, one for one."""
    return _UNSTORABLE.sub("\ufffd", text)


def _replace_unstorable_in_tree(tree: Any) -> Any:
    if isinstance(tree, str):
        return replace_unstorable(tree)
    return [_replace_unstorable_in_tree(item) for item in tree] if isinstance(tree, list) else tree


def _page_to_row(page: Page) -> list[Any]:
    blocks = [_block_to_row(block) for block in page.blocks]
    row = [page.number, page.width, page.height, page.label, list(page.furniture), blocks]
    found = page.quality
    return row if found is None else [*row, [found.source, found.readable, found.language]]


def _to_page(row: list[Any]) -> Page:
    number, width, height, label, furniture, blocks, *later = row  # older files have no quality
    return Page(
        number,
        width,
        height,
        tuple(_to_block(block) for block in blocks),
        label,
        tuple(furniture),
        PageQuality(*later[0]) if later else None,
    )


def _block_to_row(block: Block) -> list[Any]:
    spans = [[span.start, span.end, *_box_to_row(span.box)] for span in block.spans]
    table = None if block.table is None else _table_to_row(block.table)
    row = [
        block.kind,
        block.text,
        block.level,
        [_box_to_row(box) for box in block.boxes],
        spans,
        table,
    ]
    if block.mark:
        return [*row, block.description, block.mark]
    return [*row, block.description] if block.description else row


def _to_block(row: list[Any]) -> Block:
    kind, text, level, boxes, spans, table, *later = row  # empty fields at the end were left out
    description, mark = [*later, "", ""][:2]
    return Block(
        kind=kind,
        text=text,
        boxes=tuple(Box(*box) for box in boxes),
        level=level,
        table=None if table is None else _to_table(table),
        spans=tuple(Span(start, end, Box(*box)) for start, end, *box in spans),
        description=description,
        mark=mark,
    )


def _table_to_row(table: Table) -> list[Any]:
    cells = [
        [
            cell.row,
            cell.column,
            cell.text,
            cell.row_span,
            cell.column_span,
            cell.header,
            None if cell.box is None else _box_to_row(cell.box),
        ]
        for cell in table.cells
    ]
    return [table.rows, table.columns, cells]


def _to_table(row: list[Any]) -> Table:
    rows, columns, cells = row
    return Table(rows, columns, tuple(_to_cell(cell) for cell in cells))


def _to_cell(row: list[Any]) -> Cell:
    number, column, text, row_span, column_span, header, box = row
    cell_box = None if box is None else Box(*box)
    return Cell(number, column, text, row_span, column_span, header, cell_box)


def _box_to_row(box: Box) -> list[float]:
    return [box.page, box.x0, box.y0, box.x1, box.y1]

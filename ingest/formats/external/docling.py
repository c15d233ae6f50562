"""Parses PDFs with docling: turns `DoclingDocument.export_to_dict()` into a Document.

Items are walked from the body down, in reading order; groups that are lists nest their items.
Boxes count from the bottom left unless they say otherwise. Limits: text inside pictures and
descriptions of pictures are left out; docling downloads its models on first use.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any, TypeAlias

from ingest.document.table_text import table_markdown
from ingest.formats.common.builder import clean_text, normalize_characters
from ingest.formats.external.pages import Pages, import_engine_module, page_sizes
from ingest.options import ParseOptions, Progress
from ingest.types import Block, BlockKind, Box, Cell, Document, Table

INSTALL = "pip install docling"

Export: TypeAlias = Mapping[str, Any]

_KINDS: dict[str, BlockKind] = {
    "title": "title",
    "section_header": "heading",
    "list_item": "list",
    "caption": "caption",
    "formula": "formula",
    "footnote": "footnote",
    "code": "code",
}
_TABLES = ("table", "document_index")
_PICTURES = ("picture", "chart")


def parse_docling(
    data: bytes, name: str, options: ParseOptions, progress: Progress | None = None
) -> Document:
    """Parse a PDF with docling. Raises EngineMissing where it is not installed."""
    models = import_engine_module("docling.datamodel.base_models", INSTALL)
    pipeline = import_engine_module("docling.datamodel.pipeline_options", INSTALL)
    converters = import_engine_module("docling.document_converter", INSTALL)
    sizes = page_sizes(data, options)
    pipeline_options = pipeline.PdfPipelineOptions(do_ocr=options.ocr != "off")
    pdf = converters.PdfFormatOption(pipeline_options=pipeline_options)
    converter = converters.DocumentConverter(format_options={models.InputFormat.PDF: pdf})
    result = converter.convert(models.DocumentStream(name="document.pdf", stream=BytesIO(data)))
    document = docling_document(result.document.export_to_dict(), Pages(sizes), data, name)
    if progress:
        progress(len(sizes), len(sizes))
    return document


def docling_document(export: Export, pages: Pages, data: bytes, name: str) -> Document:
    """Return the document of an exported DoclingDocument; fills `pages`, which must be empty.

    Raises NoTextFound where there is no text, KeyError for what is no such export.
    """
    for item, depth in _walk_items(export, export["body"], 0):
        _add_item(pages, export, item, depth)
    return pages.build_document(data, name)


def _walk_items(export: Export, parent: Export, lists: int) -> Iterator[tuple[Export, int]]:
    """Yield the items below one in reading order, each with the number of lists it is in.

    A caption comes before its table or picture, wherever it stands in the tree, and only once.
    """
    stack = [(reference["$ref"], lists) for reference in reversed(parent.get("children", ()))]
    seen: set[str] = set()
    while stack:
        path, depth = stack.pop()
        if path in seen:
            continue
        seen.add(path)
        item = _resolve_reference(export, path)
        label = str(item.get("label", ""))
        captions = [entry["$ref"] for entry in item.get("captions", ())]
        for caption in captions:
            if caption not in seen:
                seen.add(caption)
                yield _resolve_reference(export, caption), depth
        if not path.startswith("#/groups/"):
            yield item, depth
        if label not in _PICTURES and label not in _TABLES:
            deeper = depth + (label in ("list", "ordered_list"))
            below = [reference["$ref"] for reference in item.get("children", ())]
            stack += [(reference, deeper) for reference in reversed(below)]


def _resolve_reference(export: Export, path: str) -> Export:
    """Return the item at a JSON pointer like "#/texts/3"."""
    _, kind, number = path.split("/")
    item: Export = export[kind][int(number)]
    return item


def _add_item(pages: Pages, export: Export, item: Export, depth: int) -> None:
    boxes = tuple(
        _build_item_box(pages, entry["page_no"], entry["bbox"]) for entry in item.get("prov", ())
    )
    if not boxes:
        return
    page, label = boxes[0].page, str(item["label"])
    if item.get("content_layer") == "furniture" or label in ("page_header", "page_footer"):
        pages.add_furniture(page, _read_item_text(item))
    elif label in _TABLES:
        table = _build_item_table(pages, page, item["data"])
        pages.add(page, Block("table", table_markdown(table), boxes, table=table))
    elif label in _PICTURES:
        pages.add(page, Block("figure", "", boxes))
    else:
        pages.add(page, _build_item_block(item, _KINDS.get(label, "text"), boxes, depth))


def _build_item_block(item: Export, kind: BlockKind, boxes: tuple[Box, ...], depth: int) -> Block:
    text = _read_item_text(item)
    match kind:
        case "title":
            return Block(kind, text, boxes, 1)
        case "heading":
            return Block(kind, text, boxes, int(item.get("level", 1)))
        case "list":
            marker = str(item.get("marker", "")) if item.get("enumerated") else ""
            return Block(kind, f"{marker} {text}".strip(), boxes, max(0, depth - 1))
        case "code":
            return Block(kind, normalize_characters(str(item["text"])), boxes)
        case _:
            return Block(kind, text, boxes)


def _read_item_text(item: Export) -> str:
    """Return an item's text; a formula that was not read has only its `orig`."""
    return clean_text(str(item.get("text") or item.get("orig") or ""))


def _build_item_box(pages: Pages, page: int, bbox: Export) -> Box:
    """Return a bounding box with the origin at the top left of its page."""
    _, height = pages.size_of(page)
    top, bottom = float(bbox["t"]), float(bbox["b"])
    if bbox.get("coord_origin", "BOTTOMLEFT") == "BOTTOMLEFT":
        top, bottom = height - top, height - bottom
    return pages.build_box(page, float(bbox["l"]), top, float(bbox["r"]), bottom)


def _build_item_table(pages: Pages, page: int, data: Export) -> Table:
    cells = [
        Cell(
            row=entry["start_row_offset_idx"],
            column=entry["start_col_offset_idx"],
            text=clean_text(str(entry["text"])),
            row_span=entry.get("row_span", 1),
            column_span=entry.get("col_span", 1),
            header=bool(entry.get("column_header") or entry.get("row_header")),
            box=_build_item_box(pages, page, entry["bbox"]) if entry.get("bbox") else None,
        )
        for entry in data["table_cells"]
    ]
    cells.sort(key=lambda cell: (cell.row, cell.column))
    return Table(data["num_rows"], data["num_cols"], tuple(cells))

"""Parses XLSX workbooks: one page for each sheet, with its tables and the values a reader sees.

Cells show what a reader of the sheet sees, as far as the number format tells: dates in ISO form,
percentages, fixed decimals, a currency sign. Thousands separators are left out, so that a number is
searched and checked the same way everywhere. Formulas show the value saved with them. Merged cells
span rows and columns; merged heads make heads of several rows.

Limits: no geometry; charts, comments and pictures are ignored. A formula saved without its value
(by a program that does not calculate) is empty, and a warning says so. More than five million
filled cells raise LimitExceeded. A merged cell that reaches over the cut of a long table is not
repeated below it.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import warnings as python_warnings
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import openpyxl

from ingest.document.table_builder import head_depth, table_of
from ingest.document.table_text import table_markdown
from ingest.errors import LimitExceeded
from ingest.formats.common.builder import build_document, clean_text, corrupt_on_error
from ingest.formats.common.detect import XLSX
from ingest.formats.office.sheet_tables import MergedAreas, SheetRow, find_regions, merged_areas
from ingest.options import ParseOptions, Progress
from ingest.types import Block, Cell, Document, Page, ParseWarning

_DECIMALS = re.compile(r"[0#?]\.(0+)")
_QUOTED = re.compile(r'"[^"]*"|\\.|_.|\*.')
_CURRENCY = re.compile(r"[$€£¥￥₹₩]")
_LOCALE_CURRENCY = re.compile(r"\[\$([^\]-]*)[^\]]*\]")
_BRACKETED = re.compile(r"\[[^\]]*\]")


def format_cell_value(value: object, number_format: str | None) -> str:
    """Return the text of a cell value: str, bool, int, float, date, time or duration."""
    match value:
        case bool():
            return "TRUE" if value else "FALSE"
        case dt.datetime():
            return _format_timestamp(value)
        case dt.date() | dt.time():
            return value.isoformat()
        case dt.timedelta():
            return str(value)
        case int() | float():
            return _format_cell_number(value, number_format or "General")
        case _:
            return str(value)


def is_number(value: object) -> bool:
    """Return whether a value is a quantity, not a label."""
    return isinstance(value, int | float | dt.date | dt.time | dt.timedelta) and not isinstance(
        value, bool
    )


def _format_timestamp(value: dt.datetime) -> str:
    if value.time() == dt.time():
        return value.date().isoformat()
    return value.isoformat(sep=" ", timespec="seconds" if value.second else "minutes")


def _format_cell_number(value: float, number_format: str) -> str:
    pattern = number_format.split(";")[0]
    currency = _CURRENCY.search(_LOCALE_CURRENCY.sub(r"\1", pattern))
    pattern = _QUOTED.sub("", _BRACKETED.sub("", pattern))
    decimals = _DECIMALS.search(pattern)
    places = len(decimals[1]) if decimals else 0
    if "%" in pattern:
        return f"{value * 100:.{places}f}%"
    if "E+" in pattern.upper() or not re.search("[0#]", pattern):
        return f"{value:.15g}"
    text = f"{value:.{places}f}"
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    return sign + (currency[0] if currency else "") + digits


_MAX_CELLS = 5_000_000
_ROWS_PER_TABLE = 500
_NO_VALUE = re.compile(rb"</f>\s*(?:<v\s*/>|<v>\s*</v>|</c>)|<f[^>]*/>\s*</c>")
_OVERLAP = 256
_PIECE = 1 << 20


def parse_xlsx(
    data: bytes, name: str, options: ParseOptions, progress: Progress | None = None
) -> Document:
    """Return a workbook; a sheet that cannot be read is a warning.

    Raises EmptyFile, CorruptFile, LimitExceeded.
    """
    pages: list[Page] = []
    warnings: list[ParseWarning] = []
    with python_warnings.catch_warnings():
        python_warnings.simplefilter("ignore")  # openpyxl warns of every feature it does not keep
        with corrupt_on_error(name, "XLSX"):
            workbook = openpyxl.load_workbook(
                io.BytesIO(data), read_only=True, data_only=True, keep_links=False
            )
        sheets = list(workbook.worksheets)
        if len(sheets) > options.max_pages:
            raise LimitExceeded(f"{name}: {len(sheets)} sheets, {options.max_pages} allowed.")
        left = _MAX_CELLS
        for number, sheet in enumerate(sheets, 1):
            try:
                merged = _read_merged_areas(sheet)
                rows = list(_iterate_sheet_rows(sheet, merged, left, name))
                left -= sum(len(row.cells) for row in rows)
                pages.append(_build_sheet_page(sheet.title, number, rows))
            except LimitExceeded:
                raise
            except Exception as error:  # noqa: BLE001 - one damaged sheet must not cost the others
                message = f"Sheet {sheet.title} cannot be read: {error or type(error).__name__}"
                warnings.append(ParseWarning("page_failed", message, number))
                pages.append(Page(number, label=sheet.title))
            if progress:
                progress(number, len(sheets))
    if _has_formula_without_value(data):
        message = "Some formulas were saved without their values; open and save it in Excel."
        warnings.append(ParseWarning("formula_without_value", message))
    return build_document(data, name, XLSX, pages, warnings)


def _read_merged_areas(sheet: Any) -> MergedAreas:
    """Return the merged areas of a sheet."""
    with sheet._get_source() as stream:  # openpyxl alone knows which member holds the sheet
        return merged_areas(stream)


def _iterate_sheet_rows(
    sheet: Any, merged: MergedAreas, left: int, name: str
) -> Iterator[SheetRow]:
    """Yield the rows that have text; the size a sheet claims for itself is not trusted."""
    sheet.reset_dimensions()
    for cells in sheet.iter_rows():
        texts: dict[int, str] = {}
        numbers: set[int] = set()
        index = 0
        for cell in cells:
            if cell.value is None:
                continue
            text = clean_text(format_cell_value(cell.value, cell.number_format))
            if text:
                index = cell.row
                texts[cell.column] = text
                if is_number(cell.value):
                    numbers.add(cell.column)
        if texts:
            left -= len(texts)
            if left < 0:
                raise LimitExceeded(f"{name}: more than {_MAX_CELLS:,} filled cells.")
            spans = {column: merged[index, column] for column in texts if (index, column) in merged}
            yield SheetRow(index, texts, frozenset(numbers), spans)


def _build_sheet_page(title: str, number: int, rows: Sequence[SheetRow]) -> Page:
    blocks = [block for region in find_regions(rows) for block in _region_blocks(region)]
    if blocks:
        blocks.insert(0, Block("heading", clean_text(title), level=1))
    return Page(number, blocks=tuple(blocks), label=title)


def _region_blocks(region: Sequence[SheetRow]) -> Iterator[Block]:
    """Yield a region as a table under its captions, or as text when it has a single column."""
    if len({column for row in region for column in row.cells}) == 1:
        for row in region:
            yield Block("text", next(iter(row.cells.values())))
        return
    first = 0
    leftmost = min(column for row in region for column in row.cells)
    while first < len(region) - 1 and _is_caption(region[first], leftmost):
        yield Block("caption", next(iter(region[first].cells.values())))
        first += 1
    rows = region[first:]
    depth = _count_head_rows(rows)
    header, body = rows[:depth], rows[depth:]
    marked = not any(row.numbers for row in header)
    for start in range(0, max(1, len(body)), _ROWS_PER_TABLE):
        part = body[start : start + _ROWS_PER_TABLE]
        table = table_of(
            [*_build_sheet_cells(header, marked), *_build_sheet_cells(part, header=False)]
        )
        yield Block("table", table_markdown(table), table=table)


def _is_caption(row: SheetRow, leftmost: int) -> bool:
    """Return whether a row of one cell is a caption of the table, not a head over some columns."""
    column = next(iter(row.cells))
    return len(row.cells) == 1 and (column == leftmost or column not in row.spans)


def _count_head_rows(rows: Sequence[SheetRow]) -> int:
    """Return how many rows are the head: one, or more where cells of the head are merged."""
    by_index = {row.index: at for at, row in enumerate(rows)}
    last = by_index.get(rows[0].index + head_depth(_build_sheet_cells(rows, header=True)) - 1, 0)
    numbers = next((at for at, row in enumerate(rows) if row.numbers), len(rows))
    return max(1, min(last + 1, numbers))


def _build_sheet_cells(rows: Iterable[SheetRow], header: bool) -> Iterator[Cell]:
    for row in rows:
        for column, text in row.cells.items():
            height, width = row.spans.get(column, (1, 1))
            yield Cell(row.index, column, text, height, width, header)


def _has_formula_without_value(data: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for member in archive.namelist():
            if not member.startswith("xl/worksheets/") or not member.endswith(".xml"):
                continue
            with archive.open(member) as stream:
                tail = b""
                while piece := stream.read(_PIECE):
                    if _NO_VALUE.search(tail + piece):
                        return True
                    tail = piece[-_OVERLAP:]
    return False

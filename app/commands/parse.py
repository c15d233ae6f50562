"""`docchat parse`: prints what docchat understands of a file; stores nothing."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.terminal.output import print_note, show_json

if TYPE_CHECKING:
    from ingest.types import Document
    from rag.settings import Settings


class Rendering(StrEnum):
    """How the document is printed."""

    MARKDOWN = "md"
    JSON = "json"


class TableFormat(StrEnum):
    """How tables are printed when only they are wanted."""

    MARKDOWN = "md"
    HTML = "html"
    CSV = "csv"
    TEXT = "text"


class Ocr(StrEnum):
    """Which pages are read by OCR."""

    OFF = "off"
    AUTO = "auto"
    FORCE = "force"


class LayoutBy(StrEnum):
    """Which pages a layout model looks at as well."""

    RULES = "rules"
    AUTO = "auto"
    MODEL = "model"


def command(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    format: Annotated[
        Rendering, typer.Option("--format", help="Markdown, or pages and blocks as JSON.")
    ] = Rendering.MARKDOWN,
    tables: Annotated[
        TableFormat | None, typer.Option(help="Print the tables only, in this form.")
    ] = None,
    table: Annotated[
        int | None, typer.Option(min=1, help="With --tables: only this one; they count from 1.")
    ] = None,
    ocr: Annotated[
        Ocr | None, typer.Option(help="Pages without text (auto), all (force), none (off).")
    ] = None,
    layout: Annotated[
        LayoutBy | None,
        typer.Option(help="A layout model looks at no page, at doubtful ones (auto), at all."),
    ] = None,
    furniture: Annotated[
        bool | None,
        typer.Option("--furniture/--no-furniture", help="Keep running headers and footers."),
    ] = None,
    figures: Annotated[
        Path | None,
        typer.Option(file_okay=False, help="Write the figures of a PDF as PNG into this folder."),
    ] = None,
) -> None:
    """Show what docchat understands of a file: text, headings, tables, boxes."""
    from app.commands.figures import check_folder, write_figures
    from ingest.errors import InvalidRequest
    from ingest.formats.registry import parse_file
    from ingest.storage.files import open_regular
    from rag.pipeline.factories import build_parse_options

    if tables is None and table is not None:
        raise InvalidRequest("--table says which one to print: give --tables as well")
    if figures is not None:
        check_folder(figures)
    with open_regular(file) as stream:
        data = stream.read()
    document = parse_file(
        data, file.name, build_parse_options(_choose_settings(ocr, layout, furniture))
    )
    for warning in document.warnings:
        print_note(
            f"warning: {warning.message}" + (f" (page {warning.page})" if warning.page else "")
        )
    if figures is not None:
        count = write_figures(data, document, figures)
        print_note(f"{count} figure{'' if count == 1 else 's'} written to {figures}")
    _print_document(document, format, tables, table)


command.__name__ = "parse"


def _choose_settings(ocr: Ocr | None, layout: LayoutBy | None, furniture: bool | None) -> Settings:
    """Return the settings with what the options choose. Raises SettingsInvalid."""
    from rag.settings import load_settings

    chosen: dict[str, Any] = {}
    if ocr is not None:
        chosen["ocr"] = ocr.value
    if layout is not None:
        chosen["layout"] = layout.value
    if furniture is not None:
        chosen["furniture"] = "keep" if furniture else "drop"
    return load_settings(parse=chosen) if chosen else load_settings()


def _print_document(
    document: Document, form: Rendering, tables: TableFormat | None, table: int | None
) -> None:
    from ingest.document.markdown import document_markdown

    if tables is not None:
        _print_tables(document, tables, table)
    elif form is Rendering.JSON:
        show_json(_parsed_json(document))
    else:
        typer.echo(document_markdown(document))


def _print_tables(document: Document, form: TableFormat, number: int | None) -> None:
    """Print all tables, a blank line between, or one of them as it is."""
    from ingest.document.table_html import table_csv, table_html
    from ingest.document.table_sentences import table_sentences
    from ingest.document.table_text import table_markdown
    from ingest.errors import InvalidRequest

    found = [block.table for block in document.blocks if block.table is not None]
    if number is not None and number > len(found):
        raise InvalidRequest(f"there is no table {number}: the document has {len(found)}")
    chosen = found if number is None else [found[number - 1]]
    written = {
        TableFormat.MARKDOWN: table_markdown,
        TableFormat.HTML: table_html,
        TableFormat.CSV: table_csv,
        TableFormat.TEXT: table_sentences,
    }[form]
    texts = [written(table).replace("\r\n", "\n").rstrip("\n") for table in chosen]
    if texts:
        typer.echo("\n\n".join(texts))


def _parsed_json(document: Document) -> dict[str, Any]:
    from app.schemas.documents import OutlineEntryOut, WarningOut
    from app.schemas.page_blocks import page_outs

    outline = [OutlineEntryOut.model_validate(each) for each in document.outline]
    warnings = [WarningOut.model_validate(each) for each in document.warnings]
    return {
        "name": document.name,
        "media_type": document.media_type,
        "sha256": document.sha256,
        "outline": [each.model_dump(mode="json") for each in outline],
        "warnings": [each.model_dump(mode="json") for each in warnings],
        "pages": [page.model_dump(mode="json") for page in page_outs(document)],
    }

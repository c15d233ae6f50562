"""`docchat parse`: what docchat understands of a file; nothing is stored."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.commands.terminal import note, show_json

if TYPE_CHECKING:
    from ingest.types import Document


class Rendering(StrEnum):
    """How the document is printed."""

    MARKDOWN = "md"
    JSON = "json"


class Ocr(StrEnum):
    """Which pages are read by OCR."""

    OFF = "off"
    AUTO = "auto"
    FORCE = "force"


def command(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    format: Annotated[
        Rendering, typer.Option("--format", help="Markdown, or pages and blocks as JSON.")
    ] = Rendering.MARKDOWN,
    ocr: Annotated[
        Ocr | None, typer.Option(help="Pages without text (auto), all (force), none (off).")
    ] = None,
    furniture: Annotated[
        bool | None,
        typer.Option("--furniture/--no-furniture", help="Keep running headers and footers."),
    ] = None,
) -> None:
    """Show what docchat understands of a file: text, headings, tables, boxes."""
    from ingest.files import open_regular
    from ingest.formats import parse
    from ingest.markdown import document_markdown
    from rag.bootstrap import parse_options
    from rag.settings import load_settings

    chosen: dict[str, Any] = {}
    if ocr is not None:
        chosen["ocr"] = ocr.value
    if furniture is not None:
        chosen["furniture"] = "keep" if furniture else "drop"
    settings = load_settings(parse=chosen) if chosen else load_settings()
    with open_regular(file) as stream:
        document = parse(stream.read(), file.name, parse_options(settings))
    for warning in document.warnings:
        note(f"warning: {warning.message}" + (f" (page {warning.page})" if warning.page else ""))
    if format is Rendering.JSON:
        show_json(_parsed_json(document))
    else:
        typer.echo(document_markdown(document))


command.__name__ = "parse"


def _parsed_json(document: Document) -> dict[str, Any]:
    from app.insides import page_outs
    from app.schemas import OutlineEntryOut, WarningOut

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

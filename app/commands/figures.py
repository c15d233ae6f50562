"""`docchat parse --figures`: writes the figures of a PDF as PNG files, and their list as JSON.

Limits: only PDFs; pictures in the folder with the same names are replaced, others stay.
`figures.json` is written last: where it exists, all pictures that it names exist.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from ingest.document.figures import Figure
    from ingest.types import Document

LISTING = "figures.json"


def check_folder(folder: Path) -> None:
    """Make the folder, before a long parse and not after it. Raises BadParameter."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _build_unwritable_error(folder, error) from error


def write_figures(data: bytes, document: Document, folder: Path) -> int:
    """Write each figure and the listing; return how many there are.

    `data` are the bytes that `document` was parsed from. Raises InvalidRequest for what is no PDF.
    """
    from ingest.document.figures import figures_of
    from ingest.errors import InvalidRequest
    from ingest.pdf.reading.reader import open_pdf

    if document.media_type != "application/pdf":
        raise InvalidRequest("--figures: figures can be cut out of PDFs only")
    figures = figures_of(document)
    listed = json.dumps(
        [_figure_to_json(figure) for figure in figures], ensure_ascii=False, indent=2
    )
    try:
        with open_pdf(data) as source:
            for figure in figures:
                picture = source.render(figure.box.page, figure.scale, clip=figure.box)
                (folder / figure.name).write_bytes(picture)
        (folder / LISTING).write_text(listed + "\n", encoding="utf-8")
    except OSError as error:
        raise _build_unwritable_error(folder, error) from error
    return len(figures)


def _figure_to_json(figure: Figure) -> dict[str, Any]:
    box = figure.box
    return {
        "file": figure.name,
        "page": box.page,
        "caption": figure.caption,
        "box": [round(value, 2) for value in (box.x0, box.y0, box.x1, box.y1)],
    }


def _build_unwritable_error(folder: Path, error: OSError) -> typer.BadParameter:
    return typer.BadParameter(f"{folder} cannot be written to: {error.strerror or error}.")

"""Loads the parser that the settings name instead of docchat's own, and runs it on a PDF.

An engine is a function `(data, name, options, progress) -> Document` with an address
"package.module:function"; those that docchat has adapters for have short names. None of them is a
dependency of docchat. Engines parse PDFs only; docchat parses the other formats itself. Errors of
an engine that are no IngestError become ParserCrashed, so a file is never lost silently.

Limits: an engine runs in the parsing process, under its limits on time and memory; its document is
checked for its type, pages and boxes, not for its sense.
"""

from __future__ import annotations

import importlib
from typing import Any

from ingest.errors import EngineMissing, IngestError, ParserCrashed
from ingest.options import ParseOptions, Progress
from ingest.types import Document

BUILTIN = "builtin"

NAMED_ENGINES = {
    "docling": "ingest.formats.external.docling:parse_docling",
    "mineru": "ingest.formats.external.mineru:parse_mineru",
    "pymupdf4llm": "ingest.formats.external.pymupdf4llm:parse_pymupdf4llm",
}
"""Short names of engines, each with its address."""


def parse_with(
    engine: str, data: bytes, name: str, options: ParseOptions, progress: Progress | None
) -> Document:
    """Return the document that the engine of this name or at this address makes of a PDF.

    Raises EngineMissing where there is none, ParserCrashed when it fails or its document is wrong.
    """
    function = _load_engine(engine)
    try:
        document: object = function(data, name, options, progress)
    except IngestError:
        raise
    except Exception as error:
        raise ParserCrashed(f"{engine} failed: {type(error).__name__}: {error}") from error
    return _check_document(document, engine)


def _load_engine(engine: str) -> Any:
    module, _, function = NAMED_ENGINES.get(engine, engine).partition(":")
    if not module or not function:
        raise EngineMissing(f"{engine!r} is no address of a parser.")
    try:
        return getattr(importlib.import_module(module), function)
    except Exception as error:
        raise EngineMissing(f"The parser {engine} cannot be loaded: {error}") from error


def _check_document(document: object, engine: str) -> Document:
    if not isinstance(document, Document):
        raise ParserCrashed(f"{engine} gave a {type(document).__name__}, not a Document.")
    numbers = [page.number for page in document.pages]
    if numbers != list(range(1, len(numbers) + 1)):
        raise ParserCrashed(f"{engine} numbered the pages {numbers[:5]} and so on, not from 1.")
    for block in document.blocks:
        for box in block.boxes:
            if not 1 <= box.page <= len(numbers) or box.x0 > box.x1 or box.y0 > box.y1:
                raise ParserCrashed(f"{engine} gave a box that is on no page: {box}.")
    return document

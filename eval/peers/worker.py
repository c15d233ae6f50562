"""Loads one PDF parser, converts the PDFs named on stdin to Markdown, and reports the times.

Runs as a script in the interpreter that the parser is installed for, which need not have docchat:
beside the parser only the standard library is imported. A line on stdin is a JSON object of `pdfs`
and `outs`, two lists of paths; a line on stdout has `seconds`, `cpu_s` and `errors`, an object from
PDF to the reason. Limits: CPU seconds are those of this process, its threads, and the processes it
started that have ended; not on Windows.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

Convert = Callable[[str], str]
"""Takes the path of a PDF, returns Markdown."""
Failures = dict[str, str]
"""The reasons why PDFs failed, by path."""


def load_docchat(choices: str) -> Convert:
    """Return docchat in its settings, but for `choices` like "ocr=off,furniture=keep"."""
    from ingest.document.markdown import document_markdown
    from ingest.pdf.parse import parse_pdf
    from rag.pipeline.factories import build_parse_options
    from rag.settings import load_settings

    chosen = dict(each.split("=", 1) for each in choices.split(",") if each)
    options = build_parse_options(load_settings(parse=chosen) if chosen else load_settings())

    def convert_pdf(pdf: str) -> str:
        path = Path(pdf)
        return document_markdown(parse_pdf(path.read_bytes(), path.name, options))

    return convert_pdf


def load_pymupdf4llm(layout: str) -> Convert:
    """Return PyMuPDF4LLM; with "layout" by its neural layout model, else without."""
    import pymupdf4llm as peer

    if layout == "layout":
        peer.use_layout(True)
        return lambda pdf: str(peer.to_markdown(pdf, use_ocr=False, show_progress=False))
    peer.use_layout(False)
    return lambda pdf: str(peer.to_markdown(pdf, show_progress=False))


def load_markitdown(_choices: str) -> Convert:
    """Return Microsoft's MarkItDown."""
    from markitdown import MarkItDown

    peer = MarkItDown()
    return lambda pdf: str(peer.convert(pdf).text_content)


def convert_by_opendataloader(pdfs: list[str], outs: list[Path]) -> Failures:
    """Convert by OpenDataLoader PDF, which starts a Java machine for each call."""
    import opendataloader_pdf as peer

    with tempfile.TemporaryDirectory() as folder:
        peer.convert(pdfs, folder, format="markdown", quiet=True, image_output="off")
        failures: Failures = {}
        for pdf, out in zip(pdfs, outs, strict=True):
            made = Path(folder) / f"{Path(pdf).stem}.md"
            if made.is_file():
                out.write_bytes(made.read_bytes())
            else:
                failures[pdf] = "it wrote no Markdown"
        return failures


def load_liteparse(_choices: str) -> Convert:
    """Return LiteParse without OCR."""
    from liteparse import LiteParse

    peer = LiteParse(output_format="markdown", ocr_enabled=False)
    return lambda pdf: str(peer.parse(pdf).text)


def load_pdf_inspector(_choices: str) -> Convert:
    """Return pdf-inspector."""
    import pdf_inspector as peer

    return lambda pdf: str(peer.process_pdf(pdf).markdown or "")


def load_edgeparse(_choices: str) -> Convert:
    """Return EdgeParse without its OCR of tables."""
    import edgeparse as peer

    return lambda pdf: str(peer.convert(pdf, format="markdown", raster_table_ocr=False))


def load_kreuzberg(_choices: str) -> Convert:
    """Return Kreuzberg without OCR and without its cache."""
    import kreuzberg as peer

    config = peer.ExtractionConfig(output_format="markdown", use_cache=False, disable_ocr=True)
    return lambda pdf: str(peer.extract_file_sync(pdf, config=config).content)


PEERS: dict[str, Callable[[str], Convert]] = {
    "docchat": load_docchat,
    "pymupdf4llm": load_pymupdf4llm,
    "markitdown": load_markitdown,
    "liteparse": load_liteparse,
    "pdf_inspector": load_pdf_inspector,
    "edgeparse": load_edgeparse,
    "kreuzberg": load_kreuzberg,
}
"""By name; what follows a colon in the name is handed to the function."""
BATCHES = {"opendataloader": convert_by_opendataloader}
"""Parsers that take long to start; they get all documents of a set at once."""


def main(name: str) -> None:
    """Load a parser, then convert what stdin names until it ends."""
    # Parsers print to stdout, so that becomes stderr; replies go to a copy of the old stdout.
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    convert = _build_converter(name)
    for line in sys.stdin:
        request = json.loads(line)
        start, cpu = time.perf_counter(), _cpu_seconds()
        errors = convert(request["pdfs"], [Path(out) for out in request["outs"]])
        seconds = time.perf_counter() - start
        reply = {"seconds": seconds, "cpu_s": _cpu_seconds() - cpu, "errors": errors}
        replies.write(json.dumps(reply) + "\n")
        replies.flush()


def _build_converter(name: str) -> Callable[[list[str], list[Path]], Failures]:
    if name in BATCHES:
        return BATCHES[name]
    peer, _, choices = name.partition(":")
    convert = PEERS[peer](choices)

    def one_by_one(pdfs: list[str], outs: list[Path]) -> Failures:
        failures: Failures = {}
        for pdf, out in zip(pdfs, outs, strict=True):
            try:
                out.write_bytes(convert(pdf).encode("utf-8", "replace"))
            except Exception as problem:  # noqa: BLE001 - whatever a parser raises is its failure
                failures[pdf] = f"{type(problem).__name__}: {problem}"
        return failures

    return one_by_one


def _cpu_seconds() -> float:
    both = [resource.getrusage(each) for each in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in both)


if __name__ == "__main__":
    main(sys.argv[1])

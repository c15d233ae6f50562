"""`docchat doctor`: checks that all that is needed is there, and that all that is stored agrees."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.terminal.output import Format, FormatOption, open_docchat, show_json, size_text
from app.terminal.work_queue import work_off
from ingest.errors import IngestError
from rag.errors import RagError

if TYPE_CHECKING:
    from ingest.maintenance.audit import Finding
    from rag.pipeline.bootstrap import Docchat
    from rag.settings import ParseSettings

_LOW_DISK = 500_000_000


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that docchat needs; `detail` is what there is, or what is wrong."""

    name: str
    ok: bool
    detail: str
    hint: str = ""


def command(
    repair: Annotated[bool, typer.Option("--repair", help="Mend what can be mended.")] = False,
    deep: Annotated[bool, typer.Option("--deep", help="Read every stored file as well.")] = False,
    format: FormatOption = Format.TEXT,
) -> None:
    """Check the installation, and that files, rows, vectors and postings agree.

    Ends with 1 when something is wrong that was not repaired.
    """
    from ingest.maintenance.audit import audit_library, repair_library

    with open_docchat() as docchat:
        repaired: Sequence[Finding] = []
        if repair:
            repaired = repair_library(docchat.library)
            work_off(docchat, [])
        checks = list(run_checks(docchat))  # after the repair, to show the present state
        findings = audit_library(docchat.library, deep=deep)
    if format is Format.JSON:
        show_json(_build_report(checks, findings, repaired))
    else:
        _print_report(checks, findings, repaired)
    if findings or not all(check.ok for check in checks):
        raise typer.Exit(1)


command.__name__ = "doctor"


def run_checks(docchat: Docchat) -> Iterator[Check]:
    """Yield what was found of each part; loads the models."""
    from app.services.status import read_version
    from ingest.embedding.models.bundled import (
        BUNDLED,
        MISSING_E5,
        MISSING_E5_HINT,
        find_e5_file,
    )
    from ingest.embedding.sentence_transformer import SentenceTransformerEmbedder

    settings, library = docchat.settings, docchat.library

    def describe_embedder() -> str:
        vectors = library.embedder.embed(["ready"])
        languages = ", ".join(sorted(library.embedder.languages))
        own = library.embedder
        by = f", by {own.backend}" if isinstance(own, SentenceTransformerEmbedder) else ""
        return f"{own.name}, {vectors.shape[1]} dimensions, languages {languages}{by}"

    yield Check("version", True, read_version())
    free = shutil.disk_usage(settings.home).free
    yield Check("home", True, str(settings.home))
    yield Check(
        "disk", free > _LOW_DISK, f"{size_text(free)} free", "Make room: half a gigabyte at least."
    )
    yield _run_check("database", lambda: f"{_count_documents(docchat)} documents")
    yield _run_check("embedder", describe_embedder)
    if settings.embedder.model == BUNDLED and find_e5_file() is None:
        yield Check("multilingual model", False, MISSING_E5, MISSING_E5_HINT)
    yield _run_check("dense index", lambda: f"{len(library.dense.ids())} entries")
    yield _run_check("lexical index", lambda: f"{len(library.lexical.ids())} entries")
    yield _run_check("answerer", lambda: docchat.answerer.name)
    yield from _model_server(docchat)
    yield _ocr_check(settings.parse)


def _ocr_check(parse: ParseSettings) -> Check:
    """Return which engine reads pages without text; starts none."""
    from ingest.pdf.ocr.choose_engine import find_engine

    if parse.ocr == "off":
        return Check("ocr", True, "turned off")
    engine = find_engine(parse.ocr_engine, parse.ocr_languages)
    if engine is None:
        missing = "not installed: pages without text cannot be read (docchat[ocr], or Tesseract)"
        return Check("ocr", True, missing)
    return Check("ocr", True, f"installed: {engine.name}")


def _model_server(docchat: Docchat) -> Iterator[Check]:
    """Yield whether the model's server answers; nothing where the answers need no server."""
    from rag.models.base import HasServer

    try:
        model: object = docchat.model
    except RagError:
        return  # the check of the answerer has reported it
    if isinstance(model, HasServer):
        yield _run_check("model server", model.reach)


def _count_documents(docchat: Docchat) -> int:
    return sum(collection.documents for collection in docchat.library.list_collections())


def _run_check(name: str, question: Callable[[], str]) -> Check:
    try:
        return Check(name, True, question())
    except (IngestError, RagError) as error:
        return Check(name, False, error.message, error.advice)


def _build_report(
    checks: Sequence[Check], findings: Sequence[Finding], repaired: Sequence[Finding]
) -> dict[str, Any]:
    return {
        "ok": not findings and all(check.ok for check in checks),
        "checks": [asdict(check) for check in checks],
        "findings": [asdict(finding) for finding in findings],
        "repaired": [asdict(finding) for finding in repaired],
    }


def _print_report(
    checks: Sequence[Check], findings: Sequence[Finding], repaired: Sequence[Finding]
) -> None:
    for check in checks:
        typer.echo(f"{'ok  ' if check.ok else 'BAD '}{check.name + ':':<15}{check.detail}")
        if not check.ok:
            typer.echo(f"    hint: {check.hint}")
    for finding in repaired:
        typer.echo(f"repaired: {finding.message}")
    for finding in findings:
        typer.echo(f"BAD {finding.code}: {finding.message}")
    if any(finding.repairable for finding in findings):
        typer.echo("    hint: run `docchat doctor --repair`")
    if not findings:
        typer.echo("ok  files, rows, vectors and postings agree")

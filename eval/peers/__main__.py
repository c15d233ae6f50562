"""Compares docchat with other PDF parsers: same documents, same scoring, same session.

Run as `python -m eval.peers`. Other parsers are installed in an environment of their own, so that
their requirements and licences do not affect docchat. Limits: only the parsers that
`eval.peers.worker` knows, on Linux and macOS.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from eval.errors import EvalError
from eval.packages import check_packages
from eval.peers.drive import Cost, Peer, run_peers
from eval.peers.worker import BATCHES, PEERS
from eval.report.tables import PIPE_WIDTH
from eval.systems.temporary_docchat import Progress
from ingest.errors import IngestError
from ingest.pdf.reading.reader import open_pdf

if TYPE_CHECKING:
    from eval.parsing.references import Figures
    from eval.parsing.sets import ParsingSet

_SCORING_S, _SCORING_MB = 1_800.0, 4_096


@dataclass(frozen=True, slots=True)
class PeerResult:
    """A parser on a set; seconds are means per document."""

    parser: str
    dataset: str
    documents: int
    pages: int
    figures: Figures
    seconds: float
    cpu_s: float
    pages_per_cpu_s: float | None
    failed: dict[str, str]


def main(
    data: Annotated[Path, typer.Option("--data", help="Folder of a parsing set, or of several.")],
    parser: Annotated[
        list[str],
        typer.Option(help="NAME or NAME=PYTHON, the interpreter it is installed for; repeated."),
    ],
    out: Annotated[Path, typer.Option(help="Folder for the Markdown, as PARSER/SET/NAME.md.")],
    sets: Annotated[str, typer.Option(help="Only these sets, with commas between.")] = "",
    timeout_s: Annotated[float, typer.Option(help="Seconds for one document.")] = 300.0,
    output: Annotated[Path | None, typer.Option(help="Also write the results as JSON.")] = None,
) -> None:
    """Run parsers and docchat over the same documents in turn; print figures and seconds.

    Parsers: docchat, docchat:ocr=off,furniture=keep (any parse settings), pymupdf4llm,
    pymupdf4llm:layout, markitdown, opendataloader, liteparse, pdf_inspector, edgeparse, kreuzberg.
    """
    console = Console(stderr=True)
    try:
        check_packages()
        from eval.parsing.sets import load_parsing_sets

        found = load_parsing_sets(data, [name for name in sets.split(",") if name])
        peers = [_parse_peer(each) for each in parser]
        costs = run_peers(found, peers, out, timeout_s, _make_progress_printer(console))
        results = [
            result for peer in peers for result in _score_peer(peer, found, out, costs[peer.name])
        ]
    except EvalError as error:
        typer.echo(f"Error: {error.message}\n{error.advice}", err=True)
        raise typer.Exit(2) from error
    if output is not None:
        rows = [asdict(each) for each in results]
        output.write_text(json.dumps({"results": rows}, ensure_ascii=False, indent=2))
    for each in found:
        _print_results(each, [result for result in results if result.dataset == each.name])


def _parse_peer(written: str) -> Peer:
    """Read NAME, NAME:choices or either with =PYTHON at the end, where a path begins."""
    name, sign, python = written.rpartition("=")
    if not sign or os.sep not in python:
        name, python = written, sys.executable
    if name.partition(":")[0] not in PEERS and name not in BATCHES:
        raise EvalError(f"There is no parser {name}.", hint=f"There are: {', '.join(PEERS)}.")
    return Peer(name, python)


def _score_peer(
    peer: Peer, sets: Sequence[ParsingSet], out: Path, costs: Sequence[Cost]
) -> list[PeerResult]:
    from eval.parsing.children import Children
    from eval.parsing.suite import run_on_markdown

    children = Children(os.cpu_count() or 1, _SCORING_S, _SCORING_MB)
    scores = run_on_markdown(sets, out / peer.folder, children)
    results = []
    for parsing_set, score, cost in zip(sets, scores, costs, strict=True):
        pages = sum(
            _count_pages(parsing_set.pdf_path_of(document)) for document in parsing_set.documents
        )
        results.append(
            PeerResult(
                parser=peer.name,
                dataset=parsing_set.name,
                documents=score.documents,
                pages=pages,
                figures=score.figures,
                seconds=cost.seconds / score.documents,
                cpu_s=cost.cpu_s / score.documents,
                pages_per_cpu_s=pages / cost.cpu_s if cost.cpu_s else None,
                failed={failure.case: failure.message for failure in cost.failures},
            )
        )
    return results


def _count_pages(path: Path) -> int:
    """Count the pages of a PDF, 0 for one that cannot be opened."""
    try:
        with open_pdf(path.read_bytes()) as source:
            return source.pages
    except IngestError:
        return 0


def _print_results(parsing_set: ParsingSet, results: Sequence[PeerResult]) -> None:
    from eval.parsing.show import format_figure

    table = Table(
        title=f"{parsing_set.name} ({parsing_set.kind}): {len(parsing_set.documents)} documents"
    )
    names = list(results[0].figures)
    for name in ("parser", *names, "s/doc", "CPU s/doc", "pages/CPU s", "failed"):
        table.add_column(name, justify="left" if name == "parser" else "right", no_wrap=True)
    for each in results:
        speed = "-" if each.pages_per_cpu_s is None else f"{each.pages_per_cpu_s:.1f}"
        figures = [format_figure(name, each.figures[name]) for name in names]
        costs = (f"{each.seconds:.3f}", f"{each.cpu_s:.3f}", speed, str(len(each.failed)))
        table.add_row(each.parser, *figures, *costs)
    Console(width=max(PIPE_WIDTH, 24 + 12 * len(table.columns))).print(table)


def _make_progress_printer(console: Console) -> Progress:
    """Return a function that prints a line for each stage and each tenth of a set."""
    last = ""

    def print_progress(stage: str, done: int, total: int) -> None:
        nonlocal last
        line = f"{stage}: {done * 10 // max(1, total)}0 %"
        if line != last:
            last = line
            console.print(line, markup=False, highlight=False)

    return print_progress


if __name__ == "__main__":
    typer.run(main)

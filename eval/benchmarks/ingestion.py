"""Times how long PDFs take to become searchable, beside the usual LangChain pipeline.

Run as `python -m eval.benchmarks.ingestion`.

Three sides run in turn, each in a process of its own: docchat through its own worker; LangChain's
PyMuPDFLoader, RecursiveCharacterTextSplitter, HuggingFaceEmbeddings and Chroma as its guides
combine them, with the same model; and the embedder alone on the passages that docchat made, which
is the best that docchat could reach. Limits: the sides make passages of different sizes, so compare
pages; loading the models is part of the time.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from ingest.embedding.models.bundled import open_e5
from rag.pipeline.bootstrap import build_docchat
from rag.pipeline.factories import disable_telemetry, make_embedder
from rag.settings import Settings

_PASSAGES = "passages.json"


@dataclass(frozen=True, slots=True)
class SideMeasurement:
    """What one side needed: seconds on the clock and of all processors, and the most memory."""

    side: str
    pages: int
    chunks: int
    seconds: float
    cpu_seconds: float
    memory_mb: int


def docchat_side(files: Sequence[Path], work: Path) -> tuple[int, int]:
    """Ingest with default settings; return pages and chunks. Leaves the passages in `work`."""
    docchat = build_docchat(Settings(home=work / "home"))
    library = docchat.library
    collection = library.create_collection("bench").id
    for file in files:
        library.add(file, file.name, collection)
    docchat.create_worker().run(threading.Event(), until_idle=True)
    listed = library.list_documents(collection, page_size=1_000).items
    ready = [document for document in listed if document.searchable]
    texts = [chunk.indexed_text for each in ready for chunk in library.read_chunks(each.id)]
    (work / _PASSAGES).write_text(json.dumps(texts), encoding="utf-8")
    pages = sum(document.pages for document in ready)
    docchat.close()
    return pages, len(texts)


def embedder_side(files: Sequence[Path], work: Path) -> tuple[int, int]:
    """Embed the passages that docchat made, in one call."""
    texts: list[str] = json.loads((work / _PASSAGES).read_text(encoding="utf-8"))
    settings = Settings(home=work / "home")
    make_embedder(settings.embedder, settings.home).embed(texts)
    return 0, len(texts)


def langchain_side(files: Sequence[Path], work: Path) -> tuple[int, int]:
    """Load, split, embed and store as LangChain's guides do; return pages and chunks."""
    warnings.simplefilter("ignore")  # langchain-community announces its successors at import
    from langchain_chroma import Chroma
    from langchain_community.document_loaders import PyMuPDFLoader
    from langchain_community.embeddings import HuggingFaceEmbeddings
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    pages = [page for file in files for page in PyMuPDFLoader(str(file)).load()]
    splitter = RecursiveCharacterTextSplitter(chunk_size=1_000, chunk_overlap=200)
    chunks = splitter.split_documents(pages)
    weights = open_e5()
    embeddings = HuggingFaceEmbeddings(
        model_name=str(weights.provide_folder(work.parent)),  # made before the clock ran
        encode_kwargs={"prompt": weights.prefixes.passage},
    )
    store = Chroma("bench", embeddings, persist_directory=str(work / "langchain"))
    for start in range(0, len(chunks), 5_000):  # what Chroma takes in one call
        store.add_documents(chunks[start : start + 5_000])
    return len(pages), len(chunks)


SIDES: dict[str, Callable[[Sequence[Path], Path], tuple[int, int]]] = {
    "docchat": docchat_side,
    "embedder alone": embedder_side,
    "langchain": langchain_side,
}


def choose_pdfs(folder: Path, most_pages: int, seed: int) -> list[Path]:
    """Return PDFs below `folder` in random order, until they have `most_pages` pages."""
    from ingest.pdf.reading.reader import open_pdf

    files = sorted(folder.rglob("*.pdf"))
    Random(seed).shuffle(files)
    picked: list[Path] = []
    pages = 0
    for file in files:
        if pages >= most_pages:
            break
        with open_pdf(file.read_bytes()) as source:
            pages += source.pages
        picked.append(file)
    return picked


def _measure_side(side: str, files: Sequence[Path], work: Path) -> SideMeasurement:
    """Run one side in a process of its own and return what it took."""
    request = json.dumps({"side": side, "files": [str(file) for file in files], "work": str(work)})
    command = [sys.executable, "-m", "eval.benchmarks.ingestion", "--run", request]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return SideMeasurement(**json.loads(done.stdout.splitlines()[-1]))


def _run_side(request: str) -> None:
    """Do the work of one side in this process and print what it took, as JSON."""
    disable_telemetry()
    order = json.loads(request)
    files, work = [Path(name) for name in order["files"]], Path(order["work"])
    started = time.perf_counter()
    pages, chunks = SIDES[order["side"]](files, work)
    seconds = time.perf_counter() - started
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu = sum(each.ru_utime + each.ru_stime for each in usage)
    memory = sum(each.ru_maxrss for each in usage) // 1024
    found = SideMeasurement(order["side"], pages, chunks, seconds, cpu, memory)
    typer.echo(json.dumps(asdict(found)))


@dataclass(frozen=True, slots=True)
class SideSummary:
    """Medians of a side over all runs; `ratio` is of its seconds to docchat's, run by run."""

    side: str
    pages: int
    chunks: int
    seconds: float
    cpu_seconds: float
    memory_mb: float
    ratio: float

    @property
    def pages_per_second(self) -> float:
        """How many pages became searchable in a second."""
        return self.pages / self.seconds


def summarise_sides(runs: Sequence[Sequence[SideMeasurement]]) -> list[SideSummary]:
    """Return a row for each side; the embedder alone has the pages of docchat."""
    rows = []
    for number, first in enumerate(runs[0]):
        own = [run[number] for run in runs]
        rows.append(
            SideSummary(
                first.side,
                first.pages or runs[0][0].pages,
                first.chunks,
                statistics.median(each.seconds for each in own),
                statistics.median(each.cpu_seconds for each in own),
                statistics.median(each.memory_mb for each in own),
                statistics.median(run[number].seconds / run[0].seconds for run in runs),
            )
        )
    return rows


def _build_table(rows: Sequence[SideSummary]) -> Table:
    table = Table("side", "pages", "passages", "s", "CPU s", "MB", "pages/s", "passages/s", "×")
    for row in rows:
        table.add_row(
            row.side,
            str(row.pages),
            str(row.chunks),
            f"{row.seconds:.1f}",
            f"{row.cpu_seconds:.1f}",
            f"{row.memory_mb:.0f}",
            f"{row.pages_per_second:.1f}",
            f"{row.chunks / row.seconds:.1f}",
            f"{row.ratio:.2f}",
        )
    return table


def main(
    data: Annotated[Path | None, typer.Option(help="A folder with PDFs, at any depth.")] = None,
    pages: Annotated[int, typer.Option(help="About so many pages of them.")] = 300,
    runs: Annotated[int, typer.Option(help="How often each side runs, in turn.")] = 3,
    seed: Annotated[int, typer.Option(help="Which files are taken.")] = 1,
    run: Annotated[str, typer.Option(hidden=True)] = "",
) -> None:
    """Measure ingestion end to end beside LangChain's usual pipeline and the embedder alone."""
    if run:
        _run_side(run)
        return
    if data is None or not data.is_dir():
        raise typer.BadParameter("Name a folder with PDFs by --data.")
    files = choose_pdfs(data, pages, seed)
    console = Console(stderr=True)
    done: list[list[SideMeasurement]] = []
    with tempfile.TemporaryDirectory() as root:
        open_e5().provide_folder(Path(root))  # so that LangChain's time does not hold the unpacking
        for number in range(runs):
            work = Path(root) / f"run-{number}"
            work.mkdir()
            done.append([_measure_side(side, files, work) for side in SIDES])
            seconds = [f"{each.side} {each.seconds:.1f} s" for each in done[-1]]
            console.print(f"run {number + 1} of {runs}", *seconds)
    Console().print(_build_table(summarise_sides(done)))


if __name__ == "__main__":
    typer.run(main)

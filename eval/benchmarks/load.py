"""Times searches while documents are being ingested.

Run as `python -m eval.benchmarks.load`.

Half of the PDFs are ingested, then the same questions are searched at a steady pace: first with
nothing else running, then while the worker ingests the other half in the same process, as in
`docchat serve`. Limits: one question at a time; the questions are the headings of the documents
themselves, so this says nothing about the quality of what is found.
"""

from __future__ import annotations

import itertools
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from eval.benchmarks.ingestion import choose_pdfs
from ingest.library import Library
from rag.pipeline.bootstrap import Docchat, build_docchat
from rag.pipeline.factories import disable_telemetry
from rag.question.understand import understand_question
from rag.settings import Settings

_PAUSE_S = 0.2
_WARM = 5


def collect_headings(library: Library, collection_id: str) -> list[str]:
    """Return the innermost heading of each passage in a collection, without repeats."""
    documents = library.list_documents(collection_id, page_size=1_000, searchable=True).items
    paths = (chunk.heading_path for each in documents for chunk in library.read_chunks(each.id))
    return list(dict.fromkeys(path[-1] for path in paths if path))


def time_searches(docchat: Docchat, questions: Iterator[str], count: int) -> list[float]:
    """Search `count` questions, with a pause after each; return milliseconds."""
    times = []
    for question in itertools.islice(questions, count):
        started = time.perf_counter()
        docchat.retriever.search(understand_question(question))
        times.append((time.perf_counter() - started) * 1_000)
        time.sleep(_PAUSE_S)
    return times


def time_searches_under_load(docchat: Docchat, questions: Iterator[str]) -> list[float]:
    """Search until a worker has emptied the queue; return milliseconds."""
    worker = threading.Thread(target=docchat.create_worker().run, args=(threading.Event(), True))
    worker.start()
    times: list[float] = []
    while worker.is_alive():
        times += time_searches(docchat, questions, 1)
    return times


def _add_files(docchat: Docchat, files: Sequence[Path], collection_id: str) -> None:
    for file in files:
        docchat.library.add(file, file.name, collection_id)


def main(
    data: Annotated[Path, typer.Option(help="A folder with PDFs, at any depth.")],
    pages: Annotated[int, typer.Option(help="About so many pages of them.")] = 300,
    count: Annotated[int, typer.Option(help="Questions asked with nothing else running.")] = 150,
    seed: Annotated[int, typer.Option(help="Which files are taken.")] = 1,
) -> None:
    """Measure searches with nothing else running and while documents are ingested."""
    disable_telemetry()
    files = choose_pdfs(data, pages, seed)
    table = Table("", "questions", "p50 ms", "p95 ms", "p99 ms")
    with tempfile.TemporaryDirectory() as home:
        docchat = build_docchat(Settings(home=Path(home)))
        collection = docchat.library.create_collection("bench").id
        _add_files(docchat, files[::2], collection)
        docchat.create_worker().run(threading.Event(), until_idle=True)
        questions = itertools.cycle(collect_headings(docchat.library, collection))
        time_searches(docchat, questions, _WARM)
        idle = time_searches(docchat, questions, count)
        _add_files(docchat, files[1::2], collection)
        busy = time_searches_under_load(docchat, questions)
        docchat.close()
    for name, times in (("nothing else", idle), ("while ingesting", busy)):
        middle, high, highest = np.percentile(times, [50, 95, 99])
        table.add_row(name, str(len(times)), f"{middle:.1f}", f"{high:.1f}", f"{highest:.1f}")
    ratio = float(np.percentile(busy, 95) / np.percentile(idle, 95))
    table.add_row("ratio", "", "", f"{ratio:.2f}", "")
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)

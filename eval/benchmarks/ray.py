"""Ingests the same files on Ray with one worker, with several, and with one of those killed.

Run as `python -m eval.benchmarks.ray`. It checks that the result is the same and times each way.
A worker is one actor that parses and one that embeds, each with one thread; all of them are on this
machine, which needs a core for each. Loading the model is not counted. Limits: two vectors count as
the same when they differ by less than 1e-5, since the last digits depend on which texts were
embedded together; other work on the machine changes the figures.
"""

from __future__ import annotations

import json
import os
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from eval.errors import DatasetInvalid, EvalError
from ingest.embedding.base import Vector
from ingest.errors import IngestError
from ingest.formats.registry import SUFFIXES
from ingest.index.base import VectorReader
from ingest.library.generations import built_by
from ingest.processing.ray_cluster import Cluster
from ingest.storage.database import read_generation
from ingest.types import DocumentState
from rag.pipeline.bootstrap import Docchat, build_docchat
from rag.pipeline.factories import make_cluster
from rag.settings import EmbedderSettings, RaySettings, Settings

_POLL_S = 0.05
_VECTOR_TOLERANCE = 1e-5

ChunkVectors = dict[tuple[str, int], tuple[str, Vector]]
"""Document and ordinal of a chunk to its text and its vector."""


@dataclass(frozen=True, slots=True)
class RayRun:
    """One ingestion of all files. `same`: chunks and vectors are those of the first run."""

    workers: int
    killed: bool
    documents: int
    chunks: int
    seconds: float
    speedup: float
    same: bool


def run_ingestion(
    files: list[Path], workers: int, *, kill: bool, model: str
) -> tuple[float, ChunkVectors]:
    """Ingest files into a temporary home; return the seconds it took and what was made."""
    with tempfile.TemporaryDirectory(prefix="docchat-ray-", ignore_cleanup_errors=True) as folder:
        settings = Settings(
            home=Path(folder),
            embedder=EmbedderSettings(model=model, backend="torch"),
            ray=RaySettings(address="", embedders=workers, parsers=workers, threads=1),
        )
        cluster = make_cluster(settings)
        with closing(build_docchat(settings, cluster=cluster)) as docchat:
            library = docchat.library
            cluster.create_embedder(library.embedder).embed(["warm"] * 32 * 4 * workers)
            collection = library.create_collection("bench").id
            for path in files:
                library.add(path, path.name, collection)
            started = time.perf_counter()
            with _kill_one_embedder(cluster, docchat, len(files) // 2 if kill else None):
                docchat.create_worker().run(threading.Event(), until_idle=True)
            return time.perf_counter() - started, read_chunk_vectors(docchat, collection)


def read_chunk_vectors(docchat: Docchat, collection_id: str) -> ChunkVectors:
    """Return every chunk of the collection with its vector."""
    library = docchat.library
    with library.store.read() as connection:
        number, builder = read_generation(connection), built_by(connection)
    if builder is None:
        return {}
    found: ChunkVectors = {}
    with closing(library.sources[0].open(number, builder.dimension)) as dense:
        if not isinstance(dense, VectorReader):
            raise EvalError("This dense index does not give its vectors back.")
        for document in library.list_documents(collection_id, page_size=1000).items:
            chunks = library.read_chunks(document.id)
            vectors = dense.vectors([chunk.id for chunk in chunks])
            found.update({(document.name, c.ordinal): (c.text, vectors[c.id]) for c in chunks})
    return found


def have_same_chunks(one: ChunkVectors, other: ChunkVectors) -> bool:
    """Say whether two runs made the same chunks with the same vectors."""
    return one.keys() == other.keys() and all(
        one[key][0] == other[key][0]
        and np.abs(one[key][1] - other[key][1]).max() < _VECTOR_TOLERANCE
        for key in one
    )


@contextmanager
def _kill_one_embedder(cluster: Cluster, docchat: Docchat, after: int | None) -> Iterator[None]:
    """Kill one process that embeds once `after` documents are ready; None: kill nothing."""
    done = threading.Event()

    def wait_and_kill() -> None:
        victim = cluster.list_process_ids()[0]
        while not done.wait(_POLL_S):
            if after is None:
                return
            if docchat.library.count_by_state().get(DocumentState.READY, 0) >= after:
                os.kill(victim, signal.SIGKILL)
                return

    thread = threading.Thread(target=wait_and_kill)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def main(
    data: Annotated[Path, typer.Option("--data", help="Folder of documents.")],
    model: Annotated[str, typer.Option(help="As `embedder.model`.")] = "bundled",
    workers: Annotated[int, typer.Option(min=2, help="How many against one.")] = 2,
) -> None:
    """Ingest a folder with one worker, with several, and with one of them killed half-way.

    Prints a line of JSON for each; ends with 1 when a result differs.
    """
    try:
        files = sorted(path for path in data.rglob("*") if path.suffix.lower() in SUFFIXES)
        if len(files) < 2:
            raise DatasetInvalid(f"{data} has fewer than two documents.")
        alone, due = run_ingestion(files, 1, kill=False, model=model)
        lines = [_build_ray_run(1, False, alone, alone, due, due)]
        for kill in (False, True):
            seconds, found = run_ingestion(files, workers, kill=kill, model=model)
            lines.append(_build_ray_run(workers, kill, alone, seconds, due, found))
    except (EvalError, IngestError) as error:
        typer.echo(f"Error: {error.message}\n{error.advice}", err=True)
        raise typer.Exit(2) from error
    for line in lines:
        typer.echo(json.dumps(asdict(line)))
    raise typer.Exit(0 if all(line.same for line in lines) else 1)


def _build_ray_run(
    workers: int, killed: bool, alone: float, seconds: float, due: ChunkVectors, found: ChunkVectors
) -> RayRun:
    documents = len({name for name, _ in found})
    alike = have_same_chunks(due, found)
    return RayRun(workers, killed, documents, len(found), seconds, alone / seconds, alike)


if __name__ == "__main__":
    typer.run(main)

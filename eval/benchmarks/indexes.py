"""Times the indexes by themselves, from thousands to millions of entries.

Run as `python -m eval.benchmarks.indexes`.

Real passages and questions (BEIR layout) are the seed. A larger corpus is grown from them: an entry
beyond the seed joins the first half of one passage to the second half of another, and its vector
lies between theirs. So words keep their frequencies and vectors stay among real ones, which uniform
random vectors, the hardest case for a graph, are not. Entries belong to 1,000 documents and those
to 10 collections in turn. Limits: writes come in batches as those of a large ingestion, one after
another; a grown corpus has more near neighbours of like distance than a real one.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console

from eval.data.datasets import load_retrieval_set
from eval.errors import DatasetInvalid, EvalError
from ingest.embedding.base import Embedder, Vector
from ingest.errors import IngestError
from ingest.index.base import EVERYWHERE, Entry, Index, Query, Scope
from ingest.index.chroma import DEFAULT_GRAPH, ChromaIndex, GraphSettings
from ingest.index.tantivy import TantivyIndex
from rag.pipeline.factories import disable_telemetry, make_embedder
from rag.settings import load_settings

DOCUMENTS, COLLECTIONS = 1_000, 10
_BLOCK = 50_000
"""Vectors compared at once by the exact search: 75 MB."""
_WARM = 20

ReportProgress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Seed:
    """Real passages and questions, embedded; `vectors` and `asked` are float32 of shape (n, d)."""

    texts: tuple[str, ...]
    vectors: Vector
    questions: tuple[str, ...]
    asked: Vector

    def generate_entries(self, size: int) -> Iterator[Entry]:
        """Yield `size` entries, the same ones at every call."""
        draw = np.random.default_rng(7)
        halves = [(text[: len(text) // 2], text[len(text) // 2 :]) for text in self.texts]
        for number in range(size):
            if number < len(self.texts):
                text, vector = self.texts[number], self.vectors[number]
            else:
                one, two = draw.integers(len(self.texts), size=2)
                share = np.float32(draw.uniform(0.3, 0.7))
                text = halves[one][0] + " " + halves[two][1]
                vector = share * self.vectors[one] + (1 - share) * self.vectors[two]
                vector /= np.linalg.norm(vector)
            document = number % DOCUMENTS
            yield Entry(
                f"{number:08}", f"d{document}", f"c{document % COLLECTIONS}", text, "", vector
            )


SCOPES = {
    "all": EVERYWHERE,
    "document": Scope(document_ids=("d123",)),
    "collection": Scope(collection_ids=("c3",)),
}


@dataclass(frozen=True, slots=True)
class IndexMeasurement:
    """What one index did at one size: seconds to add all and to open it, milliseconds of a search.

    `found` is recall@10 against exact search; None where nothing exact was computed.
    """

    index: str
    entries: int
    scope: str
    add_s: float
    add_cpu_s: float
    open_s: float
    bytes: int
    p50_ms: float
    p99_ms: float
    found: float | None = None


def load_seed(folders: Sequence[Path], embedder: Embedder, cache: Path) -> Seed:
    """Read sets in BEIR layout and embed them, once for each `cache`. Raises DatasetInvalid."""
    sets = [load_retrieval_set(folder) for folder in folders]
    texts = tuple(f"{each.title} {each.text}".strip() for part in sets for each in part.corpus)
    questions = tuple(text for part in sets for text in part.queries.values())
    if not texts:
        raise DatasetInvalid("No retrieval set was named.")
    stored = cache / f"seed-{embedder.name.replace('/', '_')}-{len(texts)}-{len(questions)}.npy"
    if not stored.exists():
        np.save(stored, embedder.embed([*texts, *questions]))
    vectors = np.load(stored)
    return Seed(texts, vectors[: len(texts)], questions, vectors[len(texts) :])


def find_exact_nearest(
    entries: Iterator[Entry],
    asked: Vector,
    scopes: Sequence[Scope],
    limit: int,
    block_size: int = _BLOCK,
) -> list[list[list[str]]]:
    """Return the true nearest by scope and question, computed in blocks of entries."""
    best: list[list[list[tuple[float, str]]]] = [[[] for _ in asked] for _ in scopes]
    for block in _split_into_batches(entries, block_size):
        scores = asked @ np.stack([entry.vector for entry in block if entry.vector is not None]).T
        for held, scope in zip(best, scopes, strict=True):
            rows = np.array(
                [row for row, entry in enumerate(block) if _is_in_scope(entry, scope)], dtype=int
            )
            for number, top in enumerate(held):
                held[number] = _merge_top_matches(
                    top, scores[number, rows], [block[row] for row in rows], limit
                )
    return [[[chunk_id for _, chunk_id in top] for top in held] for held in best]


def _merge_top_matches(
    top: list[tuple[float, str]], scores: NDArray[np.float32], entries: list[Entry], limit: int
) -> list[tuple[float, str]]:
    if len(scores) > limit:
        rows = np.argpartition(-scores, limit)[:limit]
    else:
        rows = np.arange(len(scores))
    found = top + [(float(scores[row]), entries[row].chunk_id) for row in rows]
    return sorted(found, key=lambda pair: (-pair[0], pair[1]))[:limit]


def _is_in_scope(entry: Entry, scope: Scope) -> bool:
    return (scope.document_ids is None or entry.document_id in scope.document_ids) and (
        scope.collection_ids is None or entry.collection_id in scope.collection_ids
    )


def fill_index(
    index: Index, entries: Iterator[Entry], batch: int, told: ReportProgress
) -> tuple[float, float]:
    """Add all entries; return seconds and processor seconds of the index alone."""
    taken, burnt, done = 0.0, 0.0, 0
    for part in _split_into_batches(entries, batch):
        started, used = time.perf_counter(), time.process_time()
        index.add(part)
        taken += time.perf_counter() - started
        burnt += time.process_time() - used
        done += len(part)
        if done % (25 * batch) == 0:
            told(f"{done} entries in {taken:.0f} s, {burnt:.0f} s of processors")
    return taken, burnt


def run_queries(
    index: Index, queries: Sequence[Query], scope: Scope, limit: int
) -> tuple[list[list[str]], NDArray[np.float64]]:
    """Return the ids found for each query, and its milliseconds."""
    for query in queries[:_WARM]:
        index.search(query, limit, scope)
    found, times = [], []
    for query in queries:
        started = time.perf_counter()
        matches = index.search(query, limit, scope)
        times.append((time.perf_counter() - started) * 1000)
        found.append([match.chunk_id for match in matches])
    return found, np.array(times)


def compute_recall(
    found: Sequence[Sequence[str]], due: Sequence[Sequence[str]], depth: int = 10
) -> float:
    """Return the mean share of the first `depth` that are due among the first found."""
    shares = [
        len(set(one[:depth]) & set(other[:depth])) / len(other[:depth])
        for one, other in zip(found, due, strict=True)
        if other
    ]
    return float(np.mean(shares)) if shares else 0.0


@dataclass(frozen=True, slots=True)
class IndexPlan:
    """What is measured: how many entries, written `batch` at a time, `limit` asked for."""

    size: int
    batch: int = 1_000
    limit: int = 100
    graph: GraphSettings = DEFAULT_GRAPH

    def open(self, name: str, folder: Path, dimension: int) -> Index:
        """Open the index called "chroma" or "tantivy". Raises DatasetInvalid for another."""
        if name == "chroma":
            return ChromaIndex(folder, None, "bench", dimension, self.graph)
        if name == "tantivy":
            return TantivyIndex(folder)
        raise DatasetInvalid(f"There is no index {name!r} to measure.", hint="chroma or tantivy")


def measure_index(
    name: str, folder: Path, seed: Seed, plan: IndexPlan, told: ReportProgress = lambda what: None
) -> Iterator[IndexMeasurement]:
    """Fill an index in `folder`, open it again, and yield its figures for each scope."""
    dimension = seed.asked.shape[1]
    with closing(plan.open(name, folder, dimension)) as index:
        added = fill_index(index, seed.generate_entries(plan.size), plan.batch, told)
    due: list[list[list[str]]] | None = None
    if name == "chroma":
        told("exact search")
        due = find_exact_nearest(
            seed.generate_entries(plan.size), seed.asked, list(SCOPES.values()), 10
        )
    queries = [Query(*pair) for pair in zip(seed.questions, seed.asked, strict=True)]
    with closing(plan.open(name, folder, dimension)) as index:
        started = time.perf_counter()
        index.search(queries[0], plan.limit)
        open_s = time.perf_counter() - started
        taken = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        for number, (label, scope) in enumerate(SCOPES.items()):
            told(f"searching {label}")
            found, times = run_queries(index, queries, scope, plan.limit)
            p50, p99 = (float(value) for value in np.percentile(times, [50, 99]))
            share = None if due is None else compute_recall(found, due[number])
            yield IndexMeasurement(name, plan.size, label, *added, open_s, taken, p50, p99, share)


def _split_into_batches(entries: Iterator[Entry], size: int) -> Iterator[list[Entry]]:
    batch: list[Entry] = []
    for entry in entries:
        batch.append(entry)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def main(
    data: Annotated[list[Path], typer.Option("--data", help="Folder in BEIR layout; repeated.")],
    sizes: Annotated[str, typer.Option(help="Numbers of entries, with commas.")] = "10000,100000",
    index: Annotated[str, typer.Option(help="chroma, tantivy, with commas.")] = "chroma,tantivy",
    graph: Annotated[
        str, typer.Option(help='Other HNSW settings, as JSON: {"neighbours": 16}.')
    ] = "{}",
    questions: Annotated[int, typer.Option(help="How many are asked.")] = 300,
    batch: Annotated[int, typer.Option(help="Entries in one write.")] = 1_000,
    limit: Annotated[int, typer.Option(help="Entries asked for, as `retrieval.depth`.")] = 100,
    work: Annotated[
        Path | None, typer.Option(help="Folder for embedded seeds and indexes; else a passing one.")
    ] = None,
) -> None:
    """Fill indexes of several sizes and print what they cost: a line of JSON for each scope."""
    console = Console(stderr=True)
    disable_telemetry()
    try:
        embedder = make_embedder(load_settings().embedder)
        with tempfile.TemporaryDirectory(dir=work) as passing:
            seed = load_seed(data, embedder, work or Path(passing))
            seed = replace(seed, questions=seed.questions[:questions], asked=seed.asked[:questions])
            for size in (int(each) for each in sizes.split(",")):
                plan = IndexPlan(size, batch, limit, GraphSettings(**json.loads(graph)))
                for name in index.split(","):
                    place = Path(passing) / f"{name}-{size}"
                    for line in measure_index(name, place, seed, plan, console.log):
                        typer.echo(json.dumps({**asdict(line), "graph": graph}))
                    shutil.rmtree(place)
    except (EvalError, IngestError) as error:
        typer.echo(f"Error: {error.message}\n{error.advice}", err=True)
        raise typer.Exit(2) from error


if __name__ == "__main__":
    typer.run(main)

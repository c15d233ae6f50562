"""Times the indexes by themselves, from thousands to millions of entries.

Run as `python -m eval.benchmarks.indexes`.

Real passages and questions (BEIR layout) are the seed. A larger corpus is made from them: an entry
beyond the seed joins the first half of one passage to the second half of another, and its vector
lies between theirs. So words keep their frequencies and vectors stay close to real ones; uniform
random vectors would be the hardest case for a graph. Entries belong to 1,000 documents in turn, and
documents to 10 collections in turn. Limits: entries are written in batches, one after another, as
in a large ingestion; a made corpus has more near neighbours at about the same distance than a real
one.
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
from eval.systems.baseline_bm25 import is_in_scope
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
    """Real passages and questions; `vectors` and `asked` (of questions): float32, shape (n, d)."""

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
                one, two, vector = draw_vector_between(self.vectors, draw)
                text = halves[one][0] + " " + halves[two][1]
            document = number % DOCUMENTS
            yield Entry(
                f"{number:08}", f"d{document}", f"c{document % COLLECTIONS}", text, "", vector
            )


def draw_vector_between(vectors: Vector, draw: np.random.Generator) -> tuple[int, int, Vector]:
    """Return two rows drawn from `vectors` and a vector between both, of length 1."""
    one, two = draw.integers(len(vectors), size=2)
    share = np.float32(draw.uniform(0.3, 0.7))
    vector = share * vectors[one] + (1 - share) * vectors[two]
    vector /= np.linalg.norm(vector)
    return one, two, vector


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
    """Return the ids of the nearest entries by scope and question, by exact search in blocks."""
    best: list[list[list[tuple[float, str]]]] = [[[] for _ in asked] for _ in scopes]
    for block in _split_into_batches(entries, block_size):
        scores = asked @ np.stack([entry.vector for entry in block if entry.vector is not None]).T
        for nearest, scope in zip(best, scopes, strict=True):
            rows = np.array(
                [row for row, entry in enumerate(block) if is_in_scope(entry, scope)], dtype=int
            )
            for number, top in enumerate(nearest):
                nearest[number] = _merge_top_matches(
                    top, scores[number, rows], [block[row] for row in rows], limit
                )
    return [[[chunk_id for _, chunk_id in top] for top in nearest] for nearest in best]


def _merge_top_matches(
    top: list[tuple[float, str]], scores: NDArray[np.float32], entries: list[Entry], limit: int
) -> list[tuple[float, str]]:
    if len(scores) > limit:
        rows = np.argpartition(-scores, limit)[:limit]
    else:
        rows = np.arange(len(scores))
    found = top + [(float(scores[row]), entries[row].chunk_id) for row in rows]
    return sorted(found, key=lambda pair: (-pair[0], pair[1]))[:limit]


def fill_index(
    index: Index, entries: Iterator[Entry], batch: int, report: ReportProgress
) -> tuple[float, float]:
    """Add all entries; return seconds and processor seconds of the index alone."""
    seconds, cpu_seconds, done = 0.0, 0.0, 0
    for part in _split_into_batches(entries, batch):
        started, used = time.perf_counter(), time.process_time()
        index.add(part)
        seconds += time.perf_counter() - started
        cpu_seconds += time.process_time() - used
        done += len(part)
        if done % (25 * batch) == 0:
            report(f"{done} entries in {seconds:.0f} s, {cpu_seconds:.0f} s of processors")
    return seconds, cpu_seconds


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
    """Return the mean share of the first `depth` of `due` that are among the first found."""
    shares = [
        len(set(one[:depth]) & set(other[:depth])) / len(other[:depth])
        for one, other in zip(found, due, strict=True)
        if other
    ]
    return float(np.mean(shares)) if shares else 0.0


@dataclass(frozen=True, slots=True)
class IndexPlan:
    """What is measured: `size` entries, written `batch` at a time; a search asks for `limit`."""

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
    name: str, folder: Path, seed: Seed, plan: IndexPlan, report: ReportProgress = lambda what: None
) -> Iterator[IndexMeasurement]:
    """Fill an index in `folder`, open it again, and yield its figures for each scope."""
    dimension = seed.asked.shape[1]
    with closing(plan.open(name, folder, dimension)) as index:
        added = fill_index(index, seed.generate_entries(plan.size), plan.batch, report)
    due: list[list[list[str]]] | None = None
    if name == "chroma":
        report("exact search")
        due = find_exact_nearest(
            seed.generate_entries(plan.size), seed.asked, list(SCOPES.values()), 10
        )
    queries = [Query(*pair) for pair in zip(seed.questions, seed.asked, strict=True)]
    with closing(plan.open(name, folder, dimension)) as index:
        started = time.perf_counter()
        index.search(queries[0], plan.limit)
        open_s = time.perf_counter() - started
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        for number, (label, scope) in enumerate(SCOPES.items()):
            report(f"searching {label}")
            found, times = run_queries(index, queries, scope, plan.limit)
            p50, p99 = (float(value) for value in np.percentile(times, [50, 99]))
            share = None if due is None else compute_recall(found, due[number])
            yield IndexMeasurement(name, plan.size, label, *added, open_s, size, p50, p99, share)


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

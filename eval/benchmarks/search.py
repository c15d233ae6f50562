"""Times whole searches by stage, at several sizes of library.

Run as `python -m eval.benchmarks.search`.

A library of about `size` passages is made from real ones (BEIR layout), each joined from the halves
of two, through the product's own ingestion. A passage's vector lies between two real vectors,
chosen by its text: so vectors are clustered as real ones are, and nothing has to be embedded. The
signs of its words are random. Questions are real and are embedded for every search, as in use. With
`--narrow 10,1` a collection holds 10 % of the passages and another 1 %, and both are searched too.
With `--langchain`, LangChain's ensemble searches the same passages in the same run.

The lexical leg runs in a thread of its own while the question is embedded. So its time and that of
its reads count as theirs, the wait for them as "rest", and stages add up to more than the whole.

Limits: the vectors of made passages do not fit their texts, so quality cannot be measured here; a
made text repeats phrases of its seed. One question at a time.
"""

from __future__ import annotations

import json
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Annotated, cast

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from eval.benchmarks.clock import Clock, TimedProxy
from eval.benchmarks.indexes import ReportProgress, Seed, draw_vector_between, load_seed
from eval.data.datasets import CorpusEntry
from eval.errors import EvalError
from eval.report.tables import stdout_console
from eval.suites.tasks import as_markdown, file_name
from eval.systems.temporary_docchat import ingest_files, temporary_docchat
from eval.systems.variants import Variant, build_variants
from ingest.embedding.base import Embedder, EncodedPassage
from ingest.embedding.forwarding import ForwardingEmbedder
from ingest.errors import IngestError
from ingest.index.base import Index
from ingest.library import Library
from ingest.library.current_indexes import IndexSource
from ingest.text.language import language_of
from ingest.types import Chunk
from rag.errors import RagError
from rag.pipeline.bootstrap import Docchat
from rag.pipeline.factories import disable_telemetry, make_embedder, make_reranker
from rag.question.understand import understand_question
from rag.retrieval.reranker import Reranker
from rag.retrieval.retriever import HybridRetriever
from rag.settings import load_settings
from rag.types import NO_FILTERS, Filters

STAGES = ("embed", "lexical", "dense", "store", "rerank", "rest")
LANGCHAIN = "langchain"
_SECTIONS = 200
"""Passages in one document."""
_MOST_CHARACTERS = {"en": 700, "zh": 180}
"""So that a passage is one chunk."""
_WARM = 5
_SETTLE_S = 2.0
"""After these: the dense index loads a scope in the background once it was asked for twice."""
_WORD_BYTES = 4


@dataclass(frozen=True, slots=True)
class SearchTimes:
    """Times of one row at one size, in milliseconds; `stages` are p50 and p99 by stage."""

    passages: int
    row: str
    p50_ms: float
    p99_ms: float
    stages: dict[str, tuple[float, float]] = field(default_factory=dict)


class GrownEmbedder(ForwardingEmbedder):
    """Gives made passages vectors between real ones; `asking`: texts go to the real embedder."""

    def __init__(self, inner: Embedder, vectors: NDArray[np.float32]) -> None:
        super().__init__(inner)
        self._vectors = vectors
        self.asking = False

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return vectors of shape (n, d), rows of length 1."""
        if self.asking:
            return self._inner.embed(texts)
        return np.stack([self._interpolate_vector(text) for text in texts])

    def embed_passages(self, texts: Sequence[str]) -> list[EncodedPassage]:
        """Return vectors, and about as many signs as the texts would have: one for two tokens."""
        width = _WORD_BYTES + self._vectors.shape[1] // 8
        return [
            EncodedPassage(
                vector, np.random.default_rng(zlib.crc32(text.encode())).bytes(words * width)
            )
            for text, vector in zip(texts, self.embed(texts), strict=True)
            for words in [max(1, self._inner.count_tokens(text) // 2)]
        ]

    def _interpolate_vector(self, text: str) -> NDArray[np.float32]:
        draw = np.random.default_rng(zlib.crc32(text.encode("utf-8", "replace")))
        return draw_vector_between(self._vectors, draw)[2]


def build_documents(seed: Seed, size: int) -> Iterator[tuple[str, bytes]]:
    """Yield Markdown files with `size` sections in all, each a passage of its own."""
    sections: list[bytes] = []
    made = 0
    for number, entry in enumerate(seed.generate_entries(size)):
        text = entry.text[: _MOST_CHARACTERS[language_of(entry.text)]]
        title = f"{' '.join(text.split()[:4])[:30]} {number}"
        sections.append(as_markdown(CorpusEntry(entry.chunk_id, title, text)))
        if len(sections) == _SECTIONS:
            yield file_name(made), b"\n".join(sections)
            sections, made = [], made + 1
    if sections:
        yield file_name(made), b"\n".join(sections)


def measure_searches(
    seed: Seed,
    embedder: Embedder,
    size: int,
    rows: Sequence[Variant],
    *,
    shares: Sequence[float] = (),
    langchain: bool = False,
    report: ReportProgress = lambda what: None,
) -> Iterator[SearchTimes]:
    """Make a library of `size` passages and yield the times of each row.

    `shares`, in percent, are the parts of it that are collections of their own, searched as well.
    """
    clock = Clock()
    grown = GrownEmbedder(embedder, seed.vectors)
    timed = TimedProxy(grown, clock, "embed")

    def time_index_source(stage: str, source: IndexSource) -> IndexSource:
        def open_timed_index(generation: int, dimension: int) -> Index:
            return cast(Index, TimedProxy(source.open(generation, dimension), clock, stage))

        return IndexSource(open_timed_index, source.folder)

    with temporary_docchat(
        rows[0].settings, lambda: cast(Embedder, timed), time_index_source
    ) as docchat:
        chunks, collections = _fill_library(docchat, seed, size, shares, report)
        grown.asking = True
        library = cast(Library, TimedProxy(docchat.library, clock, "store"))
        for row in rows:
            retriever = _build_retriever(row, library, clock)
            for name, filters in collections.items():
                label = f"{row.label}{name}"
                report(f"{label}: {len(seed.questions)} questions")
                search = partial(_search, retriever, filters)
                yield _measure_row(len(chunks), label, search, seed.questions, clock)
        if langchain:
            from eval.systems.baseline_langchain import LangChainEnsemble

            report("building LangChain's ensemble")
            grown.asking = False
            limit = rows[0].settings.retrieval.limit
            with closing(LangChainEnsemble(chunks, grown, limit)) as ensemble:
                grown.asking = True
                report(f"{LANGCHAIN}: {len(seed.questions)} questions")
                found = _measure_row(len(chunks), LANGCHAIN, ensemble.search, seed.questions, None)
            yield found


def _build_retriever(row: Variant, library: Library, clock: Clock) -> HybridRetriever:
    """Return the retriever as docchat builds it, but with the reranker timed as well."""
    reranker = make_reranker(row.settings, library)
    return HybridRetriever(
        library,
        library.dense,
        library.lexical,
        library.embedder,
        row.settings.retrieval,
        None if reranker is None else cast(Reranker, TimedProxy(reranker, clock, "rerank")),
    )


def _fill_library(
    docchat: Docchat, seed: Seed, size: int, shares: Sequence[float], report: ReportProgress
) -> tuple[list[Chunk], dict[str, Filters]]:
    """Return all passages, and where to search, by what the label of a row says of it."""
    start = time.perf_counter()
    files = list(build_documents(seed, size))
    scopes = {"": NO_FILTERS}
    chunks: list[Chunk] = []
    for name, part in split_files(files, shares).items():
        collection = docchat.library.create_collection(name or "bench")
        chunks += _ingest_part(docchat, collection.id, part, report)
        if name:
            scopes[name] = Filters(collection_ids=(collection.id,))
    report(f"{len(chunks)} passages in {time.perf_counter() - start:.0f} s")
    return chunks, scopes


def split_files(
    files: Sequence[tuple[str, bytes]], shares: Sequence[float]
) -> dict[str, list[tuple[str, bytes]]]:
    """Return files by the label of their collection: one for each share, and "" for the rest."""
    parts: dict[str, list[tuple[str, bytes]]] = {}
    rest = list(files)
    for share in shares:
        count = max(1, round(len(files) * share / 100))
        if count > len(rest):
            raise EvalError(f"{share:g} % are more than is left of {len(files)} documents.")
        parts[f" in {share:g} %"], rest = rest[:count], rest[count:]
    return parts | {"": rest}


def _ingest_part(
    docchat: Docchat,
    collection_id: str,
    files: Sequence[tuple[str, bytes]],
    report: ReportProgress,
) -> list[Chunk]:
    last = ("", -1)

    def report_progress(stage: str, done: int, total: int) -> None:
        nonlocal last
        tenth = 10 * done // max(1, total)
        if (stage, tenth) != last:
            last = (stage, tenth)
            report(f"{stage}: {done} of {total}")

    ingested = ingest_files(docchat, collection_id, files, report_progress)
    if ingested.failures:
        raise EvalError(f"Ingestion failed: {ingested.failures[0].message}")
    return [
        chunk
        for record in ingested.documents.values()
        for chunk in docchat.library.read_chunks(record.id)
    ]


def _search(retriever: HybridRetriever, filters: Filters, question: str) -> object:
    """Search as the product does, understanding the question included."""
    return retriever.search(understand_question(question), filters)


def _measure_row(
    passages: int,
    row: str,
    search: Callable[[str], object],
    questions: Sequence[str],
    clock: Clock | None,
) -> SearchTimes:
    """Ask every question once, after a few to warm up."""
    for question in questions[:_WARM]:
        search(question)
    time.sleep(_SETTLE_S)
    whole: list[float] = []
    stages: dict[str, list[float]] = {}
    for question in questions:
        start = time.perf_counter()
        if clock is None:
            search(question)
        else:
            clock.reset()
            with clock.time_stage("rest"):  # in no other stage: fusion, agreement, duplicates
                search(question)
        whole.append((time.perf_counter() - start) * 1_000)
        spent = {} if clock is None else clock.seconds_by_stage
        for name in STAGES:
            stages.setdefault(name, []).append(spent.get(name, 0.0) * 1_000)
    shares = {name: _compute_percentiles(times) for name, times in stages.items() if any(times)}
    return SearchTimes(passages, row, *_compute_percentiles(whole), shares)


def _compute_percentiles(times: Sequence[float]) -> tuple[float, float]:
    p50, p99 = (float(value) for value in np.percentile(times, [50, 99]))
    return round(p50, 3), round(p99, 3)


def print_search_times(found: Sequence[SearchTimes], console: Console) -> None:
    """Print a row for each size and setting: p50 / p99."""
    names = [name for name in STAGES if any(name in each.stages for each in found)]
    table = Table(title="p50 / p99, ms", title_justify="left")
    table.add_column("passages", justify="right")
    table.add_column("row", overflow="fold")
    for name in ("whole", *names):
        table.add_column(name, justify="right", no_wrap=True)
    for each in found:
        cells = [each.stages.get(name) for name in names]
        shown = ["-" if cell is None else f"{cell[0]:.1f} / {cell[1]:.1f}" for cell in cells]
        whole = f"{each.p50_ms:.1f} / {each.p99_ms:.1f}"
        table.add_row(f"{each.passages:,}", each.row, whole, *shown)
    console.print(table)


def main(
    data: Annotated[list[Path], typer.Option("--data", help="Folder in BEIR layout; repeated.")],
    sizes: Annotated[str, typer.Option(help="Numbers of passages, with commas.")] = (
        "1000,10000,100000"
    ),
    vary: Annotated[
        list[str], typer.Option("--vary", help="Settings of searching, as in docchat eval.")
    ] = [],  # noqa: B006
    narrow: Annotated[
        str, typer.Option(help="Parts, in percent, that are also searched alone: 10,1.")
    ] = "",
    langchain: Annotated[bool, typer.Option("--langchain", help="Its ensemble beside.")] = False,
    questions: Annotated[int, typer.Option(help="How many are asked.")] = 200,
    output: Annotated[Path | None, typer.Option(help="Also write JSON here.")] = None,
    cache: Annotated[
        Path | None, typer.Option(help="Folder for the embedded seed; else a passing one.")
    ] = None,
) -> None:
    """Measure searches at several sizes."""
    console = Console(stderr=True)
    disable_telemetry()
    try:
        rows = build_variants(vary, load_settings)
        if len({row.ingestion_key for row in rows}) > 1:
            raise EvalError("Only settings of searching can be varied here.")
        embedder = make_embedder(rows[0].settings.embedder, rows[0].settings.home)
        with tempfile.TemporaryDirectory() as passing:
            seed = load_seed(data, embedder, cache or Path(passing))
        seed = replace(seed, questions=seed.questions[:questions], asked=seed.asked[:questions])
        measure = partial(
            measure_searches,
            shares=[float(share) for share in narrow.split(",") if share],
            langchain=langchain,
            report=console.log,
        )
        found: list[SearchTimes] = []
        for size in (int(each) for each in sizes.split(",")):
            for each in measure(seed, embedder, size, rows):
                found.append(each)
                typer.echo(json.dumps(asdict(each)), err=True)
        print_search_times(found, stdout_console())
        if output is not None:
            output.write_text(json.dumps([asdict(each) for each in found], indent=1) + "\n")
    except (EvalError, IngestError, RagError) as error:
        typer.echo(f"Error: {error.message}\n{error.advice}", err=True)
        raise typer.Exit(2) from error


if __name__ == "__main__":
    typer.run(main)

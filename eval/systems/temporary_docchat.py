"""Builds docchat over a temporary home for one evaluation, and ingests files with its own worker.

Documents that are ingested once may be searched with several settings (`as_variant`). Limits: the
home is deleted when the context ends, so every run ingests again; only embeddings are kept
(`eval.systems.embedding_cache`). All settings are those given, except where state is stored.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

from eval.measures.cases import CaseFailure
from eval.systems.buffered_index import buffer_index_source
from eval.systems.embedding_cache import CachedEmbedder, EmbeddingCache
from ingest.embedding.base import Embedder
from ingest.errors import IngestError
from ingest.library.current_indexes import IndexSource
from ingest.types import AddedDocument, Chunk, DocumentRecord, DocumentState
from rag.pipeline.bootstrap import Docchat, build_docchat
from rag.pipeline.factories import dense_source, lexical_source, make_embedder
from rag.settings import Settings

Progress = Callable[[str, int, int], None]
"""Called with the name of the stage, how many are done, and how many there are."""

_POLL_S = 0.5
_NO_SERVERS = {"database_url": "", "chroma_url": "", "milvus_uri": ""}
"""With these empty, all state is in the temporary home and no server is touched."""
_SETTLED = (DocumentState.READY, DocumentState.FAILED, DocumentState.CANCELLED)


@dataclass(frozen=True, slots=True)
class IngestedFiles:
    """The result for each file: documents by file name, and those that failed."""

    documents: dict[str, DocumentRecord]
    failures: tuple[CaseFailure, ...]


@dataclass(frozen=True, slots=True)
class PreparedDocuments:
    """Documents ingested for searching: all chunks, and the names of the files of each chunk.

    Files of the same bytes are one document with several names.
    """

    docchat: Docchat
    embedder: CachedEmbedder
    ingested: IngestedFiles
    chunks: dict[str, Chunk]
    owners: dict[str, list[str]]
    seconds: float

    def as_variant(self, settings: Settings) -> Docchat:
        """Return docchat over the same documents, searching with other settings."""
        here = self.docchat.settings
        places = {"home": here.home, **_NO_SERVERS}
        return replace(self.docchat, settings=settings.model_copy(update=places))


def no_progress(_stage: str, _done: int, _total: int) -> None:
    """Show nothing."""


@contextmanager
def temporary_docchat(
    settings: Settings,
    embedder: Callable[[], Embedder] | None = None,
    wrap: Callable[[str, IndexSource], IndexSource] = lambda _, source: source,
) -> Iterator[Docchat]:
    """Yield docchat over an empty temporary home; `embedder` replaces that of the settings.

    `wrap` may replace the source of an index; it is called with "dense" and "lexical".
    """
    with tempfile.TemporaryDirectory(prefix="docchat-eval-", ignore_cleanup_errors=True) as folder:
        places = {"home": Path(folder), **_NO_SERVERS}
        settings = settings.model_copy(update=places)
        sources = (
            wrap("dense", buffer_index_source(dense_source(settings))),
            wrap("lexical", buffer_index_source(lexical_source(settings))),
        )
        with closing(build_docchat(settings, embedder, sources=sources)) as docchat:
            yield docchat


@contextmanager
def prepare_documents(
    settings: Settings,
    files: Sequence[tuple[str, Path | bytes]],
    cache: Path,
    progress: Progress = no_progress,
) -> Iterator[PreparedDocuments]:
    """Ingest files into a temporary home; embeddings are read from and stored in `cache`."""
    inner = make_embedder(settings.embedder, settings.home)
    with closing(EmbeddingCache(cache, inner.name)) as stored:
        embedder = CachedEmbedder(inner, stored)
        with temporary_docchat(settings, lambda: embedder) as docchat:
            collection = docchat.library.create_collection("evaluation")
            start = time.perf_counter()
            ingested = ingest_files(docchat, collection.id, files, progress)
            seconds = time.perf_counter() - start
            chunks, owners = _collect_chunks(docchat, ingested)
            yield PreparedDocuments(docchat, embedder, ingested, chunks, owners, seconds)


def _collect_chunks(
    docchat: Docchat, ingested: IngestedFiles
) -> tuple[dict[str, Chunk], dict[str, list[str]]]:
    chunks: dict[str, Chunk] = {}
    owners: dict[str, list[str]] = {}
    for name, record in ingested.documents.items():
        for chunk in docchat.library.read_chunks(record.id):
            chunks[chunk.id] = chunk
            owners.setdefault(chunk.id, []).append(name)
    return chunks, owners


def ingest_files(
    docchat: Docchat,
    collection_id: str,
    files: Sequence[tuple[str, Path | bytes]],
    progress: Progress = no_progress,
) -> IngestedFiles:
    """Add files (name, path or bytes) to a collection and work until all are ready or failed."""
    library = docchat.library
    added: dict[str, AddedDocument] = {}
    failures: list[CaseFailure] = []
    for number, (name, content) in enumerate(files):
        progress("adding", number, len(files))
        source = BytesIO(content) if isinstance(content, bytes) else content
        try:
            added[name] = library.add(source, name, collection_id)
        except IngestError as error:
            failures.append(CaseFailure(name, error.code, error.message))
    _work_until_idle(docchat, len(added), progress)
    documents = {name: library.get_document(each.document.id) for name, each in added.items()}
    for name, record in documents.items():
        if record.state is not DocumentState.READY:
            failure = record.failure
            code = failure.code if failure else record.state.value
            failures.append(CaseFailure(name, code, failure.message if failure else ""))
    ready = {name: each for name, each in documents.items() if each.searchable}
    return IngestedFiles(ready, tuple(failures))


def _work_until_idle(docchat: Docchat, total: int, progress: Progress) -> None:
    # The worker runs in a thread, so that this one can report progress. `stop` ends the worker when
    # reporting raises (Ctrl-C); the result is read at the end, so that its errors are raised here.
    stop = threading.Event()
    with ThreadPoolExecutor(1, "docchat-eval") as threads:
        future = threads.submit(docchat.create_worker().run, stop, until_idle=True)
        try:
            while not wait([future], timeout=_POLL_S).done:
                states = docchat.library.count_by_state()
                progress("ingesting", sum(states.get(state, 0) for state in _SETTLED), total)
        finally:
            stop.set()
        future.result()

"""Builds a working docchat from settings: every part is made and connected here, once.

Nothing heavy happens before it is needed: `docchat docs list` opens the database and no model.
Telemetry of libraries is turned off before they are imported (`rag.pipeline.factories`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import TYPE_CHECKING

from ingest.chunking.chunker import ChunkOptions
from ingest.embedding.background import ProcessEmbedder
from ingest.embedding.base import Embedder
from ingest.embedding.question_cache import QuestionCache
from ingest.embedding.sentence_transformer import SentenceTransformerEmbedder
from ingest.formats.registry import media_type_of
from ingest.library import Library
from ingest.library.current_indexes import IndexSource
from ingest.storage.database import Store, sqlite_url
from ingest.storage.files import FileStore
from rag.conversations.store import Conversations
from rag.errors import ModelNotConfigured
from rag.pipeline.factories import (
    MEGABYTE,
    build_parse_options,
    dense_source,
    disable_telemetry,
    lexical_source,
    make_embedder,
    make_model,
    make_reader,
    make_reranker,
)
from rag.settings import Settings

if TYPE_CHECKING:
    from ingest.document.figure_descriptions import Describer
    from ingest.processing.ray_cluster import Cluster
    from ingest.processing.worker import Worker
    from rag.answering.answerer import Answerer
    from rag.lists.whole_lists import ListAnswerer
    from rag.models.base import ChatModel
    from rag.pipeline import Pipeline
    from rag.question.understand import Question
    from rag.retrieval.retriever import HybridRetriever
    from rag.tables.table_answerer import TableAnswerer
    from rag.types import Hit


def build_docchat(
    settings: Settings,
    embedder: Callable[[], Embedder] | None = None,
    model: ChatModel | None = None,
    sources: tuple[IndexSource, IndexSource] | None = None,
    cluster: Cluster | None = None,
) -> Docchat:
    """Open the library in `settings.home` and return docchat over it.

    `embedder` (called at most once), `model`, which writes the answers, and `sources` of the dense
    and the lexical index replace those that the settings name. With a `cluster`, which docchat then
    closes, workers parse and embed there.

    Raises StoreUnavailable. What is heavy or may be misconfigured is made when first used, and
    raises then: EmbeddingFailed, IndexMismatch, ModelNotConfigured.
    """
    disable_telemetry()
    store = Store.open(settings.database_url or sqlite_url(settings.home / "docchat.db"))
    conversations = Conversations(store)
    library = Library(
        store,
        FileStore(settings.home, max_bytes=settings.parse.max_file_mb * MEGABYTE),
        *(sources or (dense_source(settings), lexical_source(settings))),
        embedder or (lambda: make_embedder(settings.embedder, settings.home)),
        ChunkOptions(settings.chunk.max_tokens, settings.chunk.overlap_tokens),
        sniff=media_type_of,
        quoting=conversations,
    )
    return Docchat(settings, library, conversations, model, cluster)


@dataclass(frozen=True)
class Docchat:
    """All parts of docchat over one home. Each is made once, when first used; thread-safe."""

    settings: Settings
    library: Library
    conversations: Conversations
    given_model: ChatModel | None = None
    cluster: Cluster | None = None
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False, compare=False)

    @property
    def retriever(self) -> HybridRetriever:
        """The retriever. Raises EmbeddingFailed."""
        with self._lock:
            return self._cached_retriever

    @property
    def model(self) -> ChatModel | None:
        """The language model, None for the extractive answerer. Raises ModelNotConfigured."""
        with self._lock:
            return self._cached_model

    @property
    def answerer(self) -> Answerer:
        """What writes answers. Raises ModelNotConfigured, EmbeddingFailed."""
        with self._lock:
            return self._cached_answerer

    @property
    def pipeline(self) -> Pipeline:
        """The path from a question to a checked answer. Raises what its parts raise."""
        with self._lock:
            return self._cached_pipeline

    def create_worker(self) -> Worker:
        """Return a new worker for the queue of this library. Raises ModelNotConfigured."""
        from ingest.formats.registry import parse_file
        from ingest.processing.worker import Worker, WorkerOptions

        limits, cluster = self.settings.parse, self.cluster
        options = WorkerOptions(
            parse=build_parse_options(self.settings),
            jobs=cluster.parsers if cluster else limits.jobs,
            timeout_s=limits.timeout_s,
            page_timeout_s=limits.page_timeout_s,
            memory_mb=limits.memory_mb,
        )
        library, describe = self.library, self._build_describer()
        if cluster is None:
            return Worker(
                library,
                parse_file,
                options,
                describe=describe,
                embedder=lambda: self._passage_embedder,
            )
        return Worker(
            library,
            parse_file,
            options,
            describe=describe,
            embedder=lambda: cluster.create_embedder(library.embedder),
            parsing=cluster.create_parser(library.files),
        )

    def close(self) -> None:
        """Close indexes and database and end child processes; further calls are errors."""
        # Read past the property: asking it would start a process in order to end it.
        with self._lock:
            embedder = self.__dict__.get("_passage_embedder")
        if isinstance(embedder, ProcessEmbedder):
            embedder.close()
        self.library.close()
        if self.cluster is not None:
            self.cluster.close()

    @cached_property
    def _passage_embedder(self) -> Embedder:
        """What embeds documents: a process of its own, so that questions need not wait for it."""
        own = self.library.embedder
        if not isinstance(own, SentenceTransformerEmbedder):
            return own
        make = partial(make_embedder, self.settings.embedder, self.settings.home)
        child = ProcessEmbedder(own, make)
        child.start()  # the model loads while the first document is parsed
        return child

    def _build_describer(self) -> Describer | None:
        """Return what describes figures, None if nothing does. Raises ModelNotConfigured."""
        if self.settings.parse.captions == "off":
            return None
        if self.given_model is None and self.settings.answer.kind != "openai":
            raise ModelNotConfigured(
                'parse.captions = "model" needs a model that sees pictures: answer.kind = "openai".'
            )
        from rag.models.describe_figures import FigureDescriber

        return None if self.model is None else FigureDescriber(self.model)

    @cached_property
    def _cached_retriever(self) -> HybridRetriever:
        from rag.retrieval.retriever import HybridRetriever

        library = self.library
        return HybridRetriever(
            library,
            library.dense,
            library.lexical,
            QuestionCache(library.embedder),
            self.settings.retrieval,
            make_reranker(self.settings, library),
        )

    @cached_property
    def _cached_model(self) -> ChatModel | None:
        return self.given_model or make_model(self.settings.answer)

    @cached_property
    def _cached_answerer(self) -> Answerer:
        settings = self.settings
        if self._cached_model is None:
            from rag.answering.extractive import ExtractiveAnswerer

            is_late = settings.retrieval.rerank == "late"
            return ExtractiveAnswerer(
                self.library.embedder,
                settings.answer.min_evidence,
                late=is_late,
                reader=make_reader(settings),
                tables=self._tables,
                lists=self._lists,
            )
        from rag.answering.generative import GenerativeAnswerer, estimate_tokens
        from rag.models.base import CountsTokens

        chosen, model = settings.answer, self._cached_model
        count = model.count_tokens if isinstance(model, CountsTokens) else estimate_tokens
        return GenerativeAnswerer(
            model, chosen.context_tokens, chosen.max_tokens, chosen.temperature, count
        )

    @cached_property
    def _cached_pipeline(self) -> Pipeline:
        from rag.answering.refusal import Refusals
        from rag.answering.without_search import Inventory
        from rag.grounding.checker import SentenceChecker
        from rag.pipeline import Pipeline
        from rag.retrieval.overview import Overview
        from rag.retrieval.respelling import Speller

        return Pipeline(
            self._cached_retriever,
            self._cached_answerer,
            SentenceChecker(self.library.embedder),
            Refusals(self.library),
            self.settings.grounding,
            self._cached_model,
            Overview(self.library, self.settings.retrieval.limit),
            Inventory(self.library),
            Speller(self.library.lexical),
            self._widen_hits if self._cached_model is None else None,
        )

    def _widen_hits(self, question: Question, hits: Sequence[Hit]) -> Sequence[Hit]:
        """Join the rows and items that an answer from these hits has to cite."""
        widened = self._tables.widen_hits(question.standalone, hits)
        return self._lists.widen_hits(question, widened)

    @cached_property
    def _lists(self) -> ListAnswerer:
        from rag.lists.whole_lists import ListAnswerer

        return ListAnswerer(self.library, self.library.embedder)

    @cached_property
    def _tables(self) -> TableAnswerer:
        from rag.tables.table_answerer import TableAnswerer

        return TableAnswerer(self.library, self.library.embedder)

"""Settings in, a working docchat out: every part is made and joined here, once.

Nothing heavy happens before it is needed: `docchat docs list` opens the database and no model.
Libraries that would phone home are silenced before they are imported; this and `rag.settings` are
the only places that touch the environment.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.chunking.chunker import ChunkOptions
from ingest.embedding.background import ProcessEmbedder
from ingest.embedding.base import Embedder
from ingest.embedding.hash_embedder import HashEmbedder
from ingest.embedding.model_files import BUNDLED
from ingest.embedding.sentence_transformer import SentenceTransformerEmbedder
from ingest.formats.registry import media_type_of
from ingest.index.base import Index
from ingest.library import Library
from ingest.library.current_indexes import IndexSource
from ingest.options import MOST_OCR_JOBS, ParseOptions
from ingest.processes import one_thread
from ingest.storage.database import Store, sqlite_url
from ingest.storage.files import FileStore
from rag.conversations.store import Conversations
from rag.errors import ModelNotConfigured
from rag.settings import AnswerSettings, EmbedderSettings, Settings

if TYPE_CHECKING:
    from ingest.document.figure_descriptions import Describe
    from ingest.processing.ray_cluster import Cluster
    from ingest.processing.worker import Worker
    from rag.answering.answerer import Answerer
    from rag.models.base import ChatModel
    from rag.pipeline import Pipeline
    from rag.retrieval.reranker import Reranker
    from rag.retrieval.retriever import HybridRetriever

MEGABYTE = 1024 * 1024
HASH_EMBEDDER = "hash"

_SILENCE = {
    "ANONYMIZED_TELEMETRY": "False",
    "DO_NOT_TRACK": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
    "LANGCHAIN_TRACING_V2": "false",
    "LANGSMITH_TRACING": "false",
    "RAY_USAGE_STATS_ENABLED": "0",
    "TRANSFORMERS_OFFLINE": "1",
    # Not telemetry: the tokenizer's threads warn, or hang, where a process forks;
    # `ingest.processes`.
    "TOKENIZERS_PARALLELISM": "false",
    "OPENBLAS_NUM_THREADS": "1",
}


def silence() -> None:
    """Turn off telemetry and hub access of all libraries; effective before they are imported."""
    os.environ.update(_SILENCE)
    one_thread()


def build(
    settings: Settings,
    embedder: Callable[[], Embedder] | None = None,
    model: ChatModel | None = None,
    sources: tuple[IndexSource, IndexSource] | None = None,
    cluster: Cluster | None = None,
) -> Docchat:
    """Open the library in `settings.home` and return docchat over it.

    `embedder`, called at most once, `model`, which writes the answers, and `sources` of the dense
    and the lexical index stand in for those that the settings name. With a `cluster`, which is then
    docchat's to close, workers parse and embed there.

    Raises StoreUnavailable. What is heavy or may be misconfigured is made when first used, and
    raises then: EmbeddingFailed, IndexMismatch, ModelNotConfigured.
    """
    silence()
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
    """All parts of docchat over one home. Its properties are made once, also with threads."""

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
            return self._retriever

    @property
    def model(self) -> ChatModel | None:
        """The language model, None for the extractive answerer. Raises ModelNotConfigured."""
        with self._lock:
            return self._model

    @property
    def answerer(self) -> Answerer:
        """Who writes answers. Raises ModelNotConfigured, EmbeddingFailed."""
        with self._lock:
            return self._answerer

    @property
    def pipeline(self) -> Pipeline:
        """The way from a question to a checked answer. Raises as its parts do."""
        with self._lock:
            return self._pipeline

    def worker(self) -> Worker:
        """Return a new worker for the queue of this library. Raises ModelNotConfigured."""
        from ingest.formats.registry import parse
        from ingest.processing.worker import Worker, WorkerOptions

        limits, cluster = self.settings.parse, self.cluster
        options = WorkerOptions(
            parse=parse_options(self.settings),
            jobs=cluster.parsers if cluster else limits.jobs,
            timeout_s=limits.timeout_s,
            page_timeout_s=limits.page_timeout_s,
            memory_mb=limits.memory_mb,
        )
        library, describe = self.library, self._describe()
        if cluster is None:
            return Worker(
                library, parse, options, describe=describe, embedder=lambda: self._passage_embedder
            )
        return Worker(
            library,
            parse,
            options,
            describe=describe,
            embedder=lambda: cluster.embedder(library.embedder),
            parsing=cluster.parser(library.files),
        )

    def close(self) -> None:
        """Close indexes and database and end helping processes; further calls are errors."""
        with self._lock:
            made = self.__dict__.get("_passage_embedder")
        if isinstance(made, ProcessEmbedder):
            made.close()
        self.library.close()
        if self.cluster is not None:
            self.cluster.close()

    @cached_property
    def _passage_embedder(self) -> Embedder:
        """Who embeds documents: a process of its own, so that questions are not held up."""
        own = self.library.embedder
        if not isinstance(own, SentenceTransformerEmbedder):
            return own
        make = partial(make_embedder, self.settings.embedder, self.settings.home)
        beside = ProcessEmbedder(own, make)
        beside.start()  # loads while the first document is parsed
        return beside

    def _describe(self) -> Describe | None:
        """Return who describes figures. Raises ModelNotConfigured."""
        if self.settings.parse.captions == "off":
            return None
        if self.given_model is None and self.settings.answer.kind != "openai":
            raise ModelNotConfigured(
                'parse.captions = "model" needs a model that sees pictures: answer.kind = "openai".'
            )
        from rag.models.describe_figures import FigureDescriber

        return None if self.model is None else FigureDescriber(self.model)

    @cached_property
    def _retriever(self) -> HybridRetriever:
        from rag.retrieval.retriever import HybridRetriever

        library = self.library
        return HybridRetriever(
            library,
            library.dense,
            library.lexical,
            library.embedder,
            self.settings.retrieval,
            make_reranker(self.settings, library),
        )

    @cached_property
    def _model(self) -> ChatModel | None:
        return self.given_model or make_model(self.settings.answer)

    @cached_property
    def _answerer(self) -> Answerer:
        settings = self.settings
        if self._model is None:
            from rag.answering.extractive import USUAL_LATE, ExtractiveAnswerer

            known = settings.embedder.model == BUNDLED and settings.retrieval.rerank == "late"
            return ExtractiveAnswerer(
                self.library.embedder, settings.answer.min_evidence, USUAL_LATE if known else None
            )
        from rag.answering.generative import GenerativeAnswerer, estimate_tokens
        from rag.models.base import CountsTokens

        chosen, model = settings.answer, self._model
        count = model.count_tokens if isinstance(model, CountsTokens) else estimate_tokens
        return GenerativeAnswerer(
            model, chosen.context_tokens, chosen.max_tokens, chosen.temperature, count
        )

    @cached_property
    def _pipeline(self) -> Pipeline:
        from rag.answering.refusal import Refusals
        from rag.grounding.checker import SentenceChecker
        from rag.pipeline import Pipeline
        from rag.retrieval.overview import Overview

        return Pipeline(
            self._retriever,
            self._answerer,
            SentenceChecker(self.library.embedder),
            Refusals(self.library),
            self.settings.grounding,
            self._model,
            Overview(self.library, self.settings.retrieval.limit),
        )


def dense_source(settings: Settings) -> IndexSource:
    """Return how the dense index is opened: Chroma in `home`, on a server, or Milvus."""

    def folder(generation: int) -> Path:
        return settings.home / "indexes" / f"dense-{generation}"

    def opened(generation: int, dimension: int) -> Index:
        if settings.milvus_uri:
            from ingest.index.milvus import MilvusDenseIndex

            name = f"{settings.index_prefix}_dense_{generation}"
            return MilvusDenseIndex(*_milvus(settings), name, dimension)
        from ingest.index.chroma import ChromaIndex

        if settings.chroma_url:
            name = f"{settings.index_prefix}-{generation}"
            return ChromaIndex(None, settings.chroma_url, name, dimension)
        return ChromaIndex(folder(generation), None, f"docchat-{generation}", dimension)

    return IndexSource(opened, None if settings.chroma_url or settings.milvus_uri else folder)


def lexical_source(settings: Settings) -> IndexSource:
    """Return how the lexical index is opened: Tantivy in `home`, or Milvus."""

    def folder(generation: int) -> Path:
        return settings.home / "indexes" / f"lexical-{generation}"

    def opened(generation: int, _dimension: int) -> Index:
        if settings.milvus_uri:
            from ingest.index.milvus import MilvusLexicalIndex

            name = f"{settings.index_prefix}_lexical_{generation}"
            return MilvusLexicalIndex(*_milvus(settings), name)
        from ingest.index.tantivy import TantivyIndex

        return TantivyIndex(folder(generation))

    return IndexSource(opened, None if settings.milvus_uri else folder)


def _milvus(settings: Settings) -> tuple[str, str]:
    return settings.milvus_uri, settings.milvus_token.get_secret_value()


def make_cluster(settings: Settings) -> Cluster:
    """Connect to the Ray cluster of the settings, or start one here. Raises ClusterUnavailable."""
    from ingest.formats.registry import parse
    from ingest.processing.ray_cluster import Cluster, ClusterOptions, Work
    from ingest.processing.ray_nodes import ParseLimits

    silence()
    chosen, limits = settings.ray, settings.parse
    work = Work(
        parse,
        partial(node_embedder, settings.embedder, chosen.threads),
        parse_options(settings),
        ParseLimits(limits.timeout_s, limits.page_timeout_s, limits.memory_mb),
    )
    return Cluster(work, ClusterOptions(chosen.address, chosen.embedders, chosen.parsers))


def node_embedder(settings: EmbedderSettings, threads: int) -> Embedder:
    """Return the dense model on a node of a cluster; torch uses `threads`, 0: all processors.

    Raises EmbeddingFailed.
    """
    silence()
    # Before torch is imported. Ray has set it to what the actor asked of the node, which is 1.
    os.environ["OMP_NUM_THREADS"] = str(threads or os.cpu_count() or 1)
    return make_embedder(settings)


def make_embedder(settings: EmbedderSettings, home: Path | None = None) -> Embedder:
    """Return the dense model; `home` keeps what is compiled of it. Raises EmbeddingFailed."""
    if settings.model == HASH_EMBEDDER:
        return HashEmbedder(languages=settings.languages or ("*",))
    embedder = SentenceTransformerEmbedder(
        settings.model,
        backend=settings.backend,
        device=settings.device,
        batch_tokens=settings.batch_tokens,
        languages=settings.languages,
        cache=None if home is None else home / "models",
        words=settings.words,
    )
    if settings.query_prefix or settings.passage_prefix:
        from ingest.embedding.prefixed import PrefixedEmbedder

        return PrefixedEmbedder(embedder, settings.query_prefix, settings.passage_prefix)
    return embedder


def make_reranker(settings: Settings, library: Library) -> Reranker | None:
    """Return the second stage of retrieval, None where there is none. Raises RerankerFailed."""
    match settings.retrieval.rerank:
        case "off":
            return None
        case "late":
            from rag.retrieval.late_interaction import LateInteraction

            return LateInteraction(library.signs)
        case folder:
            from rag.retrieval.reranker import CrossEncoderReranker

            return CrossEncoderReranker(Path(folder), settings.embedder.device)


def make_model(settings: AnswerSettings) -> ChatModel | None:
    """Return the model that writes answers, None where none does. Raises ModelNotConfigured."""
    key = settings.api_key.get_secret_value()
    timeout, context = settings.timeout_s, settings.context_tokens
    match settings.kind:
        case "openai":
            from rag.models.openai import OpenAIChatModel

            return OpenAIChatModel(settings.model, settings.base_url, key, timeout, context)
        case "huggingface":
            from rag.models.huggingface import HuggingFaceChatModel

            return HuggingFaceChatModel(
                settings.model, settings.adapter, context_tokens=context, timeout_s=timeout
            )
        case "langchain":
            from rag.models.langchain import LangChainChatModel

            options = {"api_key": key} if key else {}
            if "base_url" in settings.model_fields_set:  # the default is OpenAI's: no provider's
                options["base_url"] = settings.base_url
            return LangChainChatModel(settings.model, timeout, context, options)
        case "extractive":
            return None


def parse_options(settings: Settings) -> ParseOptions:
    """Return what the settings say about parsing."""
    parse = settings.parse
    return ParseOptions(
        ocr=parse.ocr,
        layout=parse.layout,
        ocr_engine=parse.ocr_engine,
        ocr_languages=parse.ocr_languages,
        # Of each of the files that are read at once: one for each core.
        ocr_jobs=parse.ocr_jobs or max(1, min(MOST_OCR_JOBS, (os.cpu_count() or 1) // parse.jobs)),
        engine=parse.engine,
        furniture=parse.furniture,
        min_text_share=parse.min_text_share,
        max_pages=parse.max_pages,
        processes=parse.processes,
        max_expanded_bytes=parse.max_expanded_mb * MEGABYTE,
    )

"""Makes parts from settings: embedder, indexes, reranker, language model, Ray cluster."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.embedding.base import Embedder
from ingest.embedding.hash_embedder import HashEmbedder
from ingest.embedding.models.base import Prefixes
from ingest.embedding.models.bundled import find_e5_file, find_model
from ingest.embedding.sentence_transformer import SentenceTransformerEmbedder
from ingest.index.base import Index
from ingest.library import Library
from ingest.library.current_indexes import IndexSource
from ingest.options import MOST_OCR_JOBS, ParseOptions
from ingest.processes import limit_blas_threads
from rag.settings import AnswerSettings, EmbedderSettings, Settings

if TYPE_CHECKING:
    from ingest.processing.ray_cluster import Cluster
    from rag.models.base import ChatModel
    from rag.reading.span_reader import Reader
    from rag.retrieval.reranker import Reranker


MEGABYTE = 1024 * 1024
HASH_EMBEDDER = "hash"

_LIBRARY_ENVIRONMENT = {
    "ANONYMIZED_TELEMETRY": "False",
    "DO_NOT_TRACK": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_OFFLINE": "1",
    "LANGCHAIN_TRACING_V2": "false",
    "LANGSMITH_TRACING": "false",
    "RAY_USAGE_STATS_ENABLED": "0",
    "TRANSFORMERS_OFFLINE": "1",
    # Not telemetry: the tokenizer's threads warn, or hang, where a process forks.
    "TOKENIZERS_PARALLELISM": "false",
    # See `ingest.processes`.
    "OPENBLAS_NUM_THREADS": "1",
}


def disable_telemetry() -> None:
    """Turn off telemetry and hub access of all libraries; effective before they are imported."""
    os.environ.update(_LIBRARY_ENVIRONMENT)
    limit_blas_threads()


def dense_source(settings: Settings) -> IndexSource:
    """Return what opens the dense index: Chroma in `home`, Chroma on a server, or Milvus."""

    def locate_folder(generation: int) -> Path:
        return settings.home / "indexes" / f"dense-{generation}"

    def open_index(generation: int, dimension: int) -> Index:
        if settings.milvus_uri:
            from ingest.index.milvus import MilvusDenseIndex

            name = f"{settings.index_prefix}_dense_{generation}"
            return MilvusDenseIndex(*_read_milvus_access(settings), name, dimension)
        from ingest.index.chroma import ChromaIndex

        if settings.chroma_url:
            name = f"{settings.index_prefix}-{generation}"
            return ChromaIndex(None, settings.chroma_url, name, dimension)
        return ChromaIndex(locate_folder(generation), None, f"docchat-{generation}", dimension)

    return IndexSource(
        open_index, None if settings.chroma_url or settings.milvus_uri else locate_folder
    )


def lexical_source(settings: Settings) -> IndexSource:
    """Return what opens the lexical index: Tantivy in `home`, or Milvus."""

    def locate_folder(generation: int) -> Path:
        return settings.home / "indexes" / f"lexical-{generation}"

    def open_index(generation: int, _dimension: int) -> Index:
        if settings.milvus_uri:
            from ingest.index.milvus import MilvusLexicalIndex

            name = f"{settings.index_prefix}_lexical_{generation}"
            return MilvusLexicalIndex(*_read_milvus_access(settings), name)
        from ingest.index.tantivy import TantivyIndex

        return TantivyIndex(locate_folder(generation))

    return IndexSource(open_index, None if settings.milvus_uri else locate_folder)


def _read_milvus_access(settings: Settings) -> tuple[str, str]:
    return settings.milvus_uri, settings.milvus_token.get_secret_value()


def make_cluster(settings: Settings) -> Cluster:
    """Connect to the Ray cluster of the settings, or start one here. Raises ClusterUnavailable."""
    from ingest.formats.registry import parse_file
    from ingest.processing.ray_cluster import Cluster, ClusterOptions, Work
    from ingest.processing.ray_nodes import ParseLimits

    disable_telemetry()
    chosen, limits = settings.ray, settings.parse
    work = Work(
        parse_file,
        partial(make_node_embedder, settings.embedder, chosen.threads),
        build_parse_options(settings),
        ParseLimits(limits.timeout_s, limits.page_timeout_s, limits.memory_mb),
    )
    return Cluster(work, ClusterOptions(chosen.address, chosen.embedders, chosen.parsers))


def make_node_embedder(settings: EmbedderSettings, threads: int) -> Embedder:
    """Return the dense model on a node of a cluster; torch uses `threads`, 0: all processors.

    Raises EmbeddingFailed.
    """
    disable_telemetry()
    # Must be set before torch is imported. Ray has set it to what the actor asked for, which is 1.
    os.environ["OMP_NUM_THREADS"] = str(threads or os.cpu_count() or 1)
    return make_embedder(settings)


def make_embedder(settings: EmbedderSettings, home: Path | None = None) -> Embedder:
    """Return the dense model; `home` keeps what is compiled of it. Raises EmbeddingFailed."""
    if settings.model == HASH_EMBEDDER:
        return HashEmbedder(languages=settings.languages or ("*",))
    prefixes = Prefixes(settings.query_prefix, settings.passage_prefix)
    return SentenceTransformerEmbedder(
        find_model(settings.model, prefixes),
        backend=settings.backend,
        device=settings.device,
        precision=settings.precision,
        batch_tokens=settings.batch_tokens,
        languages=settings.languages,
        cache=None if home is None else home / "models",
        words=settings.words,
    )


def make_reranker(settings: Settings, library: Library) -> Reranker | None:
    """Return the second stage of retrieval, None where there is none. Raises RerankerFailed."""
    match settings.retrieval.rerank:
        case "off":
            return None
        case "late":
            from rag.retrieval.late_interaction import LateInteraction

            return LateInteraction(library.read_signs)
        case folder:
            from rag.retrieval.reranker import CrossEncoderReranker

            return CrossEncoderReranker(Path(folder), settings.embedder.device)


def make_reader(settings: Settings) -> Reader | None:
    """Return what finds the words that answer, None where it is off or its model is missing."""
    # The fake embedder is for tests, and a reader beside it would cost more than all the rest.
    if settings.answer.reader == "off" or settings.embedder.model == HASH_EMBEDDER:
        return None
    if find_e5_file() is None:
        return None  # `docchat doctor` says so
    from rag.reading.span_reader import SpanReader

    chosen = settings.embedder
    return SpanReader(backend=chosen.backend, device=chosen.device, precision=chosen.precision)


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
            # The default address is OpenAI's: only one that somebody set is for the provider.
            if "base_url" in settings.model_fields_set:
                options["base_url"] = settings.base_url
            return LangChainChatModel(settings.model, timeout, context, options)
        case "extractive":
            return None


def build_parse_options(settings: Settings) -> ParseOptions:
    """Return what the settings say about parsing."""
    parse = settings.parse
    return ParseOptions(
        ocr=parse.ocr,
        layout=parse.layout,
        ocr_engine=parse.ocr_engine,
        ocr_languages=parse.ocr_languages,
        # For each of the files that are read at once: its share of the cores.
        ocr_jobs=parse.ocr_jobs or max(1, min(MOST_OCR_JOBS, (os.cpu_count() or 1) // parse.jobs)),
        engine=parse.engine,
        furniture=parse.furniture,
        min_text_share=parse.min_text_share,
        max_pages=parse.max_pages,
        processes=parse.processes,
        max_expanded_bytes=parse.max_expanded_mb * MEGABYTE,
    )

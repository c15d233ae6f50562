"""Ranks the same passages as LangChain's hybrid does: BM25Retriever and Chroma, as an ensemble.

Set up as in its documentation: weights of one half each, BM25 over words split at white space (also
for Chinese, which has none), Chroma in memory with its defaults. The vectors come from docchat's
own embedder, so that both sides use the same model.

Limits: needs the packages of the extra `bench`. Chroma's client in memory is shared by a process,
so every collection has a unique name and is dropped on `close`.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from eval.errors import PackageMissing
from ingest.embedding.base import Embedder
from ingest.types import Chunk

_AT_ONCE = 2_000


class LangChainEnsemble:
    """Ranks passages by LangChain's ensemble. Raises PackageMissing where it is not installed."""

    def __init__(self, chunks: Sequence[Chunk], embedder: Embedder, depth: int) -> None:
        try:
            from langchain_chroma import Chroma
            from langchain_classic.retrievers import EnsembleRetriever
            from langchain_community.retrievers import BM25Retriever
            from langchain_core.documents import Document
            from langchain_core.embeddings import Embeddings
        except ImportError as error:
            raise PackageMissing(f"The baseline langchain cannot be had: {error}.") from error

        class Vectors(Embeddings):
            """The embedder behind LangChain's interface."""

            def embed_documents(self, texts: list[str]) -> list[list[float]]:
                return [[float(x) for x in row] for row in embedder.embed(texts)]

            def embed_query(self, text: str) -> list[float]:
                return self.embed_documents([text])[0]

        documents = [
            Document(page_content=chunk.indexed_text, metadata={"chunk": chunk.id})
            for chunk in chunks
        ]
        self._store = Chroma(f"langchain-{uuid.uuid4().hex}", embedding_function=Vectors())
        for start in range(0, len(documents), _AT_ONCE):
            self._store.add_documents(documents[start : start + _AT_ONCE])
        bm25 = BM25Retriever.from_documents(documents, k=depth)
        dense = self._store.as_retriever(search_kwargs={"k": depth})
        self._retriever = EnsembleRetriever(retrievers=[bm25, dense], weights=[0.5, 0.5])
        self._depth = depth

    def search(self, question: str) -> list[str]:
        """Return chunk ids, best first."""
        found = self._retriever.invoke(question)
        return [str(document.metadata["chunk"]) for document in found][: self._depth]

    def close(self) -> None:
        """Drop the collection."""
        self._store.delete_collection()

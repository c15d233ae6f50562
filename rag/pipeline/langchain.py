"""Offers docchat's retriever as a LangChain retriever.

    retriever = DocchatRetriever(retriever=docchat.retriever)
    chain = {"context": retriever, "question": RunnablePassthrough()} | prompt | model

Limits: synchronous inside; LangChain's async methods run it in a thread.
"""

from __future__ import annotations

from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from rag.analysis.statements import passage_text
from rag.question.understand import understand_question
from rag.retrieval.retriever import Retriever
from rag.serialize import hit_to_json
from rag.types import NO_FILTERS, Filters, Hit


class DocchatRetriever(BaseRetriever):
    """Finds passages with docchat and returns them as LangChain documents, best first.

    A passage's metadata say where it stands (`document_id`, `name`, `collection_id`, `media_type`,
    `page`, `boxes` in points from the top left, `heading_path`, `chunk_id`) and how well it fits
    (`score`).
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    retriever: Any
    """A docchat `Retriever`; pydantic cannot check a Protocol, `model_post_init` does."""
    filters: Filters = NO_FILTERS
    limit: int | None = None

    def model_post_init(self, context: Any, /) -> None:
        """Raise TypeError for what is no retriever: now, not at the first question."""
        if not callable(getattr(self.retriever, "search", None)):
            raise TypeError(f"{self.retriever!r} has no method `search`")

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        retriever: Retriever = self.retriever
        hits = retriever.search(understand_question(query), self.filters, self.limit)
        return [as_document(hit) for hit in hits]


def as_document(hit: Hit) -> Document:
    """Return a hit as a LangChain document; its text is the passage with its neighbours."""
    data = hit_to_json(hit)
    return Document(
        id=hit.chunk.id,
        page_content=passage_text(hit),
        metadata={
            "document_id": data["document_id"],
            "name": data["document_name"],
            "collection_id": data["collection_id"],
            "media_type": data["media_type"],
            "page": data["page"],
            "boxes": data["boxes"],
            "heading_path": data["chunk"]["heading_path"],
            "chunk_id": data["chunk"]["id"],
            "score": data["score"],
        },
    )

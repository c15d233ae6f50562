"""docchat's retriever in a LangChain chain."""

from __future__ import annotations

import asyncio

import pytest
from langchain_core.documents import Document
from langchain_core.language_models import FakeListChatModel
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableLambda, RunnablePassthrough

from rag.pipeline.bootstrap import Docchat
from rag.pipeline.langchain import DocchatRetriever
from rag.types import Filters


def test_passages_come_as_documents_with_their_place(shelf: Docchat) -> None:
    found = DocchatRetriever(retriever=shelf.retriever).invoke("How long may books be returned?")
    best = found[0]
    assert isinstance(best, Document)
    assert "14 days" in best.page_content
    assert best.metadata["name"] == "policy.md"
    assert best.metadata["page"] == 1
    assert best.metadata["heading_path"] == ["Refund policy", "Books"]
    assert best.id == best.metadata["chunk_id"]
    assert set(best.metadata) >= {"document_id", "boxes", "score", "collection_id"}
    scores = [document.metadata["score"] for document in found]
    assert scores == sorted(scores, reverse=True)


def test_filters_and_limit(shelf: Docchat) -> None:
    plant = Filters(collection_ids=(shelf.library.get_collection("plant").id,))
    retriever = DocchatRetriever(retriever=shelf.retriever, filters=plant, limit=2)
    found = retriever.invoke("水泵的额定功率是多少？")
    assert len(found) <= 2
    assert found[0].metadata["name"] == "水泵.md"


def test_a_chain_of_langchain_runs_with_it(shelf: Docchat) -> None:
    seen: list[str] = []

    def joined(documents: list[Document]) -> str:
        seen.extend(document.page_content for document in documents)
        return "\n\n".join(document.page_content for document in documents)

    retriever = DocchatRetriever(retriever=shelf.retriever, limit=3)
    prompt = ChatPromptTemplate.from_template("{context}\n\nQuestion: {question}")
    model = FakeListChatModel(responses=["Fourteen days."])
    chain = (
        {"context": retriever | RunnableLambda(joined), "question": RunnablePassthrough()}
        | prompt
        | model
        | StrOutputParser()
    )
    assert chain.invoke("How long may books be returned?") == "Fourteen days."
    assert any("14 days" in text for text in seen)


def test_the_async_way(shelf: Docchat) -> None:
    retriever = DocchatRetriever(retriever=shelf.retriever, limit=1)
    found = asyncio.run(retriever.ainvoke("How long may books be returned?"))
    assert "14 days" in found[0].page_content


def test_what_is_no_retriever_is_refused_at_once() -> None:
    with pytest.raises(TypeError, match="search"):
        DocchatRetriever(retriever=object())

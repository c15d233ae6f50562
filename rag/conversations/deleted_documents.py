"""Removes the words of deleted documents from answers that rest on them.

Quotes, passages and their places are removed. The answer's sentences, the markers and the name of
the source stay, so that an old conversation can still be read, and the citation says that its
document was deleted. Limits: an answer in the document's own words (as the extractive answerer
writes) keeps those sentences until its conversation is deleted.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace

from rag.types import Answer, Citation, Hit


def documents_of(answer: Answer) -> set[str]:
    """Return the ids of the documents whose words an answer holds."""
    cited = {each.document_id for each in answer.citations if not each.deleted}
    return cited | {hit.chunk.document_id for hit in answer.hits if hit.chunk.text}


def without_documents(answer: Answer, deleted: Set[str]) -> Answer:
    """Return the answer without the words of these documents; its lists keep their lengths."""
    if not deleted & documents_of(answer):
        return answer
    return replace(
        answer,
        citations=tuple(
            _clear_citation(each) if each.document_id in deleted else each
            for each in answer.citations
        ),
        hits=tuple(
            _clear_hit(each) if each.chunk.document_id in deleted else each for each in answer.hits
        ),
    )


def _clear_citation(citation: Citation) -> Citation:
    return replace(citation, boxes=(), quote="", char_range=(0, 0), deleted=True)


def _clear_hit(hit: Hit) -> Hit:
    chunk = replace(
        hit.chunk,
        text="",
        heading_path=(),
        boxes=(),
        char_range=(0, 0),
        tokens=0,
        spans=(),
        described="",
    )
    return replace(hit, chunk=chunk, neighbours=())

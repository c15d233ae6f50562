"""Answers and what they are made of, to JSON-able dictionaries and back.

One shape for everybody: the REST API sends it, conversations store it, `--format json` prints it.
Word spans are left out (they are many, and the boxes say where a passage stands); so are the
neighbours of a hit. What comes back from a dictionary is the same answer but for those.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from ingest.types import Box, Chunk
from rag.types import Answer, Citation, Claim, GroundednessReport, Hit

Json: TypeAlias = dict[str, Any]


def box_to_json(box: Box) -> Json:
    """Return {page, x0, y0, x1, y1}, points rounded to hundredths."""
    corners = {name: round(getattr(box, name), 2) for name in ("x0", "y0", "x1", "y1")}
    return {"page": box.page, **corners}


def chunk_to_json(chunk: Chunk) -> Json:
    """Return the chunk without its word spans."""
    return {
        "id": chunk.id,
        "document_id": chunk.document_id,
        "ordinal": chunk.ordinal,
        "text": chunk.text,
        "heading_path": list(chunk.heading_path),
        "boxes": [box_to_json(box) for box in chunk.boxes],
        "char_range": list(chunk.char_range),
        "page": chunk.page,
        "page_end": chunk.page_end,
        "tokens": chunk.tokens,
        "kind": chunk.kind,
    }


def hit_to_json(hit: Hit) -> Json:
    """Return the hit with every component score; `page` and `boxes` are those of its chunk."""
    chunk = chunk_to_json(hit.chunk)
    return {
        "chunk": chunk,
        "document_id": hit.chunk.document_id,
        "document_name": hit.document_name,
        "collection_id": hit.collection_id,
        "media_type": hit.media_type,
        "score": hit.score,
        "lexical": hit.lexical,
        "dense": hit.dense,
        "rerank": hit.rerank,
        "named": hit.named,
        "agreement": hit.agreement,
        "linked": hit.linked,
        "page": hit.chunk.page,
        "boxes": chunk["boxes"],
    }


def citation_to_json(citation: Citation) -> Json:
    """Return the citation."""
    return {
        "marker": citation.marker,
        "chunk_id": citation.chunk_id,
        "document_id": citation.document_id,
        "document_name": citation.document_name,
        "page": citation.page,
        "boxes": [box_to_json(box) for box in citation.boxes],
        "quote": citation.quote,
        "char_range": list(citation.char_range),
        "deleted": citation.deleted,
    }


def report_to_json(report: GroundednessReport) -> Json:
    """Return the report with its claims."""
    return {
        "score": report.score,
        "claims": [
            {
                "text": claim.text,
                "char_range": list(claim.char_range),
                "verdict": claim.verdict,
                "score": claim.score,
                "evidence": list(claim.evidence),
                "reasons": list(claim.reasons),
            }
            for claim in report.claims
        ],
    }


def answer_to_json(answer: Answer) -> Json:
    """Return the whole answer."""
    return {
        "text": answer.text,
        "citations": [citation_to_json(citation) for citation in answer.citations],
        "grounding": report_to_json(answer.grounding),
        "refused": answer.refused,
        "question": answer.question,
        "language": answer.language,
        "hits": [hit_to_json(hit) for hit in answer.hits],
        "usage": dict(answer.usage),
        "timings": dict(answer.timings),
    }


def answer_from_json(data: Mapping[str, Any]) -> Answer:
    """Return the answer that `answer_to_json` wrote. Raises KeyError, TypeError on other shapes."""
    return Answer(
        text=data["text"],
        citations=tuple(_parse_citation(each) for each in data["citations"]),
        grounding=GroundednessReport(
            claims=tuple(_parse_claim(each) for each in data["grounding"]["claims"]),
            score=data["grounding"]["score"],
        ),
        refused=data["refused"],
        question=data["question"],
        language=data["language"],
        hits=tuple(_parse_hit(each) for each in data["hits"]),
        usage=dict(data["usage"]),
        timings=dict(data["timings"]),
    )


def _parse_range(pair: Sequence[int]) -> tuple[int, int]:
    start, end = pair
    return start, end


def _parse_boxes(items: Sequence[Mapping[str, Any]]) -> tuple[Box, ...]:
    return tuple(Box(**item) for item in items)


def _parse_citation(data: Mapping[str, Any]) -> Citation:
    fields = {
        **data,
        "boxes": _parse_boxes(data["boxes"]),
        "char_range": _parse_range(data["char_range"]),
    }
    return Citation(**fields)


def _parse_claim(data: Mapping[str, Any]) -> Claim:
    lists = {name: tuple(data[name]) for name in ("evidence", "reasons")}
    return Claim(**{**data, **lists, "char_range": _parse_range(data["char_range"])})


def _parse_hit(data: Mapping[str, Any]) -> Hit:
    chunk = data["chunk"]
    always = ("document_name", "collection_id", "media_type", "score", "lexical", "dense", "rerank")
    return Hit(
        chunk=Chunk(
            **{
                **chunk,
                "heading_path": tuple(chunk["heading_path"]),
                "boxes": _parse_boxes(chunk["boxes"]),
                "char_range": _parse_range(chunk["char_range"]),
            }
        ),
        **{name: data[name] for name in always},
        # Answers of before have no such parts.
        named=data.get("named"),
        agreement=data.get("agreement"),
        linked=data.get("linked"),
    )

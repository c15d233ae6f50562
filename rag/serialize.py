"""Turns answers and their parts into JSON-able dictionaries and back.

This is the only place that knows the JSON of a hit, a citation or an answer: the REST API sends it,
conversations store it, `--format json` prints it, and `app.schemas.answers` describes it. Word
spans are left out (they are many, and the boxes say where a passage stands); so are the neighbours
and copies of a hit. What comes back from a dictionary is the same answer but for those.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from ingest.types import Box, Chunk
from rag.types import Answer, Citation, Claim, GroundednessReport, Hit, Respelling

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


def chunk_from_json(data: Mapping[str, Any]) -> Chunk:
    """Return the chunk that `chunk_to_json` wrote. Raises KeyError, TypeError on other shapes."""
    return Chunk(
        **{
            **data,
            "heading_path": tuple(data["heading_path"]),
            "boxes": _parse_boxes(data["boxes"]),
            "char_range": _parse_range(data["char_range"]),
        }
    )


_SCORES = ("score", "lexical", "dense", "rerank", "named", "agreement", "linked")
_COPIED_FIELDS = ("document_name", "collection_id", "media_type", *_SCORES)
"""Fields of a hit that its JSON has as they are, under the same names."""
_LATER_FIELDS = frozenset({"named", "agreement", "linked"})
"""Those of them that answers stored by older versions lack."""


def scores_to_json(hit: Hit) -> dict[str, float | None]:
    """Return the hit's score and its components by name, None where a part did not see it."""
    return {name: getattr(hit, name) for name in _SCORES}


def hit_to_json(hit: Hit) -> Json:
    """Return the hit with every component score; `page` and `boxes` are those of its chunk."""
    chunk = chunk_to_json(hit.chunk)
    return {
        "chunk": chunk,
        "document_id": hit.chunk.document_id,
        **{name: getattr(hit, name) for name in _COPIED_FIELDS},
        "page": hit.chunk.page,
        "boxes": chunk["boxes"],
    }


def hit_from_json(data: Mapping[str, Any]) -> Hit:
    """Return the hit that `hit_to_json` wrote. Raises KeyError, TypeError on other shapes."""
    missing_later = _LATER_FIELDS - data.keys()
    fields = {name: data[name] for name in _COPIED_FIELDS if name not in missing_later}
    return Hit(chunk=chunk_from_json(data["chunk"]), **fields)


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


def respelling_to_json(respelling: Respelling) -> Json:
    """Return {asked, searched}."""
    return {"asked": respelling.asked, "searched": respelling.searched}


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
        "answer_spans": [list(span) for span in answer.answer_spans],
        "answerable": answer.answerable,
        "certainty": answer.certainty,
        "respelled": [respelling_to_json(each) for each in answer.respelled],
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
        hits=tuple(hit_from_json(each) for each in data["hits"]),
        # Answers of before 2026-12 have neither.
        answer_spans=tuple(_parse_range(pair) for pair in data.get("answer_spans", ())),
        answerable=data.get("answerable"),
        respelled=tuple(Respelling(**each) for each in data.get("respelled", ())),
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

"""Answers survive the way through JSON."""

from __future__ import annotations

import json
from dataclasses import fields, replace

from ingest.types import Box, Chunk, Span
from rag.serialize import (
    answer_from_json,
    answer_to_json,
    hit_from_json,
    hit_to_json,
    scores_to_json,
)
from rag.types import Answer, Citation, Claim, GroundednessReport, Hit, Respelling

BOX = Box(2, 10.123456, 20.0, 110.5, 32.25)
CHUNK = Chunk(
    id="c1",
    document_id="d1",
    ordinal=3,
    text="退款期限为 30 天。",
    heading_path=("政策", "退款"),
    boxes=(BOX,),
    char_range=(100, 111),
    page=2,
    page_end=2,
    tokens=9,
    spans=(Span(0, 4, BOX),),
)
ANSWER = Answer(
    text="退款期限为 30 天 [1]。",
    citations=(Citation(1, "c1", "d1", "政策.pdf", 2, (BOX,), "退款期限为 30 天。", (100, 111)),),
    grounding=GroundednessReport(
        (Claim("退款期限为 30 天", (0, 10), "supported", 0.93, ("c1",), ("number:30",)),), 1.0
    ),
    refused=False,
    question="退款期限？",
    language="zh",
    hits=(
        Hit(
            CHUNK,
            "政策.pdf",
            1.5,
            lexical=7.25,
            collection_id="k1",
            media_type="application/pdf",
            neighbours=(CHUNK,),
        ),
    ),
    answer_spans=((5, 9),),
    answerable=0.875,
    respelled=(Respelling("退歀", "退款"),),
    usage={"passages": 1},
    timings={"retrieve": 0.25},
)


def test_an_answer_comes_back_but_for_spans_and_neighbours() -> None:
    rounded = Box(2, 10.12, 20.0, 110.5, 32.25)
    hit = replace(ANSWER.hits[0], chunk=replace(CHUNK, spans=(), boxes=(rounded,)), neighbours=())
    expected = replace(
        ANSWER, hits=(hit,), citations=(replace(ANSWER.citations[0], boxes=(rounded,)),)
    )
    assert answer_from_json(json.loads(json.dumps(answer_to_json(ANSWER)))) == expected


def test_the_shape_is_that_of_the_rest_api() -> None:
    data = answer_to_json(ANSWER)
    assert set(data) == {
        "text", "citations", "grounding", "refused", "question", "language", "hits", "usage",
        "timings", "answer_spans", "answerable", "certainty", "respelled",
    }  # fmt: skip
    assert data["citations"][0]["boxes"] == [
        {"page": 2, "x0": 10.12, "y0": 20.0, "x1": 110.5, "y1": 32.25}
    ]
    assert data["grounding"]["claims"][0]["verdict"] == "supported"
    assert data["hits"][0]["page"] == 2
    assert data["hits"][0]["boxes"] == data["hits"][0]["chunk"]["boxes"]


def test_every_field_of_a_hit_comes_back_but_what_is_left_out() -> None:
    chunk = replace(CHUNK, spans=(), boxes=(Box(2, 10.12, 20.0, 110.5, 32.25),))
    hit = Hit(chunk, "政策.pdf", 1.5, 7.25, 0.5, 0.4, "k1", "application/pdf", (), 0.3, 0.2, 0.1)
    left_out = {"neighbours", "copies"}
    unset = [each.name for each in fields(Hit) if getattr(hit, each.name) == each.default]
    assert set(unset) == left_out
    assert hit_from_json(json.loads(json.dumps(hit_to_json(hit)))) == hit


def test_hits_that_older_versions_stored_can_be_read() -> None:
    data = hit_to_json(ANSWER.hits[0])
    for name in ("named", "agreement", "linked"):
        del data[name]
    assert hit_from_json(data).named is None


def test_the_scores_of_a_hit_are_those_of_its_json() -> None:
    hit = ANSWER.hits[0]
    scores = scores_to_json(hit)
    assert list(scores) == ["score", "lexical", "dense", "rerank", "named", "agreement", "linked"]
    assert scores.items() <= hit_to_json(hit).items()

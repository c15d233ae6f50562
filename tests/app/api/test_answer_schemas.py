"""The models that describe answers for OpenAPI have the fields that `rag.serialize` writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import BaseModel

from app.schemas.answers import AnswerOut, CitationOut, ClaimOut, GroundingOut, HitOut
from app.schemas.documents import BoxOut, ChunkOut
from ingest.types import Box, Chunk
from rag.serialize import answer_to_json
from rag.types import Answer, Citation, Claim, GroundednessReport, Hit

BOX = Box(1, 10.0, 20.0, 110.0, 32.0)
CHUNK = Chunk("c1", "d1", 0, "Books: 30 days.", ("Refunds",), (BOX,), (0, 15), 1, 1, 5)
ANSWER = answer_to_json(
    Answer(
        text="Books: 30 days. [1]",
        citations=(Citation(1, "c1", "d1", "policy.pdf", 1, (BOX,), "Books: 30 days.", (0, 15)),),
        grounding=GroundednessReport((Claim("Books: 30 days.", (0, 15), "supported", 0.9),), 1.0),
        refused=False,
        question="How long?",
        language="en",
        hits=(Hit(CHUNK, "policy.pdf", 1.5),),
    )
)
HIT = ANSWER["hits"][0]


@pytest.mark.parametrize(
    ("model", "written"),
    [
        (AnswerOut, ANSWER),
        (HitOut, HIT),
        (ChunkOut, HIT["chunk"]),
        (BoxOut, HIT["boxes"][0]),
        (CitationOut, ANSWER["citations"][0]),
        (GroundingOut, ANSWER["grounding"]),
        (ClaimOut, ANSWER["grounding"]["claims"][0]),
    ],
)
def test_a_model_has_the_fields_that_are_written(
    model: type[BaseModel], written: Mapping[str, Any]
) -> None:
    assert set(model.model_fields) == set(written)
    assert model.model_validate(written).model_dump(mode="json") == written

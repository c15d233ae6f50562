"""Passages that stand for whole documents."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ingest.errors import NotFound
from ingest.types import Chunk
from rag.pipeline.bootstrap import Docchat
from rag.retrieval.overview import Overview, section_openings
from rag.types import NO_FILTERS, Filters

CHUNK = Chunk("c", "d", 0, "text", (), (), (0, 4), 1, 1, 1)


def chunks(*headings: str) -> list[Chunk]:
    return [
        replace(CHUNK, id=f"c{number}", ordinal=number, heading_path=tuple(heading.split("/")))
        for number, heading in enumerate(headings)
    ]


@pytest.mark.parametrize(
    ("headings", "count", "places"),
    [
        (("a", "a", "b", "b", "c"), 3, [0, 2, 4]),
        (("a", "b", "c", "d"), 2, [0, 2]),
        (("a", "a", "a"), 2, [0, 1]),
        (("a/b/c", "a/b/d", "a/e"), 2, [0, 2]),
        (("a",), 5, [0]),
        ((), 3, []),
    ],
)
def test_section_openings(headings: tuple[str, ...], count: int, places: list[int]) -> None:
    assert [chunk.ordinal for chunk in section_openings(chunks(*headings), count)] == places


def test_every_document_has_its_share(shelf: Docchat) -> None:
    hits = Overview(shelf.library, limit=6).select_hits(NO_FILTERS)
    assert [hit.document_name for hit in hits].count("policy.md") == 2
    assert {hit.document_name for hit in hits} == {"policy.md", "turbine.md", "水泵.md"}
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_of_more_documents_than_passages_the_first_are_told(shelf: Docchat) -> None:
    assert len(Overview(shelf.library, limit=8).select_hits(NO_FILTERS, limit=1)) == 1


def test_filters_hold(shelf: Docchat) -> None:
    overview = Overview(shelf.library, limit=8)
    shop = shelf.library.get_collection("shop")
    (document,) = shelf.library.list_documents(shop.id).items
    for filters in (Filters((shop.id,)), Filters(document_ids=(document.id,))):
        assert {hit.chunk.document_id for hit in overview.select_hits(filters)} == {document.id}
    with pytest.raises(NotFound):
        overview.select_hits(Filters(document_ids=("nowhere",)))

from __future__ import annotations

import io

import pytest

from ingest.formats.office.sheet_tables import merged_areas

AREAS = (
    b'<mergeCells count="3"><mergeCell ref="A1:D1"/><x:mergeCell ref="AA10:AB12" /></mergeCells>'
)


def test_areas_are_found_by_their_upper_left_cell() -> None:
    xml = b"<worksheet><sheetData/>" + AREAS + b"</worksheet>"
    assert merged_areas(io.BytesIO(xml)) == {(1, 1): (1, 4), (10, 27): (3, 2)}


@pytest.mark.parametrize("before", range((1 << 20) - 120, (1 << 20) + 20, 7))
def test_an_area_may_lie_over_the_edge_of_a_piece(before: int) -> None:
    assert len(merged_areas(io.BytesIO(b" " * before + AREAS))) == 2


@pytest.mark.parametrize(
    "area", ["A1:A1", "B1:A1", "A2:B1", "A1", "a1:b2", "A1:B99999999", "ABCD1:ABCE2"]
)
def test_what_is_no_area_is_left_out(area: str) -> None:
    assert merged_areas(io.BytesIO(f'<mergeCell ref="{area}"/>'.encode())) == {}

"""Goldens of the formats but PDF: a file made for each, read as a careful person would.

Compared and renewed as the goldens of PDFs are: see `tests/ingest/pdf/test_goldens.py`. The page
after a heading in `.outline` is the slide, the sheet or the chapter.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.formats.registry import parse_file
from ingest.options import ParseOptions
from tests.ingest.formats.cases_formats import CASES
from tests.support.goldens import compare_with_golden

GOLDENS = Path(__file__).parent / "goldens"


@pytest.mark.parametrize("name", CASES)
def test_a_file_is_read_as_a_person_would(name: str, request: pytest.FixtureRequest) -> None:
    document = parse_file(CASES[name](), name, ParseOptions())
    renew = bool(request.config.getoption("--renew-goldens"))
    compare_with_golden(GOLDENS, name, document, renew=renew)


def test_every_golden_has_its_case() -> None:
    assert {path.stem for path in GOLDENS.iterdir()} == set(CASES)

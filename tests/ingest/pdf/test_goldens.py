"""Goldens: one made PDF for each hard case, and what a careful person would read in it.

`goldens/NAME.md` is the Markdown, `goldens/NAME.outline` the headings with their pages; a missing
file is an empty one. They must be equal after runs of white space are made one blank and empty
lines left out; nothing else is forgiven. After a change that is meant, `pytest
tests/ingest/pdf/test_goldens.py --renew-goldens` writes them anew and fails with the difference, to
be read before it is kept: what the parser says is no golden until a person would say the same.

`WANTED` names the goldens that the parser does not reach yet, with the reason; renewing leaves
them alone.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.options import ParseOptions
from ingest.pdf.parse import parse_pdf
from tests.ingest.pdf.cases import headings, odd, order, tables
from tests.support.goldens import compare_with_golden

GOLDENS = Path(__file__).parent / "goldens"
CASES: dict[str, Callable[[], bytes]] = {
    **order.CASES,
    **headings.CASES,
    **tables.CASES,
    **odd.CASES,
}
WANTED: dict[str, str] = {
    "vertical-zh": "letters below each other are read across",
    "footnotes-en": "the raised mark of a note is glued to the word before it: deep1",
}


def known(name: str) -> object:
    """Return the case's name, marked where the golden is not reached yet."""
    if name not in WANTED:
        return name
    return pytest.param(name, marks=pytest.mark.xfail(reason=WANTED[name], strict=True))


@pytest.mark.parametrize("name", [known(name) for name in CASES])
def test_a_case_is_read_as_a_person_would(name: str, request: pytest.FixtureRequest) -> None:
    renew = bool(request.config.getoption("--renew-goldens")) and name not in WANTED
    document = parse_pdf(CASES[name](), f"{name}.pdf", ParseOptions(ocr="off"))
    compare_with_golden(GOLDENS, name, document, renew=renew)


def test_every_golden_has_its_case() -> None:
    assert {path.stem for path in GOLDENS.iterdir()} == set(CASES)
    assert set(WANTED) <= set(CASES)

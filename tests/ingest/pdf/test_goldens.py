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

import difflib
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.markdown import document_markdown
from ingest.options import ParseOptions
from ingest.pdf.assemble import parse_pdf
from ingest.types import Document
from tests.ingest.pdf import cases_headings, cases_odd, cases_order, cases_tables

GOLDENS = Path(__file__).parent / "goldens"
CASES: dict[str, Callable[[], bytes]] = {
    **cases_order.CASES,
    **cases_headings.CASES,
    **cases_tables.CASES,
    **cases_odd.CASES,
}
_RAISED = "raised figures are read as if they stood on the line: 10⁵ as 105"
WANTED: dict[str, str] = {
    "spanning-title-en": "the authors, a little larger than the text, are taken for a heading",
    "mixed-columns-zh": "three columns with lines side by side are read across",
    "side-note-en": "a note in the margin breaks the paragraphs beside it into lines",
    "cards-en": "three short columns are taken for a table",
    "table-over-pages-zh": "the first row overleaf is taken for a running header and lost",
    "vertical-zh": "letters below each other are read across",
    "superscripts-en": _RAISED,
    "footnotes-en": _RAISED,
}


def outline_text(document: Document) -> str:
    """Return one line per heading, indented by level, with the page at its end."""
    return "".join(
        f"{'  ' * (entry.level - 1)}{entry.title} [{entry.page}]\n" for entry in document.outline
    )


def squashed(text: str) -> list[str]:
    """Return the lines as they are compared; the indent of an item or heading counts."""
    lines = [line for line in text.splitlines() if line.strip()]
    return [line[: len(line) - len(line.lstrip())] + " ".join(line.split()) for line in lines]


def compare(path: Path, got: str, *, renew: bool) -> None:
    """Hold `got` against a golden; with `renew` write it first. Fails with the difference."""
    wanted = path.read_text(encoding="utf-8") if path.exists() else ""
    if squashed(got) == squashed(wanted):
        return
    if renew:
        path.write_text(got, encoding="utf-8")
    lines = difflib.unified_diff(squashed(wanted), squashed(got), path.name, "parsed", lineterm="")
    pytest.fail("\n".join(["renewed:" if renew else "not the golden:", *lines]), pytrace=False)


def known(name: str) -> object:
    """Return the case's name, marked where the golden is not reached yet."""
    if name not in WANTED:
        return name
    return pytest.param(name, marks=pytest.mark.xfail(reason=WANTED[name], strict=True))


@pytest.mark.parametrize("name", [known(name) for name in CASES])
def test_a_case_is_read_as_a_person_would(name: str, request: pytest.FixtureRequest) -> None:
    renew = bool(request.config.getoption("--renew-goldens")) and name not in WANTED
    document = parse_pdf(CASES[name](), f"{name}.pdf", ParseOptions(ocr="off"))
    compare(GOLDENS / f"{name}.md", document_markdown(document), renew=renew)
    compare(GOLDENS / f"{name}.outline", outline_text(document), renew=renew)


def test_every_golden_has_its_case() -> None:
    assert {path.stem for path in GOLDENS.iterdir()} == set(CASES)
    assert set(WANTED) <= set(CASES)

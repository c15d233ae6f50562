"""Figures described by a model, so that what only a picture shows can be found.

A description is generated: it goes to `Block.description`, which only the search indexes see, and
never into the text of the document. Off unless somebody hands in a `Describer`. Whatever fails
costs the description and leaves a warning, never the document.

Limits: PDFs; after `_MAX_FAILURES_IN_ROW` failures in a row the rest of a document is not tried: a
server that is down would hold up the queue for its time-out times the number of figures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Literal, Protocol

from ingest.document.figures import Figure, figures_of
from ingest.errors import FileRejected, ParserCrashed
from ingest.text.language import language_of
from ingest.types import Document, Page, ParseWarning

LONGEST_DESCRIPTION = 600
"""Characters of a description that are kept: a chunk holds little more."""
NOT_DESCRIBED = "figure_not_described"
_MAX_FAILURES_IN_ROW = 3
_LANGUAGE_HEAD = 4_000
"""Characters by which the language is told where a figure has no caption."""


class NotDescribed(Exception):  # noqa: N818 - says what happened to the figure
    """The model gave no description; the message says why."""


class Describer(Protocol):
    """Says what a picture shows."""

    def __call__(self, png: bytes, caption: str, language: Literal["en", "zh"]) -> str:
        """Return a description in `language`; `caption` may be "". Raises NotDescribed."""
        ...


DrawFigure = Callable[[Figure], bytes]
"""Returns a figure as PNG; raises FileRejected or ParserCrashed."""


def describe_figures(
    document: Document, describe: Describer, draw: DrawFigure, check: Callable[[], None]
) -> Document:
    """Return the document with its figures described; those that are stay as they are.

    `check` is called before each figure, and what it raises passes through.
    """
    blocks = document.blocks
    told: dict[int, str] = {}
    warnings = [each for each in document.warnings if each.code != NOT_DESCRIBED]
    left = [figure for figure in figures_of(document) if not blocks[figure.at].description]
    usual = language_of(document.text[:_LANGUAGE_HEAD]) if left else "en"
    failed = 0
    for tried, figure in enumerate(left):
        if failed == _MAX_FAILURES_IN_ROW:
            message = f"the last {len(left) - tried} figures were not tried: it failed each time"
            warnings.append(ParseWarning(NOT_DESCRIBED, message))
            break
        check()
        language = language_of(figure.caption) if figure.caption else usual
        try:
            told[figure.at] = _clean_description(describe(draw(figure), figure.caption, language))
            failed = 0
        except (NotDescribed, FileRejected, ParserCrashed) as error:
            failed += 1
            message = f"figure {figure.number} was not described: {error}"
            warnings.append(ParseWarning(NOT_DESCRIBED, message, figure.box.page))
    return replace(
        document, pages=_add_descriptions(document.pages, told), warnings=tuple(warnings)
    )


def _clean_description(text: str) -> str:
    """Return a description as one line. Raises NotDescribed for one that says nothing."""
    line = " ".join(text.split())
    if not line:
        raise NotDescribed("the model said nothing")
    return line if len(line) <= LONGEST_DESCRIPTION else line[:LONGEST_DESCRIPTION].rstrip() + "…"


def _add_descriptions(pages: tuple[Page, ...], told: Mapping[int, str]) -> tuple[Page, ...]:
    described: list[Page] = []
    first = 0
    for page in pages:
        blocks = tuple(
            replace(block, description=told[at]) if at in told else block
            for at, block in enumerate(page.blocks, start=first)
        )
        described.append(replace(page, blocks=blocks))
        first += len(blocks)
    return tuple(described)

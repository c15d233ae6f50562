"""Lets a model describe the figures of a document, so that what only a picture shows can be found.

A description is generated: it goes to `Block.description`, which only the search indexes see, and
never into the text of the document. Off unless the caller gives a `Describer`. A failure costs the
description and leaves a warning; the document stays good.

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
"""Characters at the start of a document that give the language of figures without a caption."""


class NotDescribed(Exception):  # noqa: N818 - says what happened to the figure
    """The model gave no description; the message says why."""


class Describer(Protocol):
    """Describes what a picture shows."""

    def __call__(self, png: bytes, caption: str, language: Literal["en", "zh"]) -> str:
        """Return a description in `language`; `caption` may be "". Raises NotDescribed."""
        ...


DrawFigure = Callable[[Figure], bytes]
"""Returns a figure as PNG; raises FileRejected or ParserCrashed."""


def describe_figures(
    document: Document, describe: Describer, draw: DrawFigure, check: Callable[[], None]
) -> Document:
    """Return the document with its figures described; those already described are kept.

    `check` is called before each figure, and what it raises passes through.
    """
    blocks = document.blocks
    descriptions: dict[int, str] = {}
    warnings = [each for each in document.warnings if each.code != NOT_DESCRIBED]
    remaining = [figure for figure in figures_of(document) if not blocks[figure.at].description]
    usual = language_of(document.text[:_LANGUAGE_HEAD]) if remaining else "en"
    failed = 0
    for tried, figure in enumerate(remaining):
        if failed == _MAX_FAILURES_IN_ROW:
            message = (
                f"the last {len(remaining) - tried} figures were not tried: it failed each time"
            )
            warnings.append(ParseWarning(NOT_DESCRIBED, message))
            break
        check()
        language = language_of(figure.caption) if figure.caption else usual
        try:
            descriptions[figure.at] = _clean_description(
                describe(draw(figure), figure.caption, language)
            )
            failed = 0
        except (NotDescribed, FileRejected, ParserCrashed) as error:
            failed += 1
            message = f"figure {figure.number} was not described: {error}"
            warnings.append(ParseWarning(NOT_DESCRIBED, message, figure.box.page))
    return replace(
        document, pages=_add_descriptions(document.pages, descriptions), warnings=tuple(warnings)
    )


def _clean_description(text: str) -> str:
    """Return a description as one line. Raises NotDescribed for one that says nothing."""
    line = " ".join(text.split())
    if not line:
        raise NotDescribed("the model said nothing")
    return line if len(line) <= LONGEST_DESCRIPTION else line[:LONGEST_DESCRIPTION].rstrip() + "…"


def _add_descriptions(pages: tuple[Page, ...], descriptions: Mapping[int, str]) -> tuple[Page, ...]:
    """Return the pages with the descriptions, which are given by position in all blocks."""
    described: list[Page] = []
    first = 0
    for page in pages:
        blocks = tuple(
            replace(block, description=descriptions[at]) if at in descriptions else block
            for at, block in enumerate(page.blocks, start=first)
        )
        described.append(replace(page, blocks=blocks))
        first += len(blocks)
    return tuple(described)

"""Names the stages of parsing a PDF that can be left out, to measure what each is worth.

A stage that is off leaves the plainest behaviour, never a broken document. Limits: these are for
ablations; what a user may choose stands in `ingest.options`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stages:
    """Which stages are on; below, what is left when one is off.

    `furniture`: running lines and page numbers stay in the text. `columns`: lines are read in the
    order the file has them. `ruled_tables`, `unruled_tables`: their words are running text.
    `paragraphs`: every line is a paragraph. `formulas`: formulas are running text. `hyphens`: a
    word cut by a line end stays cut. `headings`: no title, no headings, no outline. `joins`:
    paragraphs and tables end with their column and page. `figures`: pictures leave no block.
    `ocr`: pictures of text are not read.
    """

    furniture: bool = True
    columns: bool = True
    ruled_tables: bool = True
    unruled_tables: bool = True
    paragraphs: bool = True
    formulas: bool = True
    hyphens: bool = True
    headings: bool = True
    joins: bool = True
    figures: bool = True
    ocr: bool = True


ALL_STAGES = Stages()

"""Runs unit tests on the Markdown of a page, as olmOCR-Bench does (Poznanski et al., 2025).

A test says that a text is present, absent or before another one, or that a table's cell has certain
neighbours. Limits: tests of formulas are left out, because docchat gives formulas as the text of
the page, not as LaTeX.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from itertools import groupby, pairwise
from typing import Any

from bs4 import BeautifulSoup
from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from eval.parsing.grids import CellGrid, MarkupCell, html_grid
from eval.parsing.markup import compute_likeness

KINDS = ("present", "absent", "order", "table")
"""The types of tests that are run."""

_LEAST_CELL = 0.5
"""A cell must have at least this likeness, however many characters a test lets differ."""
_NEIGHBOURS: Mapping[str, tuple[int, int]] = {
    "up": (-1, 0),
    "down": (1, 0),
    "left": (0, -1),
    "right": (0, 1),
}
_HEADINGS: Mapping[str, tuple[int, int]] = {"top_heading": (-1, 0), "left_heading": (0, -1)}
_UNIFIED_CHARACTERS = str.maketrans(
    dict.fromkeys("‘’‚", "'")
    | dict.fromkeys("“”„", '"')
    | dict.fromkeys("–—‑‒−", "-")
    | {"＿": "_", "µ": "μ"}
)
_RULE = frozenset("- :|")
_MARKUP_REPLACEMENTS = (
    (re.compile(r"<br/?>"), " "),
    (re.compile(r"\*\*(.*?)\*\*"), r"\1"),
    (re.compile(r"__(.*?)__"), r"\1"),
    (re.compile(r"</?[bi]>"), ""),
    (re.compile(r"([*_])(.*?)\1"), r"\2"),
    (re.compile(r"\s+"), " "),
)


def passes_test(test: Mapping[str, Any], markdown: str) -> bool:
    """Say whether the Markdown of a page passes a test, whose type is one of `KINDS`."""
    match test["type"]:
        case "present":
            return _is_present(test, markdown)
        case "absent":
            return not _is_present(test, markdown)
        case "order":
            return _is_in_order(test, markdown)
        case _:
            return _has_cell(test, markdown)


def normalise_text(text: str) -> str:
    """Return text without emphasis and line breaks, typographic variants unified."""
    for pattern, instead in _MARKUP_REPLACEMENTS:
        text = pattern.sub(instead, text)
    return unicodedata.normalize("NFC", text).translate(_UNIFIED_CHARACTERS)


def find_starts(needle: str, text: str, differences: int) -> list[int]:
    """Return where texts within so many edits of `needle` start in `text`.

    If the needle is cut into `differences` + 1 pieces, at least one of them is unchanged in such a
    text; so only places around an exact match of a piece are compared.
    """
    if not differences:
        return list(_find_occurrences(needle, text))
    pieces = differences + 1
    cuts = [len(needle) * piece // pieces for piece in range(pieces + 1)]
    places: set[int] = set()
    for start, end in pairwise(cuts):
        for at in _find_occurrences(needle[start:end], text) if end > start else ():
            first = at - start - differences
            places.update(range(max(0, first), max(0, first + 2 * differences) + 1))
    return [at for at in sorted(places) if _starts_like(needle, text[at:], differences)]


def pipe_grids(markdown: str) -> Iterator[CellGrid]:
    """Yield a grid for each run of two or more lines with a pipe.

    The first row and the first column count as headings.
    """
    lines = markdown.strip().split("\n")
    for with_pipe, run in groupby(lines, key=lambda line: "|" in line):
        listed = list(run)
        if not with_pipe or len(listed) < 2:
            continue
        rows: list[list[MarkupCell]] = []
        for line in listed:
            if cells := _pipe_cells(line):
                row = enumerate(cells)
                rows.append([MarkupCell(text, heading=not rows or x == 0) for x, text in row])
        if rows:
            yield CellGrid(rows)


def _is_present(test: Mapping[str, Any], markdown: str) -> bool:
    query, text = normalise_text(test["text"]), normalise_text(markdown)
    if not test.get("case_sensitive", True):
        query, text = query.lower(), text.lower()
    first, last = test.get("first_n"), test.get("last_n")
    if first or last:
        text = (text[:first] if first else "") + (text[-last:] if last else "")
    return fuzz.partial_ratio(query, text) / 100.0 >= _least_likeness(query, test)


def _is_in_order(test: Mapping[str, Any], markdown: str) -> bool:
    text, differences = normalise_text(markdown), test.get("max_diffs", 0)
    before = find_starts(normalise_text(test["before"]), text, differences)
    after = find_starts(normalise_text(test["after"]), text, differences)
    return bool(before and after) and min(before) < max(after)


def _has_cell(test: Mapping[str, Any], markdown: str) -> bool:
    tables = BeautifulSoup(markdown, "html.parser").find_all("table")
    grids = [*pipe_grids(markdown), *(html_grid(table) for table in tables)]
    return any(
        _is_cell_alike(test["cell"], placed.cell.text, test) and _has_neighbours(grid, index, test)
        for grid in grids
        for index, placed in enumerate(grid.cells)
    )


def _has_neighbours(grid: CellGrid, index: int, test: Mapping[str, Any]) -> bool:
    wanted = [
        (name, grid.neighbours_of, way) for name, way in _NEIGHBOURS.items() if test.get(name)
    ]
    wanted += [(name, grid.headings_of, way) for name, way in _HEADINGS.items() if test.get(name)]
    return all(
        any(
            _is_cell_alike(test[name], grid.cells[other].cell.text, test)
            for other in look(index, *way)
        )
        for name, look, way in wanted
    )


def _is_cell_alike(wanted: str, text: str, test: Mapping[str, Any]) -> bool:
    wanted = normalise_text(wanted)
    return compute_likeness(wanted, normalise_text(text)) >= max(
        _LEAST_CELL, _least_likeness(wanted, test)
    )


def _least_likeness(wanted: str, test: Mapping[str, Any]) -> float:
    """Return the least likeness that the number of differing characters of a test allows."""
    return 1.0 - int(test.get("max_diffs", 0)) / max(1, len(wanted))


def _find_occurrences(needle: str, text: str) -> Iterator[int]:
    at = text.find(needle)
    while at >= 0:
        yield at
        at = text.find(needle, at + 1)


def _starts_like(needle: str, text: str, differences: int) -> bool:
    lengths = range(max(0, len(needle) - differences), len(needle) + differences + 1)
    return any(
        Levenshtein.distance(needle, text[:length], score_cutoff=differences) <= differences
        for length in lengths
    )


def _pipe_cells(line: str) -> list[str]:
    if set(line) <= _RULE:
        return []
    cells = [cell.strip() for cell in line.split("|")]
    cells = cells[1:] if not cells[0] else cells
    return cells[:-1] if cells and not cells[-1] else cells

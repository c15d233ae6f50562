"""Reads the references of a parsing set and scores documents against them.

A set is of one kind; the kind says how its references are read and which figures a document gets.
All figures are shares in 0..1 unless they are counts; one that does not apply to a document (no
table, no heading in the reference) is None and in no mean. Every scorer can be sent to another
process. Limits: `docs/evaluation.md` says what each figure means and what it does not see.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeAlias

import orjson
from bs4 import Tag

from eval.errors import DatasetInvalid
from eval.measures.metrics import compute_mean
from eval.parsing.checks import KINDS, passes_test
from eval.parsing.grids import Relations, count_relations, match_tables, table_relations
from eval.parsing.markup import (
    MarkdownHeading,
    compute_likeness,
    extract_prose,
    headings_of,
    html_tables,
    key_of,
    remove_spaces,
    squash_spaces,
    tables_of,
    text_likeness,
    without_tables,
)
from eval.parsing.outline import HEADING_FIGURES, compute_mhs, heading_figures
from eval.parsing.running import leak_of_blocks, leak_of_lines, leak_of_occurrences
from eval.parsing.teds import compute_teds

Figures: TypeAlias = dict[str, float | None]
"""By name; None where a figure does not apply."""

MOST_CELLS = 400
"""A table with more cells scores 0: comparing trees takes the square of their size."""
SCAN_ENDING = "_scan"
"""Documents whose names end like this are images only, and have figures of their own."""

_TAG = re.compile(r"<[^>]+>")


class Kind(StrEnum):
    """The kind of a set's references; the value is that of `kind` in `set.json`."""

    PAGES = "pages"
    PAPERS = "papers"
    DOCUMENTS = "documents"
    SCANS = "scans"
    OUTLINES = "outlines"
    TABLES = "tables"
    TESTS = "tests"


class Scorer(Protocol):
    """Scores documents against the references of one set."""

    @property
    def figures(self) -> tuple[str, ...]:
        """The figures of the set, the main one first."""
        ...

    def knows(self, document: str) -> bool:
        """Say whether there is a reference for a document (its file's name without suffix)."""
        ...

    def score(self, document: str, markdown: str) -> Figures:
        """Return the figures of one document. Raises DatasetInvalid for a bad reference."""
        ...

    def summary(self, scores: Mapping[str, Figures]) -> Figures:
        """Return the figures of the set from those of its documents."""
        ...


def scorer_of(kind: Kind, folder: Path) -> Scorer:
    """Return the scorer of the set in `folder`. Raises DatasetInvalid."""
    match kind:
        case Kind.PAGES:
            return PageScorer(folder)
        case Kind.PAPERS:
            return PaperScorer(folder)
        case Kind.DOCUMENTS:
            return DocumentScorer(folder)
        case Kind.SCANS:
            return ScanScorer(folder)
        case Kind.OUTLINES:
            return OutlineScorer(folder)
        case Kind.TABLES:
            return TableScorer(folder)
        case Kind.TESTS:
            return CheckScorer.read(folder)


@dataclass(frozen=True, slots=True)
class _References:
    """Base of scorers with one reference file per document and means over the documents."""

    folder: Path
    figures: ClassVar[tuple[str, ...]] = ()
    suffix: ClassVar[str] = ".md"

    def knows(self, document: str) -> bool:
        return self._reference_path(document).is_file()

    def summary(self, scores: Mapping[str, Figures]) -> Figures:
        return _average_figures(self.figures, scores)

    def _reference_path(self, document: str) -> Path:
        return self.folder / "gt" / f"{document}{self.suffix}"

    def _read_reference(self, document: str) -> str:
        return _read_bytes(self._reference_path(document)).decode("utf-8", "replace")


class PageScorer(_References):
    """Single pages as Markdown, `gt_nohf` holding them without running lines (DP-Bench).

    `overall` is the mean of those of nid, teds and mhs that apply to the page.
    """

    figures = (
        *("overall", "nid", "teds", "mhs", "nid_nohf", "hf_leak"),
        *("teds_s", "mhs_s", "nid_s"),
    )

    def score(self, document: str, markdown: str) -> Figures:
        """Return the figures of a page."""
        reference = self._read_reference(document)
        without = self._read_without_running_lines(document)
        nid = _whole_text(reference, markdown)
        tables, structure = compute_teds(tables_of(reference), tables_of(markdown))
        sections, rhythm = compute_mhs(reference, markdown)
        return {
            "overall": compute_mean(each for each in (nid, tables, sections) if each is not None),
            "nid": nid,
            "teds": tables,
            "mhs": sections,
            "nid_nohf": _whole_text(without, markdown),
            "hf_leak": leak_of_blocks(reference, without, markdown),
            "teds_s": structure,
            "mhs_s": rhythm,
            "nid_s": _text_beside_tables(reference, markdown),
        }

    def _read_without_running_lines(self, document: str) -> str:
        path = self.folder / "gt_nohf" / f"{document}.md"
        return _read_bytes(path).decode("utf-8", "replace") if path.is_file() else ""


class PaperScorer(_References):
    """Whole papers and README documents as Markdown (READoc: Li et al., 2024)."""

    figures = ("nid", *HEADING_FIGURES)

    def score(self, document: str, markdown: str) -> Figures:
        """Return the figures of a paper."""
        reference = self._read_reference(document)
        return {
            "nid": text_likeness(extract_prose(reference), extract_prose(markdown)),
            **heading_figures(headings_of(reference), headings_of(markdown)),
        }


class DocumentScorer(_References):
    """Whole documents as Markdown; `gt/<document>.json` may name their running lines.

    Documents named `…_scan` are images only; their figures are reported separately.
    """

    figures = ("nid", "teds", *HEADING_FIGURES, "hf_leak", "fp_tables")
    scan_figures: ClassVar[tuple[str, ...]] = ("nid", "teds", "head_f1")

    def score(self, document: str, markdown: str) -> Figures:
        """Return the figures of a document; text is compared without white space."""
        reference = self._read_reference(document)
        return {
            "nid": text_likeness(
                remove_spaces(extract_prose(reference)), remove_spaces(extract_prose(markdown))
            ),
            **heading_figures(headings_of(reference), headings_of(markdown)),
            **_table_by_table(tables_of(reference), tables_of(markdown)),
            "hf_leak": self._measure_leak(document, markdown),
        }

    def summary(self, scores: Mapping[str, Figures]) -> Figures:
        """Return the figures of documents with text and, separately, of scans (`scan_…`)."""
        scans = {name: each for name, each in scores.items() if name.endswith(SCAN_ENDING)}
        others = {name: each for name, each in scores.items() if name not in scans}
        shown = _average_figures(self.scan_figures, scans) if scans else {}
        return {
            **_average_figures(self.figures, others),
            **{f"scan_{name}": value for name, value in shown.items()},
        }

    def _measure_leak(self, document: str, markdown: str) -> float | None:
        path = self._reference_path(document).with_suffix(".json")
        if not path.is_file():
            return None
        facts = _read_json(path)
        try:
            return leak_of_lines(facts["hf"], facts["pages"], markdown)
        except (KeyError, TypeError) as error:
            raise DatasetInvalid(f'{path} needs "hf", a list of lines, and "pages".') from error


class ScanScorer(_References):
    """Pages that are images only (OmniDocBench: Ouyang et al., 2024)."""

    figures = ("nid", "nid_tab")

    def score(self, document: str, markdown: str) -> Figures:
        """Return the likeness of the running text, and of all text with that of tables."""
        reference = self._read_reference(document)
        want, got = (
            remove_spaces(extract_prose(each, formulas=True)) for each in (reference, markdown)
        )
        want_all, got_all = (
            key_of(_TAG.sub(" ", html_tables(each))) for each in (reference, markdown)
        )
        return {"nid": text_likeness(want, got), "nid_tab": text_likeness(want_all, got_all)}


class OutlineScorer(_References):
    """Documents whose bookmarks (`toc`) and running lines (`hf`) are known."""

    figures = ("head_f1", "head_r", "head_p", "lvl", "hf_leak")
    suffix = ".json"

    def score(self, document: str, markdown: str) -> Figures:
        """Return how headings agree with bookmarks, and the share of running lines left."""
        path = self._reference_path(document)
        facts = _read_json(path)
        try:
            bookmarks = [MarkdownHeading(level, title) for level, title, *_ in facts["toc"]]
            leak = leak_of_occurrences(facts.get("hf", {}), markdown)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise DatasetInvalid(
                f'{path} needs "toc", a list of [level, title, page], and may have "hf", '
                "an object of running lines with how often each occurs."
            ) from error
        found = heading_figures(bookmarks, headings_of(markdown))
        return {name: found.get(name) for name in self.figures} | {"hf_leak": leak}


class TableScorer(_References):
    """Tables as cells by page (Göbel et al., ICDAR 2013 table competition)."""

    figures = ("adj_f1", "det_r", "fp_tables", "micro_f1")
    suffix = ".json"

    def score(self, document: str, markdown: str) -> Figures:
        """Return F1 of adjacency relations per reference table, and counts of tables found."""
        path = self._reference_path(document)
        try:
            reference = [_cell_relations(table["cells"]) for table in _read_json(path)]
        except (KeyError, TypeError, ValueError) as error:
            raise DatasetInvalid(
                f'{path} needs a list of tables, each with "cells": '
                "[first row, last row, first column, last column, text]."
            ) from error
        found = [table_relations(table) for table in tables_of(markdown)]
        pairs = match_tables(reference, found)
        f1 = [
            2 * pairs[at][1] / (want.total() + found[pairs[at][0]].total()) if at in pairs else 0.0
            for at, want in enumerate(reference)
        ]
        return {
            "adj_f1": compute_mean(f1),
            "det_r": len(pairs) / len(reference) if reference else None,
            "fp_tables": len(found) - len(pairs),
            "tables": len(reference),
            "relations_shared": sum(shared for _, shared in pairs.values()),
            "relations": sum(each.total() for each in (*reference, *found)),
        }

    def summary(self, scores: Mapping[str, Figures]) -> Figures:
        """Return the means and, as `micro_f1`, F1 over all relations of the set."""
        shared, every = _sum_figure("relations_shared", scores), _sum_figure("relations", scores)
        return _average_figures(self.figures, scores) | {"micro_f1": 2 * shared / max(1, every)}


@dataclass(frozen=True, slots=True)
class CheckScorer:
    """Unit tests per page (olmOCR-Bench: Poznanski et al., 2025)."""

    tests: Mapping[str, Sequence[Mapping[str, Any]]]
    figures: ClassVar[tuple[str, ...]] = ("pass", *(f"pass_{kind}" for kind in KINDS))

    @classmethod
    def read(cls, folder: Path) -> CheckScorer:
        """Read `gt/tests.json`: a list of tests, each with `doc` and `type`."""
        path = folder / "gt" / "tests.json"
        tests: dict[str, list[Mapping[str, Any]]] = {}
        try:
            for test in _read_json(path):
                listed = tests.setdefault(test["doc"], [])
                if test["type"] in KINDS:
                    listed.append(test)
        except (KeyError, TypeError) as error:
            raise DatasetInvalid(f'{path}: every test needs "doc" and "type".') from error
        return cls(tests)

    def knows(self, document: str) -> bool:
        """Say whether there are tests for the page."""
        return document in self.tests

    def score(self, document: str, markdown: str) -> Figures:
        """Return the share of tests passed, of all and by type."""
        by_type: dict[str, list[bool]] = {}
        for test in self.tests.get(document, ()):
            try:
                passed = passes_test(test, markdown)
            except (KeyError, TypeError, AttributeError) as error:
                raise DatasetInvalid(f"{document}: a test cannot be run ({error!r}).") from error
            by_type.setdefault(test["type"], []).append(passed)
        every = [passed for listed in by_type.values() for passed in listed]
        shares: Figures = {f"pass_{kind}": compute_mean(listed) for kind, listed in by_type.items()}
        return shares | {
            "pass": compute_mean(every),
            "tests": len(every),
            "tests_passed": sum(every),
        }

    def summary(self, scores: Mapping[str, Figures]) -> Figures:
        """Return the means over documents; `pass` is over tests."""
        passed, every = _sum_figure("tests_passed", scores), _sum_figure("tests", scores)
        return _average_figures(self.figures, scores) | {
            "pass": passed / every if every else None,
            "tests": every,
        }


def _average_figures(names: Sequence[str], scores: Mapping[str, Figures]) -> Figures:
    """Return the mean of each figure where it applies; `fp_tables` (a count) is summed."""
    return {
        name: _sum_figure(name, scores)
        if name == "fp_tables"
        else compute_mean(
            value for each in scores.values() if (value := each.get(name)) is not None
        )
        for name in names
    }


def _sum_figure(name: str, scores: Mapping[str, Figures]) -> float:
    return sum(each.get(name) or 0 for each in scores.values())


def _whole_text(reference: str, found: str) -> float | None:
    """NID: the likeness of the whole texts, white space squashed, tables as HTML."""
    return text_likeness(squash_spaces(html_tables(reference)), squash_spaces(html_tables(found)))


def _text_beside_tables(reference: str, found: str) -> float | None:
    if not reference.strip():
        return None
    return compute_likeness(without_tables(reference), without_tables(found))


def _table_by_table(reference: Sequence[Tag], found: Sequence[Tag]) -> Figures:
    """Return the mean TEDS of reference tables and their partners, and the surplus tables."""
    if not reference:
        return {}
    pairs = match_tables(
        [table_relations(t) for t in reference], [table_relations(t) for t in found]
    )
    scores = [
        _teds_of(table, found[pairs[at][0]]) if at in pairs else 0.0
        for at, table in enumerate(reference)
    ]
    return {"teds": compute_mean(scores), "fp_tables": len(found) - len(pairs)}


def _teds_of(reference: Tag, found: Tag) -> float:
    if any(len(table.find_all(["td", "th"])) > MOST_CELLS for table in (reference, found)):
        return 0.0
    return compute_teds([reference], [found])[0] or 0.0


def _cell_relations(cells: Sequence[Sequence[Any]]) -> Relations:
    at = {
        (row, column): number
        for number, (top, bottom, left, right, _) in enumerate(cells)
        for row in range(top, bottom + 1)
        for column in range(left, right + 1)
    }
    return count_relations(at, [key_of(cell[4]) for cell in cells])


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DatasetInvalid(f"{path} cannot be read: {error}") from error


def _read_json(path: Path) -> Any:
    try:
        return orjson.loads(_read_bytes(path))
    except orjson.JSONDecodeError as error:
        raise DatasetInvalid(f"{path}: no JSON ({error}).") from error

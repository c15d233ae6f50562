"""Finds running headers, footers and page numbers: lines that a page carries beside its text.

They are found by recurrence over pages (also odd and even ones, also with changing numbers), by the
place and type that recurring lines have shown to be the header's (chapter titles that change every
few pages), by sequence (page numbers), and by place and form where a short document gives no
recurrence. Watermarks and stamps are found in `ingest.pdf.furniture.watermarks`.

Limits: a header that changes on every page is found only where it stands at one height on most
pages, clear of the text, or in line with a page number; of a document of one or two pages only
what has the form of a header or footer is taken.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ingest.pdf.furniture.margins import Margin, extent_of, find_usual_size, margins_of
from ingest.pdf.furniture.page_numbers import find_printed_numbers
from ingest.pdf.furniture.thresholds import RUNNING_LINES, RunningLineThresholds
from ingest.pdf.furniture.watermarks import find_watermarks
from ingest.pdf.page.content import Line, PageContent

_DIGITS = re.compile(r"\d+")
_ROMAN = re.compile(r"\b[ivxlc]+$")
_BESIDE_NUMBER = re.compile(r"\d{1,4}\s*[|•·]\s*\S.*|\S.*\s[|•·]\s*\d{1,4}")
_CAPITALS_AND_NUMBER = re.compile(r"\d{1,4}\s+[^\d\s].*|[^\d\s].*\s\d{1,4}")
_IMPRINT = re.compile(
    r"(?:©|\(c\)\s*\d{4}|copyright\b|版权所有|著作权)"
    r"|download(?:ed)?\s+(?:date|from|on|by)\b|下载(?:时间|日期|自)"
    r"|(?:https?://|www\.|doi:?\s*10\.)\S+$"
    r"|(?:published as|preprint\b|under review as|accepted (?:as|at|for)|to appear in)"
    r"|digiti[sz]ed by|第\s*\d+\s*卷.*第?\s*\d+\s*期"
    r"|(?=.*\bvol(?:ume|\.)\s*\d)(?=.*\b(?:no|issue|number)\b)",
    re.IGNORECASE,
)

Signature: TypeAlias = tuple[bool, int, str, float]
"""Where and how a running line is set: top, height on the page, font, size."""


@dataclass(frozen=True, slots=True)
class Furniture:
    """The running lines of one page, and the number printed on it ("" where there is none)."""

    lines: tuple[Line, ...]
    label: str = ""


def find_furniture(
    pages: Sequence[PageContent], limits: RunningLineThresholds = RUNNING_LINES
) -> list[Furniture]:
    """Return the furniture of each page, in the order given."""
    margins = [margin for page in pages for margin in margins_of(page, limits.margins)]
    usual = find_usual_size(pages)
    labels = find_printed_numbers(pages, margins, limits.page_numbers)
    found = _find_recurring_lines(margins, len(pages), usual, limits)
    found |= _find_rows_at_one_height(margins, len(pages), usual, limits)
    found |= _find_imprints(margins, usual, limits) | set(labels)
    if len(pages) < 3:
        found |= _find_rows_by_form(margins, usual, limits)
    found |= _find_similar_lines(margins, found, len(pages), limits)
    found |= _find_lines_beside_numbers(margins, set(labels), limits.longest)
    laid_over = find_watermarks(pages, usual, limits.watermarks)
    return [
        Furniture(
            (
                *(line for line in page.lines if line.number in found or line.number in laid_over),
                *(line for line in page.sideways if line.number in laid_over),
            ),
            next((labels[line.number] for line in page.lines if line.number in labels), ""),
        )
        for page in pages
    ]


def _mask_numbers(text: str) -> str:
    """Return what stays the same when numbers change."""
    return _DIGITS.sub("#", _ROMAN.sub("#", text.lower())).replace(" ", "")


def _find_recurring_lines(
    margins: Sequence[Margin], pages: int, usual: float, limits: RunningLineThresholds
) -> set[int]:
    """Return the lines whose text recurs at the same place on several pages.

    Display type (a slide's title, "Chapter 1") must recur to the letter on half of the pages, at
    whatever height; so must an outermost row that does not stand clear of the text.
    """
    groups: dict[tuple[str, float, bool], list[tuple[int, Line]]] = defaultdict(list)
    for margin in margins:
        outer = margin.outer_rows
        for at, row in enumerate(outer or margin.rows[:1]):
            worded = [line for line in row if any(map(str.isalpha, line.text))]
            for line in worded if len(row) <= limits.most_parts else ():
                display = line.size > limits.display_size * usual
                if at == 0 or display:
                    groups[line.text, line.size, margin.top].append((margin.page, line))
                if outer and not display:
                    groups[_mask_numbers(line.text), 0.0, margin.top].append((margin.page, line))
    few = 2 if pages <= limits.few_pages else 3
    same_place = limits.margins.same_place
    found: set[int] = set()
    for (key, size, _), members in groups.items():
        strict = size > 0
        shown = len({page for page, _ in members})
        anywhere = shown >= max(3, limits.exact_anywhere_share * pages)
        if strict and anywhere and sum(map(str.isalpha, key)) > 3:
            found.update(line.number for _, line in members)
        needed = max(3, round(limits.exact_share * pages)) if strict else few
        heights = Counter(round(line.rect.middle / same_place) for _, line in members)
        for _, line in members:
            height = round(line.rect.middle / same_place)
            near = sum(heights[height + step] for step in (-1, 0, 1))
            if shown >= needed and near >= needed:
                found.add(line.number)
    return found


def _find_rows_at_one_height(
    margins: Sequence[Margin], pages: int, usual: float, limits: RunningLineThresholds
) -> set[int]:
    """Return outermost rows, no larger than the text, clear of it at one height on most pages."""
    found: set[int] = set()
    same_place = limits.margins.same_place
    if pages < 5:
        return found
    for top in (True, False):
        outer = [
            m
            for m in margins
            if m.top is top
            and m.clear[0]
            and len(m.rows[0]) <= limits.most_parts
            and all(li.size <= limits.plain_size * usual for li in m.rows[0])
        ]
        heights = Counter(round(extent_of(m.rows[0])[1] / same_place) for m in outer)
        for margin in outer:
            row = margin.rows[0]
            height = round(extent_of(row)[1] / same_place)
            near = sum(heights[height + step] for step in (-1, 0, 1))
            short = sum(len(line.text) for line in row) < limits.longest
            if short and near >= limits.one_height_share * pages:
                found.update(line.number for line in row)
    return found


def _find_similar_lines(
    margins: Sequence[Margin], found: set[int], pages: int, limits: RunningLineThresholds
) -> set[int]:
    """Return the lines set like running lines already found, at their place.

    The title of a chapter of two pages does not recur often enough; its place and type show it.
    """
    same_place = limits.margins.same_place
    seeds: dict[Signature, set[int]] = defaultdict(set)
    taken = Counter[Signature]()
    for margin in margins:
        for line in (line for row in margin.rows for line in row):
            signature = _signature_of(line, margin.top, same_place)
            taken[signature] += 1
            if line.number in found:
                seeds[signature].add(margin.page)
    proven = {
        signature
        for signature, numbers in seeds.items()
        if len(numbers) >= max(3, limits.similar_pages_share * pages)
        and len(numbers) >= limits.similar_lines_share * taken[signature]
    }
    return {
        line.number
        for margin in margins
        for row in margin.outer_rows
        for line in row
        if _signature_of(line, margin.top, same_place) in proven and len(line.text) < limits.longest
    }


def _signature_of(line: Line, top: bool, same_place: float) -> Signature:
    return top, round(line.rect.y1 / same_place), line.words[0].style.font, line.size


def _find_lines_beside_numbers(
    margins: Sequence[Margin], numbers: set[int], longest: int
) -> set[int]:
    """Return what stands in one row with a page number, clear of the text."""
    return {
        line.number
        for margin in margins
        for row, clear in zip(margin.rows, margin.clear, strict=True)
        if clear and any(line.number in numbers for line in row)
        for line in row
        if len(line.text) < longest
    }


def _find_imprints(
    margins: Sequence[Margin], usual: float, limits: RunningLineThresholds
) -> set[int]:
    """Return outermost rows that say who published, licensed or sent the file.

    They must be no larger than the text and stand clear of it.
    """
    found: set[int] = set()
    for margin in margins:
        for row in margin.outer_rows:
            text = " ".join(line.text for line in row)
            plain = len(text) < limits.longest and all(line.size <= usual for line in row)
            if not (plain and _IMPRINT.match(text)):
                break
            found.update(line.number for line in row)
    return found


def _find_rows_by_form(
    margins: Sequence[Margin], usual: float, limits: RunningLineThresholds
) -> set[int]:
    """Return rows at the edge of a short document that have the form of a running line.

    That is a title and a page number with a bar between, or in capitals. Where the row stands
    close to the text, only a number far from a title in capitals is believed.
    """
    found: set[int] = set()
    for margin in margins:
        row = margin.rows[0]
        if not margin.clear[0]:
            if margin.top and _has_number_and_title(row, limits.capitals_share):
                found.update(line.number for line in row)
            continue
        text = " ".join(line.text for line in row)
        beside = _BESIDE_NUMBER.fullmatch(text)
        capitals = text.isupper() and _CAPITALS_AND_NUMBER.fullmatch(text)
        small = all(line.size <= limits.plain_size * usual for line in row)
        plain = len(text) < limits.longest and small
        if plain and (beside or (capitals and not row[0].share_of("bold"))):
            found.update(line.number for line in row)
    return found


def _has_number_and_title(row: Sequence[Line], share: float) -> bool:
    """Whether a row is a page number at one end and, far from it, a title in capitals."""
    numbers = [at for at, line in enumerate(row) if line.text.isdecimal()]
    letters = [c for line in row for c in line.text if c.isalpha()]
    capitals = sum(c.isupper() for c in letters)
    ends = len(row) > 1 and numbers in ([0], [len(row) - 1])
    return ends and bool(letters) and capitals > share * len(letters)

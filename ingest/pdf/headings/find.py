"""Finds title and headings, with levels that are consistent over the whole document.

A paragraph is a heading because the file's own bookmarks or table of contents name it, or by the
sum of the evidence of `ingest.pdf.headings.evidence`; `ingest.pdf.headings.levels` gives the
levels.

Limits: a heading set exactly like running text is found only when it is numbered, named, well
known or clear of the text around it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import dataclass

from ingest.pdf.headings.contents import (
    find_bookmarked_paragraphs,
    find_contents,
    find_named_paragraphs,
)
from ingest.pdf.headings.evidence import is_known, is_possible, weight_of
from ingest.pdf.headings.levels import StyleRank, levels_of
from ingest.pdf.headings.looks import Look, Surroundings, find_surroundings, look_of
from ingest.pdf.headings.thresholds import HEADINGS, EvidenceThresholds, HeadingThresholds
from ingest.pdf.layout.body_text import BodyStyle
from ingest.pdf.layout.model_zones import weigh_zone_kind
from ingest.pdf.layout.page_layout import Layout
from ingest.pdf.page.content import Zone

_BETWEEN_NAMES = re.compile(r"[,;&·:]|\band\b|、|，")
_FIRST = re.compile(r"(?:[01]|I)(?:\.\d)*[.)]?\s|chapter|part\b|第[一1]|一、", re.I)
"""How the first numbered heading after a title begins."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A paragraph found to be a title (level 1) or a heading of some level from 1."""

    level: int
    title: bool = False


def find_headings(
    layouts: Sequence[Layout],
    body: BodyStyle,
    sure: Container[int] = (),
    limits: HeadingThresholds = HEADINGS,
) -> dict[int, Heading]:
    """Return the headings among all paragraphs of the document, by `number` of the paragraph.

    `sure` are those known to be headings because they were split off from their text.
    """
    looks = {p.number: look_of(p, limits.looks) for layout in layouts for p in layout.paragraphs}
    pages = {p.number: layout.content.number for layout in layouts for p in layout.paragraphs}
    contents = find_contents(layouts, limits.contents)
    named = find_named_paragraphs(contents, looks, pages, limits.contents)
    marked = find_bookmarked_paragraphs(layouts, looks, limits.contents)
    found: dict[int, Look] = {}
    for layout in layouts:
        alone = len(layouts) == 1
        near = find_surroundings(
            layout.items, looks, body, layout.content.height, alone=alone, limits=limits.looks
        )
        for key, around in near.items():
            look = looks[key]
            if key in marked or key in sure:
                found[key] = look
            elif not contents.covers(pages[key], look.rect):
                zones = layout.content.zones
                if _is_heading(look, around, body, zones, limits.evidence, named=key in named):
                    found[key] = look
    title = _find_title(layouts, found, body, limits)
    if title is not None:
        for key in _find_byline_headings(layouts, title, looks, found):
            del found[key]
    ranks = _rank_styles({key: look for key, look in found.items() if key != title}, sure)
    texts = {key: (found[key].text, rank) for key, rank in ranks.items()}
    levels = levels_of(texts, marked, limits.numbered_share)
    headings = {key: Heading(level) for key, level in levels.items()}
    if title is not None:
        headings[title] = Heading(1, title=True)
    return headings


def _is_heading(
    look: Look,
    around: Surroundings,
    body: BodyStyle,
    zones: Sequence[Zone],
    limits: EvidenceThresholds,
    *,
    named: bool,
) -> bool:
    """Whether enough speaks for a heading; `named` says that the table of contents names it."""
    if not is_possible(look, limits):
        return False
    weight = weight_of(look, around, body, limits) + (limits.weights.named if named else 0.0)
    weight += weigh_zone_kind(zones, look.rect)
    return weight >= limits.weights.enough


def _rank_styles(found: dict[int, Look], run_in: Container[int]) -> dict[int, StyleRank]:
    """Return the rank of each heading's style.

    Capitals are a style where more than one heading has them; a run-in heading is below those that
    stand alone.
    """
    capitals = Counter((look.rank[:2]) for look in found.values() if look.text.isupper())
    ranks: dict[int, StyleRank] = {}
    for key, look in found.items():
        size, bold, upper, upright = look.rank
        upper = upper and capitals[size, bold] > 1
        ranks[key] = (size - 1 if key in run_in else size, bold, upper, upright)
    return ranks


def _find_byline_headings(
    layouts: Sequence[Layout], title: int, looks: dict[int, Look], found: dict[int, Look]
) -> list[int]:
    """Return what was found between the title and the text: names, places, dates.

    A heading there is numbered, well known, or stands right above running text.
    """
    wrong: list[int] = []
    paragraphs = next(x.paragraphs for x in layouts if any(p.number == title for p in x.paragraphs))
    at = next(at for at, p in enumerate(paragraphs) if p.number == title)
    rest = paragraphs[at + 1 :]
    for paragraph, below in zip(rest, [*rest[1:], None], strict=False):
        look = looks[paragraph.number]
        item = look.kind == "list" and not _is_list_of_names(look.text)
        if look.is_running_text or item or is_known(look.text) or _FIRST.match(look.text):
            break
        next_look = looks.get(below.number) if below is not None else None
        heads = next_look is not None and (next_look.is_running_text or next_look.kind == "list")
        if paragraph.number in found and (not heads or _is_list_of_names(look.text)):
            wrong.append(paragraph.number)
    return wrong


def _is_list_of_names(text: str) -> bool:
    """Whether a line is a list of names: parts of two to five capitalised words."""
    parts = [part for part in _BETWEEN_NAMES.split(text) if part.strip()]
    words = [part.split() for part in parts]
    return len(parts) > 1 and all(
        2 <= len(part) <= 5 and all(word[0].isupper() or not word[0].isalpha() for word in part)
        for part in words
    )


def _find_title(
    layouts: Sequence[Layout], found: dict[int, Look], body: BodyStyle, limits: HeadingThresholds
) -> int | None:
    """Return the title: the one largest heading in the upper part of the first page with text."""
    first = next((layout for layout in layouts if layout.paragraphs), None)
    if first is None or not found:
        return None
    lowest = limits.title_height * first.content.height
    here = [p for p in first.paragraphs if p.number in found and p.rect.y0 < lowest]
    if not here:
        return None
    largest = max(here, key=lambda p: found[p.number].size)
    look = found[largest.number]
    others = [other for key, other in found.items() if key != largest.number]
    if any(other.size > look.size - limits.title_lead for other in others):
        return None
    least = limits.title_size if others else max(limits.title_size, limits.lone_title_size)
    return largest.number if look.size >= least * body.size else None

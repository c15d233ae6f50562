"""Compares headings: which were found, whether their levels agree, and how they divide the text.

Headings match when their keys are at least 85 % alike, with or without a section number. Levels are
compared between headings near each other (higher, same, lower), so the level at which a parser
starts does not matter. MHS is for headings what TEDS is for tables. Limits: where the reference
lists fewer headings than the document has (bookmarks often do), recall says more than precision.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rapidfuzz import fuzz

from eval.parsing.markup import MarkdownHeading, html_tables, key_of, squash_spaces
from eval.parsing.trees import Tree, edit_distance, likeness_share

HEADING_FIGURES = ("head_f1", "head_r", "head_p", "lvl", "toc")

_ALIKE = 85
_LEVELS_APART = 7
_OUT_OF_ORDER = 0.5
"""Points of likeness that each place out of order takes off."""
_SHORTEST_BARE = 5
"""Shorter keys say too little once the section number is removed."""
_NUMBER = re.compile(r"^\s*((chapter|section|part|item)\s+)?([\dIVXA-Z]{1,4}[.\d]*[.):]?)\s+", re.I)
_HEADING_LINE = re.compile(r"#{1,6}\s+(.*)$")


def heading_figures(
    reference: Sequence[MarkdownHeading], found: Sequence[MarkdownHeading]
) -> dict[str, float | None]:
    """Return `HEADING_FIGURES`, all None where the reference has no headings."""
    if not reference:
        return dict.fromkeys(HEADING_FIGURES)
    pairs = match_headings(reference, found)
    recall = len(pairs) / len(reference)
    precision = len(pairs) / len(found) if found else 0.0
    return {
        "head_f1": 2 * recall * precision / (recall + precision) if pairs else 0.0,
        "head_r": recall,
        "head_p": precision,
        "lvl": _level_agreement(reference, found, pairs),
        "toc": outline_likeness(reference, found),
    }


def match_headings(
    reference: Sequence[MarkdownHeading], found: Sequence[MarkdownHeading]
) -> list[tuple[int, int]]:
    """Return pairs (index in `reference`, index in `found`), one to one.

    Each reference heading in turn takes the free heading most like it. Half a point of likeness is
    taken off for each place between it and the place after the last one taken.
    """
    keys = [(key_of(heading.text), _bare_key(heading.text)) for heading in found]
    free = set(range(len(found)))
    pairs: list[tuple[int, int]] = []
    last = -1
    for at, heading in enumerate(reference):
        full, bare = key_of(heading.text), _bare_key(heading.text)
        best, best_rank = -1, 0.0
        for by in sorted(free):
            like = fuzz.ratio(full, keys[by][0])
            if len(bare) >= _SHORTEST_BARE:
                like = max(like, fuzz.ratio(bare, keys[by][1]))
            rank = like - abs(by - last - 1) * _OUT_OF_ORDER
            if like >= _ALIKE and (best < 0 or rank > best_rank):
                best, best_rank = by, rank
        if best >= 0:
            pairs.append((at, best))
            free.remove(best)
            last = best
    return pairs


def outline_likeness(
    reference: Sequence[MarkdownHeading], found: Sequence[MarkdownHeading]
) -> float | None:
    """Return 1 - edit distance of the outlines as trees / number of headings of the longer one."""
    if not reference:
        return None
    if not found:
        return 0.0
    distance = edit_distance(_build_outline_tree(reference), _build_outline_tree(found))
    return likeness_share(distance, max(len(reference), len(found)))


def compute_mhs(reference: str, found: str) -> tuple[float | None, float | None]:
    """Return MHS and MHS-S: how alike two Markdown texts are as trees of headings and text.

    None where the reference has no heading, 0 where it has one and none was found. MHS-S ignores
    the texts: only the sequence of headings and text counts.
    """
    want, got = _build_section_tree(reference), _build_section_tree(found)
    if not _has_heading(want):
        return None, None
    if not _has_heading(got):
        return 0.0, 0.0
    size = max(want.size, got.size)
    return (
        likeness_share(edit_distance(want, got), size),
        likeness_share(edit_distance(want, got, texts=False), size),
    )


def _bare_key(text: str) -> str:
    """Return the key without a leading section number, if that leaves any."""
    return key_of(_NUMBER.sub("", text)) or key_of(text)


def _level_agreement(
    reference: Sequence[MarkdownHeading],
    found: Sequence[MarkdownHeading],
    pairs: Sequence[tuple[int, int]],
) -> float | None:
    agreed = [
        _sign_of(reference[at].level - reference[other_at].level)
        == _sign_of(found[by].level - found[other_by].level)
        for place, (at, by) in enumerate(pairs)
        for other_at, other_by in pairs[place + 1 : place + 1 + _LEVELS_APART]
    ]
    return sum(agreed) / len(agreed) if agreed else None


def _sign_of(number: int) -> int:
    return (number > 0) - (number < 0)


def _build_outline_tree(headings: Sequence[MarkdownHeading]) -> Tree:
    root = Tree("heading")
    path = [(0, root)]
    for heading in headings:
        while path[-1][0] >= heading.level:
            path.pop()
        node = Tree("heading", key_of(heading.text))
        path[-1][1].children.append(node)
        path.append((heading.level, node))
    return root


def _build_section_tree(markdown: str) -> Tree:
    """Return a flat tree: headings of any level below the root, the text below each as one node."""
    root = Tree("document")
    home, lines = root, list[str]()
    for line in html_tables(markdown).splitlines():
        heading = _HEADING_LINE.match(line)
        if heading is None:
            lines += [text] if (text := squash_spaces(line)) else []
            continue
        if lines:
            home.children.append(Tree("content", " ".join(lines)))
            lines = []
        home = Tree("heading", squash_spaces(heading[1]))
        root.children.append(home)
    if lines:
        home.children.append(Tree("content", " ".join(lines)))
    return root


def _has_heading(tree: Tree) -> bool:
    return any(child.kind == "heading" for child in tree.children)

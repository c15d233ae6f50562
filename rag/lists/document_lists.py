"""Finds the lists of a parsed document: what leads in, under which headings, and all items.

A list is a run of list items, of paragraphs that are numbered ("（一）…", "Step 2 …"), or the
headings directly below a heading (the plays of a playbook). A section without any is a list of its
sentences, for procedures that are told in prose.

Limits: items of nested lists follow their parents in one row; a list that a table holds is left to
`rag.tables`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from ingest.text.sentences import split_sentences
from ingest.types import BLOCK_SEPARATOR, Block, Document

ListKind = Literal["items", "headings", "sentences"]

_NUMBERED = re.compile(
    r"^\s*(?:[（(](?:[一二三四五六七八九十]{1,3}|\d{1,2}|[a-z])[)）]|[①-⑳]|\d{1,2}\s*[.)、．](?!\d)"
    r"|第[一二三四五六七八九十]+步|[Ss]tep\s+\d+|[-*•–·▪●]\s)"
)
_FEWEST = 2
_MOST_SENTENCES = 8


@dataclass(frozen=True, slots=True)
class ListItem:
    """An item and its place `[start, end)` in the document's text."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class DocumentList:
    """A list: the sentence that leads in ("" for none), the headings above, and its items."""

    kind: ListKind
    lead: str
    headings: tuple[str, ...]
    items: tuple[ListItem, ...]


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    start: int
    headings: tuple[str, ...]
    level: int
    """Of a heading; 0 for other lines."""
    item: bool


def find_lists(document: Document) -> list[DocumentList]:
    """Return all lists of a document, in reading order by kind."""
    lines = list(_read_lines(document))
    return [*_find_item_lists(lines), *_find_heading_lists(lines), *_find_prose_lists(lines)]


def _read_lines(document: Document) -> Iterator[_Line]:
    above: list[tuple[int, str]] = []
    at = 0
    for block in document.blocks:
        headings = tuple(text for _, text in above)
        if block.kind in {"title", "heading"}:
            level = max(1, block.level)
            above = [each for each in above if each[0] < level]
            yield _Line(block.text, at, tuple(text for _, text in above), level, item=False)
            above.append((level, block.text))
        elif block.table is None:
            yield from _split_block(block, at, headings)
        at += len(block.text) + len(BLOCK_SEPARATOR)


def _split_block(block: Block, start: int, headings: tuple[str, ...]) -> Iterator[_Line]:
    at = start
    for line in block.text.split("\n"):
        if line.strip():
            item = block.kind == "list" or _NUMBERED.match(line) is not None
            yield _Line(line.strip(), at + len(line) - len(line.lstrip()), headings, 0, item)
        at += len(line) + 1


def _find_item_lists(lines: Sequence[_Line]) -> Iterator[DocumentList]:
    run: list[_Line] = []
    before: _Line | None = None
    for line in [*lines, None]:
        if (
            line is not None
            and line.item
            and not line.level
            and line.headings == (run[0].headings if run else line.headings)
        ):
            run.append(line)
            continue
        if len(run) >= _FEWEST:
            lead = before.text if before is not None and not before.level else ""
            items = tuple(
                ListItem(each.text, each.start, each.start + len(each.text)) for each in run
            )
            yield DocumentList("items", lead, run[0].headings, items)
        before = run[-1] if run and line is not None and line.item else line
        run = [line] if line is not None and line.item and not line.level else []


def _find_heading_lists(lines: Sequence[_Line]) -> Iterator[DocumentList]:
    heads = [line for line in lines if line.level]
    for number, parent in enumerate(heads):
        path = (*parent.headings, parent.text)
        children: list[_Line] = []
        for line in heads[number + 1 :]:
            if line.headings[: len(path)] != path:
                break
            if line.headings == path:
                children.append(line)
        if len(children) >= _FEWEST:
            items = tuple(ListItem(c.text, c.start, c.start + len(c.text)) for c in children)
            yield DocumentList("headings", "", path, items)


def _find_prose_lists(lines: Sequence[_Line]) -> Iterator[DocumentList]:
    run: list[_Line] = []
    for line in [*lines, None]:
        if line is not None and not line.level and (not run or line.headings == run[0].headings):
            run.append(line)
            continue
        if run and run[0].headings and not any(each.item for each in run):
            yield DocumentList("sentences", "", run[0].headings, tuple(_cut_sentences(run)))
        run = [line] if line is not None and not line.level else []


def _cut_sentences(run: Sequence[_Line]) -> Iterator[ListItem]:
    count = 0
    for line in run:
        for low, high in split_sentences(line.text):
            if count < _MOST_SENTENCES:
                yield ListItem(line.text[low:high].strip(), line.start + low, line.start + high)
            count += 1

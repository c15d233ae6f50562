"""Reads Markdown for the figures: keys, running text, headings, and tables as HTML.

The output of a parser and the reference are normalised here in the same way, so that only content
is compared. Limits: Markdown is read by line, not parsed: indented code that looks like a heading
counts as one, and a pipe table ends before its first line without a pipe.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bs4 import BeautifulSoup, Tag
from rapidfuzz import fuzz

_NO_KEY = re.compile(r"[\W_]+")
_SPACE = re.compile(r"\s")
_RULE_CHARACTERS = frozenset("-: ")
_HEADING_START = re.compile(r"\s{0,3}(#{1,6})\s+")
_INLINE_MARK = re.compile(r"[*_`]+|<[^>]+>|\[(?P<label>[^\]]*)\]\([^)]*\)")
_FORMULA = re.compile(r"\\\[.*?\\\]|\\\(.*?\\\)|\$\$.*?\$\$|\$[^$\n]{1,200}\$", re.S)
_LATEX_TABLE = re.compile(r"\\begin\{(tabular|table)\*?\}.*?\\end\{\1\*?\}", re.S)
_HTML_TABLE = re.compile(r"<table.*?</table>", re.S | re.I)
_WHOLE_TABLE = re.compile(r"<table[^>]*>.*?</table>", re.S | re.I)
_MARKUP: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"!\[[^\]]*\]\([^)]*\)"), " "),  # pictures
    (re.compile(r"\[([^\]]*)\]\([^)]*\)"), r"\1"),  # links keep their label
    (re.compile(r"</?\w[^>]*>"), " "),  # tags
    (re.compile(r"^\s*#+\s*|^\s*[-*+•·]\s+|^>\s*", re.M), ""),  # marks of headings, lists, quotes
    (re.compile(r"[*_`]+"), ""),  # emphasis and code
    (re.compile(r"-\n(?=[a-z])"), ""),  # words divided at the end of a line
)


@dataclass(frozen=True, slots=True)
class MarkdownHeading:
    """A heading; level 1 is the highest."""

    level: int
    text: str


def key_of(text: str) -> str:
    """Return letters and digits only, in lower case, compatibility forms unified (NFKC)."""
    return _NO_KEY.sub("", unicodedata.normalize("NFKC", text).lower())


def squash_spaces(text: str) -> str:
    """Return `text` with each run of white space as one space, none at the ends."""
    return " ".join(text.split())


def remove_spaces(text: str) -> str:
    """Return `text` without white space, for the comparison of Chinese."""
    return _SPACE.sub("", text)


def compute_likeness(one: str, other: str) -> float:
    """Return 1 - indel distance / (both lengths), in 0..1; 1 for two empty texts."""
    return fuzz.ratio(one, other) / 100.0


def text_likeness(reference: str, found: str) -> float | None:
    """Return the likeness of two texts; None where the reference has no text."""
    return compute_likeness(reference, found) if reference else None


def html_tables(markdown: str) -> str:
    """Return `markdown` with every pipe table as an HTML table.

    The first row becomes `th` cells, the others `td`; an empty first row is dropped. Rows are
    brought to the width of the table (`_fit_row_to_width`).
    """
    return "".join(_with_html_tables(markdown.splitlines(keepends=True)))


def tables_of(markdown: str) -> list[Tag]:
    """Return every table of a Markdown text, pipe or HTML, parsed."""
    return list(BeautifulSoup(html_tables(markdown), "html.parser").find_all("table"))


def without_tables(markdown: str) -> str:
    """Return the text with its tables taken out, white space squashed."""
    return squash_spaces(_WHOLE_TABLE.sub(" ", html_tables(markdown)))


def extract_prose(markdown: str, *, formulas: bool = False) -> str:
    """Return the running text: no tables, pictures, markup; formulas only if asked for."""
    text = _HTML_TABLE.sub(" ", _LATEX_TABLE.sub(" ", html_tables(markdown)))
    if not formulas:
        text = _FORMULA.sub(" ", text)
    for pattern, instead in _MARKUP:
        text = pattern.sub(instead, text)
    return squash_spaces(unicodedata.normalize("NFKC", text))


def headings_of(markdown: str) -> list[MarkdownHeading]:
    """Return the `#` headings that have a letter or digit; code between fences has none."""
    found: list[MarkdownHeading] = []
    fenced = False
    for line in markdown.split("\n"):
        if line.strip().startswith("```"):
            fenced = not fenced
        start = None if fenced else _HEADING_START.match(line)
        if start is None:
            continue
        text = line[start.end() :].rstrip().rstrip("#").rstrip()
        text = _INLINE_MARK.sub(lambda mark: mark["label"] or "", text).strip()
        if key_of(text):
            found.append(MarkdownHeading(len(start[1]), text))
    return found


def _with_html_tables(lines: Sequence[str]) -> Iterator[str]:
    at = 0
    while at < len(lines):
        head = _split_pipe_row(lines[at])
        rule = _split_pipe_row(lines[at + 1]) if head and at + 1 < len(lines) else []
        if not (rule and all(cell and set(cell) <= _RULE_CHARACTERS for cell in rule)):
            yield lines[at]
            at += 1
            continue
        end = at + 2
        while end < len(lines) and _split_pipe_row(lines[end]):
            end += 1
        rows = [head, *(_split_pipe_row(line) for line in lines[at + 2 : end])]
        line_end = lines[at][len(lines[at].rstrip("\r\n")) :]
        yield (
            _as_html([_fit_row_to_width(row, max(len(head), len(rule))) for row in rows]) + line_end
        )
        at = end


def _split_pipe_row(line: str) -> list[str]:
    """Return the cells of a row of a pipe table; none where the line is no such row."""
    line = line.strip()
    if "|" not in line or line == "|":
        return []
    return [part.strip() for part in line.removeprefix("|").removesuffix("|").split("|")]


def _fit_row_to_width(row: list[str], width: int) -> list[str]:
    """Bring a row to `width` cells.

    Three cells in a wider table are its first, a middle one that spans, and its last; other short
    rows get empty cells at the end, long ones lose theirs.
    """
    if len(row) == 3 and width > 3:
        first, middle, last = row
        return [first, *[middle] * (width - 2), last]
    return [*row, *[""] * (width - len(row))][:width]


def _as_html(rows: list[list[str]]) -> str:
    if len(rows) > 1 and not any(rows[0]):
        rows = rows[1:]
    lines = []
    for number, row in enumerate(rows):
        tag = "td" if number else "th"
        lines.append("".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in row))
    return "<table>" + "".join(f"<tr>{line}</tr>" for line in lines) + "</table>"

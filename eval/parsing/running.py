"""Measures how many running headers and footers a parser left in the text.

They harm retrieval: they cut sentences in two and match on every page. Limits: lines are searched
by their keys (letters and digits), so a short one may also be found inside a word; of a page with
two references only lines of eight or more letters or digits count.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from rapidfuzz import fuzz

from eval.parsing.markup import key_of

_SHORTEST = 8
_RESEMBLES = 75
_NUMBER = re.compile(r"\d+|#")
_LINE_END = re.compile(r"\n|<br>")
_BLANK_LINE = re.compile(r"\n\s*\n")


def leak_of_blocks(reference: str, without: str, found: str) -> float | None:
    """Return the share of a page's running blocks that stand in `found`; None without any.

    `without` is the reference without running headers and footers. A stamp set sideways counts in
    either order of its words.
    """
    blocks = running_blocks(reference, without) if without else []
    key = key_of(found)
    leaked = [
        key_of(block) in key or key_of(" ".join(reversed(block.split()))) in key for block in blocks
    ]
    return sum(leaked) / len(leaked) if leaked else None


def running_blocks(reference: str, without: str) -> list[str]:
    """Return the blocks of the reference that its version without running lines lacks.

    A block that both have, but `without` less often, is running unless it is a heading. One that
    only `reference` has is running unless it resembles the rest of `without`: the two may differ in
    line breaks and hyphens.
    """
    whole, rest = key_of(reference), key_of(without)
    blocks = [block for block in _BLANK_LINE.split(reference) if _can_be_running(block)]
    counts = {key: (whole.count(key), rest.count(key)) for key in map(key_of, blocks)}
    running: list[str] = []
    unsure: list[str] = []
    # The longest blocks first, so that a short one is not matched inside a longer one.
    for block in sorted(blocks, key=len, reverse=True):
        key = key_of(block)
        in_whole, in_rest = counts[key]
        if not in_rest:
            unsure.append(block)
        elif in_rest < in_whole and not block.startswith("#"):
            running.append(block)
        else:  # text of the page: its place must not be matched by another block as well
            rest = rest.replace(key, "|", 1)
    running += [block for block in unsure if not _resembles_text(key_of(block), rest)]
    return running


def leak_of_occurrences(lines: Mapping[str, int], found: str) -> float | None:
    """Return the share of occurrences of running lines that stand in `found`.

    `lines`: line, its numbers written as "#", to how often it occurs; all numbers are alike.
    """
    if not lines:
        return None
    text = "\n".join(key_of(_NUMBER.sub("0", line)) for line in _LINE_END.split(found))
    leaked = sum(
        min(times, text.count(key_of(line.replace("#", "0")))) for line, times in lines.items()
    )
    return leaked / sum(lines.values())


def leak_of_lines(lines: Sequence[str], pages: int, found: str) -> float | None:
    """Return the share of (lines x pages) in `found`, for lines that are on every page."""
    keys = [key_of(line) for line in lines]
    if not keys:
        return None
    text = key_of(found)
    return sum(min(pages, text.count(key)) for key in keys) / (pages * len(keys))


def _can_be_running(block: str) -> bool:
    is_table = "<table" in block or block.lstrip().startswith("|")
    return not is_table and len(key_of(block)) >= _SHORTEST


def _resembles_text(key: str, rest: str) -> bool:
    return len(key) <= len(rest) and fuzz.partial_ratio(key, rest) >= _RESEMBLES

"""Tells how near two words are by spelling, and which of many words one is most likely meant for.

The distance counts letters put in, left out, changed, or swapped with their neighbour (Damerau
1964, as optimal string alignment).
"""

from __future__ import annotations

from collections.abc import Iterable


def find_nearest(word: str, known: Iterable[tuple[str, int]], most: int) -> str:
    """Return which of `known` words, with their counts, is nearest; the commonest of several.

    "" where none is within `most` edits.
    """
    near = (
        (edits, -count, each)
        for each, count in known
        if each.isalpha() and (edits := measure_edits(word, each, most)) <= most
    )
    return min(near, default=(0, 0, ""))[2]


def measure_edits(one: str, other: str, most: int) -> int:
    """Return the number of edits from one word to the other, or more than `most` if it is more."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        current = [row]
        for column, wanted in enumerate(other, start=1):
            edits = min(last[column] + 1, current[-1] + 1, last[column - 1] + (letter != wanted))
            swapped = row > 1 and column > 1 and letter == other[column - 2]
            if swapped and one[row - 2] == wanted:
                edits = min(edits, before[column - 2] + 1)
            current.append(edits)
        if min(current) > most:
            return most + 1
        before, last = last, current
    return last[-1]

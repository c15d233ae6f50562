"""Defines `Exchange`: a question of the conversation before, as follow-ups are resolved with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question of the conversation, standalone, and what was answered ("" where unknown).

    `centre` is what the conversation is about there: what "it" would mean next.
    """

    question: str
    answer: str = ""
    centre: str = ""


def find_last_centre(history: Sequence[Exchange]) -> str:
    """Return what the conversation is about, "" where nothing was named."""
    return next((each.centre for each in reversed(history) if each.centre), "")

"""Reads follow-ups: questions with the conversation before them and a person's rewrite of each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.errors import DatasetInvalid
from ingest.text.language import language_of
from rag.question.exchange import Exchange

FOLLOW_UPS_LAYOUT = """\
FILE     one turn a line: {"id": "1", "history": [{"question": "...", "answer": "..."}],
         "question": "...", "standalone": "what a person wrote", "language": "en" or "zh",
         "file": "where the answer stands", "answer": "words of it"}   (the last three: optional)"""


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A turn: a question, what was said before, and a person's rewrite of the question."""

    id: str
    history: tuple[Exchange, ...]
    question: str
    standalone: str
    language: str
    file: str = ""
    answer: str = ""


def load_follow_ups(path: Path) -> list[FollowUp]:
    """Return the turns of a file. Raises DatasetInvalid."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        return [_parse_turn(json.loads(line)) for line in lines if line.strip()]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DatasetInvalid(
            f"{path} has no follow-ups: {error!r}.", hint=f"The layout is\n{FOLLOW_UPS_LAYOUT}"
        ) from error


def _parse_turn(row: Mapping[str, Any]) -> FollowUp:
    history = (Exchange(each["question"], each.get("answer", "")) for each in row["history"])
    return FollowUp(
        str(row["id"]),
        tuple(history),
        row["question"],
        row["standalone"],
        row.get("language") or language_of(row["question"]),
        row.get("file", ""),
        row.get("answer", ""),
    )

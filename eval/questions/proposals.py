"""Defines a proposal of `docchat eval generate` (question, answer, place) and chooses among them.

Limits: a proposal must be reviewed by a person before it is measured on; `reviewed` is false until
then.
"""

from __future__ import annotations

import hashlib
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from rag.types import Language

Kind = Literal["heading", "definition", "value", "table", "model"]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A question on a file. `source` is the text it was made from, for the reviewer."""

    kind: Kind
    language: Language
    question: str
    file: str
    pages: tuple[int, ...]
    answer: str
    source: str

    @property
    def id(self) -> str:
        """The same for the same question on the same file, also in a later run."""
        digest = hashlib.sha256(f"{self.file}\n{self.question}".encode()).hexdigest()
        return f"{self.kind}-{digest[:10]}"

    def to_row(self) -> dict[str, Any]:
        """Return the line of `questions.jsonl`."""
        return {
            "id": self.id,
            "language": self.language,
            "question": self.question,
            "file": self.file,
            "pages": list(self.pages),
            "answer": self.answer,
            "answerable": True,
            "reviewed": False,
            "source": self.source,
        }


def drop_ambiguous(proposals: Iterable[Proposal]) -> list[Proposal]:
    """Return those whose question occurs only once: the others have several right answers."""
    listed = list(proposals)
    times = Counter(_normalize_question(each.question) for each in listed)
    return [each for each in listed if times[_normalize_question(each.question)] == 1]


def choose_proposals(proposals: Sequence[Proposal], count: int, seed: int) -> list[Proposal]:
    """Return at most `count`, of all kinds in turn, drawn at random; the same for one seed."""
    kinds: dict[Kind, list[Proposal]] = defaultdict(list)
    for each in proposals:
        kinds[each.kind].append(each)
    # No secret depends on it: the same seed has to choose the same questions.
    rng = random.Random(seed)
    for listed in kinds.values():
        rng.shuffle(listed)
    picked: list[Proposal] = []
    while len(picked) < count and any(kinds.values()):
        for listed in kinds.values():
            if listed and len(picked) < count:
                picked.append(listed.pop())
    return sorted(picked, key=lambda each: (each.pages, each.question))


def _normalize_question(question: str) -> str:
    return "".join(character for character in question.casefold() if character.isalnum())

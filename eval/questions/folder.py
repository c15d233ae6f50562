"""Reads and writes a folder of questions: documents and `questions.jsonl`, which people also edit.

Every change replaces the whole file through a temporary one, so a crash leaves the old or the new
file. Rejected questions are stored in `rejected.jsonl`, so that `generate` does not propose them
again. Fields that this program does not know are kept as they are.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.data.datasets import QUESTIONS_NAME, json_lines, question_files
from eval.errors import DatasetInvalid
from eval.questions.proposals import Proposal

REJECTED_NAME = "rejected.jsonl"
DOCUMENTS_NAME = "documents"


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """A line of `questions.jsonl`, unchanged."""

    fields: Mapping[str, Any]

    @property
    def id(self) -> str:
        """Its id."""
        return str(self.fields.get("id", ""))

    @property
    def is_reviewed(self) -> bool:
        """Whether somebody has accepted it."""
        return bool(self.fields.get("reviewed", True))


class QuestionFolder:
    """Reads and writes the questions of a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def path(self) -> Path:
        """Where the questions are."""
        return self._folder / QUESTIONS_NAME

    def read_rows(self) -> list[QuestionRow]:
        """Return all questions, in order; none where there is no file. Raises DatasetInvalid."""
        return _read_row_file(self.path)

    def list_documents(self) -> tuple[Path, ...]:
        """Return the documents of the folder. Raises DatasetInvalid."""
        if not self._folder.is_dir():
            raise DatasetInvalid(f"There is no folder {self._folder}.")
        return question_files(self._folder)

    def read_rejected(self) -> list[QuestionRow]:
        """Return the rejected questions; none where there is no file. Raises DatasetInvalid."""
        return _read_row_file(self._folder / REJECTED_NAME)

    def add(self, rows: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
        """Append rows whose id is neither present nor rejected; return their ids."""
        known = self.read_rows()
        ids = {row.id for row in (*known, *self.read_rejected())}
        new: dict[str, QuestionRow] = {}
        for each in map(QuestionRow, rows):
            if each.id not in ids:
                new.setdefault(each.id, each)
        _write_row_file(self.path, (*known, *new.values()))
        return tuple(new)

    def accept(self, case_id: str, changes: Mapping[str, Any]) -> None:
        """Mark a question as reviewed, with what the reviewer changed."""
        rows = [
            QuestionRow({**row.fields, **changes, "reviewed": True}) if row.id == case_id else row
            for row in self.read_rows()
        ]
        _write_row_file(self.path, rows)

    def reject(self, case_id: str) -> None:
        """Move a question to the rejected ones."""
        rows = self.read_rows()
        rejected = [row for row in rows if row.id == case_id]
        # Rejected first: a crash between the two writes leaves the question in both, and a second
        # `reject` removes it. The other order would lose it.
        _write_row_file(self._folder / REJECTED_NAME, (*self.read_rejected(), *rejected))
        _write_row_file(self.path, [row for row in rows if row.id != case_id])

    def keep_document(self, original: Path, name: str) -> None:
        """Copy a document into the folder. Raises DatasetInvalid."""
        target = self._folder / DOCUMENTS_NAME / name
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(original, target)
        except OSError as error:
            raise DatasetInvalid(f"{target} cannot be written: {error}") from error


def rows_of(proposals: Sequence[Proposal]) -> list[dict[str, Any]]:
    """Return the lines of proposals."""
    return [each.to_row() for each in proposals]


def _read_row_file(path: Path) -> list[QuestionRow]:
    return [QuestionRow(row) for _, row in json_lines(path)] if path.is_file() else []


def _write_row_file(path: Path, rows: Iterable[QuestionRow]) -> None:
    lines = [json.dumps(row.fields, ensure_ascii=False) for row in rows]
    temporary = path.with_suffix(".tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        raise DatasetInvalid(f"{path} cannot be written: {error}") from error

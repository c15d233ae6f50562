"""What can go wrong in an evaluation before anything is measured.

EvalError                  code, hint
└── DatasetInvalid         a folder or file is missing, or is not laid out as expected

A question or document that fails while measuring is no error here: it is a failed case, counted
and shown in the result. Errors of `ingest` and `rag` pass through unchanged.
"""

from __future__ import annotations

from typing import ClassVar


class EvalError(Exception):
    """Root of all errors of evaluation."""

    code: ClassVar[str] = "eval_error"
    hint: ClassVar[str] = "See docs/evaluation.md."

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.advice = hint or self.hint


class DatasetInvalid(EvalError):
    """A data folder is missing or not laid out as expected."""

    code = "dataset_invalid"
    hint = "The expected layout is shown by `docchat eval --help` and in docs/evaluation.md."

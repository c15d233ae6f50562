"""Errors of an evaluation, raised before anything is measured.

EvalError                  code, hint
├── DatasetInvalid         a folder or file is missing, or is not laid out as expected
├── VariationInvalid       a setting to vary is not written as NAME=VALUE,VALUE
├── PackageMissing         evaluation or a baseline needs a package that is not installed
├── RunInvalid             there is no such run, or it cannot be read or written
├── NotInteractive         a command asks its user, and there is no terminal
└── GateInvalid            a gate cannot be read, or has nothing to judge

A question or document that fails while it is measured raises no error: it becomes a failed case,
which is counted and shown in the result. Errors of `ingest` and `rag` pass through unchanged.
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
    hint = (
        "The expected layout is shown by `docchat eval retrieval --help` (or `answers`, "
        "`grounding`, `parsing`) and in docs/evaluation.md."
    )


class VariationInvalid(EvalError):
    """A setting to vary is not written as it should be."""

    code = "variation_invalid"
    hint = "Write --vary retrieval.dense_weight=0.3,0.5,0.7 with a name of docs/configuration.md."


class PackageMissing(EvalError):
    """Evaluation, or one of its baselines, needs a package that is not installed."""

    code = "package_missing"
    hint = "Install what baselines need with `pip install 'docchat[bench]'`."


class RunInvalid(EvalError):
    """There is no such run, or it cannot be read or written."""

    code = "run_invalid"
    hint = "`docchat eval runs` lists what there is."


class NotInteractive(EvalError):
    """A command asks its user, and there is no terminal to answer on."""

    code = "not_interactive"
    hint = "Run it in a terminal, or edit questions.jsonl: reviewed is true where a person agrees."


class GateInvalid(EvalError):
    """A gate cannot be read, or has nothing to judge."""

    code = "gate_invalid"
    hint = 'Write --fail-if "ndcg@10 drops 0.01", "p50 ms rises 20%" or "page@5 below 0.8".'

"""Prints the result of `docchat ingest`: counts, reasons of failures, or every file as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import typer

from app.terminal.output import StreamFormat, document_json, print_note, show_json, show_line
from ingest.types import DocumentState

if TYPE_CHECKING:
    from ingest.maintenance.folder_sync import SyncStep
    from ingest.types import DocumentRecord


@dataclass(slots=True)
class IngestOutcome:
    """What became of the files.

    `ended` are their documents when all were finished, `untouched` counts files that a sync did not
    have to read, `gone` are names of files that no longer exist and whose documents stay.
    """

    steps: list[SyncStep] = field(default_factory=list)
    ended: list[DocumentRecord] = field(default_factory=list)
    untouched: int = 0
    gone: list[str] = field(default_factory=list)

    @property
    def documents(self) -> list[DocumentRecord]:
        """The documents of the files, each once, as they were after their last step."""
        found = {step.document.id: step.document for step in self.steps if step.document}
        return list(found.values())

    @property
    def failed_documents(self) -> list[DocumentRecord]:
        """Documents that did not become ready."""
        return [each for each in self.ended if each.state is not DocumentState.READY]

    @property
    def has_failures(self) -> bool:
        """Whether anything failed."""
        return bool(self.failed_documents or any(step.error for step in self.steps))

    def count_files(self) -> dict[str, int]:
        """Return how many files had which outcome; `unchanged` includes those not read."""
        outcomes = [step.outcome for step in self.steps]
        counted = {kind: outcomes.count(kind) for kind in ("added", "replaced", "unchanged")} | {
            kind: outcomes.count(kind) for kind in ("moved", "deleted") if kind in outcomes
        }
        counted["unchanged"] += self.untouched
        if self.gone:
            counted["gone"] = len(self.gone)
        ready = self.untouched + len(self.ended) - len(self.failed_documents)
        return counted | {
            "ready": ready,
            "failed": len(self.failed_documents) + outcomes.count("refused"),
        }


def print_outcome(outcome: IngestOutcome, skipped: Sequence[str], form: StreamFormat) -> None:
    """Print what became of the files; for people, failures with what to do about them."""
    counts = outcome.count_files()
    if form is StreamFormat.TEXT:
        for name, message, hint in _list_failures(outcome):
            print_note(f"failed: {name}: {message.removeprefix(f'{name}: ')}\n  hint: {hint}")
        if outcome.gone:
            print_note(
                f"no longer there, kept: {len(outcome.gone)}; --delete removes their documents"
            )
        summary = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
        typer.echo(summary or "nothing to do")
        return
    show_items(form, _build_items(outcome), {"summary": counts, "skipped": list(skipped)})


def show_items(form: StreamFormat, items: list[dict[str, Any]], rest: dict[str, Any]) -> None:
    """Print all as one value, or each item as an event `file`, the rest as an event `end`."""
    if form is StreamFormat.JSON:
        show_json({"items": items, **rest})
    else:
        for item in items:
            show_line({"event": "file", **item})
        show_line({"event": "end", **rest})


def make_change_printer(form: StreamFormat) -> Callable[[Sequence[DocumentRecord]], None]:
    """Return what prints changed documents as events `document`, at once, for programs."""

    def print_changes(changed: Sequence[DocumentRecord]) -> None:
        if form is StreamFormat.NDJSON:
            for record in changed:
                show_line({"event": "document", "document": document_json(record)})

    return print_changes


def _build_items(outcome: IngestOutcome) -> list[dict[str, Any]]:
    outcomes = {step.document.id: step.outcome for step in outcome.steps if step.document}
    return [
        *(
            {"outcome": outcomes[each.id], "document": document_json(each)}
            for each in outcome.ended
        ),
        *_items_without_document(outcome),
    ]


def _items_without_document(outcome: IngestOutcome) -> Iterable[dict[str, Any]]:
    for step in outcome.steps:
        if step.error is not None:
            error = step.error
            details = {"code": error.code, "message": error.message, "hint": error.advice}
            yield {"outcome": "refused", "name": step.name, "error": details}
        elif step.document is None:
            yield {"outcome": step.outcome, "name": step.name}
    for name in outcome.gone:
        yield {"outcome": "gone", "name": name}


def _list_failures(outcome: IngestOutcome) -> list[tuple[str, str, str]]:
    refused = [
        (step.name, step.error.message, step.error.advice) for step in outcome.steps if step.error
    ]
    failed = [
        (each.name, each.failure.message, each.failure.hint)
        if each.failure
        else (each.name, f"It is {each.state}.", "Run `docchat docs retry`.")
        for each in outcome.failed_documents
    ]
    return refused + failed

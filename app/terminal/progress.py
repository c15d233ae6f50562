"""Shows the progress of a command on stderr: a bar on a terminal, plain lines elsewhere.

The bar counts files; beside it are pages read, passages embedded and how many of them a second,
failures and the time left. Limits: the time left is computed from bytes, as if every byte took the
same time; scans take longer.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.terminal.output import print_note
from ingest.types import DocumentState

if TYPE_CHECKING:
    from rich.progress import Progress, ProgressColumn

    from ingest.types import DocumentRecord

Advance = Callable[[str], None]
"""Called with the name of what is finished."""
ChangeListener = Callable[[Sequence["DocumentRecord"]], None]
"""Called with documents that have changed."""

SETTLED = frozenset(
    {
        DocumentState.READY,
        DocumentState.FAILED,
        DocumentState.CANCELLED,
        DocumentState.DELETING,
    }
)
"""States in which nothing more happens by itself."""
_SURE_SHARE = 0.02
"""Share of the bytes that this command must have done before the time left is shown: with less,
one slow file would make it wrong many times over."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How far some documents are. `share` (0..1) is that of the bytes in settled files."""

    files: int
    pages: int
    chunks: int
    failed: int
    share: float

    @staticmethod
    def count_records(records: Mapping[str, DocumentRecord]) -> Tally:
        """Return how far these documents are, by id."""
        # Failed and cancelled documents count as done: their bytes need no more time.
        settled = [each for each in records.values() if each.state in SETTLED]
        size = sum(each.size for each in records.values())
        return Tally(
            files=len(settled),
            pages=sum(each.pages_done for each in records.values()),
            chunks=sum(each.chunks_done for each in records.values()),
            failed=sum(each.state is DocumentState.FAILED for each in settled),
            share=sum(each.size for each in settled) / size if size else 1.0,
        )

    def format_progress(self, before: Tally, seconds: float) -> str:
        """Return the text beside the bar; `before` is where the command began."""
        # Differences to `before`: a command that is run again finds most files done, and they must
        # not count for the rate of this run.
        chunks = self.chunks - before.chunks
        parts = [f"{self.pages - before.pages:,} pages", f"{chunks:,} passages"]
        if chunks > 0 and seconds > 0:
            parts.append(f"{chunks / seconds:,.1f}/s")
        # This run took `seconds` for the share `done`; the share that is left, of all bytes, takes
        # as long in proportion. A second or less is not worth a word.
        done = self.share - before.share
        if done > _SURE_SHARE and (left := seconds * (1.0 - self.share) / done) > 1.0:
            parts.append(f"{_format_duration(left)} left")
        if self.failed > before.failed:
            parts.append(f"{self.failed - before.failed} failed")
        return " · ".join(parts)


def _format_duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@contextmanager
def show_progress_bar(what: str, total: int) -> Iterator[Advance]:
    """Show a bar on stderr where that is a terminal; elsewhere nothing."""
    if not sys.stderr.isatty():
        yield lambda name: None
        return
    with _build_bar("{task.fields[name]}") as bar:
        task = bar.add_task(what, total=total, name="")
        yield lambda name: bar.update(task, advance=1, name=name)


@contextmanager
def show_document_stages(
    records: Callable[[], Mapping[str, DocumentRecord]],
) -> Iterator[ChangeListener]:
    """Show where documents stand: a bar on a terminal, a line for each finished one elsewhere."""
    before = Tally.count_records(records())
    total = len(records()) - before.files  # files that were finished before are not in the bar
    if not total or not sys.stderr.isatty():
        yield _print_finished
        return
    start = time.monotonic()
    with _build_bar("{task.fields[tally]}", "{task.fields[name]}") as bar:
        task = bar.add_task("working", total=total, name="", tally="")

        def update_bar(changed: Sequence[DocumentRecord]) -> None:
            # Called several times a second: without changes nothing is counted, and rich redraws
            # the bar from a thread of its own.
            if not changed:
                return
            tally = Tally.count_records(records())
            for failed in (each for each in changed if each.state is DocumentState.FAILED):
                bar.console.print(f"failed: {failed.name}", style="red", markup=False)
            bar.update(
                task,
                completed=tally.files - before.files,
                tally=tally.format_progress(before, time.monotonic() - start),
                name=_format_stage(changed[-1]),
            )

        yield update_bar


def _print_finished(changed: Sequence[DocumentRecord]) -> None:
    for record in changed:
        if record.state in SETTLED:
            print_note(f"{record.state}: {record.name}")


def _format_stage(record: DocumentRecord) -> str:
    """Return state and name of a document with how far it is in its present stage."""
    counts = {
        "parsing": (record.pages_done, record.pages),
        "embedding": (record.chunks_done, record.chunks),
        "indexing": (record.chunks_done, record.chunks),
    }
    done, total = counts.get(record.state, (0, 0))
    return f"· {record.state}: {record.name}" + (f" ({done}/{total})" if total else "")


def _build_bar(*fields: str) -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.table import Column

    # On a narrow terminal only the last field, the name, is cut.
    last = Column(ratio=1, no_wrap=True, overflow="ellipsis")
    columns: list[ProgressColumn] = [
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        *(TextColumn(field, markup=False) for field in fields[:-1]),
        TextColumn(fields[-1], markup=False, table_column=last),
    ]
    return Progress(*columns, console=Console(stderr=True), transient=True, expand=True)

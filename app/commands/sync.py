"""`docchat ingest --sync` and `--watch`: make a collection follow folders.

`ingest.maintenance.folder_sync` decides what is new, changed, moved or gone; this module walks the
folders that a person named, says what was left out, and waits for changes. Limits: on network
drives that report no changes, `--watch` sees none; run `--sync` from a timer there.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from app.terminal.find_files import FoundFiles, NamedFile, find_files, matches_pattern
from app.terminal.ingest_report import IngestOutcome, show_items
from app.terminal.output import StreamFormat, print_note
from app.terminal.progress import ChangeListener, show_progress_bar
from app.terminal.work_queue import work_off

if TYPE_CHECKING:
    from ingest.maintenance.folder_sync import SyncPlan
    from ingest.storage.origins import Folder
    from rag.pipeline.bootstrap import Docchat

_QUIET_MS = 1_000
"""Milliseconds without a further change before a change is acted on: files are often written in
parts."""


@dataclass(frozen=True, slots=True)
class Sync:
    """What a person asked for."""

    folders: tuple[Path, ...]
    suffixes: tuple[str, ...]
    recursive: bool
    pattern: str
    delete: bool
    metadata: dict[str, str]

    def walk_folders(self) -> FoundFiles:
        """Return the files that are there now."""
        return find_files(
            self.folders, self.suffixes, recursive=self.recursive, pattern=self.pattern
        )

    def covers_file(self, found: FoundFiles, root: Path, name: str) -> bool:
        """Return whether a run like this would have found a file of this name, if it existed."""
        # Of a folder that could not be read it is not known which files are gone.
        unread = any(root / name == each or each in (root / name).parents for each in found.unread)
        within = self.recursive or "/" not in name
        return within and matches_pattern(name, self.pattern) and not unread


def require_folders(paths: Sequence[Path]) -> None:
    """Raise BadParameter unless all of `paths` are folders."""
    files = [path for path in paths if not path.is_dir()]
    if files:
        raise typer.BadParameter(f"--sync takes folders, and {files[0]} is none.")


def sync_collection(
    docchat: Docchat, sync: Sync, found: FoundFiles, collection_id: str, report: ChangeListener
) -> IngestOutcome:
    """Change the collection to match the files that were found, and work the queue off."""
    from ingest.maintenance.folder_sync import carry_out_plan

    outcome = IngestOutcome()
    for folder, plan in _make_plans(docchat, sync, found, collection_id):
        _refuse_vanished(folder.path, plan, delete=sync.delete)
        steps = carry_out_plan(
            docchat.library, folder, plan, delete=sync.delete, metadata=sync.metadata
        )
        total = len(plan.changed) + len(plan.moved) + len(plan.new)
        with show_progress_bar("adding", total) as advance:
            for step in steps:
                outcome.steps.append(step)
                advance(step.name)
        outcome.untouched += plan.unchanged
        outcome.gone += [] if sync.delete else [known.name for known in plan.gone]
    if any(step.outcome == "replaced" for step in outcome.steps):
        _sync_late_changes(docchat, sync, found, collection_id, outcome)
    outcome.ended.extend(work_off(docchat, outcome.documents, report))
    return outcome


def show_plan(
    docchat: Docchat, sync: Sync, found: FoundFiles, collection_id: str, form: StreamFormat
) -> None:
    """Print what `sync_collection` would do."""
    items: list[dict[str, Any]] = []
    for _, plan in _make_plans(docchat, sync, found, collection_id):
        items += [{"action": "check", "name": seen.name} for seen in plan.changed]
        items += [{"action": "move", "name": s.name, "from": k.name} for k, s in plan.moved]
        items += [{"action": "add", "name": seen.name} for seen in plan.new]
        action = "delete" if sync.delete else "keep"
        items += [{"action": action, "name": known.name} for known in plan.gone]
    if form is not StreamFormat.TEXT:
        show_items(form, items, {"skipped": found.skipped})
        return
    for item in items:
        origin = f"  (was {item['from']})" if "from" in item else ""
        typer.echo(f"{item['action']:>6}  {item['name']}{origin}")
    if not items:
        typer.echo("nothing to do")


def watch_changes(folders: Sequence[Path]) -> Iterator[None]:
    """Yield each time that something below the folders has changed and no more changes follow."""
    from watchfiles import watch

    for _ in watch(*folders, step=_QUIET_MS, debounce=60 * _QUIET_MS, raise_interrupt=True):
        yield


def _make_plans(
    docchat: Docchat, sync: Sync, found: FoundFiles, collection_id: str
) -> Iterator[tuple[Folder, SyncPlan]]:
    from ingest.maintenance.folder_sync import inspect_file, make_plan
    from ingest.storage.origins import Folder, Origins

    origins = Origins(docchat.library.store)
    moment = time.time_ns()
    for root in sync.folders:
        folder = Folder(collection_id, root.resolve())
        own: list[NamedFile] = [each for each in found.sources if each.root == root]
        seen = [inspect_file(each.path, each.name, moment) for each in own]

        def is_covered(name: str, root: Path = root) -> bool:
            return sync.covers_file(found, root, name)

        yield folder, make_plan(seen, origins.read_known_files(folder), is_covered)


def _sync_late_changes(
    docchat: Docchat, sync: Sync, found: FoundFiles, collection_id: str, outcome: IngestOutcome
) -> None:
    """Sync again those files whose document was changed through another file of equal content."""
    from ingest.maintenance.folder_sync import SyncPlan, carry_out_plan

    done = {step.name for step in outcome.steps}
    for folder, plan in _make_plans(docchat, sync, found, collection_id):
        late = [seen for seen in plan.changed if seen.name not in done]
        if late:
            rest = SyncPlan(tuple(late), (), (), (), 0)
            outcome.steps += carry_out_plan(
                docchat.library, folder, rest, delete=False, metadata=sync.metadata
            )
            outcome.untouched -= len(late)


def _refuse_vanished(root: Path, plan: SyncPlan, *, delete: bool) -> None:
    """Raise BadParameter before all is deleted because a drive is not mounted."""
    empty = not (plan.changed or plan.moved or plan.new or plan.unchanged)
    if delete and empty and len(plan.gone) > 1:
        raise typer.BadParameter(
            f"{root} has no files any more, {len(plan.gone)} were known. Is the drive mounted? If"
            " they are meant to go, delete the collection or its documents."
        )


def warn_of_left_out(found: FoundFiles) -> None:
    """Print what was found and is not taken."""
    if found.skipped:
        print_note(f"left out, of a kind that is not read: {len(found.skipped)}")
    for folder in found.left_out:
        print_note(f"left out, a folder that is not walked through: {folder}")

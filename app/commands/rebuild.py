"""`docchat rebuild`: builds new indexes beside the old ones, for another embedder or chunk size."""

from __future__ import annotations

import typer

from app.terminal.output import INTERRUPTED, open_docchat, print_note
from app.terminal.progress import show_progress_bar
from app.terminal.work_queue import work_off


def command() -> None:
    """Build both indexes anew; the old ones answer until the new ones are ready.

    Needed after a change of embedder or chunk size. Interrupted? Run it again.
    """
    from ingest.maintenance.rebuild import rebuild_indexes

    with open_docchat() as docchat:
        total = sum(collection.documents for collection in docchat.library.list_collections())
        with show_progress_bar("rebuilding", total) as advance:
            try:
                rebuild_indexes(
                    docchat.library, lambda done, of: advance(f"{done} of {of} documents")
                )
            except KeyboardInterrupt:
                print_note("interrupted: run it again to take up where it stopped")
                raise typer.Exit(INTERRUPTED) from None
        work_off(docchat, [])
        typer.echo(f"rebuilt with {docchat.library.embedder.name}")


command.__name__ = "rebuild"

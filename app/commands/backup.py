"""`docchat backup` and `docchat restore`: write everything to one file, and read it back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.terminal.output import INTERRUPTED, open_docchat, print_note, size_text
from app.terminal.progress import show_progress_bar


def backup(
    file: Annotated[Path, typer.Argument(help="Where to write; .tar.gz is compressed.")],
    force: Annotated[bool, typer.Option("--force", help="Replace a file of that name.")] = False,
) -> None:
    """Write documents, conversations and vectors to one file, also while docchat runs."""
    from ingest.maintenance.backup import back_up

    if file.exists() and not force:
        raise typer.BadParameter(f"{file} is there already; --force replaces it.")
    with open_docchat() as docchat:
        total = sum(docchat.library.count_by_state().values())
        with show_progress_bar("backup", total) as advance:
            try:
                count = back_up(docchat.library, file, lambda done, of: advance(f"{done} of {of}"))
            except KeyboardInterrupt:
                print_note("interrupted: nothing was written")
                raise typer.Exit(INTERRUPTED) from None
    typer.echo(f"{count} documents, {size_text(file.stat().st_size)}: {file}")


def restore(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A backup.")],
) -> None:
    """Fill a home that has no documents from a backup; every byte is checked first."""
    from ingest.maintenance.restore import restore_library as fill

    with open_docchat() as docchat:
        try:
            count = fill(docchat.library, file, print_note)
        except KeyboardInterrupt:
            print_note("interrupted: run it again")
            raise typer.Exit(INTERRUPTED) from None
    typer.echo(f"restored {count} documents")

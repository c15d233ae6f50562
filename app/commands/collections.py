"""`docchat collections`: list, create and delete collections."""

from __future__ import annotations

from typing import Annotated

import typer

from app.terminal.output import Format, FormatOption, open_docchat, print_note, show_json
from app.terminal.work_queue import work_off

cli = typer.Typer(no_args_is_help=True, help="List, create and delete collections.")

Name = Annotated[str, typer.Argument(help="Name (or id) of the collection.")]


@cli.command("list")
def list_collections(
    format: FormatOption = Format.TEXT,
) -> None:
    """List collections with the number of their documents."""
    with open_docchat() as docchat:
        found = docchat.library.list_collections()
    if format is Format.JSON:
        from app.schemas.documents import CollectionOut

        items = [CollectionOut.model_validate(each).model_dump(mode="json") for each in found]
        show_json({"items": items})
        return
    if not found:
        print_note("There are no collections yet: `docchat ingest` makes one.")
    for each in found:
        typer.echo(f"{each.id}  {each.documents:>6}  {each.name}")


@cli.command("create")
def create_collection(
    name: Name, description: Annotated[str, typer.Option(help="What it is for.")] = ""
) -> None:
    """Create an empty collection and print its id."""
    with open_docchat() as docchat:
        typer.echo(docchat.library.create_collection(name, description).id)


@cli.command("delete")
def delete_collection(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete a collection with all its documents."""
    with open_docchat() as docchat:
        found = docchat.library.get_collection(name)
        if not yes:
            question = f"Delete {found.name} with {found.documents} documents?"
            typer.confirm(question, abort=True, err=True)
        docchat.library.delete_collection(found.id)
        work_off(docchat, [])
        print_note(f"deleted: {found.name}")

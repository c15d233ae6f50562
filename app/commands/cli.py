"""Builds and runs the command line, `docchat COMMAND`. Data goes to stdout, all else to stderr.

Each command is a module of `app/commands` and imports what is heavy when it runs, so that help is
quick. Other packages add commands by the entry point group "docchat.commands" (as `docchat eval`
does); they are imported when called. Exit codes: 0 fine, 1 some input failed, 2 usage, 3 not
reachable or not ready, 130 interrupted.
"""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint, entry_points
from typing import Annotated

import typer

from app.commands import (
    ask,
    backup,
    collections,
    docs,
    doctor,
    ingest,
    parse,
    rebuild,
    search,
    serve,
)
from app.terminal.output import exit_code, report_error
from ingest.errors import IngestError
from rag.errors import RagError

PLUGINS = "docchat.commands"

_FORWARDED = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


def build_cli() -> typer.Typer:
    """Return the whole command tree; plug-ins are listed, not imported."""
    cli = typer.Typer(
        name="docchat",
        help="Chat with your own documents, and trust what it says.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    cli.callback()(_take_root_options)
    for module in (serve, ingest, ask, search, parse, doctor, rebuild):
        cli.command()(module.command)
    for command in (backup.backup, backup.restore):
        cli.command()(command)
    cli.add_typer(docs.cli, name="docs")
    cli.add_typer(collections.cli, name="collections")
    for plugin in sorted(entry_points(group=PLUGINS), key=lambda each: each.name):
        _add_plugin(cli, plugin)
    return cli


def _show_version(wanted: bool) -> None:
    if wanted:
        from app.services.status import read_version

        typer.echo(f"docchat {read_version()}")
        raise typer.Exit


def _take_root_options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=_show_version, help="Show the version and leave."
        ),
    ] = False,
) -> None:
    """Take the options that stand before a command."""


def _add_plugin(cli: typer.Typer, plugin: EntryPoint) -> None:
    """Add a command that imports the plug-in, a Typer, and passes it all arguments that follow."""

    def forward_arguments(context: typer.Context) -> None:
        loaded = plugin.load()
        loaded(args=context.args, prog_name=f"docchat {plugin.name}")

    cli.command(
        plugin.name,
        help=f"More commands: `docchat {plugin.name} --help`.",
        context_settings=_FORWARDED,
        add_help_option=False,
    )(forward_arguments)


def main() -> None:
    """Run the command line; typed errors become a message, a hint and an exit code."""
    try:
        build_cli()()
    except (RagError, IngestError) as error:
        report_error(error)
        sys.exit(exit_code(error.code))
    except BrokenPipeError:
        # `docchat docs list | head`: the reader has closed the pipe, which is no error.
        sys.stderr.close()
        sys.exit(0)

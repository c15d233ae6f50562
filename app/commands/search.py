"""`docchat search`: prints the passages that fit a question, without an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from app.terminal.output import (
    CollectionOption,
    DocumentOption,
    Format,
    FormatOption,
    MetadataOption,
    PagesOption,
    SinceOption,
    UntilOption,
    collection_ids,
    find_document,
    key_values,
    open_docchat,
    page_range,
    place_text,
    print_note,
    show_json,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rag.pipeline.bootstrap import Docchat
    from rag.types import Filters, Hit

_SHOWN_CHARACTERS = 300


def command(
    query: Annotated[str, typer.Argument(help="What to look for.")],
    collection: CollectionOption = None,
    document: DocumentOption = None,
    metadata: MetadataOption = None,
    since: SinceOption = "",
    until: UntilOption = "",
    pages: PagesOption = None,
    limit: Annotated[int | None, typer.Option(min=1, max=1000, help="How many passages.")] = None,
    explain: Annotated[bool, typer.Option(help="Show every component of the score.")] = False,
    format: FormatOption = Format.TEXT,
) -> None:
    """Find the passages that fit a question, best first."""
    from rag.question.understand import understand_question
    from rag.serialize import hit_to_json

    with open_docchat() as docchat:
        filters = filters_of(
            docchat, collection or [], document or [], metadata or [], (since, until), pages
        )
        hits = docchat.retriever.search(understand_question(query), filters, limit)
    if format is Format.JSON:
        show_json({"items": [hit_to_json(hit) for hit in hits]})
        return
    if not hits:
        print_note("Nothing was found.")
    for number, hit in enumerate(hits, start=1):
        typer.echo(_format_hit(number, hit, explain=explain))


command.__name__ = "search"


def filters_of(
    docchat: Docchat,
    collections: Sequence[str],
    documents: Sequence[str],
    metadata: Sequence[str],
    dates: tuple[str, str],
    pages: str | None,
) -> Filters:
    """Return the filters that options describe. Raises NotFound, InvalidRequest."""
    from ingest.storage.filters import Period
    from rag.types import Filters

    chosen = collection_ids(docchat, collections)
    ids = tuple(find_document(docchat, name, chosen).id for name in documents)
    return Filters(
        chosen,
        ids if documents else None,
        key_values(metadata),
        Period(*dates),
        None if pages is None else page_range(pages),
    )


def _format_hit(number: int, hit: Hit, *, explain: bool) -> str:
    text = " ".join(hit.chunk.text.split())
    shown = text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…"
    place = place_text(hit.document_name, hit.chunk.page, paged=bool(hit.chunk.boxes))
    heading = " › ".join(hit.chunk.heading_path)
    lines = [f"{number}. {place}" + (f"  ({heading})" if heading else "")]
    if explain:
        from rag.serialize import scores_to_json

        scores = (
            f"{name} {'-' if value is None else f'{value:.3f}'}"
            for name, value in scores_to_json(hit).items()
        )
        lines.append("   " + "  ".join(scores) + f"  chunk {hit.chunk.id}")
    return "\n".join([*lines, f"   {shown}", ""])

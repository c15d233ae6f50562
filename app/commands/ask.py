"""`docchat ask`: answers a question, with sources and with a mark on weak sentences."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.search import filters_of
from app.terminal.output import (
    CollectionOption,
    DocumentOption,
    Format,
    FormatOption,
    MetadataOption,
    PagesOption,
    SinceOption,
    UntilOption,
    exit_code,
    open_docchat,
    place_text,
    report_failure,
    show_json,
)

if TYPE_CHECKING:
    from collections.abc import Generator

    from rag.types import Answer, AnswerEvent

_LONGEST_QUOTE = 300
_MOST_VALUES = 6
_CERTAINTY = {
    "likely": "likely, not surely, what you asked for",
    "unsure": "unsure whether this is what you asked for",
}
_VERDICT_WARNINGS = {
    "partial": "only partly supported",
    "unsupported": "not supported by the documents",
    "contradicted": "contradicted by the documents",
}


def command(
    question: Annotated[str, typer.Argument(help="What you want to know.")],
    collection: CollectionOption = None,
    document: DocumentOption = None,
    metadata: MetadataOption = None,
    since: SinceOption = "",
    until: UntilOption = "",
    pages: PagesOption = None,
    limit: Annotated[int | None, typer.Option(min=1, max=1000, help="How many passages.")] = None,
    show_sources: Annotated[
        bool, typer.Option("--show-sources/--no-sources", help="List the sources below the answer.")
    ] = True,
    format: FormatOption = Format.TEXT,
) -> None:
    """Answer a question from your documents, with a source for every sentence.

    An honest "I found nothing" is an answer too: it ends with exit code 0.
    """
    with open_docchat() as docchat:
        filters = filters_of(
            docchat, collection or [], document or [], metadata or [], (since, until), pages
        )
        events = docchat.pipeline.ask(question, filters=filters, limit=limit)
        # Written at once where no language model writes: then the value can stand first.
        at_once = docchat.answerer.name == "extractive"
        answer = _follow_answer(events, print_tokens=format is Format.TEXT and not at_once)
    if format is Format.JSON:
        from rag.serialize import answer_to_json

        show_json(answer_to_json(answer))
        return
    if at_once:
        typer.echo(_format_answer(answer), nl=False)
    typer.echo(_format_footnotes(answer, sources=show_sources))


command.__name__ = "ask"


def _follow_answer(events: Generator[AnswerEvent, None, None], *, print_tokens: bool) -> Answer:
    """Return the answer; print its tokens as they come. A failure ends the command."""
    from rag.types import DoneEvent, FailureEvent, TokenEvent

    written = False
    # Closed also by Ctrl-C: that stops the language model.
    with closing(events) as open_events:
        for event in open_events:
            match event:
                case TokenEvent(text) if print_tokens:
                    typer.echo(text, nl=False)
                    written = True
                case DoneEvent(answer):
                    return answer
                case FailureEvent(code, message, hint):
                    if written:
                        typer.echo()
                    report_failure(message, hint)
                    raise typer.Exit(exit_code(code))
    raise AssertionError("the pipeline ended without Done or Failed")


def _format_answer(answer: Answer) -> str:
    """Return the value asked for on a line of its own, where it is not all, and then the answer."""
    values = [answer.text[start:end] for start, end in answer.answer_spans]
    if not values or len(values) > _MOST_VALUES:
        return answer.text
    comma = "、" if answer.language == "zh" else ", "
    return f"{typer.style(comma.join(values), bold=True)}\n\n{answer.text}"


def _format_footnotes(answer: Answer, *, sources: bool) -> str:
    """Return what stands below the answer: weak sentences, then sources."""
    lines = [""]
    lines += [
        f'* searched for "{each.searched}" instead of "{each.asked}"' for each in answer.respelled
    ]
    weak = [claim for claim in answer.grounding.claims if claim.verdict in _VERDICT_WARNINGS]
    if weak:
        lines += [
            "",
            *(f"! {_VERDICT_WARNINGS[claim.verdict]}: “{claim.text}”" for claim in weak),
        ]
    if answer.certainty in _CERTAINTY:
        lines += ["", f"? {_CERTAINTY[answer.certainty]}"]
    if sources and answer.citations:
        lines += ["", "Sources:"]
        for citation in answer.citations:
            paged = bool(citation.boxes)
            place = place_text(citation.document_name, citation.page, paged=paged)
            quote = _shorten_quote(" ".join(citation.quote.split()))
            lines.append(f"[{citation.marker}] {place}: “{quote}”")
    return "\n".join(lines)


def _shorten_quote(quote: str) -> str:
    """Return the beginning of a long quote: one that supports nothing is a whole passage."""
    return quote if len(quote) <= _LONGEST_QUOTE else f"{quote[:_LONGEST_QUOTE].rstrip()}…"

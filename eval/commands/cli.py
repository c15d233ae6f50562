"""`docchat eval`: measure docchat on public sets or on your own documents and questions.

Results go to stdout, progress and errors to stderr. Exit codes: 0 fine, 1 some case failed or a
gate failed, 2 the data folder, a run or a setting is not usable, 3 docchat itself could not be
built or failed.
"""

from __future__ import annotations

import typer

from eval.commands.measure import answers, follow_ups, grounding, retrieval
from eval.commands.parse import parsing
from eval.commands.questions import export_feedback, generate, review
from eval.commands.runs import compare, runs, show
from eval.data.datasets import BEIR_LAYOUT, PARSING_LAYOUT, QUESTIONS_LAYOUT
from eval.data.follow_up_sets import FOLLOW_UPS_LAYOUT
from eval.data.grounding_sets import GROUNDING_LAYOUT

cli = typer.Typer(
    help="Measure docchat on public sets or on your own documents and questions.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

cli.command(
    help="Measure how well passages are found, beside rank-bm25, dense search alone and both "
    "joined by RRF.\n\nThe layout of a folder is that of BEIR:\n\n\b\n"
    f"{BEIR_LAYOUT}\n\nor of questions on documents:\n\n\b\n{QUESTIONS_LAYOUT}"
)(retrieval)
cli.command(
    help="Measure answers: right words, right pages, right refusals, groundedness.\n\n"
    f"The layout of a folder:\n\n\b\n{QUESTIONS_LAYOUT}"
)(answers)
cli.command(
    help="Measure the check of answers: does it find those that their evidence does not carry?\n\n"
    f"The layout of a folder:\n\n\b\n{GROUNDING_LAYOUT}"
)(grounding)
cli.command(
    "follow-ups",
    help="Measure how follow-ups are made standalone without a language model, against what a "
    f"person wrote.\n\nThe layout of the file:\n\n\b\n{FOLLOW_UPS_LAYOUT}",
)(follow_ups)
cli.command(
    help="Measure how PDFs are parsed: order, tables, headings, running lines, boxes, speed.\n\n"
    f"The layout of a folder:\n\n\b\n{PARSING_LAYOUT}"
)(parsing)
cli.command(help="List the runs that are kept.")(runs)
cli.command(help="Show a run again, or write its page.")(show)
cli.command(help="Compare two runs, case by case, with intervals and a test.")(compare)
cli.command(
    help="Make questions from documents: those of a folder, or of a collection, which are copied "
    "there. They wait in questions.jsonl until somebody reviews them."
)(generate)
cli.command(
    help="Go through questions that nobody has reviewed: accept, change, reject or skip each. "
    "questions.jsonl may as well be edited by hand."
)(review)
cli.command(
    "export-feedback",
    help="Write the questions that people asked and judged as a folder to measure on. All "
    "documents are copied there, so that as much has to be searched as in use.",
)(export_feedback)

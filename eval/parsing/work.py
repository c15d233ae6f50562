"""Parses one document or scores one text: the work of the child processes of an evaluation.

CPU seconds are those of the child and of the processes that it started and that have ended. They do
not include the time to load the parser: a child loads it before its first document. Limits: an OCR
engine is loaded at the first page that needs it, and that time is counted.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from eval.parsing.references import Figures, Scorer
from ingest.document.markdown import document_markdown
from ingest.errors import IngestError, LimitExceeded, ParserCrashed
from ingest.options import ParseOptions
from ingest.pdf.layout.stages import ALL_STAGES, Stages
from ingest.pdf.parse import parse_pdf
from ingest.types import Document


@dataclass(frozen=True, slots=True)
class ParseTask:
    """A PDF and how it is to be parsed."""

    path: Path
    options: ParseOptions
    stages: Stages = ALL_STAGES


@dataclass(frozen=True, slots=True)
class ParsedMarkdown:
    """The Markdown of a document and its costs; `pages` is 0 where another parser made it."""

    markdown: str
    pages: int = 0
    seconds: float = 0.0
    cpu_s: float = 0.0


@dataclass(frozen=True, slots=True)
class ScoreTask:
    """Markdown to compare with the reference of a document."""

    scorer: Scorer
    document: str
    markdown: str


def warm_up() -> None:
    """Load the parser and its library by parsing bytes that are no PDF."""
    try:
        parse_pdf(b"no PDF", "none.pdf", ParseOptions())
    except IngestError:
        return


def parse_to_markdown(task: ParseTask) -> ParsedMarkdown:
    """Return the Markdown of a PDF. Raises IngestError, whatever goes wrong."""
    cpu, start = _cpu_seconds(), time.perf_counter()
    document = parse_file(task)
    markdown = document_markdown(document)
    seconds = time.perf_counter() - start
    return ParsedMarkdown(markdown, len(document.pages), seconds, _cpu_seconds() - cpu)


def parse_file(task: ParseTask) -> Document:
    """Parse a PDF. Raises IngestError, whatever goes wrong."""
    try:
        data = task.path.read_bytes()
        return parse_pdf(data, task.path.name, task.options, stages=task.stages)
    except IngestError:
        raise
    except MemoryError as error:
        raise LimitExceeded("Parsing needs more memory than parse.memory_mb allows.") from error
    except Exception as error:
        raise ParserCrashed(f"The parser failed: {type(error).__name__}: {error}") from error


def score_markdown(task: ScoreTask) -> Figures:
    """Return the figures of one document. Raises DatasetInvalid."""
    return task.scorer.score(task.document, task.markdown)


def _cpu_seconds() -> float:
    try:
        import resource
    except ImportError:  # Windows
        return time.process_time()
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime

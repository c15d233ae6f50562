"""Checks that the text which the PDF library finds in a block's boxes is the text of the block.

Blocks are drawn at random, with a fixed seed. Texts are equal when they have the same letters and
digits, so that hyphens at line ends, spaces, accents and quotation marks do not matter. Their order
may differ in tables, and where a file stores its words in another order than people read them.
Limits: only pages with a text layer, because a picture has no text to compare with.
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path

from eval.measures.cases import CaseFailure
from eval.parsing.children import Children
from eval.parsing.markup import key_of
from eval.parsing.references import SCAN_ENDING, Kind
from eval.parsing.sets import ParsingSet
from eval.parsing.work import ParseTask, parse_file, warm_up
from eval.systems.temporary_docchat import Progress, no_progress
from ingest.options import ParseOptions
from ingest.pdf.reading.reader import open_pdf
from ingest.types import Block

_ACCENTS = ("Mn", "Sk", "Lm")

SEED = 1
DOCUMENTS = 30


@dataclass(frozen=True, slots=True)
class BoxTask:
    """A document, and how many of its blocks to check."""

    name: str
    parse: ParseTask
    blocks: int


@dataclass(frozen=True, slots=True)
class BoxCase:
    """A block and the text that the library finds in its boxes.

    `equal`: the same letters and digits; `in_order`: in the same order as well.
    """

    document: str
    page: int
    kind: str
    text: str
    found: str
    equal: bool
    in_order: bool


@dataclass(frozen=True, slots=True)
class BoxesResult:
    """How many blocks have true boxes; `share` is None where there was no block to check."""

    dataset: str
    documents: int
    blocks: int
    share: float | None
    share_in_order: float | None
    misses: tuple[BoxCase, ...]
    failures: tuple[CaseFailure, ...] = ()

    @property
    def has_failures(self) -> bool:
        """Whether any document failed."""
        return bool(self.failures)


def run_boxes(
    sets: Sequence[ParsingSet],
    options: ParseOptions,
    children: Children,
    blocks: int,
    *,
    documents: int = DOCUMENTS,
    progress: Progress = no_progress,
) -> BoxesResult:
    """Check up to `blocks` random blocks of up to `documents` documents, drawn set by set."""
    chance = random.Random(SEED)
    chosen = _sample_documents(sets, documents, chance)
    each = -(-2 * blocks // max(1, len(chosen)))  # twice as many: some documents are short
    tasks = [(name, BoxTask(name, ParseTask(path, options), each)) for name, path in chosen]
    outcomes = children.map(
        check_document_boxes,
        tasks,
        warm=warm_up,
        progress=lambda done, total: progress("looking at boxes", done, total),
    )
    found = [outcome for outcome in outcomes if not isinstance(outcome, CaseFailure)]
    cases = [case for case in chain(*zip_longest(*found)) if case is not None][:blocks]
    return BoxesResult(
        dataset=", ".join(each.name for each in sets),
        documents=len(found),
        blocks=len(cases),
        share=sum(case.equal for case in cases) / len(cases) if cases else None,
        share_in_order=sum(case.in_order for case in cases) / len(cases) if cases else None,
        misses=tuple(case for case in cases if not case.equal),
        failures=tuple(each for each in outcomes if isinstance(each, CaseFailure)),
    )


def check_document_boxes(task: BoxTask) -> list[BoxCase]:
    """Parse one document and check some of its blocks. Raises IngestError."""
    document = parse_file(task.parse)
    blocks = [block for block in document.blocks if block.boxes and key_of(_text_of_block(block))]
    chance = random.Random(f"{SEED} {task.name}")
    chosen = chance.sample(blocks, min(task.blocks, len(blocks)))
    with open_pdf(task.parse.path.read_bytes()) as source:
        return [
            compare_block(task.name, block, " ".join(source.words_in(box) for box in block.boxes))
            for block in chosen
        ]


def compare_block(document: str, block: Block, found: str) -> BoxCase:
    """Compare the text of a block with the text found in its boxes."""
    text = _text_of_block(block)
    want, got = _key_without_accents(text), _key_without_accents(found)
    return BoxCase(
        document=document,
        page=block.boxes[0].page,
        kind=block.kind,
        text=text,
        found=found,
        equal=sorted(want) == sorted(got),
        in_order=want == got,
    )


def _key_without_accents(text: str) -> str:
    """Return the key without accents: files store them beside their letter or with it."""
    decomposed = unicodedata.normalize("NFKD", text)
    return key_of(
        "".join(each for each in decomposed if unicodedata.category(each) not in _ACCENTS)
    )


def _text_of_block(block: Block) -> str:
    if block.table is None:
        return block.text
    return " ".join(cell.text for cell in block.table.cells)


def _sample_documents(
    sets: Sequence[ParsingSet], documents: int, chance: random.Random
) -> list[tuple[str, Path]]:
    """Return documents with text, set by set in turn."""
    shuffled: list[list[tuple[str, Path]]] = []
    for parsing_set in sets:
        names = [name for name in parsing_set.documents if not name.endswith(SCAN_ENDING)]
        chance.shuffle(names)
        if parsing_set.kind is Kind.SCANS:
            names = []
        shuffled.append(
            [(f"{parsing_set.name}/{name}", parsing_set.pdf_path_of(name)) for name in names]
        )
    return [each for each in chain(*zip_longest(*shuffled)) if each is not None][:documents]

"""Parses mutated PDFs in the product's own sandbox and counts the outcomes.

`python -m tests.stress.fuzz_pdf --count 20000 [--seeds FOLDER] [--first N] [--keep FOLDER]`. The
number of a file decides its content, so that a finding can be repeated. Every file must become a
document or raise a typed error. Exit code 1 when one did not: the parser failed, its process died,
or it took longer than the limit.

Limits: OCR is off; a mutation inside a compressed stream mostly makes it unreadable, so seeds are
taken both compressed and plain.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import random
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pymupdf

from ingest.errors import IngestError, ParserCrashed
from ingest.formats.registry import parse_file
from ingest.options import ParseOptions
from ingest.processing.sandbox import ParseJob, Sandbox
from ingest.storage.files import FileStore
from tests.ingest.pdf.support import sheets

TIMEOUT_S = 60.0
GRACE_S = 15.0
"""A child may need this long to start and to be killed."""
MEMORY_MB = 2048

_OBJECT = re.compile(rb"\d+ \d+ obj\b.*?\bendobj", re.DOTALL)
_STREAM = re.compile(rb"stream\r?\n.*?endstream", re.DOTALL)
_NUMBER = re.compile(rb"(?<![\w.])-?\d+(?:\.\d+)?(?![\w.])")
_REFERENCE = re.compile(rb"\b\d+ 0 R\b")
_NAME = re.compile(rb"/[A-Z][A-Za-z]+")
_XREF = re.compile(rb"startxref\s+\d+|^\d{10} \d{5} [nf]", re.MULTILINE)
_ODD_NUMBERS = (
    b"0", b"-1", b"1e38", b"99999999999", b"-2147483649", b"4294967296", b"0.0000001", b"nan",
    b"32768", b"1" + b"0" * 400,
)  # fmt: skip
_ODD_NAMES = (b"/Page", b"/Pages", b"/Font", b"/XObject", b"/Kids", b"/None", b"/Length", b"/Type0")

Mutation = Callable[[bytes, random.Random], bytes]


def _flip_bytes(data: bytes, dice: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(dice.choice((1, 3, 10, 100))):
        changed[dice.randrange(len(changed))] = dice.randrange(256)
    return bytes(changed)


def _cut_end(data: bytes, dice: random.Random) -> bytes:
    return data[: dice.randrange(1, len(data))]


def _cut_hole(data: bytes, dice: random.Random) -> bytes:
    start = dice.randrange(len(data))
    return data[:start] + data[start + dice.randrange(1, 2000) :]


def _repeat_piece(data: bytes, dice: random.Random) -> bytes:
    start = dice.randrange(len(data))
    piece = data[start : start + dice.randrange(1, 2000)]
    return data[:start] + piece * dice.choice((2, 3, 50)) + data[start:]


def _make_replacement(
    pattern: re.Pattern[bytes], make: Callable[[random.Random], bytes]
) -> Mutation:
    """Return a mutation that puts something else in place of some of the matches."""

    def mutate(data: bytes, dice: random.Random) -> bytes:
        found = list(pattern.finditer(data))
        for match in sorted(
            dice.sample(found, min(len(found), dice.choice((1, 1, 2, 8)))),
            key=lambda match: -match.start(),
        ):
            data = data[: match.start()] + make(dice) + data[match.end() :]
        return data

    return mutate


def _make_exchange(pattern: re.Pattern[bytes]) -> Mutation:
    """Return a mutation that puts one match in place of another."""

    def mutate(data: bytes, dice: random.Random) -> bytes:
        found = list(pattern.finditer(data))
        if len(found) < 2:
            return data
        one, other = dice.sample(found, 2)
        return data[: one.start()] + other[0] + data[one.end() :]

    return mutate


MUTATIONS: tuple[Mutation, ...] = (
    _flip_bytes,
    _cut_end,
    _cut_hole,
    _repeat_piece,
    _make_replacement(_OBJECT, lambda dice: b""),
    _make_replacement(_STREAM, lambda dice: b"stream\nendstream"),
    _make_replacement(_STREAM, lambda dice: b"stream\n" + dice.randbytes(300) + b"\nendstream"),
    _make_replacement(_NUMBER, lambda dice: dice.choice(_ODD_NUMBERS)),
    _make_replacement(_NUMBER, lambda dice: str(dice.randrange(-3, 60)).encode()),
    _make_replacement(_REFERENCE, lambda dice: b"%d 0 R" % dice.randrange(40)),
    _make_replacement(_NAME, lambda dice: dice.choice(_ODD_NAMES)),
    _make_replacement(_XREF, lambda dice: b"startxref %d" % dice.randrange(9999)),
    _make_exchange(_OBJECT),
    _make_exchange(_STREAM),
    _make_exchange(_NAME),
)


def build_mutated_file(seeds: Sequence[bytes], number: int) -> bytes:
    """Return mutated file `number`, always the same bytes."""
    dice = random.Random(number)
    data = seeds[number % len(seeds)]
    for _ in range(dice.choice((1, 1, 2, 4))):
        data = dice.choice(MUTATIONS)(data, dice) or data
    return data


def build_own_seeds() -> list[bytes]:
    """Return PDFs with different contents, each one plain, compressed and with object streams."""
    seeds: list[bytes] = []
    for draw in (
        _draw_columns,
        _draw_tables,
        _draw_chinese,
        _draw_pictures,
        _draw_links,
        _draw_rotated_page,
    ):
        document: Any = pymupdf.open()
        draw(document)
        seeds.append(document.tobytes(no_new_id=True))
        seeds.append(document.tobytes(no_new_id=True, deflate=True))
        seeds.append(document.tobytes(no_new_id=True, deflate=True, use_objstms=1))
        document.close()
    return seeds


def _draw_columns(document: Any) -> None:
    for number in range(3):
        page = sheets.page_of(document)
        sheets.write(page, 72, 30, "The annual report", 8)
        sheets.write(page, 72, 90, f"{number + 1} Chapter", 18, "hebo")
        for x in (72, 310):
            sheets.column(page, x, 120, sheets.wrapped(sheets.LOREM * 3, 210))


def _draw_tables(document: Any) -> None:
    page = sheets.page_of(document)
    sheets.ruled_table(page, 72, 100, [["Name", "Value"], ["alpha", "1"], ["beta", "2"]])
    for at in range(6):
        for x in (72, 200, 300):
            sheets.write(page, x, 300 + 14 * at, f"{at * x}")


def _draw_chinese(document: Any) -> None:
    page = sheets.page_of(document)
    sheets.write(page, 72, 90, "第一章 总则", 18, "china-s")
    sheets.column(
        page, 72, 120, sheets.wrapped(sheets.WIDE * 4, 400, font="china-s"), 10, "china-s"
    )


def _draw_pictures(document: Any) -> None:
    sheets.picture_page(document, lambda page: sheets.write(page, 72, 90, "Scanned page", 20))
    sheets.column(sheets.page_of(document), 72, 90, sheets.wrapped(sheets.LOREM, 400))


def _draw_links(document: Any) -> None:
    for number in range(2):
        page = sheets.page_of(document)
        sheets.column(page, 72, 90, sheets.wrapped(sheets.LOREM, 400))
        link = {"kind": pymupdf.LINK_URI, "from": pymupdf.Rect(72, 80, 200, 95)}
        page.insert_link({**link, "uri": f"https://example.org/{number}"})
        page.add_highlight_annot(pymupdf.Rect(72, 80, 200, 95))
    document.set_toc([[1, "One", 1], [2, "Two", 2]])
    document.set_page_labels([{"startpage": 0, "style": "r", "firstpagenum": 1}])


def _draw_rotated_page(document: Any) -> None:
    page = sheets.page_of(document)
    sheets.column(page, 72, 90, sheets.wrapped(sheets.LOREM, 400))
    page.insert_text((500, 700), "Set sideways", rotate=90)
    page.set_rotation(90)
    page.set_cropbox(pymupdf.Rect(50, 50, 500, 800))


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of one file: `kind` is "parsed" or the error's name; `bad`: it is a finding."""

    number: int
    kind: str
    seconds: float
    detail: str = ""
    bad: bool = False


class Fuzzer:
    """Parses mutated files, several at once."""

    def __init__(self, seeds: Sequence[bytes], home: Path, jobs: int, keep: Path | None) -> None:
        self._seeds = seeds
        self._files = FileStore(home)
        self._keep = keep
        self._sandbox = Sandbox(
            parse_file,
            self._files,
            ParseOptions(ocr="off", min_text_share=0.0),
            jobs=jobs,
            timeout_s=TIMEOUT_S,
            memory_mb=MEMORY_MB,
        )

    def run(self, number: int) -> Outcome:
        """Parse one file and return the outcome."""
        data = build_mutated_file(self._seeds, number)
        sha256, _ = self._files.put(io.BytesIO(data))
        started = time.monotonic()
        job = ParseJob(f"{number:08d}", 1, "mutated.pdf", sha256)
        kind, detail, bad = "parsed", "", False
        try:
            self._sandbox.run(job, lambda done, pages: None)
            self._files.read_parsed(job.document_id, 1)
            self._files.remove_parsed(job.document_id, 1)
        except ParserCrashed as error:
            kind, detail, bad = "ParserCrashed", error.message, True
        except IngestError as error:
            kind, detail = type(error).__name__, error.message
        except Exception as error:  # noqa: BLE001 - untyped errors are the findings
            kind, detail, bad = f"untyped {type(error).__name__}", str(error), True
        seconds = time.monotonic() - started
        bad = bad or seconds > TIMEOUT_S + GRACE_S
        if bad and self._keep is not None:
            name = hashlib.sha256(data).hexdigest()[:12]
            (self._keep / f"{number}-{name}.pdf").write_bytes(data)
        self._files.path_of(sha256).unlink(missing_ok=True)
        return Outcome(number, kind, seconds, detail, bad)

    def close(self) -> None:
        """Stop the children."""
        self._sandbox.close()


def main() -> int:
    """Run from the command line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--count", type=int, default=20_000)
    options.add_argument("--first", type=int, default=0)
    options.add_argument("--jobs", type=int, default=2)
    options.add_argument("--seeds", type=Path, help="a folder of PDFs to use besides our own")
    options.add_argument("--keep", type=Path, help="where files that are findings go")
    chosen = options.parse_args()
    seeds = build_own_seeds()
    if chosen.seeds:
        seeds += [path.read_bytes() for path in sorted(chosen.seeds.glob("*.pdf"))]
    if chosen.keep:
        chosen.keep.mkdir(parents=True, exist_ok=True)
    counts: Counter[str] = Counter()
    slowest, bad = 0.0, 0
    with tempfile.TemporaryDirectory() as home:
        fuzzer = Fuzzer(seeds, Path(home), chosen.jobs, chosen.keep)
        with ThreadPoolExecutor(chosen.jobs) as threads:
            numbers = range(chosen.first, chosen.first + chosen.count)
            for outcome in threads.map(fuzzer.run, numbers):
                counts[outcome.kind] += 1
                slowest = max(slowest, outcome.seconds)
                if outcome.bad:
                    bad += 1
                    _print_line(
                        f"{outcome.number}: {outcome.kind} {outcome.seconds:.1f} s {outcome.detail}"
                    )
        fuzzer.close()
    for kind, count in counts.most_common():
        _print_line(f"{count:8d}  {kind}")
    _print_line(
        f"{chosen.count} files of {len(seeds)} seeds, slowest {slowest:.1f} s, {bad} findings"
    )
    return 1 if bad else 0


def _print_line(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

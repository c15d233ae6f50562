"""Pages of a long file read by several processes are the same, and the processes leave nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from ingest.errors import CorruptFile
from ingest.options import ParseOptions
from ingest.pdf.page.content import PageContent
from ingest.pdf.parse import parse_pdf
from ingest.pdf.reading.parallel import LONG_FILE_PAGES, choose_reader_count, read_ahead
from ingest.pdf.reading.reader import open_pdf
from tests.ingest.pdf.support import sheets
from tests.support import ROOT

PAGES = LONG_FILE_PAGES + 5
linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


def book(document: Any) -> None:
    for number in range(1, PAGES + 1):
        page = sheets.page_of(document)
        sheets.write(page, 72, 30, "The annual report", 8)
        sheets.write(page, 290, 820, str(number), 8)
        if number % 20 == 1:
            sheets.write(page, 72, 90, f"{number // 20 + 1} Chapter of the book", 18, "hebo")
        sheets.column(page, 72, 120, sheets.wrapped(f"Page {number}. " + sheets.LOREM, 450))


BOOK = sheets.made(book)


def broken_book() -> bytes:
    """The book without the contents of page 7."""
    import pymupdf

    document: Any = pymupdf.open(stream=BOOK, filetype="pdf")
    document.xref_set_key(document[6].xref, "Contents", "9999 0 R")
    data: bytes = document.tobytes()
    return data


def children_of(process: int) -> list[int]:
    return [int(n) for n in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def gone(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_the_document_is_the_same() -> None:
    data = broken_book()
    options = [ParseOptions(ocr="off", processes=count) for count in (1, 2, 3)]
    alone, two, three = (parse_pdf(data, "book.pdf", option) for option in options)
    assert alone == two == three
    assert len(alone.outline) == PAGES // 20 + 1
    assert [warning.page for warning in alone.warnings] == [7]


def test_how_many_processes() -> None:
    assert (
        choose_reader_count(0, LONG_FILE_PAGES - 1)
        == choose_reader_count(8, LONG_FILE_PAGES - 1)
        == 1
    )
    assert choose_reader_count(8, LONG_FILE_PAGES) == 8
    assert 1 <= choose_reader_count(0, LONG_FILE_PAGES) <= 4


@linux
def test_a_process_that_dies_costs_one_page() -> None:
    data = BOOK
    lost: list[int] = []
    others = children_of(os.getpid())  # of other tests, and Python's own
    with open_pdf(data) as source, read_ahead(source, data, 2) as ahead:
        before = [each for each in children_of(os.getpid()) if each not in others]
        for number in range(1, PAGES + 1):
            if number == 3:
                os.kill(before[0], signal.SIGKILL)
            try:
                assert ahead.read(number) == source.read(number)
            except CorruptFile:
                lost.append(number)
    assert len(lost) <= 1
    assert all(gone(process) for process in before)


@linux
def test_where_processes_keep_dying_pages_are_read_here() -> None:
    data = BOOK
    read: list[PageContent] = []
    others = children_of(os.getpid())
    with open_pdf(data) as source, read_ahead(source, data, 4) as ahead:
        for number in range(1, PAGES + 1):
            for process in children_of(os.getpid()) if number < 60 else ():
                if process not in others:
                    os.kill(process, signal.SIGKILL)
            try:
                read.append(ahead.read(number))
            except CorruptFile:
                continue
    assert len(read) >= PAGES - 6
    assert read[-1].number == PAGES


@linux
def test_processes_end_with_a_killed_parent(tmp_path: Path) -> None:
    path = tmp_path / "book.pdf"
    path.write_bytes(BOOK)
    script = (
        "import sys, time; sys.path[:0] = sys.argv[2:]\n"
        "from pathlib import Path; from ingest.pdf.reading.reader import open_pdf\n"
        "from ingest.pdf.reading.parallel import read_ahead\n"
        "data = Path(sys.argv[1]).read_bytes()\n"
        "with open_pdf(data) as source, read_ahead(source, data, 2) as ahead:\n"
        "    ahead.read(1); print('reading', flush=True); time.sleep(600)\n"
    )
    root = str(ROOT)
    command = [sys.executable, "-c", script, str(path), root]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "reading\n"
        processes = children_of(parent.pid)
        assert len(processes) == 2
        parent.kill()
    until = time.monotonic() + 30
    while not all(gone(process) for process in processes) and time.monotonic() < until:
        time.sleep(0.05)
    assert all(gone(process) for process in processes)

"""Parsers for tests of the worker, good and bad, that are sent to a child process.

This module imports little, so that a child starts quickly.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from ingest.errors import CorruptFile
from ingest.options import ParseOptions, Progress
from ingest.types import Block, Document, Page


def parse_plain(
    data: bytes, name: str, options: ParseOptions, progress: Progress | None = None
) -> Document:
    """Parse text: form feeds divide pages, blank lines paragraphs, "# " marks headings.

    A text that begins with "broken" raises CorruptFile.
    """
    text = data.decode()
    if text.startswith("broken"):
        raise CorruptFile(f"{name} is damaged.")
    pages = []
    parts = text.split("\f")
    for number, part in enumerate(parts, 1):
        blocks = [
            Block("heading", piece[2:], level=1) if piece.startswith("# ") else Block("text", piece)
            for piece in (piece.strip() for piece in part.split("\n\n"))
            if piece
        ]
        pages.append(Page(number, blocks=tuple(blocks)))
        if progress:
            progress(number, len(parts))
    return Document("?", name, "text/plain", "0" * 64, tuple(pages))


def parse_wild(
    data: bytes, name: str, options: ParseOptions, progress: Progress | None = None
) -> Document:
    """Do what the first word says: hang, die, eat (memory), mistake, once (die the first time)."""
    word, _, rest = data.decode().partition(" ")
    if word == "hang":
        if progress:
            progress(3, 7)
        time.sleep(600)
    if word == "die":
        os._exit(9)
    if word == "eat":
        hoard = [bytearray(64 * 1024**2) for _ in range(1000)]
        assert hoard
    if word == "mistake":
        raise ZeroDivisionError("division by zero")
    if word == "once":
        marker = Path(rest.split()[0])
        if not marker.exists():
            marker.touch()
            os._exit(9)
    return parse_plain(data, name, options, progress)

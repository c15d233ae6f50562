"""Cleans text and builds the Document, for the parsers of formats without geometry.

Limits: block boxes and spans stay empty; the outline is the headings in the order they come.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from ingest.errors import CorruptFile, EmptyFile, IngestError
from ingest.types import Block, Document, OutlineEntry, Page, ParseWarning

ID_LENGTH = 16
_UNWANTED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u200b\u2060\ufeff\u00ad\ufffe\uffff]"
)
_SURROGATES = re.compile("[\ud800-\udfff]")
_SPACES = re.compile(r"[^\S\n]+")
_AROUND_BREAKS = re.compile(r" ?\n ?")
_OUTLINE_KINDS = ("title", "heading")


def clean_text(text: str) -> str:
    """Return text in NFC without control characters and needless spaces; line breaks stay."""
    text = normalize_characters(text)
    return _AROUND_BREAKS.sub("\n", _SPACES.sub(" ", text)).strip()


def normalize_characters(text: str) -> str:
    """Return text in NFC without control characters; spaces stay as they are (for code)."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\v", "\n")
    text = text.replace("\x85", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    return unicodedata.normalize("NFC", _SURROGATES.sub("\ufffd", _UNWANTED.sub("", text)))


def build_document(
    data: bytes,
    name: str,
    media_type: str,
    pages: Sequence[Page],
    warnings: Sequence[ParseWarning] = (),
) -> Document:
    """Return the document; its id is a placeholder made of the content hash.

    Raises EmptyFile when no page has text.
    """
    filled_pages = tuple(
        replace(page, blocks=tuple(block for block in page.blocks if block.text.strip()))
        for page in pages
    )
    if not any(page.blocks for page in filled_pages):
        raise EmptyFile(f"{name}: there is no text in it.")
    sha256 = hashlib.sha256(data).hexdigest()
    return Document(
        id=sha256[:ID_LENGTH],
        name=name,
        media_type=media_type,
        sha256=sha256,
        pages=filled_pages,
        outline=tuple(_build_outline(filled_pages)),
        warnings=tuple(warnings),
    )


def _build_outline(pages: Sequence[Page]) -> Iterator[OutlineEntry]:
    for page in pages:
        for block in page.blocks:
            if block.kind in _OUTLINE_KINDS:
                yield OutlineEntry(" ".join(block.text.split()), max(1, block.level), page.number)


def promote_title(blocks: Sequence[Block]) -> list[Block]:
    """Return the blocks with the first one as the title, if it is the only heading of level 1.

    A heading names the document only where it comes before all text and no other has its level.
    """
    first = next((block for block in blocks if block.text.strip()), None)
    tops = [block for block in blocks if block.kind == "heading" and block.level <= 1]
    titled = any(block.kind == "title" for block in blocks)
    if titled or first is None or first.kind != "heading" or tops != [first]:
        return list(blocks)
    return [replace(block, kind="title") if block is first else block for block in blocks]


@contextmanager
def corrupt_on_error(name: str, format_name: str) -> Iterator[None]:
    """Translate whatever a library raises on a damaged file into CorruptFile."""
    try:
        yield
    except (IngestError, MemoryError):
        raise
    except Exception as error:
        cause = str(error) or type(error).__name__
        raise CorruptFile(f"{name}: cannot be read as {format_name} ({cause[:200]}).") from error

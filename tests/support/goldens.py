"""Compares documents with golden files, which hold their Markdown and outline, and renews them."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest

from ingest.document.markdown import document_markdown
from ingest.types import Document


def outline_text(document: Document) -> str:
    """Return one line per heading, indented by level, with the page at its end."""
    return "".join(
        f"{'  ' * (entry.level - 1)}{entry.title} [{entry.page}]\n" for entry in document.outline
    )


def normalise_lines(text: str) -> list[str]:
    """Return the lines for a comparison: without extra spaces, but with the indent of each line."""
    lines = [line for line in text.splitlines() if line.strip()]
    return [line[: len(line) - len(line.lstrip())] + " ".join(line.split()) for line in lines]


def compare_with_golden(folder: Path, name: str, document: Document, *, renew: bool) -> None:
    """Compare a document with `NAME.md` and `NAME.outline`; a missing file counts as empty.

    With `renew` both are written first where they differ. Fails with the difference.
    """
    texts = {".md": document_markdown(document), ".outline": outline_text(document)}
    differences: list[str] = []
    for suffix, got in texts.items():
        path = folder / (name + suffix)
        wanted = path.read_text(encoding="utf-8") if path.exists() else ""
        before, now = normalise_lines(wanted), normalise_lines(got)
        if before == now:
            continue
        if renew:
            path.write_text(got, encoding="utf-8")
        differences += difflib.unified_diff(before, now, path.name, "parsed", lineterm="")
    if differences:
        title = "renewed:" if renew else "not the golden:"
        pytest.fail("\n".join([title, *differences]), pytrace=False)

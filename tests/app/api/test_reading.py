"""Parsed documents, kept for a while."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest

from app.services.document_cache import DocumentCache
from ingest.errors import NotFound
from rag.pipeline.bootstrap import Docchat


def test_a_document_is_read_once_and_without_spans(filled: Docchat, pdf_id: str) -> None:
    readings = DocumentCache(filled.library)
    first = readings.get(pdf_id)
    assert first.text == filled.library.read_parsed(pdf_id).text
    assert not any(block.spans for block in first.blocks)
    assert any(block.boxes for block in first.blocks)
    assert readings.get(pdf_id) is first


def test_only_so_many_pages_are_kept_but_always_the_latest(
    filled: Docchat, pdf_id: str, markdown_id: str
) -> None:
    readings = DocumentCache(filled.library, max_pages=2)
    first = readings.get(pdf_id)
    assert readings.get(pdf_id) is first
    latest = readings.get(markdown_id)
    assert readings.get(markdown_id) is latest
    assert readings.get(pdf_id) is not first


def test_a_replaced_document_is_read_anew(
    filled: Docchat, markdown_id: str, worked: Callable[[Docchat], None]
) -> None:
    readings = DocumentCache(filled.library)
    before = readings.get(markdown_id)
    filled.library.replace(markdown_id, BytesIO("# 新版\n\n功耗为 9 瓦。".encode()))
    assert readings.get(markdown_id).text == before.text, "the live version answers until then"
    worked(filled)
    assert "9 瓦" in readings.get(markdown_id).text


def test_what_is_gone_is_not_found(filled: Docchat, markdown_id: str) -> None:
    readings = DocumentCache(filled.library)
    readings.get(markdown_id)
    filled.library.delete(markdown_id)
    with pytest.raises(NotFound):
        readings.get(markdown_id)

"""Caches parsed documents, so that turning a page does not read a whole book each time.

Cached documents have no word spans (they are most of a parsed document, and no route sends them).
Limits: bounded by the number of pages, in memory, per process.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import replace
from typing import TypeAlias

from ingest.library import Library
from ingest.types import Document

MAX_PAGES = 4_000

Key: TypeAlias = tuple[object, ...]


class DocumentCache:
    """The latest parsed documents of a library. Safe to use from several threads."""

    def __init__(self, library: Library, max_pages: int = MAX_PAGES) -> None:
        self._library = library
        self._limit = max_pages
        self._lock = threading.Lock()
        self._documents: OrderedDict[Key, Document] = OrderedDict()

    def get(self, document_id: str) -> Document:
        """Return a parsed document without its spans. Raises NotFound, StoreUnavailable."""
        record = self._library.get_document(document_id)
        key = (document_id, record.sha256, record.updated_at, record.searchable)
        # The lock is held while the document is read: a page asks for many pictures of one document
        # at once, and without it each request would read the whole document.
        with self._lock:
            document = self._documents.get(key)
            if document is None:
                document = _without_spans(self._library.read_parsed(document_id))
                self._store_document(key, document)
            self._documents.move_to_end(key)
            return document

    def _store_document(self, key: Key, document: Document) -> None:
        for former in [each for each in self._documents if each[0] == key[0]]:
            del self._documents[former]
        self._documents[key] = document
        while len(self._documents) > 1 and self._count_pages() > self._limit:
            self._documents.popitem(last=False)

    def _count_pages(self) -> int:
        return sum(len(document.pages) for document in self._documents.values())


def _without_spans(document: Document) -> Document:
    pages = tuple(
        replace(page, blocks=tuple(replace(block, spans=()) for block in page.blocks))
        for page in document.pages
    )
    return replace(document, pages=pages)

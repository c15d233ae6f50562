"""The library of documents: add, replace, delete, list, look inside."""

from ingest.library.library import (
    Attempt,
    DocumentEvent,
    DocumentList,
    Library,
    Passage,
    Shown,
)

__all__ = ["Attempt", "DocumentEvent", "DocumentList", "Library", "Passage", "Shown"]

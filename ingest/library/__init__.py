"""The library of documents; most of what stands here is imported as `from ingest.library import
…`."""

from ingest.library.library import (
    Attempt,
    DocumentEvent,
    DocumentList,
    Library,
    Passage,
    Shown,
)

__all__ = ["Attempt", "DocumentEvent", "DocumentList", "Library", "Passage", "Shown"]

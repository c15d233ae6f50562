"""Adds, replaces, deletes, lists and reads documents."""

from ingest.library.library import (
    Attempt,
    DocumentEvent,
    DocumentList,
    Library,
    Passage,
    Shown,
)

__all__ = ["Attempt", "DocumentEvent", "DocumentList", "Library", "Passage", "Shown"]

"""The library of documents: add, replace, delete, list, look inside."""

from ingest.library.library import Library
from ingest.storage.attempts import Attempt
from ingest.storage.chunks import Passage, Shown
from ingest.storage.records import DocumentEvent, DocumentList

__all__ = ["Attempt", "DocumentEvent", "DocumentList", "Library", "Passage", "Shown"]

"""Lists the documents that a search may find, over one collection, several, or chosen ones."""

from __future__ import annotations

from collections.abc import Sequence

from ingest.index.base import Scope
from ingest.library.library import Library
from ingest.storage.records import DocumentList
from ingest.types import DocumentRecord


def list_searchable(library: Library, scope: Scope, count: int) -> DocumentList:
    """Return the first `count` searchable documents of `scope` by collection and name, and how many
    there are. Raises NotFound, StoreUnavailable."""  # noqa: D205, D209
    if scope.document_ids is not None:
        return _list_chosen(library, scope, scope.document_ids, count)
    found: list[DocumentRecord] = []
    total = 0
    for collection in library.list_collections():
        if scope.collection_ids is None or collection.id in scope.collection_ids:
            listed = library.list_documents(collection.id, page_size=count, searchable=True)
            found += listed.items
            total += listed.total
    return DocumentList(found[:count], total)


def _list_chosen(
    library: Library, scope: Scope, document_ids: Sequence[str], count: int
) -> DocumentList:
    found: list[DocumentRecord] = []
    hidden = 0
    for document_id in document_ids:
        if len(found) == count:
            break  # those that follow are not read, only counted
        document = library.get_document(document_id)
        inside = scope.collection_ids is None or document.collection_id in scope.collection_ids
        if document.searchable and inside:
            found.append(document)
        else:
            hidden += 1
    return DocumentList(found, len(document_ids) - hidden)

"""Keeps both indexes on Milvus, for more chunks than one machine holds: cosines and Milvus' BM25.

A server by URL, or milvus-lite, which is the same client on a file `NAME.db`: for trying out, since
it scores in Python. Terms are ours (`ingest.text.terms.extract_terms`), each given as a word of
hexadecimal digits, which every analyser of Milvus leaves whole; BM25 has k1 = 1.2 and b = 0.75 as
in `ingest.index.tantivy`, over headings and text as one body. The package `pymilvus` sends nothing
home.

Limits: Milvus hashes terms to 32 bits, so that two rare ones may be taken for one; milvus-lite
counts frequencies for each of its segments, so its scores depend on the order of writing. A chunk's
terms beyond 65,535 bytes (7,281 terms; the default chunk has some 300) are not searched. One
process at a time opens a file of milvus-lite, until it ends; it listens on a loopback port without
a key; what it has written survives a killed process, but it syncs nothing to the disk, so a power
cut may lose it. A filter on very many documents is cut into parts.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from ingest.embedding.base import Vector
from ingest.errors import IndexUnavailable
from ingest.index.base import EVERYWHERE, Entry, Match, Query, Scope, check_vector
from ingest.text.terms import extract_terms

if TYPE_CHECKING:
    from pymilvus import CollectionSchema, MilvusClient

_Result = TypeVar("_Result")
_AT_ONCE = 1_000
_FILTER_VALUES = 5_000
_MOST_RESULTS = 16_384
"""A server returns no more than this."""
_TIE_MARGIN = 32
"""Fetched beyond the limit, so that equal scores at the end of the list are ordered by id."""
_ID_BYTES = 1_024
_TERMS_BYTES = 65_535
_FILE = ".db"


class _MilvusIndex:
    """What both indexes do in the same way with their collection."""

    def __init__(self, collection: _MilvusCollection) -> None:
        self._collection = collection

    def remove(self, chunk_ids: Sequence[str]) -> None:
        """Remove entries; unknown ids are ignored. Raises IndexUnavailable."""
        self._collection.remove(chunk_ids)

    def ids(self) -> set[str]:
        """Return the ids of all entries. Raises IndexUnavailable."""
        return self._collection.ids()

    def close(self) -> None:
        """Release the connection; further calls raise IndexUnavailable."""
        self._collection.close()


class MilvusDenseIndex(_MilvusIndex):
    """Nearest vectors by cosine; safe to call from several threads."""

    def __init__(self, uri: str, token: str, name: str, dimension: int) -> None:
        """Remember where the index is; nothing is opened before the first call.

        `uri` is a server's http(s) URL or a file NAME.db; `token` a key or "user:password";
        `name` (letters, digits, _) that of the collection.
        """
        self._dimension = dimension
        super().__init__(_MilvusCollection(uri, token, name, self._describe_vector_field))

    def add(self, entries: Sequence[Entry]) -> None:
        """Add or replace entries. Raises IndexUnavailable."""
        rows = [
            _build_id_fields(entry)
            | {"vector": check_vector(entry.vector, self._dimension, entry.chunk_id)}
            for entry in _drop_duplicate_entries(entries)
        ]
        self._collection.put(rows)

    def search(self, query: Query, limit: int, scope: Scope = EVERYWHERE) -> list[Match]:
        """Return at most `limit` matches by cosine, best first; ties by chunk id."""
        vector = check_vector(query.vector, self._dimension, "the query")
        return self._collection.search(vector, "vector", limit, scope)

    def vectors(self, chunk_ids: Sequence[str]) -> dict[str, Vector]:
        """Return the vectors of those ids that the index has. Raises IndexUnavailable."""
        rows = self._collection.read_rows(chunk_ids, "vector")
        return {row["chunk_id"]: np.asarray(row["vector"], dtype=np.float32) for row in rows}

    def _describe_vector_field(self, schema: CollectionSchema) -> dict[str, Any]:
        from pymilvus import DataType

        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=self._dimension)
        return {
            "field_name": "vector",
            "index_type": "HNSW",
            "metric_type": "COSINE",
            "params": {"M": 32, "efConstruction": 200},
        }


class MilvusLexicalIndex(_MilvusIndex):
    """Milvus' BM25 over our own search terms; safe to call from several threads."""

    def __init__(self, uri: str, token: str, name: str) -> None:
        """Remember where the index is, as `MilvusDenseIndex` does."""
        super().__init__(_MilvusCollection(uri, token, name, _describe_lexical_fields))

    def add(self, entries: Sequence[Entry]) -> None:
        """Add or replace entries. Raises IndexUnavailable."""
        rows = [
            _build_id_fields(entry)
            | {"terms": _encode_terms(extract_terms(entry.headings) + extract_terms(entry.text))}
            for entry in _drop_duplicate_entries(entries)
        ]
        self._collection.put(rows)

    def search(self, query: Query, limit: int, scope: Scope = EVERYWHERE) -> list[Match]:
        """Return at most `limit` matches by BM25, best first; ties by chunk id."""
        words = _encode_terms(extract_terms(query.text))
        return self._collection.search(words, "weights", limit, scope) if words else []


class _MilvusCollection:
    """One collection of Milvus, made at the first use.

    The lock guards opening and closing only; pymilvus' client takes calls of several threads. A
    crash between two parts of a write leaves the first of them: repeating the write is safe, since
    it replaces entries by id.
    """

    def __init__(
        self, uri: str, token: str, name: str, describe: Callable[[CollectionSchema], Any]
    ) -> None:
        self._uri = uri
        self._token = token
        self._name = name
        self._describe = describe
        self._lock = threading.Lock()
        self._client: MilvusClient | None = None
        self._closed = False

    def put(self, rows: Sequence[Mapping[str, Any]]) -> None:
        def upsert_rows(client: MilvusClient) -> None:
            for part in _split_into_parts(rows, _AT_ONCE):
                client.upsert(self._name, part)

        if rows:
            self._call_client(upsert_rows)

    def remove(self, chunk_ids: Sequence[str]) -> None:
        def delete_rows(client: MilvusClient) -> None:
            for part in _split_into_parts(list(dict.fromkeys(chunk_ids)), _AT_ONCE):
                client.delete(self._name, ids=part)

        if chunk_ids:
            self._call_client(delete_rows)

    def search(self, wanted: Vector | str, field: str, limit: int, scope: Scope) -> list[Match]:
        if limit < 1 or () in (scope.collection_ids, scope.document_ids):
            return []
        many = min(limit + _TIE_MARGIN, _MOST_RESULTS)
        options = {"ef": max(200, many)} if field == "vector" else {}

        def read_matches(client: MilvusClient) -> list[Match]:
            found: dict[str, float] = {}
            for where in _build_scope_filters(scope):
                (hits,) = client.search(
                    self._name,
                    data=[wanted],
                    anns_field=field,
                    filter=where,
                    limit=many,
                    search_params={"params": options},
                )
                # milvus-lite gives BM25 as a distance, below 0; a server as a score.
                sign = abs if field == "weights" else float
                found.update((str(hit["chunk_id"]), sign(hit["distance"])) for hit in hits)
            ordered = sorted(found.items(), key=lambda item: (-item[1], item[0]))
            return [Match(chunk_id, score) for chunk_id, score in ordered[:limit]]

        return self._call_client(read_matches)

    def ids(self) -> set[str]:
        return self._call_client(self._read_all_ids)

    def read_rows(self, chunk_ids: Sequence[str], field: str) -> list[dict[str, Any]]:
        def fetch_rows(client: MilvusClient) -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = []
            for part in _split_into_parts(list(dict.fromkeys(chunk_ids)), _AT_ONCE):
                found += client.get(self._name, ids=part, output_fields=["chunk_id", field])
            return found

        return self._call_client(fetch_rows)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def _call_client(self, work: Callable[[MilvusClient], _Result]) -> _Result:
        try:
            return work(self._open_client())
        except IndexUnavailable:
            raise
        except Exception as error:  # pymilvus raises its own, gRPC's and ValueError
            raise IndexUnavailable(
                f"The index {self._name} of Milvus at {self._uri} failed: {error}",
                hint=_LOCKED_HINT if self._uri.endswith(_FILE) else None,
            ) from error

    def _open_client(self) -> MilvusClient:
        with self._lock:
            if self._closed:
                raise IndexUnavailable(f"The index {self._name} of Milvus is closed.")
            if self._client is None:
                client = _connect_client(self._uri, self._token)
                if not client.has_collection(self._name):
                    self._create_collection(client)
                client.load_collection(self._name)
                self._client = client
            return self._client

    def _read_all_ids(self, client: MilvusClient) -> set[str]:
        if self._uri.endswith(_FILE):  # it has no limit, and logs an error for every iterator
            rows = client.query(self._name, filter='chunk_id != ""', output_fields=["chunk_id"])
            return {str(row["chunk_id"]) for row in rows}
        found: set[str] = set()
        pages = client.query_iterator(self._name, batch_size=_AT_ONCE, output_fields=["chunk_id"])
        try:
            while page := pages.next():
                found.update(str(row["chunk_id"]) for row in page)
        finally:
            pages.close()
        return found

    def _create_collection(self, client: MilvusClient) -> None:
        from pymilvus import DataType

        schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("chunk_id", DataType.VARCHAR, is_primary=True, max_length=_ID_BYTES)
        schema.add_field("document_id", DataType.VARCHAR, max_length=_ID_BYTES)
        schema.add_field("collection_id", DataType.VARCHAR, max_length=_ID_BYTES)
        searched = self._describe(schema)
        if self._uri.endswith(_FILE):  # it looks for them one level deeper than pymilvus puts them
            searched["params"] = {"params": searched["params"]}
        indexes = client.prepare_index_params()
        indexes.add_index(**searched)
        for field in ("document_id", "collection_id"):
            indexes.add_index(field_name=field, index_type="INVERTED")
        # Strong: a search sees every write that has returned, whichever client made it.
        client.create_collection(
            self._name, schema=schema, index_params=indexes, consistency_level="Strong"
        )


_LOCKED_HINT = (
    "One process at a time opens a file of milvus-lite: stop the other one, or run a Milvus server."
)


def _connect_client(uri: str, token: str) -> MilvusClient:
    try:
        from pymilvus import MilvusClient
    except ImportError as error:
        raise IndexUnavailable(
            "The package pymilvus is missing.", hint="Install docchat's extra `milvus`."
        ) from error
    if uri.endswith(_FILE):
        Path(uri).parent.mkdir(parents=True, exist_ok=True)
    elif not uri.startswith(("http://", "https://")):
        raise IndexUnavailable(f"{uri!r} is neither an http(s) URL of Milvus nor a file NAME.db.")
    return MilvusClient(uri=uri, token=token)


def _describe_lexical_fields(schema: CollectionSchema) -> dict[str, Any]:
    from pymilvus import DataType, Function, FunctionType

    schema.add_field(
        "terms",
        DataType.VARCHAR,
        max_length=_TERMS_BYTES,
        enable_analyzer=True,
        analyzer_params={"tokenizer": "standard"},
    )
    schema.add_field("weights", DataType.SPARSE_FLOAT_VECTOR)
    schema.add_function(
        Function(
            name="bm25",
            function_type=FunctionType.BM25,
            input_field_names=["terms"],
            output_field_names=["weights"],
        )
    )
    return {
        "field_name": "weights",
        "index_type": "SPARSE_INVERTED_INDEX",
        "metric_type": "BM25",
        "params": {"bm25_k1": 1.2, "bm25_b": 0.75},
    }


def _build_id_fields(entry: Entry) -> dict[str, Any]:
    return {
        "chunk_id": entry.chunk_id,
        "document_id": entry.document_id,
        "collection_id": entry.collection_id,
    }


def _drop_duplicate_entries(entries: Sequence[Entry]) -> list[Entry]:
    return list({entry.chunk_id: entry for entry in entries}.values())


def _encode_terms(found: Sequence[str]) -> str:
    """Return terms as words of 8 digits each, cut where the field ends."""
    most = (_TERMS_BYTES + 1) // 9
    return " ".join(
        hashlib.blake2b(term.encode(), digest_size=4).hexdigest() for term in found[:most]
    )


def _build_scope_filters(scope: Scope) -> Iterator[str]:
    """Yield filter expressions that together cover `scope`."""
    for collections in _build_field_filters("collection_id", scope.collection_ids):
        for documents in _build_field_filters("document_id", scope.document_ids):
            yield " and ".join(term for term in (collections, documents) if term)


def _build_field_filters(field: str, values: tuple[str, ...] | None) -> Iterator[str]:
    if values is None:
        yield ""
        return
    for part in _split_into_parts(list(dict.fromkeys(values)), _FILTER_VALUES):
        yield f"{field} in {json.dumps(part, ensure_ascii=False)}"


def _split_into_parts(values: Sequence[Any], size: int) -> Iterator[list[Any]]:
    for start in range(0, len(values), size):
        yield list(values[start : start + size])

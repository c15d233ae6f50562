"""Finds chunks by BM25 over our own search terms, in a Tantivy index on disk.

Tantivy gets finished terms (`ingest.text.terms.extract_terms`: Chinese and English), so what counts
as a term is decided in one place. BM25 is Lucene's variant with k1 = 1.2 and b = 0.75
(Robertson and Zaragoza 2009; idf = ln(1 + (N - n + 0.5) / (n + 0.5))). An entry is one body of
headings and text; its headings count once more with a small weight, and so do two neighbouring
words of the question that are neighbours in the body. Headings were chosen by nDCG@10 on SciFact,
SQuAD and CMRC: .681/.875/.983 without, .700/.875/.989 as it is, .675/.871/.993 with weight 1. The
title of the document (its first heading) is stored as a key too: other documents name it so.

Limits: Tantivy stores the length of a field in one byte, so scores differ by a few percent from
exact BM25 (`tests/ingest/index/test_tantivy.py` compares with rank-bm25). Deleted entries count in
the statistics until their segment is merged, so scores drift a little after removals. Writing takes
a lock on the folder for the length of one call: writers in several processes wait for each other;
readers never wait and see every commit at their next search.
"""

from __future__ import annotations

import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ingest.errors import IndexUnavailable
from ingest.index.base import EVERYWHERE, Entry, Match, Query, Scope
from ingest.text.near_words import find_nearest
from ingest.text.terms import extract_terms, query_terms
from ingest.text.titles import title_key

if TYPE_CHECKING:
    import tantivy

_Result = TypeVar("_Result")
_HEAP_BYTES = 50_000_000
_HEADINGS_WEIGHT = 0.25
_PAIRS_WEIGHT = 0.15
_MOST_PAIRS = 24
_LOCK_WAIT_S = 30.0
_LOCK_POLL_S = 0.05
_TIE_MARGIN = 64
"""Fetched beyond the limit, so that equal scores at its end are ordered by id, not by segment."""


class TantivyIndex:
    """BM25 in a folder; safe to call from several threads and processes."""

    def __init__(
        self,
        path: Path,
        *,
        headings_weight: float = _HEADINGS_WEIGHT,
        pairs_weight: float = _PAIRS_WEIGHT,
        lock_wait_s: float = _LOCK_WAIT_S,
    ) -> None:
        """Open the index in the folder `path`, made when absent. Raises IndexUnavailable.

        `headings_weight` multiplies the BM25 score that headings add to that of the body; with 0
        they count as body only. `pairs_weight` multiplies that of pairs of words. `lock_wait_s`:
        how long a write waits for another process.
        """
        self._path = path
        self._headings_weight = headings_weight
        self._pairs_weight = pairs_weight
        self._lock_wait_s = lock_wait_s
        self._lock = threading.Lock()
        """Held for a whole write, so that threads wait for it here and not by polling the folder's
        lock. Reads never take it: each works on its own snapshot of the last commit."""
        self._closed = False
        self._loaded_state = b""
        with self._translate_index_errors():
            import tantivy

            self._tantivy = tantivy
            path.mkdir(parents=True, exist_ok=True)
            self._schema = _build_schema(tantivy)
            self._index = tantivy.Index(self._schema, path=str(path))

    def add(self, entries: Sequence[Entry]) -> None:
        """Add or replace entries; durable on return. Raises IndexUnavailable."""
        unique = {entry.chunk_id: entry for entry in entries}
        if not unique:
            return
        prepared = [self._build_document(entry) for entry in unique.values()]

        # Removal and addition are in one commit: a reader finds the old entry or the new one, never
        # both and never neither. A removal touches only what was added before it.
        def write_entries(writer: tantivy.IndexWriter) -> None:
            for chunk_id, document in zip(unique, prepared, strict=True):
                writer.delete_documents_by_term("chunk_id", chunk_id)
                writer.add_document(document)

        self._write_and_commit(write_entries)

    def remove(self, chunk_ids: Sequence[str]) -> None:
        """Remove entries; unknown ids are ignored; durable on return. Raises IndexUnavailable."""
        if not chunk_ids:
            return

        def delete_entries(writer: tantivy.IndexWriter) -> None:
            for chunk_id in chunk_ids:
                writer.delete_documents_by_term("chunk_id", chunk_id)

        self._write_and_commit(delete_entries)

    def search(self, query: Query, limit: int, scope: Scope = EVERYWHERE) -> list[Match]:
        """Return at most `limit` matches by BM25, best first; ties by chunk id."""
        words = query_terms(query.text)
        if limit < 1 or not words or () in (scope.collection_ids, scope.document_ids):
            return []
        return self._find_best_matches(
            self._limit_to_scope(self._build_query(words, query), scope), limit
        )

    def search_titles(
        self, keys: Collection[str], query: Query, limit: int, scope: Scope = EVERYWHERE
    ) -> list[Match]:
        """Return at most `limit` chunks of documents with these titles, best for the query first.

        Keys are those of `ingest.text.titles.title_key`; a chunk without a term of the query scores
        0.
        """
        if limit < 1 or not keys or () in (scope.collection_ids, scope.document_ids):
            return []
        known = self._filter_known_titles(keys)
        if not known:
            return []
        make, occur = self._tantivy.Query, self._tantivy.Occur
        members = make.term_set_query(self._schema, "title", known)
        clauses = [(occur.Must, make.const_score_query(members, 0.0))]
        words = query_terms(query.text)
        if words:
            clauses.append((occur.Should, self._build_query(words, query)))
        return self._find_best_matches(
            self._limit_to_scope(make.boolean_query(clauses), scope), limit
        )

    def find_near_terms(self, terms: Mapping[str, int]) -> dict[str, str]:
        """Return, for each of these terms that no entry has, the one nearest to it by spelling.

        With each term comes how many edits it may differ by. Only terms with the same first letter
        are looked at: a first letter is seldom wrong, and of 1,000 passages it takes 2 ms.
        """

        def read_near_terms(searcher: tantivy.Searcher) -> dict[str, str]:
            near = {
                term: find_nearest(term, searcher.terms_with_prefix("body", term[:1]), most)
                for term, most in terms.items()
                if not searcher.doc_freq("body", term)
            }
            return {each: found for each, found in near.items() if found}

        return self._read_with_searcher(read_near_terms)

    def _filter_known_titles(self, keys: Collection[str]) -> list[str]:
        """Return the keys that some title has: of a hundred that a text may mention, a few.

        Looking them up takes .1 ms; a search that finds nothing took 2 ms of 27.
        """
        return self._read_with_searcher(
            lambda searcher: [key for key in keys if searcher.doc_freq("title", key)]
        )

    def _find_best_matches(self, parsed: tantivy.Query, limit: int) -> list[Match]:
        def read_matches(searcher: tantivy.Searcher) -> list[Match]:
            hits = searcher.search(parsed, limit + _TIE_MARGIN, count=False).hits
            # Of what is beyond the limit only ties may get in; reading an id is what costs.
            least = hits[limit - 1][0] if len(hits) > limit else -math.inf
            matches = [
                Match(str(searcher.doc(address)["chunk_id"][0]), float(score))
                for score, address in hits
                if score >= least
            ]
            return sorted(matches, key=lambda match: (-match.score, match.chunk_id))[:limit]

        return self._read_with_searcher(read_matches)

    def ids(self) -> set[str]:
        """Return the ids of all entries. Raises IndexUnavailable."""
        everything = self._tantivy.Query.all_query()

        def read_ids(searcher: tantivy.Searcher) -> set[str]:
            found = searcher.terms_with_prefix("chunk_id", "", filter_query=everything)
            return {chunk_id for chunk_id, _ in found}

        return self._read_with_searcher(read_ids)

    def close(self) -> None:
        """Let further calls raise IndexUnavailable; nothing is open between calls.

        A running write is waited for; a running read ends on its own snapshot.
        """
        with self._lock:
            self._closed = True

    def _build_document(self, entry: Entry) -> tantivy.Document:
        headings = extract_terms(entry.headings)
        return self._tantivy.Document(
            chunk_id=entry.chunk_id,
            document_id=entry.document_id,
            collection_id=entry.collection_id,
            body=" ".join(headings + extract_terms(entry.text)),
            headings=" ".join(headings),
            **({"title": key} if (key := title_key(entry.headings.split("\n")[0])) else {}),
        )

    def _build_query(self, words: Sequence[str], query: Query) -> tantivy.Query:
        """OR over terms and pairs of them, with what is required and without what is excluded."""
        make, occur = self._tantivy.Query, self._tantivy.Occur
        clauses = [
            (occur.Should, part)
            for part in (*self._build_term_queries(words), *self._build_pair_queries(words))
        ]
        clauses += [
            (occur.Must, self._build_phrase_query(extract_terms(phrase)))
            for phrase in query.required
        ]
        clauses += [
            (occur.MustNot, self._build_phrase_query(extract_terms(word)))
            for word in query.excluded
        ]
        return make.boolean_query(clauses)

    def _build_term_queries(self, words: Sequence[str]) -> Iterator[tantivy.Query]:
        """Yield a query for each term; one that stands twice in the question counts twice."""
        make = self._tantivy.Query
        for field, weight in (("body", 1.0), ("headings", self._headings_weight)):
            for word, count in Counter(words).items():
                if weight > 0:
                    term = make.term_query(self._schema, field, word)
                    yield make.boost_query(term, weight * count)

    def _build_pair_queries(self, words: Sequence[str]) -> Iterator[tantivy.Query]:
        """Yield a query for each two neighbouring terms; of Chinese the terms are pairs already."""
        if self._pairs_weight > 0:
            pairs = dict.fromkeys(
                pair for pair in pairwise(words) if all(map(_is_ascii_term, pair))
            )
            for pair in islice(pairs, _MOST_PAIRS):
                yield self._tantivy.Query.boost_query(
                    self._build_phrase_query(pair), self._pairs_weight
                )

    def _build_phrase_query(self, words: Sequence[str]) -> tantivy.Query:
        """Return a query for these terms one after the other; none of them: everything."""
        make = self._tantivy.Query
        # A Chinese run gives its characters in a row, and then its pairs.
        words = [word for word in words if len(word) == 1 or _is_ascii_term(word)] or words
        if not words:
            return make.all_query()
        if len(words) == 1:
            return make.term_query(self._schema, "body", words[0])
        return make.phrase_query(self._schema, "body", list(words))

    def _limit_to_scope(self, query: tantivy.Query, scope: Scope) -> tantivy.Query:
        """Require membership in `scope` without changing scores."""
        make, must = self._tantivy.Query, self._tantivy.Occur.Must
        clauses = [(must, query)]
        for field, values in (
            ("collection_id", scope.collection_ids),
            ("document_id", scope.document_ids),
        ):
            if values is not None:
                members = make.term_set_query(self._schema, field, list(values))
                clauses.append((must, make.const_score_query(members, 0.0)))
        return query if len(clauses) == 1 else make.boolean_query(clauses)

    def _read_with_searcher(self, work: Callable[[tantivy.Searcher], _Result]) -> _Result:
        with self._translate_index_errors():
            self._reload_if_changed()
            return work(self._index.searcher())

    def _reload_if_changed(self) -> None:
        """Show what this process or another has committed since the last call.

        Reloading drops the unpacked blocks of ids, which the next search must unpack again (0.6 of
        2.3 ms with 100,000 entries). So `meta.json` is compared first: every commit and merge
        replaces it.
        """
        # In this order, and without a lock. A commit between reading and reloading is shown at
        # once, and at the next call reloaded again without need. Were the file read after the
        # reload, that commit would count as shown and stay unseen until the next one. Threads that
        # overtake each other here may leave the older state: again one reload without need.
        # The file is replaced by a rename, so it is never read half-written.
        state = (self._path / "meta.json").read_bytes()
        if state != self._loaded_state:
            self._index.reload()
            self._loaded_state = state

    def _write_and_commit(self, work: Callable[[tantivy.IndexWriter], None]) -> None:
        """Run `work` and commit, holding the folder's lock no longer than that.

        Nothing is visible before `commit`, which replaces `meta.json` in one step. A process that
        dies earlier leaves segment files that `meta.json` does not name: readers ignore them, and
        the writes of an index opened after that delete them. Its lock on the folder is one of the
        operating system and ends with the process, so the next writer need not wait.
        """
        # `_closed` is looked at once the lock is held: a write that waited for `close` fails.
        with self._lock, self._translate_index_errors():
            writer = self._open_writer()
            try:
                work(writer)
                writer.commit()
            finally:
                # Gives the folder's lock back; what was not committed is dropped. Waits for merges,
                # so that none still writes while another process holds the lock.
                writer.wait_merging_threads()

    def _open_writer(self) -> tantivy.IndexWriter:
        """Return a writer once no other process has one: Tantivy does not wait for its lock."""
        deadline = time.monotonic() + self._lock_wait_s
        while True:
            try:
                return self._index.writer(_HEAP_BYTES, 1)
            except ValueError as error:
                if "LockBusy" not in str(error) or time.monotonic() > deadline:
                    raise
            time.sleep(_LOCK_POLL_S)

    @contextmanager
    def _translate_index_errors(self) -> Iterator[None]:
        if self._closed:
            raise IndexUnavailable(f"The lexical index at {self._path} is closed.")
        try:
            yield
        except (KeyboardInterrupt, SystemExit, GeneratorExit, IndexUnavailable):
            raise
        except BaseException as error:  # a panic in Rust arrives as a bare BaseException
            raise IndexUnavailable(f"The lexical index at {self._path} failed: {error}") from error


def _is_ascii_term(term: str) -> bool:
    return term.isascii()


def _build_schema(module: Any) -> tantivy.Schema:
    builder = module.SchemaBuilder()
    builder.add_text_field("chunk_id", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("document_id", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("collection_id", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("title", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("body", tokenizer_name="whitespace", index_option="position")
    builder.add_text_field("headings", tokenizer_name="whitespace", index_option="position")
    schema: tantivy.Schema = builder.build()
    return schema

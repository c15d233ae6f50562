"""Prepares small documents together, because what is done once for each costs more than its text.

One child process parses them one after the other, one transaction writes their chunks, one call
embeds them, one transaction hands them over. The order of steps is that of
`ingest.processing.prepare`, and so are the states: a worker may be killed at any point. A document
fails alone. Whatever fails for all, because of one or not, is done once more for each alone.

Limits: progress within a small file is not recorded; that of each file is.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence

from sqlalchemy import Connection

from ingest.embedding.base import EncodedPassage
from ingest.errors import IngestError
from ingest.processing.lease_groups import GroupLeases
from ingest.processing.prepare import (
    EMBED_AT_ONCE,
    Preparer,
    SplitDocument,
    StopRequest,
    make_parse_job,
)
from ingest.processing.queue import LeasedTask
from ingest.processing.sandbox import ParseJob, ParseRunner
from ingest.storage import pending_vectors
from ingest.storage.chunks import Chunks, Version, write_versions
from ingest.storage.database import Store, read_generation
from ingest.storage.files import FileStore
from ingest.types import DocumentState

_log = logging.getLogger(__name__)


class SmallPreparer:
    """Takes new small documents from `parsing` to `indexing`, many at a time.

    `alone` prepares one document, also where it cannot be done together with others. `on_prepared`
    is called when some of them have reached `indexing`.
    """

    def __init__(
        self,
        *,
        store: Store,
        files: FileStore,
        chunks: Chunks,
        sandbox: ParseRunner,
        leases: GroupLeases,
        alone: Preparer,
        on_prepared: Callable[[], None],
    ) -> None:
        self._store = store
        self._files = files
        self._chunks = chunks
        self._sandbox = sandbox
        self._leases = leases
        self._alone = alone
        self._on_prepared = on_prepared

    def prepare(self, tasks: Sequence[LeasedTask], on_chunked: Callable[[], None]) -> None:
        """Prepare one document, or several new ones; each may fail or be queued again.

        `on_chunked` is called when the next documents may be begun. Raises only StoreUnavailable.
        """
        if len(tasks) == 1:
            self._alone.prepare(tasks[0], on_chunked)
            return
        with self._store.read() as connection:
            generation = read_generation(connection)
        parsed, suspects = self._parse(tasks)
        written = self._write_chunks(self._split(parsed, generation))
        if not suspects:  # else a parsing process is still needed here
            on_chunked()
        for group in _group_by_chunks(written):
            self._embed(group)
            self._on_prepared()
        for task in suspects:  # last, so that no other waits for them
            self._alone.prepare(task, lambda: None)

    def _parse(self, tasks: Sequence[LeasedTask]) -> tuple[list[LeasedTask], list[LeasedTask]]:
        """Parse what is not parsed yet; return the parsed documents, and what is to be done alone.

        That is what may have killed the child that parsed it, or held it up.
        """
        jobs: dict[str, ParseJob] = {}
        for task in tasks:
            with self._alone.settle_errors(task):
                jobs[task.document_id] = make_parse_job(self._files, task)
        present = [task for task in tasks if task.document_id in jobs]
        left = [task for task in present if not self._has_parsed(task)]
        suspects: list[LeasedTask] = []
        while left:
            try:
                errors = self._sandbox.run_together(
                    [jobs[task.document_id] for task in left], self._alone.raise_if_stopping
                )
            except StopRequest:
                for task in present:
                    self._leases.release(task)
                return [], []
            except IngestError as error:
                _log.info("Of %d small files one is parsed alone: %s", len(left), error)
                left = [task for task in left if not self._has_parsed(task)]
                suspects += left[:1]  # files are parsed in order: it was the first not finished
                left = left[1:]
            else:
                self._settle_parse_errors(left, errors)
                left = []
        return [task for task in present if self._has_parsed(task)], suspects

    def _settle_parse_errors(
        self, tasks: Sequence[LeasedTask], errors: Sequence[IngestError | None]
    ) -> None:
        failed = {
            task.document_id: found
            for task, found in zip(tasks, errors, strict=True)
            if found is not None
        }
        for task in tasks:
            with self._alone.settle_errors(task):
                if task.document_id in failed:
                    raise failed[task.document_id]

    def _has_parsed(self, task: LeasedTask) -> bool:
        return self._files.has_parsed(task.document_id, task.revision)

    def _split(self, tasks: Sequence[LeasedTask], generation: int) -> list[SplitDocument]:
        found = []
        for task in tasks:
            with self._alone.settle_errors(task):
                version = Version(task.document_id, generation, task.revision)
                found.append(self._alone.split_document(task, version))
        return found

    def _write_chunks(self, split: Sequence[SplitDocument]) -> list[SplitDocument]:
        """Write the chunk rows; return the documents of which that was done."""
        try:
            with self._store.write() as connection:
                return self._write_held(connection, split)
        except IngestError as error:
            _log.info("The chunks of %d small files are written one by one: %s", len(split), error)
        written = []
        for each in split:
            with self._alone.settle_errors(each.task):
                with self._store.write() as connection:
                    self._alone.write_split_document(connection, each)
                written.append(each)
        return written

    def _write_held(
        self, connection: Connection, split: Sequence[SplitDocument]
    ) -> list[SplitDocument]:
        """Write those documents whose lease holds."""
        held = self._leases.advance_group(
            connection,
            [each.task for each in split],
            DocumentState.EMBEDDING,
            {each.task.document_id: each.values for each in split},
        )
        written = [each for each in split if each.task.document_id in held]
        write_versions(connection, [(each.version, each.chunks) for each in written])
        return written

    def _embed(self, group: Sequence[SplitDocument]) -> None:
        """Embed the chunks of some documents in one call and hand them over."""
        try:
            encoded = self._embed_missing(group)
            self._hand_over(group, encoded)
        except StopRequest:
            for each in group:
                self._leases.release(each.task)
        except Exception as error:  # noqa: BLE001 - met again by the document that it belongs to
            _log.info("%d small files are embedded one by one: %s", len(group), error)
            for each in group:
                with self._alone.settle_errors(each.task):
                    self._alone.embed_alone(each.task, each.version)

    def _embed_missing(self, group: Sequence[SplitDocument]) -> dict[str, EncodedPassage]:
        """Return vector and signs of the chunks that have none yet, by chunk id."""
        with self._store.read() as connection:
            versions = [each.version for each in group]
            new = pending_vectors.find_new_of_several(connection, versions)
            pending = pending_vectors.find_pending_of_several(connection, versions)
        missing = [
            chunk_id
            for document_id, found in new.items()
            for chunk_id in found or ()
            if chunk_id not in pending[document_id]
        ]
        entries = self._chunks.read_entries(group[0].version.generation, missing)
        found = self._alone.embed_together(entries) if entries else []
        return {entry.chunk_id: each for entry, each in zip(entries, found, strict=True)}

    def _hand_over(
        self, group: Sequence[SplitDocument], encoded: dict[str, EncodedPassage]
    ) -> None:
        with self._store.write() as connection:
            ids = self._leases.hand_over_group(connection, [each.task for each in group])
            held = [each for each in group if each.task.document_id in ids]
            pending_vectors.save_first_vectors(
                connection,
                [
                    (each.version, {c.id: encoded[c.id] for c in each.chunks if c.id in encoded})
                    for each in held
                ],
            )
            for each in held:
                if each.version.revision > 1:  # the first has no live version before it
                    pending_vectors.copy_live_signs(connection, each.version)


def _group_by_chunks(documents: Sequence[SplitDocument]) -> Iterator[list[SplitDocument]]:
    """Yield documents together up to `EMBED_AT_ONCE` chunks: a kill loses no more than these."""
    group: list[SplitDocument] = []
    size = 0
    for each in documents:
        if group and size + len(each.chunks) > EMBED_AT_ONCE:
            yield group
            group, size = [], 0
        group.append(each)
        size += len(each.chunks)
    if group:
        yield group

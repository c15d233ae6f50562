"""Parses and embeds on the nodes of a Ray cluster.

Nothing here imports Ray: these are plain classes that `ingest.processing.ray_cluster` starts as
actors. A node needs the same docchat and the same model in the same path, but neither the database
nor the files: Ray brings the bytes and takes the results back. Errors of docchat are returned, not
raised, because Ray would wrap what is raised.
"""

from __future__ import annotations

import io
import os
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ingest.document.figures import Figure
from ingest.embedding.base import Embedder, EncodedPassage, encode_passages
from ingest.errors import Cancelled, IngestError
from ingest.options import ParseOptions
from ingest.processing.sandbox import ParseJob, Parser, Sandbox
from ingest.storage.files import FileStore


@dataclass(frozen=True, slots=True)
class ParseLimits:
    """Limits for one file, in seconds and MiB, as in `ingest.processing.sandbox.Sandbox`."""

    timeout_s: float = 600.0
    page_timeout_s: float = 60.0
    memory_mb: int = 4096


class NodeParser:
    """Parses one file at a time, in a child process, as docchat does without a cluster."""

    def __init__(self, parse: Parser, options: ParseOptions, limits: ParseLimits) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="docchat-node-")
        self._files = FileStore(Path(self._folder.name))
        self._sandbox = Sandbox(
            parse,
            self._files,
            options,
            jobs=1,
            timeout_s=limits.timeout_s,
            page_timeout_s=limits.page_timeout_s,
            memory_mb=limits.memory_mb,
        )
        # Ray calls the actor from several threads, so that `pages` and `stop` are answered while a
        # file is parsed. A second file waits here: the first may be one that is being stopped.
        self._turn = threading.Lock()
        self._pages = (0, 0)
        self._stopped: set[ParseJob] = set()

    def run(self, job: ParseJob, data: bytes) -> bytes | IngestError:
        """Return the parsed document as the bytes that `FileStore` stores, or the error."""
        with self._turn:
            self._pages = (0, 0)
            try:
                self._files.put(io.BytesIO(data))
                self._sandbox.run(job, lambda done, total: self._record_pages(job, done, total))
                return self._files.parsed_path(job.document_id, job.revision).read_bytes()
            except IngestError as error:
                return error
            finally:
                self._stopped.discard(job)
                self._files.remove(job.sha256)
                self._files.remove_parsed(job.document_id, job.revision)

    def pages(self) -> tuple[int, int]:
        """Return how many pages of the present file are done, and how many there are."""
        return self._pages

    def stop(self, job: ParseJob) -> None:
        """Kill the child that parses this."""
        # Only noted here: `_record_pages` sees it at the sandbox's next poll and raises there.
        self._stopped.add(job)

    def draw(self, data: bytes, figure: Figure) -> bytes | IngestError:
        """Return a figure of a PDF as PNG, or the error."""
        with self._turn:
            try:
                sha256, _ = self._files.put(io.BytesIO(data))
                return self._sandbox.draw(sha256, figure)
            except IngestError as error:
                return error

    def ping(self) -> int:
        """Return the process number. The call returns only once the actor is running."""
        return os.getpid()

    def _record_pages(self, job: ParseJob, done: int, total: int) -> None:
        self._pages = (done, total)
        if job in self._stopped:
            raise Cancelled("Stopped from the head.")


class NodeEmbedder:
    """Embeds with a model that is loaded at the first call, once for each actor."""

    def __init__(self, make: Callable[[], Embedder]) -> None:
        self._make = make
        self._lock = threading.Lock()

    def embed(self, name: str, texts: Sequence[str]) -> list[EncodedPassage] | IngestError:
        """Return vectors and signs; an error if that fails or the model is not called `name`."""
        try:
            with self._lock:  # of two calls at once the first loads the model
                embedder = self._loaded_embedder
            if embedder.name == name:
                return encode_passages(embedder, texts)
        except IngestError as error:
            return error
        return IngestError(
            f"A node has the model {embedder.name}, not {name}.",
            hint="Put the same model in the same place on every node.",
        )

    @cached_property
    def _loaded_embedder(self) -> Embedder:
        return self._make()

    def ping(self) -> int:
        """Return the process number. The call returns only once the actor is running."""
        return os.getpid()

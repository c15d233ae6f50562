"""What runs on the nodes of a Ray cluster: parsing in a sandbox of its own, and embedding.

Nothing here knows of Ray: these are plain classes that `ingest.processing.ray_cluster` starts as
actors. A node needs the same docchat and the same model in the same place, but neither the database
nor the files: bytes come in and results go out through Ray. Limits: errors of docchat are returned,
not raised, since Ray would wrap what is raised.
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
from ingest.embedding.base import Embedder, Encoded, read_passages
from ingest.errors import Cancelled, IngestError
from ingest.options import ParseOptions
from ingest.processing.sandbox import ParseJob, Parser, Sandbox
from ingest.storage.files import FileStore


@dataclass(frozen=True, slots=True)
class ParseLimits:
    """What one file may take, in seconds and MiB, as `ingest.processing.sandbox.Sandbox` has it."""

    timeout_s: float = 600.0
    page_timeout_s: float = 60.0
    memory_mb: int = 4096


class NodeParser:
    """Parses one file at a time, in a child process as a lone docchat does."""

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
        self._turn = threading.Lock()
        self._pages = (0, 0)
        self._stopped: set[ParseJob] = set()

    def run(self, job: ParseJob, data: bytes) -> bytes | IngestError:
        """Return the parsed document as `FileStore` keeps it."""
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
        """Return how many pages of the file in work are done, and how many there are."""
        return self._pages

    def stop(self, job: ParseJob) -> None:
        """Kill the child that parses this."""
        self._stopped.add(job)

    def draw(self, data: bytes, figure: Figure) -> bytes | IngestError:
        """Return a figure of a PDF as PNG."""
        with self._turn:
            try:
                sha256, _ = self._files.put(io.BytesIO(data))
                return self._sandbox.draw(sha256, figure)
            except IngestError as error:
                return error

    def ping(self) -> int:
        """Return the number of the process: whoever waits for this waits for the actor to live."""
        return os.getpid()

    def _record_pages(self, job: ParseJob, done: int, total: int) -> None:
        self._pages = (done, total)
        if job in self._stopped:
            raise Cancelled("Stopped from the head.")


class NodeEmbedder:
    """The model, made at the first call, once for each actor."""

    def __init__(self, make: Callable[[], Embedder]) -> None:
        self._make = make
        self._lock = threading.Lock()

    def embed(self, name: str, texts: Sequence[str]) -> list[Encoded] | IngestError:
        """Return vectors and signs, if this node's model is the one called `name`."""
        try:
            with self._lock:  # of two calls at once the first loads the model
                embedder = self._loaded_embedder
            if embedder.name == name:
                return read_passages(embedder, texts)
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
        """Return the number of the process: whoever waits for this waits for the actor to live."""
        return os.getpid()

"""Runs a worker with real indexes in its own process, for tests that kill it: `main(folder)`."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.embedding.hash_embedder import HashEmbedder
from ingest.index.chroma import ChromaIndex
from ingest.index.tantivy import TantivyIndex
from ingest.library import Library
from ingest.library.current_indexes import IndexSource
from ingest.processing.worker import Worker, WorkerOptions
from ingest.storage.database import Store, sqlite_url
from ingest.storage.files import FileStore
from tests.support.library import CHUNKS
from tests.support.odd_parsers import parse_plain

OPTIONS = WorkerOptions(poll_s=0.02, max_deaths=100)


class SlowEmbedder(HashEmbedder):
    """Embeds slowly, so that a kill interrupts it."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        time.sleep(0.1)
        return super().embed(texts)


def open_library(root: Path) -> Library:
    return Library(
        Store.open(sqlite_url(root / "docchat.db")),
        FileStore(root),
        IndexSource(
            lambda generation, dimension: ChromaIndex(
                root / "dense" / str(generation), None, "docchat", dimension
            ),
            lambda generation: root / "dense" / str(generation),
        ),
        IndexSource(
            lambda generation, dimension: TantivyIndex(root / "lexical" / str(generation)),
            lambda generation: root / "lexical" / str(generation),
        ),
        lambda: SlowEmbedder(32),
        CHUNKS,
    )


def main(root: Path) -> None:
    Worker(open_library(root), parse_plain, OPTIONS).run(threading.Event(), until_idle=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

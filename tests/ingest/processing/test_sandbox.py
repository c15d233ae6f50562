"""Tests that a file can be tried again when its pool is closed while it is parsed."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from ingest.errors import ParserCrashed
from ingest.options import ParseOptions
from ingest.processing.sandbox import ParseJob, Sandbox
from ingest.storage.files import FileStore
from tests.support.odd_parsers import parse_wild


def test_a_parse_whose_pool_is_closed_may_be_tried_again(tmp_path: Path) -> None:
    files = FileStore(tmp_path)
    sha256, _ = files.put(io.BytesIO(b"hang"))
    sandbox = Sandbox(parse_wild, files, ParseOptions(), jobs=1, timeout_s=60, memory_mb=4096)

    def close(done: int, total: int) -> None:
        # As another thread of the worker does that finds the pool broken.
        if total:
            sandbox.close()

    with pytest.raises(ParserCrashed) as caught:
        sandbox.run(ParseJob("d", 1, "a.txt", sha256), close)
    assert caught.value.retryable

"""What only the indexes on Milvus do: BM25 by our terms, a server, files that one process opens."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from eval.systems.baseline_bm25 import RankBM25Index
from ingest.embedding.hash_embedder import HashEmbedder
from ingest.errors import IndexUnavailable
from ingest.index.base import Entry, Query, Scope
from ingest.index.milvus import MilvusDenseIndex, MilvusLexicalIndex
from tests.support import ROOT
from tests.support.servers import milvus_server

pytest.importorskip("milvus_lite", reason="the extra `milvus` is not installed")

EMBEDDER = HashEmbedder(32)
TEXTS = {
    "a": "Warranty covers the battery for two years; the battery is not covered after that.",
    "b": "The invoice must be paid within thirty days.",
    "c": "保修期为两年，电池除外。",
    "d": "发票应在三十天内支付，C++ 与 P-200 型号除外。",
}
ENTRIES = [
    Entry(key, f"d-{key}", "c", text, "", EMBEDDER.embed([text])[0]) for key, text in TEXTS.items()
]


def test_scores_are_those_of_bm25_over_our_terms(milvus_file: str) -> None:
    exact = RankBM25Index(lucene_idf=True)
    index = MilvusLexicalIndex(milvus_file, "", "scores")
    for each in (exact, index):
        each.add(ENTRIES)
    for text in ("battery", "days of the invoice", "电池保修", "P-200", "battery battery days"):
        due = {match.chunk_id: match.score for match in exact.search(Query(text), 10)}
        found = {match.chunk_id: match.score for match in index.search(Query(text), 10)}
        assert found == pytest.approx(due, rel=1e-4), text
    index.close()


def test_scores_of_vectors_are_cosines_and_vectors_come_back(milvus_file: str) -> None:
    index = MilvusDenseIndex(milvus_file, "", "cosines", 32)
    index.add(ENTRIES)
    asked = EMBEDDER.embed(["battery warranty"])[0]
    scores = {match.chunk_id: match.score for match in index.search(Query("", asked), 10)}
    for entry in ENTRIES:
        assert entry.vector is not None
        assert scores[entry.chunk_id] == pytest.approx(float(entry.vector @ asked), abs=1e-5)
    held = index.vectors(["a", "c", "nowhere"])
    assert set(held) == {"a", "c"}
    assert held["a"] == pytest.approx(np.asarray(ENTRIES[0].vector), abs=1e-6)
    with pytest.raises(IndexUnavailable, match="32 numbers"):
        index.add([Entry("bad", "d", "c", "", "", np.ones(31, dtype=np.float32))])
    index.close()
    with pytest.raises(IndexUnavailable, match="closed"):
        index.ids()


def test_very_long_texts_are_kept(milvus_file: str) -> None:
    index = MilvusLexicalIndex(milvus_file, "", "long")
    index.add([Entry("long", "d", "c", " ".join(f"word{n}" for n in range(20_000)))])
    assert [match.chunk_id for match in index.search(Query("word5"), 1)] == ["long"]
    index.close()


@pytest.mark.parametrize("uri", ["http://127.0.0.1:1", "ftp://127.0.0.1", "milvus.sqlite"])
def test_a_place_that_is_none_is_a_typed_error(uri: str) -> None:
    with pytest.raises(IndexUnavailable) as caught:
        MilvusLexicalIndex(uri, "", "nowhere").ids()
    assert caught.value.code == "index_unavailable"


OTHER = """
import sys
from ingest.errors import IndexUnavailable
from ingest.index.base import Query
from ingest.index.milvus import MilvusLexicalIndex
index = MilvusLexicalIndex(sys.argv[1], "", "shared")
try:
    print(sorted(index.ids()))
except IndexUnavailable as error:
    print(error.advice)
"""


def elsewhere(file: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", OTHER, str(file)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


WRITER = """
import os, sys
from ingest.index.base import Entry
from ingest.index.milvus import MilvusLexicalIndex
MilvusLexicalIndex(sys.argv[1], "", "shared").add([Entry("a", "d", "c", "battery")])
os._exit(9)
"""


@pytest.mark.slow
def test_what_a_killed_process_wrote_is_there(tmp_path: Path) -> None:
    file = tmp_path / "milvus.db"
    subprocess.run([sys.executable, "-c", WRITER, str(file)], cwd=ROOT, check=False)
    assert elsewhere(file) == "['a']"


@pytest.mark.slow
def test_a_file_that_another_process_has_open_is_a_typed_error(milvus_file: str) -> None:
    index = MilvusLexicalIndex(milvus_file, "", "shared")
    index.add(ENTRIES[:1])
    assert "One process at a time" in elsewhere(Path(milvus_file))
    index.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with milvus_server(tmp_path_factory.mktemp("milvus-server")) as url:
        yield url


@pytest.mark.slow
def test_a_server_holds_the_same_index_for_all_clients(server: str) -> None:
    one, two = (MilvusLexicalIndex(server, "", "served") for _ in range(2))
    assert two.ids() == set()
    one.add(ENTRIES)
    assert two.search(Query("电池保修"), 1)[0].chunk_id == "c"
    two.remove(["c"])
    assert one.ids() == {"a", "b", "d"}
    assert one.search(Query("invoice"), 5, Scope(document_ids=("d-a",))) == []
    one.close()
    two.close()


SILENT = """
import socket, sys

def guard(event, arguments):
    if event in {"socket.getaddrinfo", "socket.gethostbyname"}:
        if arguments[0] not in ("127.0.0.1", "localhost", None):
            raise SystemExit(f"reached for the network: {event} {arguments}")
    if event == "socket.connect" and arguments[1][0] != "127.0.0.1":
        raise SystemExit(f"reached for the network: {event} {arguments}")

sys.addaudithook(guard)
from ingest.index.base import Entry, Query
from ingest.index.milvus import MilvusLexicalIndex
index = MilvusLexicalIndex(sys.argv[1], "", "silent")
index.add([Entry("a", "d", "c", "battery")])
print(index.search(Query("battery"), 1)[0].chunk_id)
"""


@pytest.mark.slow
def test_nothing_is_sent_anywhere_else(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SILENT, str(tmp_path / "milvus.db")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "a\n"), done.stderr

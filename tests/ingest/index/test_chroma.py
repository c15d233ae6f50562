"""What only the dense index does: cosines, other processes, a server, silence on the network."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from eval.systems.baseline_dense import ExactDenseIndex
from ingest.embedding.base import Vector
from ingest.embedding.hash_embedder import HashEmbedder
from ingest.errors import IndexUnavailable
from ingest.index.base import Entry, Query, Scope
from ingest.index.chroma import ChromaIndex
from tests.support import ROOT


def unit(seed: int, dimension: int = 32) -> Vector:
    vector = np.random.default_rng(seed).normal(size=dimension).astype(np.float32)
    return vector / np.linalg.norm(vector)


def entries(start: int, end: int) -> list[Entry]:
    return [Entry(f"k{n}", f"d{n % 50}", f"c{n % 2}", "", "", unit(n)) for n in range(start, end)]


def best(index: ChromaIndex, seed: int) -> str:
    return index.search(Query("", unit(seed)), 1)[0].chunk_id


def test_scores_are_cosines_and_agree_with_exact_search(tmp_path: Path) -> None:
    index, exact = ChromaIndex(tmp_path, None, "test", 32), ExactDenseIndex(32)
    index.add(entries(0, 2_500))
    exact.add(entries(0, 2_500))
    scope = Scope(document_ids=("d3", "d7"), collection_ids=("c1",))
    agreed = 0
    for seed in range(10_000, 10_020):
        query = Query("", unit(seed))
        assert index.search(query, 1)[0].score == pytest.approx(
            exact.search(query, 1)[0].score, abs=1e-5
        )
        agreed += len(
            {m.chunk_id for m in index.search(query, 100)}
            & {m.chunk_id for m in exact.search(query, 100)}
        )
        narrow, due = index.search(query, 20, scope), exact.search(query, 20, scope)
        assert [m.chunk_id for m in narrow] == [m.chunk_id for m in due]
        assert [m.score for m in narrow] == pytest.approx([m.score for m in due], abs=1e-5)
    assert agreed >= 0.99 * 20 * 100
    index.close()


WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, str(Path("tests/ingest/index").resolve()))
from test_chroma import ChromaIndex, entries
index = ChromaIndex(Path(sys.argv[1]), None, "test", 32)
if sys.argv[2] == "add":
    index.add(entries(int(sys.argv[3]), int(sys.argv[4])))
else:
    index.remove([f"k{n}" for n in range(int(sys.argv[3]), int(sys.argv[4]))])
"""


def elsewhere(folder: Path, verb: str, start: int, end: int) -> None:
    command = [sys.executable, "-c", WRITER, str(folder), verb, str(start), str(end)]
    subprocess.run(command, cwd=ROOT, check=True)


def test_writes_of_another_process_are_found_and_not_overwritten(tmp_path: Path) -> None:
    index = ChromaIndex(tmp_path, None, "test", 32)
    assert index.search(Query("", unit(1)), 5) == []
    elsewhere(tmp_path, "add", 0, 20)
    assert best(index, 13) == "k13"
    elsewhere(tmp_path, "add", 20, 1_500)
    assert best(index, 1_400) == "k1400"
    elsewhere(tmp_path, "remove", 13, 14)
    assert best(index, 13) != "k13"
    index.add(entries(1_500, 1_502))
    elsewhere(tmp_path, "add", 1_502, 1_504)
    assert [best(index, seed) for seed in (5, 1_400, 1_501, 1_503)] == [
        "k5",
        "k1400",
        "k1501",
        "k1503",
    ]
    assert len(index.ids()) == 1_503
    index.close()
    again = ChromaIndex(tmp_path, None, "test", 32)
    assert [best(again, seed) for seed in (5, 1_400, 1_501, 1_503)] == [
        "k5",
        "k1400",
        "k1501",
        "k1503",
    ]
    again.close()


def test_a_search_between_anothers_write_and_its_stamp_opens_anew(tmp_path: Path) -> None:
    index = ChromaIndex(tmp_path, None, "test", 32)
    assert index.search(Query("", unit(1)), 5) == []
    elsewhere(tmp_path, "add", 0, 20)
    (tmp_path / "test.stamp").unlink()
    assert best(index, 13) == "k13"
    index.close()


def test_nothing_is_opened_or_made_before_the_first_call(tmp_path: Path) -> None:
    index = ChromaIndex(tmp_path / "index", None, "test", 32)
    assert not (tmp_path / "index").exists()
    index.close()
    assert not (tmp_path / "index").exists()


def test_vectors_of_another_shape_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    index = ChromaIndex(tmp_path, None, "test", 32)
    good = entries(0, 1)
    for vector in (None, unit(1, 31), unit(1)[None, :]):
        with pytest.raises(IndexUnavailable, match="32 numbers") as caught:
            index.add([*good, Entry("bad", "d", "c", "", "", vector)])
        assert "rebuild" in caught.value.advice
        with pytest.raises(IndexUnavailable, match="32 numbers"):
            index.search(Query("text", vector), 5)
    assert index.ids() == set()
    index.close()


def test_damage_is_a_typed_error(tmp_path: Path) -> None:
    (tmp_path / "chroma.sqlite3").write_bytes(b"no database at all" * 100)
    index = ChromaIndex(tmp_path, None, "test", 32)
    with pytest.raises(IndexUnavailable, match="failed"):
        index.ids()
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(IndexUnavailable, match="failed"):
        ChromaIndex(tmp_path / "file", None, "test", 32).ids()


def test_a_closed_index_refuses(tmp_path: Path) -> None:
    index = ChromaIndex(tmp_path, None, "test", 32)
    index.add(entries(0, 2))
    index.close()
    index.close()
    with pytest.raises(IndexUnavailable, match="closed"):
        index.ids()
    with pytest.raises(IndexUnavailable, match="closed"):
        index.search(Query("", unit(1)), 1)


def test_it_stands_in_one_place(tmp_path: Path) -> None:
    for path, url in ((None, None), (None, ""), (tmp_path, "http://127.0.0.1:1")):
        with pytest.raises(IndexUnavailable, match="only one"):
            ChromaIndex(path, url, "test", 32)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "ftp://127.0.0.1", "127.0.0.1:8000"])
def test_a_server_out_of_reach_is_a_typed_error(url: str) -> None:
    with pytest.raises(IndexUnavailable) as caught:
        ChromaIndex(None, url, "test", 32).ids()
    assert caught.value.code == "index_unavailable"


@pytest.mark.slow
def test_a_server_holds_the_same_index_for_all_clients(chroma_url: str) -> None:
    embedder = HashEmbedder(32)
    one, two = (ChromaIndex(None, chroma_url, "test", 32) for _ in range(2))
    assert two.ids() == set()
    one.add(
        [
            Entry("合同", "d1", "c1", "", "", embedder.embed(["合同期限"])[0]),
            Entry("contract", "d2", "c2", "", "", embedder.embed(["contract period"])[0]),
        ]
    )
    query = Query("", embedder.embed(["合同期限是多久"])[0])
    assert two.search(query, 1)[0].chunk_id == "合同"
    assert [m.chunk_id for m in two.search(query, 5, Scope(collection_ids=("c2",)))] == ["contract"]
    two.remove(["合同"])
    assert one.ids() == {"contract"}
    one.close()
    two.close()


SILENT = """
import os, socket, sys
from pathlib import Path

def guard(event, arguments):
    if event in {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname"}:
        raise SystemExit(f"reached for the network: {event} {arguments}")

sys.addaudithook(guard)
from ingest.embedding.hash_embedder import HashEmbedder
from ingest.index.base import Entry, Query
from ingest.index.chroma import ChromaIndex
embedder = HashEmbedder(32)
index = ChromaIndex(Path(sys.argv[1]), None, "test", 32)
index.add([Entry("a", "d", "c", "", "", embedder.embed(["电池 battery"])[0])])
assert [m.chunk_id for m in index.search(Query("", embedder.embed(["battery"])[0]), 1)] == ["a"]
index.remove(["a"])
index.close()
assert not {"onnxruntime", "posthog"} & set(sys.modules), "an embedding function or telemetry"
from opentelemetry import trace
assert "Proxy" in type(trace.get_tracer_provider()).__name__, "OpenTelemetry exports"
"""


def test_nothing_is_sent_or_fetched(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("CHROMA_OTEL_COLLECTION_ENDPOINT=http://192.0.2.1:4317\n")
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{SILENT}", "index"],
        cwd=tmp_path,
        env={
            "PATH": "/usr/bin:/bin",
            "HOME": str(tmp_path),
            "CHROMA_OTEL_COLLECTION_ENDPOINT": "http://192.0.2.1:4317",
            "CHROMA_OTEL_GRANULARITY": "all",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not list(tmp_path.glob(".cache/**/*.onnx*"))

"""Tests a real Ray cluster: it gives the same results as one machine."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ingest.embedding.base import Embedder
from ingest.embedding.hash_embedder import HashEmbedder
from ingest.errors import Cancelled, CorruptFile, EmbeddingFailed, IngestError
from ingest.maintenance.audit import audit_library
from ingest.processing.sandbox import ParseJob, Parser
from ingest.processing.worker import Worker
from ingest.storage.files import FileStore
from tests.ingest.processing.node_fakes import (
    DEADLY,
    MortalEmbedder,
    SlowEmbedder,
    parse_mortal,
)
from tests.support.library import QUICK, Home
from tests.support.odd_parsers import parse_plain, parse_wild

pytest.importorskip("ray", reason="the extra `ray` is not installed")
from ingest.processing.ray_cluster import Cluster, ClusterOptions, Work

MODEL = partial(HashEmbedder, 32)
TEXTS = {f"{n}.txt": f"Pump {n} needs oil.\n\n型号{n}的水泵需要加油。" for n in range(6)}


@pytest.fixture(scope="module")
def head() -> Iterator[str]:
    """The address of a cluster with two nodes of one processor each."""
    from ray.cluster_utils import Cluster as Nodes

    nodes = Nodes(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    nodes.add_node(num_cpus=1)
    yield nodes.address
    nodes.shutdown()  # type: ignore[no-untyped-call]


@contextmanager
def cluster(
    address: str,
    parse: Parser = parse_plain,
    make: Callable[[], Embedder] = MODEL,
    **options: int,
) -> Iterator[Cluster]:
    chosen = {"embedders": 2, "parsers": 2, **options}
    running = Cluster(Work(parse, make), ClusterOptions(address, **chosen))
    try:
        yield running
    finally:
        running.close()


def ingested(home: Home, running: Cluster | None, texts: dict[str, str]) -> dict[str, Any]:
    """Add texts, process them, and return everything that was made of them."""
    collection = home.collection()
    for name, text in texts.items():
        home.add(text, name, collection)
    parsing = running.create_parser(home.library.files) if running else None
    Worker(home.library, parse_plain, QUICK, parsing=parsing).run(threading.Event(), True)
    library = home.library
    assert audit_library(library, deep=True) == []
    listed = library.list_documents(collection).items
    assert {str(document.state) for document in listed} == {"ready"}
    entries = home.dense.only.entries
    return {
        document.name: [
            (chunk.text, chunk.char_range, np.asarray(entries[chunk.id].vector).tolist())
            for chunk in library.read_chunks(document.id)
        ]
        for document in listed
    }


def home_at(root: Path, running: Cluster | None = None) -> Home:
    home = Home(root)
    if running is not None:
        local = HashEmbedder(32)
        home.library = home.open(lambda: running.create_embedder(local))
    return home


def test_a_cluster_makes_what_one_machine_makes(head: str, tmp_path: Path) -> None:
    with cluster(head) as running:
        there = ingested(home_at(tmp_path / "there", running), running, TEXTS)
    here = ingested(home_at(tmp_path / "here"), None, TEXTS)
    assert there == here


def test_the_work_of_killed_actors_is_done_again(head: str, tmp_path: Path) -> None:
    texts = TEXTS | {"deadly.txt": f"{DEADLY}{tmp_path / 'parser'} and is read all the same."}
    make = partial(MortalEmbedder, tmp_path / "embedder")
    with cluster(head, parse_mortal, make) as running:
        there = ingested(home_at(tmp_path / "there", running), running, texts)
    assert (tmp_path / "parser").exists()
    assert (tmp_path / "embedder").exists()
    assert there == ingested(home_at(tmp_path / "here"), None, texts)


def test_many_texts_keep_their_order(head: str) -> None:
    texts = [f"text number {n}" for n in range(1_000)]
    local = HashEmbedder(32)
    with cluster(head) as running:
        embedder = running.create_embedder(local)
        assert np.array_equal(embedder.embed(texts), local.embed(texts))
        assert embedder.embed([]).shape == (0, 32)
        assert (embedder.name, embedder.dimension) == (local.name, 32)
        assert embedder.count_tokens("two words") == local.count_tokens("two words")


def test_another_model_on_a_node_is_an_error(head: str) -> None:
    with (
        cluster(head, make=partial(HashEmbedder, 16)) as running,
        pytest.raises(EmbeddingFailed, match="A node has the model"),
    ):
        running.create_embedder(HashEmbedder(32)).embed(["text"])


def test_errors_of_parsing_keep_their_kind(head: str, tmp_path: Path) -> None:
    files = FileStore(tmp_path)
    with cluster(head, parse_wild) as running:
        sha256, _ = files.put(_written(tmp_path / "a", "broken"))
        with pytest.raises(CorruptFile):
            running.create_parser(files).run(
                ParseJob("d", 1, "a.txt", sha256), lambda done, of: None
            )
    assert not files.has_parsed("d", 1)


def test_stopping_kills_what_runs_and_frees_its_place(head: str, tmp_path: Path) -> None:
    files = FileStore(tmp_path)

    def stop(_done: int, _of: int) -> None:
        raise Cancelled("enough")

    with cluster(head, parse_wild, parsers=1) as running:
        parser = running.create_parser(files)
        hanging, _ = files.put(_written(tmp_path / "a", "hang"))
        with pytest.raises(Cancelled):
            parser.run(ParseJob("d", 1, "a.txt", hanging), stop)
        plain, _ = files.put(_written(tmp_path / "b", "fine"))
        parser.run(ParseJob("e", 1, "b.txt", plain), lambda done, of: None)
    assert files.has_parsed("e", 1)


def test_a_cluster_out_of_reach_is_a_typed_error() -> None:
    with pytest.raises(IngestError, match="cannot be reached"):
        Cluster(Work(parse_plain, partial(HashEmbedder, 32)), ClusterOptions("127.0.0.1:1"))


@pytest.mark.slow
def test_the_work_of_a_node_that_leaves_is_done_again(tmp_path: Path) -> None:
    from ray.cluster_utils import Cluster as Nodes

    nodes = Nodes(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    second = nodes.add_node(num_cpus=1)
    texts = [f"text number {n}" for n in range(640)]
    local = HashEmbedder(32)
    try:
        with cluster(nodes.address, make=partial(SlowEmbedder, 32)) as running:
            leaving = threading.Timer(1.5, lambda: nodes.remove_node(second, allow_graceful=False))
            embedder = running.create_embedder(local)
            embedder.embed(texts[:64])
            leaving.start()
            assert np.array_equal(embedder.embed(texts), local.embed(texts))
            leaving.join()
    finally:
        nodes.shutdown()  # type: ignore[no-untyped-call]


def _written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path

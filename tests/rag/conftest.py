"""A docchat over a small home: real store, Chroma, Tantivy and worker; the embedder is the fake."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from pathlib import Path

import pytest

from ingest.types import DocumentRecord
from rag.pipeline.bootstrap import Docchat, build_docchat
from rag.settings import Settings

POLICY = """# Refund policy

## Electronics

Electronics may be returned within 30 days of delivery. The box must be unopened.

## Books

Books may be returned within 14 days. Damaged books are replaced at no cost.
"""
PUMP = """# P-200 水泵手册

## 规格

P-200 水泵的额定流量为每小时 12 立方米，额定功率为 750 瓦。

## 保养

每 2000 小时更换一次机械密封，每半年清洗一次滤网。
"""
TURBINE = """# Tidal turbines

## Fatigue

The blades of a tidal turbine carry fatigue loads from turbulence and waves. """ + " ".join(
    f"Measurement number {number} of the blade root moment was {number * 7} kilonewton metres."
    for number in range(1, 40)
)

Add = Callable[[Docchat, str, Mapping[str, str]], list[DocumentRecord]]


def make_docchat(home: Path, **chosen: object) -> Docchat:
    return build_docchat(Settings(home=home, embedder={"model": "hash"}, **chosen))  # type: ignore[arg-type]


def add(docchat: Docchat, collection: str, texts: Mapping[str, str]) -> list[DocumentRecord]:
    """Add Markdown files to a new collection and work the queue off."""
    target = docchat.library.create_collection(collection)
    records = [
        docchat.library.add(BytesIO(text.encode()), name, target.id).document
        for name, text in texts.items()
    ]
    docchat.create_worker().run(threading.Event(), until_idle=True)
    return [docchat.library.get_document(record.id) for record in records]


@pytest.fixture(scope="package")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Docchat]:
    """Two collections, read only: "shop" with the policy, "plant" with the pump and the turbine."""
    docchat = make_docchat(tmp_path_factory.mktemp("shelf"))
    add(docchat, "shop", {"policy.md": POLICY})
    add(docchat, "plant", {"水泵.md": PUMP, "turbine.md": TURBINE})
    yield docchat
    docchat.close()


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Docchat]:
    """An empty docchat of one's own."""
    docchat = make_docchat(tmp_path / "home")
    yield docchat
    docchat.close()


@pytest.fixture
def add_texts() -> Add:
    """Adds Markdown texts to a new collection: (docchat, collection, {name: text})."""
    return add

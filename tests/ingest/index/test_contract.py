"""One contract over every Index: what the retriever and the library may rely on."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from eval.systems.baseline_bm25 import RankBM25Index
from eval.systems.baseline_dense import ExactDenseIndex
from eval.systems.buffered_index import BufferedIndex
from ingest.embedding.hash_embedder import HashEmbedder
from ingest.index.base import Entry, Index, Query, Scope
from ingest.index.chroma import ChromaIndex
from ingest.index.milvus import MilvusDenseIndex, MilvusLexicalIndex
from ingest.index.tantivy import TantivyIndex

EMBEDDER = HashEmbedder(256)


@dataclass(frozen=True)
class Places:
    """Where indexes of one test lie; `fixture` asks for a server that tests share."""

    folder: Path
    fixture: Callable[[str], str]

    @property
    def name(self) -> str:
        """A name for a collection, of this test only."""
        return f"t{uuid.uuid5(uuid.NAMESPACE_URL, str(self.folder)).hex}"


MAKERS: dict[str, Callable[[Places], Index]] = {
    "chroma": lambda at: ChromaIndex(at.folder / "chroma", None, "contract", 256),
    "chroma_server": lambda at: ChromaIndex(None, at.fixture("chroma_url"), at.name, 256),
    "tantivy": lambda at: TantivyIndex(at.folder / "tantivy"),
    "buffered": lambda at: BufferedIndex(TantivyIndex(at.folder / "buffered"), batch=3),
    "milvus_dense": lambda at: MilvusDenseIndex(at.fixture("milvus_file"), "", at.name, 256),
    "milvus_lexical": lambda at: MilvusLexicalIndex(at.fixture("milvus_file"), "", at.name),
    "rank_bm25": lambda at: RankBM25Index(),
    "exact_dense": lambda at: ExactDenseIndex(256),
}
PERSISTENT = ("chroma", "chroma_server", "milvus_dense", "milvus_lexical", "tantivy")


def entry(
    chunk_id: str, text: str, document: str = "d1", collection: str = "c1", headings: str = ""
) -> Entry:
    return Entry(chunk_id, document, collection, text, headings, EMBEDDER.embed([text])[0])


def query(text: str) -> Query:
    return Query(text, EMBEDDER.embed([text])[0])


CORPUS = [
    entry("a", "Warranty covers the battery for two years.", "d1", "c1"),
    entry("b", "The invoice must be paid within thirty days.", "d2", "c1"),
    entry("c", "保修期为两年，电池除外。", "d3", "c2"),
    entry("d", "发票应在三十天内支付。", "d4", "c2"),
]


@pytest.fixture
def places(request: pytest.FixtureRequest, tmp_path: Path) -> Places:
    return Places(tmp_path, request.getfixturevalue)


@pytest.fixture(params=sorted(MAKERS))
def make(request: pytest.FixtureRequest, places: Places) -> Callable[[], Index]:
    return lambda: MAKERS[request.param](places)


@pytest.fixture
def index(make: Callable[[], Index]) -> Iterator[Index]:
    made = make()
    yield made
    made.close()


def found(index: Index, text: str, limit: int = 10, scope: Scope | None = None) -> list[str]:
    return [match.chunk_id for match in index.search(query(text), limit, scope or Scope())]


def test_an_empty_index_finds_nothing_and_is_no_error(index: Index) -> None:
    assert found(index, "battery") == []
    assert index.ids() == set()
    index.add([])
    index.remove([])
    assert index.ids() == set()


@pytest.mark.parametrize(
    ("text", "best"),
    [
        ("how long is the battery warranty", "a"),
        ("when is the invoice due to be paid", "b"),
        ("电池的保修期是多久", "c"),
        ("发票支付", "d"),
    ],
)
def test_the_nearest_comes_first_in_english_and_chinese(index: Index, text: str, best: str) -> None:
    index.add(CORPUS)
    matches = index.search(query(text), 10)
    assert matches[0].chunk_id == best
    scores = [match.score for match in matches]
    assert scores == sorted(scores, reverse=True)
    assert index.ids() == {"a", "b", "c", "d"}


def test_of_several_that_fit_the_better_comes_first(index: Index) -> None:
    index.add(
        [
            entry("much", "battery warranty", "d1"),
            entry("some", "battery and invoice and payment", "d2"),
            entry("little", "the battery is one word among many others in this entry", "d3"),
        ]
    )
    assert found(index, "battery warranty") == ["much", "some", "little"]


def test_adding_an_id_again_replaces_it(index: Index) -> None:
    index.add(CORPUS)
    index.add([entry("a", "Helium is a noble gas.", "d9", "c9")])
    assert len(index.ids()) == 4
    assert found(index, "helium gas", 1) == ["a"]
    assert found(index, "helium gas", 1, Scope(document_ids=("d1",))) == []
    assert found(index, "helium gas", 1, Scope(document_ids=("d9",))) == ["a"]


def test_the_last_of_an_id_within_one_call_stands(index: Index) -> None:
    index.add([entry("a", "Old words entirely."), entry("a", "Helium is a noble gas.")])
    assert index.ids() == {"a"}
    assert found(index, "helium noble gas", 5) == ["a"]


def test_removal_takes_out_and_ignores_unknown_ids(index: Index) -> None:
    index.remove(["nowhere"])
    index.add(CORPUS)
    index.remove(["a", "a", "nowhere"])
    assert index.ids() == {"b", "c", "d"}
    assert "a" not in found(index, "battery warranty")
    index.remove(["b", "c", "d"])
    assert index.ids() == set()
    assert found(index, "battery warranty") == []


def test_scope_narrows_by_collection_and_document(index: Index) -> None:
    index.add(CORPUS)
    text = "battery warranty invoice 电池 保修期 发票"
    assert set(found(index, text)) == {"a", "b", "c", "d"}
    assert set(found(index, text, scope=Scope(collection_ids=("c1",)))) == {"a", "b"}
    assert set(found(index, text, scope=Scope(document_ids=("d2", "d3", "dx")))) == {"b", "c"}
    both = Scope(collection_ids=("c1",), document_ids=("d2", "d3"))
    assert found(index, text, scope=both) == ["b"]
    assert found(index, text, scope=Scope(collection_ids=())) == []
    assert found(index, text, scope=Scope(document_ids=())) == []
    assert found(index, text, scope=Scope(collection_ids=("nowhere",))) == []


def test_scope_may_name_very_many_documents(index: Index) -> None:
    index.add(CORPUS)
    many = tuple(f"x{number}" for number in range(40_000))
    scope = Scope(document_ids=(*many, "d2", "d3"))
    assert set(found(index, "battery invoice 电池 发票", scope=scope)) == {"b", "c"}


def test_limit_cuts_and_may_exceed_what_there_is(index: Index) -> None:
    index.add(CORPUS)
    text = "battery warranty invoice 电池 保修期 发票"
    everything = found(index, text, 1_000)
    assert len(everything) == 4
    assert found(index, text, 2) == everything[:2]
    assert found(index, text, 0) == []


def test_ties_go_by_chunk_id(index: Index) -> None:
    names = ["t3", "t1", "t5", "t2", "t4"]
    for name in names:
        index.add([entry(name, "the same words in every entry", f"doc-{name}")])
    assert found(index, "same words entry", 3) == ["t1", "t2", "t3"]
    assert found(index, "same words entry") == sorted(names)


@pytest.mark.parametrize("odd", ["合同-7", "naïve id", "a/b:c?d*", "🙂", "x" * 300])
def test_ids_may_hold_any_characters(index: Index, odd: str) -> None:
    index.add([entry(odd, "Helium is a noble gas.", document=odd, collection=odd), *CORPUS])
    assert odd in index.ids()
    scope = Scope(collection_ids=(odd,), document_ids=(odd,))
    assert found(index, "helium gas", 3, scope) == [odd]
    index.remove([odd])
    assert odd not in index.ids()


def test_text_without_any_term_is_kept_and_harmless(index: Index) -> None:
    index.add([entry("dots", "... !!! ……"), entry("empty", ""), *CORPUS])
    assert {"dots", "empty"} <= index.ids()
    assert found(index, "battery warranty", 1) == ["a"]
    assert len(index.search(query("？？？"), 2)) <= 2


def test_queries_are_text_and_no_query_language(index: Index) -> None:
    index.add(CORPUS)
    assert found(index, 'battery AND NOT (warranty:"x* OR', 1) == ["a"]


def test_searches_and_writes_from_several_threads(index: Index) -> None:
    failures: list[BaseException] = []

    def write(start: int) -> None:
        try:
            for number in range(start, start + 5):
                index.add([entry(f"n{number}", f"number {number} of many", f"doc{number}")])
                index.search(query("number many"), 5)
        except BaseException as error:
            failures.append(error)
            raise

    threads = [threading.Thread(target=write, args=(start,)) for start in (0, 5, 10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert index.ids() == {f"n{number}" for number in range(15)}


@pytest.mark.parametrize("name", PERSISTENT)
def test_what_was_written_is_there_after_reopening(name: str, places: Places) -> None:
    first = MAKERS[name](places)
    first.add(CORPUS)
    first.remove(["b"])
    before = first.search(query("电池 battery warranty"), 10)
    first.close()
    second = MAKERS[name](places)
    assert second.ids() == {"a", "c", "d"}
    after = second.search(query("电池 battery warranty"), 10)
    assert [match.chunk_id for match in after] == [match.chunk_id for match in before]
    assert [match.score for match in after] == pytest.approx([match.score for match in before])
    second.close()


@pytest.mark.parametrize("name", PERSISTENT)
def test_two_open_indexes_on_one_place_see_each_others_writes(name: str, places: Places) -> None:
    one, two = MAKERS[name](places), MAKERS[name](places)
    assert found(two, "battery") == []
    one.add(CORPUS)
    assert found(two, "battery warranty", 1) == ["a"]
    two.add([entry("e", "Helium is a noble gas.")])
    assert found(one, "helium gas", 1) == ["e"]
    one.remove(["a"])
    assert "a" not in found(two, "battery warranty")
    assert one.ids() == two.ids() == {"b", "c", "d", "e"}
    one.close()
    assert two.ids() == {"b", "c", "d", "e"}
    two.close()

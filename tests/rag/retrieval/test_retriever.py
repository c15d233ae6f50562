"""Retrieval over the real store and indexes: scope, languages, duplicates, neighbours."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import update

from ingest.embedding.hash_embedder import HashEmbedder
from ingest.errors import NotFound
from ingest.index.base import EVERYWHERE, Match, Query, Scope
from ingest.library import Passage
from ingest.storage.schema import chunks
from ingest.types import DocumentRecord
from rag.errors import QuestionInvalid
from rag.pipeline.bootstrap import Docchat
from rag.question.understand import understand_question
from rag.retrieval.reranker import OverlapReranker
from rag.retrieval.retriever import HybridRetriever, Retriever
from rag.settings import RetrievalSettings
from rag.types import Filters

PAGED = "\n\n".join(f"# Part {n}\n\nThe pump of part {n} has a valve." for n in range(1, 8))
Add = Callable[[Docchat, str, Mapping[str, str]], list[DocumentRecord]]


def retriever_of(
    docchat: Docchat, languages: tuple[str, ...] = ("*",), **settings: Any
) -> HybridRetriever:
    return HybridRetriever(
        docchat.library,
        docchat.library.dense,
        docchat.library.lexical,
        HashEmbedder(languages=languages),
        RetrievalSettings(**settings),
    )


def collection(docchat: Docchat, name: str) -> Filters:
    return Filters(collection_ids=(docchat.library.get_collection(name).id,))


@pytest.mark.parametrize(
    ("question", "document", "says"),
    [
        ("How long may books be returned?", "policy.md", "14 days"),
        ("水泵的额定功率是多少？", "水泵.md", "750"),
        ("多久更换一次机械密封", "水泵.md", "2000"),
    ],
)
@pytest.mark.parametrize("fusion", ["convex", "rrf"])
def test_the_best_hit_answers(
    shelf: Docchat, question: str, document: str, says: str, fusion: str
) -> None:
    best = retriever_of(shelf, fusion=fusion).search(understand_question(question))[0]
    assert best.document_name == document
    assert says in best.chunk.text
    assert best.lexical is not None
    assert best.dense is not None
    assert best.rerank is None
    assert best.media_type == "text/markdown"


def test_hits_come_best_first_and_no_more_than_asked(shelf: Docchat) -> None:
    hits = retriever_of(shelf).search(understand_question("blade root moment measurement"), limit=3)
    assert len(hits) == 3
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert (
        len(
            retriever_of(shelf, limit=2).search(
                understand_question("blade root moment measurement")
            )
        )
        == 2
    )


def test_only_passages_on_the_pages_wanted_are_found(fresh: Docchat, add_texts: Add) -> None:
    (record,) = add_texts(fresh, "paged", {"a.md": PAGED})
    with fresh.library.store.write() as connection:  # Markdown has one page
        place = chunks.c.ordinal
        connection.execute(update(chunks).values(page=place + 1, page_end=place + 2))
    retriever = retriever_of(fresh, links=0)
    every = len(retriever.search(understand_question("pump valve"), limit=50))
    assert every > 3

    def pages(first: int, last: int) -> set[int]:
        filters = Filters(document_ids=(record.id,), pages=(first, last))
        return {
            hit.chunk.page
            for hit in retriever.search(understand_question("pump valve"), filters, limit=50)
        }

    assert pages(1, 1) == {1}
    assert pages(3, 3) == {2, 3}, "a passage that runs over two pages stands on both"
    assert pages(1, 1_000) == set(range(1, every + 1))
    assert pages(900, 1_000) == set()


def test_filters_by_collection_and_document(shelf: Docchat) -> None:
    retriever = retriever_of(shelf)
    question = "measurement of the blade, returned books, 水泵"
    plant = retriever.search(understand_question(question), collection(shelf, "plant"), limit=50)
    assert {hit.document_name for hit in plant} == {"水泵.md", "turbine.md"}
    chosen = next(hit for hit in plant if hit.document_name == "水泵.md").chunk.document_id
    found = retriever.search(
        understand_question(question), Filters(document_ids=(chosen,)), limit=50
    )
    assert {hit.chunk.document_id for hit in found} == {chosen}
    assert retriever.search(understand_question(question), Filters(document_ids=())) == []
    with pytest.raises(NotFound):
        retriever.search(understand_question(question), Filters(document_ids=("nowhere",)))


def test_filter_by_metadata(fresh: Docchat) -> None:
    target = fresh.library.create_collection("c")
    for year in ("2023", "2024"):
        text = f"The budget of {year} was {year}000 euros.".encode()
        fresh.library.add(io.BytesIO(text), f"{year}.txt", target.id, {"year": year})
    fresh.create_worker().run(threading.Event(), until_idle=True)
    found = retriever_of(fresh).search(
        understand_question("What was the budget?"), Filters(metadata={"year": "2024"})
    )
    assert [hit.document_name for hit in found] == ["2024.txt"]
    assert (
        retriever_of(fresh).search(
            understand_question("budget"), Filters(metadata={"year": "1999"})
        )
        == []
    )


def test_the_dense_leg_counts_only_where_the_embedder_reads_the_question(shelf: Docchat) -> None:
    english = retriever_of(shelf, languages=("en",))
    chinese_hits = english.search(understand_question("水泵的额定功率是多少？"), limit=50)
    assert chinese_hits
    assert all(hit.dense is None and hit.lexical is not None for hit in chinese_hits)
    assert chinese_hits[0].document_name == "水泵.md"


def test_passages_in_a_language_the_embedder_does_not_read_have_no_dense_score(
    shelf: Docchat,
) -> None:
    hits = retriever_of(shelf, languages=("en",)).search(
        understand_question("P-200 blade books"), limit=50
    )
    by_name = {hit.document_name: hit for hit in reversed(hits)}
    assert by_name["turbine.md"].dense is not None
    assert by_name["水泵.md"].dense is None
    assert by_name["水泵.md"].lexical is not None


@pytest.mark.parametrize(("weight", "absent"), [(0.0, "dense"), (1.0, "lexical")])
def test_a_weight_of_nothing_leaves_the_leg_out(shelf: Docchat, weight: float, absent: str) -> None:
    hits = retriever_of(shelf, dense_weight=weight).search(understand_question("books returned"))
    assert hits
    assert all(getattr(hit, absent) is None for hit in hits)


def test_all_dense_weight_still_finds_chinese_with_an_english_embedder(shelf: Docchat) -> None:
    hits = retriever_of(shelf, languages=("en",), dense_weight=1.0).search(
        understand_question("机械密封")
    )
    assert hits[0].document_name == "水泵.md"


class Fixed:
    """An index that finds the same whatever it is asked."""

    def __init__(self, *matches: Match) -> None:
        self._matches = list(matches)

    def search(self, query: Query, limit: int, scope: Scope = EVERYWHERE) -> list[Match]:
        return self._matches[:limit]


@pytest.mark.parametrize("fusion", ["convex", "rrf"])
@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("Within how many days may books be returned?", "policy.md"),
        ("Wann darf ich Bücher zurückgeben?", "turbine.md"),
        ("书可以在几天内退还？", "turbine.md"),
    ],
)
def test_a_question_that_shares_no_word_is_left_to_the_vectors(
    shelf: Docchat, question: str, first: str, fusion: str
) -> None:
    """Both legs find the same each time: words the one, vectors the other."""
    books, blades = (
        retriever_of(shelf, names=0).search(understand_question(text))[0].chunk.id
        for text in ("books returned within 14 days", "fatigue loads of turbine blades")
    )
    lexical: Any = Fixed(Match(books, 9.0), Match(blades, 3.0))
    dense: Any = Fixed(Match(blades, 0.9), Match(books, 0.3))
    settings = RetrievalSettings(fusion=fusion, dense_weight=0.3, names=0)  # type: ignore[arg-type]
    retriever = HybridRetriever(shelf.library, dense, lexical, HashEmbedder(), settings)
    hits = retriever.search(understand_question(question))
    assert hits[0].document_name == first
    assert len(hits) == 2
    assert all(hit.lexical is not None for hit in hits), "what words found is still told"


@pytest.mark.parametrize("question", ["", "   ", "？！", "x" * 4001])
def test_what_is_no_question_is_refused(shelf: Docchat, question: str) -> None:
    with pytest.raises(QuestionInvalid):
        retriever_of(shelf).search(understand_question(question))


def test_no_passages_is_no_search(shelf: Docchat) -> None:
    with pytest.raises(QuestionInvalid):
        retriever_of(shelf).search(understand_question("books"), limit=0)


def reranked(docchat: Docchat, **settings: Any) -> HybridRetriever:
    return HybridRetriever(
        docchat.library,
        docchat.library.dense,
        docchat.library.lexical,
        HashEmbedder(),
        RetrievalSettings(links=0, **settings),
        OverlapReranker(),
    )


def test_a_reranker_with_all_weight_has_the_last_word(shelf: Docchat) -> None:
    hits = reranked(shelf, rerank_weight=1.0).search(
        understand_question("damaged books replaced"), limit=5
    )
    assert hits[0].rerank == 1.0
    scores = [hit.rerank for hit in hits if hit.rerank is not None]
    assert scores == sorted(scores, reverse=True)
    plain = retriever_of(shelf).search(understand_question("damaged books"), limit=50)
    assert {h.chunk.id for h in hits} <= {h.chunk.id for h in plain}


def test_a_reranker_sees_no_more_than_its_depth(shelf: Docchat) -> None:
    hits = reranked(shelf, rerank_depth=2).search(
        understand_question("blade root moment"), limit=50
    )
    assert sum(hit.rerank is not None for hit in hits) == 2
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


class Mute:
    """A reranker that can judge nothing."""

    def score(self, query: Query, passages: Sequence[Passage]) -> dict[str, float]:
        return {}


def test_a_reranker_that_judges_nothing_changes_nothing(shelf: Docchat) -> None:
    parts = (shelf.library, shelf.library.dense, shelf.library.lexical, HashEmbedder())
    mute = HybridRetriever(*parts, RetrievalSettings(links=0), Mute())
    plain = retriever_of(shelf, links=0)
    assert mute.rank(understand_question("damaged books")) == plain.rank(
        understand_question("damaged books")
    )


def test_agreement_counts_only_where_words_alone_rank(shelf: Docchat) -> None:
    english = retriever_of(shelf, languages=("en",))
    assert all(
        hit.agreement is not None
        for hit in english.search(understand_question("水泵的额定功率"), limit=50)
    )
    assert all(
        hit.agreement is None
        for hit in english.search(understand_question("books returned"), limit=50)
    )
    off = retriever_of(shelf, languages=("en",), agreement=0)
    assert all(
        hit.agreement is None for hit in off.search(understand_question("水泵的额定功率"), limit=50)
    )


def test_a_document_named_by_a_hit_is_raised(fresh: Docchat, add_texts: Add) -> None:
    texts = {
        "dice.md": "# Demon Dice\n\nA collectible game with thirteen dice by Lester Smith.",
        "smith.md": "# Lester Smith\n\nBorn in 1960 in Indiana.",
        "moon.md": "# The Moon\n\nThe moon has no air. It is far away.",
    } | {f"dice {n}.md": f"# Dice {n}\n\nDice number {n} are thrown." for n in range(20)}
    add_texts(fresh, "c", texts)
    question = "Where was the author of the collectible demon dice game born?"
    hits = retriever_of(fresh).search(understand_question(question), limit=3)
    linked = {hit.document_name: hit.linked for hit in hits}
    assert linked["smith.md"] is not None
    unlinked = retriever_of(fresh, links=0).search(understand_question(question), limit=30)
    assert all(hit.linked is None for hit in unlinked)


def test_the_named_document_comes_first(fresh: Docchat, add_texts: Add) -> None:
    text = "The revenue of the year was {} million."
    names = {f"ACME_{year}_10K.md": text.format(year) for year in (2020, 2021, 2022)}
    add_texts(fresh, "c", names)
    hits = retriever_of(fresh).search(understand_question("What was the revenue of Acme in FY21?"))
    assert hits[0].document_name == "ACME_2021_10K.md"
    assert hits[0].named == 2.0
    unnamed = retriever_of(fresh, names=0).search(
        understand_question("What was the revenue of Acme in FY21?")
    )
    assert all(hit.named is None for hit in unnamed)


def test_a_phrase_in_quotation_marks_must_stand_there(shelf: Docchat) -> None:
    hits = retriever_of(shelf).search(understand_question('+"within 14 days" returned'), limit=50)
    assert [hit.document_name for hit in hits] == ["policy.md"]
    assert "14 days" in hits[0].chunk.text
    assert (
        retriever_of(shelf).search(understand_question('+"a phrase that stands nowhere" books'))
        == []
    )
    assert retriever_of(shelf).search(understand_question('"a phrase that stands nowhere" books'))


def test_a_word_with_a_minus_must_not_stand_there(shelf: Docchat) -> None:
    hits = retriever_of(shelf).search(
        understand_question("returned within days -Electronics"), limit=50
    )
    assert hits
    assert all("Electronics" not in hit.chunk.indexed_text for hit in hits)


def test_the_same_text_in_two_documents_is_told_once(fresh: Docchat, add_texts: Add) -> None:
    text = "The warranty covers the pump for five years after purchase."
    add_texts(fresh, "c", {"a.md": text, "b.md": text.replace(" ", "\n"), "c.md": "Nothing else."})
    hits = retriever_of(fresh).search(understand_question("How long is the warranty of the pump?"))
    assert sum("warranty" in hit.chunk.text for hit in hits) == 1


def test_a_deleted_document_is_not_found_though_the_indexes_still_hold_it(
    fresh: Docchat, add_texts: Add
) -> None:
    kept, gone = add_texts(
        fresh, "c", {"kept.md": "The pump is blue.", "gone.md": "The pump is red and very loud."}
    )
    fresh.library.delete(gone.id)
    assert len(fresh.library.lexical.ids()) == 2
    hits = retriever_of(fresh, depth=1).search(
        understand_question("Is the pump red and loud?"), limit=1
    )
    assert [hit.chunk.document_id for hit in hits] == [kept.id]


def test_a_cut_hit_is_joined_by_its_neighbours_and_nothing_is_told_twice(shelf: Docchat) -> None:
    hits = retriever_of(shelf).search(
        understand_question("Measurement number 20 of the blade root moment"), limit=1
    )
    (hit,) = hits
    assert hit.neighbours
    for other in hit.neighbours:
        assert other.document_id == hit.chunk.document_id
        assert other.heading_path == hit.chunk.heading_path
        low, high = hit.chunk.char_range
        assert other.char_range[1] <= low or other.char_range[0] >= high
    text = shelf.library.read_parsed(hit.chunk.document_id).text
    for part in (hit.chunk, *hit.neighbours):
        assert text[slice(*part.char_range)] == part.text


def test_no_neighbour_is_a_hit_or_another_hits_neighbour(shelf: Docchat) -> None:
    hits = retriever_of(shelf).search(
        understand_question("blade root moment"), collection(shelf, "plant"), limit=50
    )
    ranges = sorted(
        part.char_range
        for hit in hits
        if hit.document_name == "turbine.md"
        for part in hit.neighbours
    )
    assert all(first[1] <= second[0] for first, second in pairwise(ranges))
    ids = {hit.chunk.id for hit in hits}
    assert not ids & {part.id for hit in hits for part in hit.neighbours}


def test_a_whole_section_is_not_widened(shelf: Docchat) -> None:
    hits = retriever_of(shelf).search(
        understand_question("damaged books"), collection(shelf, "shop")
    )
    assert all(hit.neighbours == () for hit in hits)
    unjoined = retriever_of(shelf, neighbours=0).search(
        understand_question("Measurement number 20"), limit=1
    )
    assert unjoined[0].neighbours == ()


def test_rank_is_search_without_neighbours(shelf: Docchat) -> None:
    retriever = retriever_of(shelf)
    ranked, found = (
        retriever.rank(understand_question("blade root moment")),
        retriever.search(understand_question("blade root moment")),
    )
    assert ranked == [replace(hit, neighbours=()) for hit in found]


def test_the_retriever_is_one_by_protocol(shelf: Docchat) -> None:
    retriever: Retriever = shelf.retriever
    assert retriever.search(understand_question("books"))

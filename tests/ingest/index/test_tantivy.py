"""What only the lexical index does: BM25 as the reference has it, and life with other processes."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from eval.systems.baseline_bm25 import RankBM25Index
from ingest.errors import IndexUnavailable
from ingest.index.base import Entry, Query, Scope
from ingest.index.tantivy import TantivyIndex
from tests.support import ROOT

SUBJECTS = ["battery", "invoice", "contract", "电池", "发票", "合同", "warranty", "turbine"]
VERBS = ["covers", "pays", "ends", "支付", "包括", "expires"]
QUERIES = [
    "battery warranty",
    "电池 合同",
    "invoice pays 42",
    "turbine",
    "发票支付",
    "battery battery invoice",
]


def corpus() -> list[Entry]:
    """200 entries of 3 to 90 words, Chinese and English, the same in every run."""
    entries = []
    state = 7
    for number in range(200):
        words = []
        for _ in range(3 + (number * 13) % 88):
            state = (state * 1_103_515_245 + 12_345) % 2**31
            pool = (SUBJECTS, VERBS, [f"filler{state % 97}", str(state % 50)])[state // 7 % 3]
            words.append(pool[state // 11 % len(pool)])
        entries.append(Entry(f"c{number:03}", f"d{number // 4}", "c", " ".join(words)))
    return entries


@pytest.mark.parametrize("text", QUERIES)
def test_scores_agree_with_rank_bm25(text: str, tmp_path: Path) -> None:
    # One field, Lucene's idf on both sides. Tantivy rounds lengths above 40 down to 8 steps per
    # doubling, so a score may differ by up to 6 %, and only near-ties may change places.
    index, reference = (
        TantivyIndex(tmp_path, headings_weight=0, pairs_weight=0),
        RankBM25Index(lucene_idf=True),
    )
    index.add(corpus())
    reference.add(corpus())
    got = {match.chunk_id: match.score for match in index.search(Query(text), 500)}
    due = {match.chunk_id: match.score for match in reference.search(Query(text), 500)}
    assert got.keys() == due.keys()
    for chunk_id, score in due.items():
        assert got[chunk_id] == pytest.approx(score, rel=0.06), chunk_id
    for better, worse in pairwise(sorted(got, key=got.__getitem__, reverse=True)):
        assert due[better] >= due[worse] * 0.94


def test_short_entries_score_exactly_as_rank_bm25(tmp_path: Path) -> None:
    # Lengths up to 40 terms are stored exactly, so only the float32 of Tantivy is left.
    texts = [f"battery filler{n} {'invoice ' * (n % 5)}合同{n}" for n in range(30)]
    entries = [Entry(f"c{n:02}", "d", "c", text) for n, text in enumerate(texts)]
    index, reference = (
        TantivyIndex(tmp_path, headings_weight=0, pairs_weight=0),
        RankBM25Index(lucene_idf=True),
    )
    index.add(entries)
    reference.add(entries)
    query = Query("invoice 合同 filler7 battery battery")
    got, due = index.search(query, 30), reference.search(query, 30)
    assert [match.chunk_id for match in got] == [match.chunk_id for match in due]
    assert [m.score for m in got] == pytest.approx([m.score for m in due], rel=1e-5)


def test_headings_are_found_and_lift_a_passage(tmp_path: Path) -> None:
    index = TantivyIndex(tmp_path)
    index.add(
        [
            Entry("plain", "d", "c", "It lasts two years after the warranty begins."),
            Entry("headed", "d", "c", "It lasts two years after purchase.", "Manual\nWarranty"),
            Entry("标题", "d", "c", "自购买之日起两年。", "手册\n保修期"),
        ]
    )
    assert index.search(Query("warranty years"), 2)[0].chunk_id == "headed"
    assert [match.chunk_id for match in index.search(Query("保修"), 5)] == ["标题"]


def test_common_words_of_the_query_do_not_select(tmp_path: Path) -> None:
    index = TantivyIndex(tmp_path)
    index.add([Entry("a", "d", "c", "The battery is in the box.")])
    assert index.search(Query("is it in the"), 5) == []


WRITER = """
import sys
from pathlib import Path
from ingest.index.base import Entry
from ingest.index.tantivy import TantivyIndex
index = TantivyIndex(Path(sys.argv[1]))
for number in range(int(sys.argv[2]), int(sys.argv[3])):
    index.add([Entry(f"n{number}", "d", "c", f"battery number{number} 电池")])
"""


def writer(folder: Path, start: int, end: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", WRITER, str(folder), str(start), str(end)]
    return subprocess.Popen(command, cwd=ROOT)


def test_commits_of_another_process_are_seen_at_once(tmp_path: Path) -> None:
    index = TantivyIndex(tmp_path)
    assert index.search(Query("battery"), 5) == []
    assert writer(tmp_path, 0, 3).wait() == 0
    assert {match.chunk_id for match in index.search(Query("电池"), 5)} == {"n0", "n1", "n2"}
    index.add([Entry("own", "d", "c", "battery")])
    assert index.ids() == {"n0", "n1", "n2", "own"}


def test_two_writing_processes_wait_for_each_other(tmp_path: Path) -> None:
    TantivyIndex(tmp_path).close()
    both = [writer(tmp_path, 0, 12), writer(tmp_path, 12, 24)]
    assert [process.wait() for process in both] == [0, 0]
    assert TantivyIndex(tmp_path).ids() == {f"n{number}" for number in range(24)}


def test_a_lock_that_stays_taken_is_a_typed_error(tmp_path: Path) -> None:
    holder = TantivyIndex(tmp_path)
    import tantivy

    lock = tantivy.Index.open(str(tmp_path)).writer(15_000_000, 1)
    try:
        with pytest.raises(IndexUnavailable, match="LockBusy"):
            TantivyIndex(tmp_path, lock_wait_s=0.1).add([Entry("a", "d", "c", "text")])
        assert holder.search(Query("text"), 5) == []
    finally:
        lock.wait_merging_threads()
    holder.add([Entry("a", "d", "c", "text")])
    assert holder.ids() == {"a"}


def test_damage_and_foreign_folders_are_typed_errors(tmp_path: Path) -> None:
    TantivyIndex(tmp_path / "damaged").close()
    (tmp_path / "damaged" / "meta.json").write_text("{")
    with pytest.raises(IndexUnavailable, match="failed"):
        TantivyIndex(tmp_path / "damaged")
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(IndexUnavailable, match="failed"):
        TantivyIndex(tmp_path / "file")

    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_text_field("other", stored=True)
    (tmp_path / "other").mkdir()
    tantivy.Index(builder.build(), path=str(tmp_path / "other"))
    with pytest.raises(IndexUnavailable, match="schema"):
        TantivyIndex(tmp_path / "other")


def test_a_closed_index_refuses(tmp_path: Path) -> None:
    index = TantivyIndex(tmp_path)
    index.close()
    for call in (
        index.ids,
        lambda: index.add([Entry("a", "d", "c", "text")]),
        lambda: index.remove(["a"]),
        lambda: index.search(Query("text"), 1),
    ):
        with pytest.raises(IndexUnavailable, match="closed"):
            call()


def test_neighbouring_words_of_the_question_count_where_they_are_neighbours(tmp_path: Path) -> None:
    index = TantivyIndex(tmp_path)
    index.add(
        [
            Entry("apart", "d1", "c", "The market opened when the stock of flour was low."),
            Entry("near", "d2", "c", "Flour was low when the stock market opened again."),
        ]
    )
    apart, near = sorted(index.search(Query("stock market"), 2), key=lambda match: match.chunk_id)
    assert near.score > apart.score


def test_required_phrases_and_excluded_words(tmp_path: Path) -> None:
    index = TantivyIndex(tmp_path)
    index.add(
        [
            Entry("a", "d1", "c", "Force majeure ends the contract."),
            Entry("b", "d2", "c", "A majeure of force is no contract."),
            Entry("c", "d3", "c", "不可抗力终止合同。"),
        ]
    )

    def found(query: Query) -> list[str]:
        return [match.chunk_id for match in index.search(query, 9)]

    assert found(Query("contract", required=("force majeure",))) == ["a"]
    assert found(Query("contract", excluded=("majeure",))) == []
    assert found(Query("contract", excluded=("ends",))) == ["b"]
    assert found(Query("合同", required=("不可抗力",))) == ["c"]


def test_unknown_terms_have_a_nearest_one(tmp_path: Path) -> None:
    index = TantivyIndex(tmp_path)
    index.add([Entry("a", "d1", "c", "Set the time of the pump.", "Clock")])
    assert index.find_near_terms({"tiem": 1, "pump": 1, "zeppelin": 2, "clokc": 1}) == {
        "tiem": "time",
        "clokc": "clock",
    }
    assert index.find_near_terms({}) == {}


def test_documents_are_found_by_their_titles(tmp_path: Path) -> None:
    index = TantivyIndex(tmp_path)
    index.add(
        [
            Entry("a", "d1", "c", "Born in 1960.", "Lester Smith\nLife"),
            Entry("b", "d1", "c", "He made games.", "Lester Smith\nWork"),
            Entry("x", "d2", "c", "Lester Smith made games.", "Demon Dice"),
        ]
    )
    found = index.search_titles({"lester smith"}, Query("Which games?"), 9)
    assert [match.chunk_id for match in found] == ["b", "a"]
    assert found[1].score == 0
    assert index.search_titles(set(), Query("games"), 9) == []
    assert index.search_titles({"nobody"}, Query("games"), 9) == []
    assert (
        index.search_titles({"lester smith"}, Query("games"), 9, Scope(document_ids=("d2",))) == []
    )

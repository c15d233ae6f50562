"""The retrieval suite on a small set of our own, through the real library, worker and indexes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.data.datasets import CorpusEntry, QuestionSet, RetrievalSet, load_question_set
from eval.errors import EvalError
from eval.measures.cases import Case
from eval.measures.row_figures import RETRIEVAL
from eval.runs.run_store import RunStore, RunWriter, new_info
from eval.runs.summary import DOCUMENTS, DatasetSummary, summarise_cases
from eval.suites.retrieval import RetrievalPlan, run_retrieval
from eval.suites.tasks import as_markdown, file_name, task_of
from eval.systems.rankers import (
    BASELINES,
    USUAL_BASELINES,
    parse_baselines,
    reciprocal_rank_fusion,
)
from eval.systems.variants import BASE, Variant, build_variants
from ingest.formats.registry import parse_file
from rag.settings import Settings

CORPUS = (
    CorpusEntry("w/1", "Warranty", "The warranty covers the battery for two years."),
    CorpusEntry("i", "", "Invoices are due within thirty days of receipt."),
    CorpusEntry("保", "保修", "保修期为两年，电池除外。"),
    CorpusEntry("票", "", "发票应在三十天内支付。"),
    CorpusEntry("twin", "", "Invoices are due within thirty days of receipt."),
    CorpusEntry("nothing", " ", "..."),
)
QUERIES = {"q1": "battery warranty years", "q2": "电池的保修期", "q3": "when are invoices due"}
QRELS = {"q1": {"w/1": 1}, "q2": {"保": 1}, "q3": {"i": 1, "gone": 1}}


TINY = RetrievalSet("tiny", CORPUS, QUERIES, QRELS)
ALL_BUT_LANGCHAIN = tuple(name for name in BASELINES if name != "langchain")


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCCHAT_HOME", str(tmp_path / "home"))


def varied(*specs: str) -> list[Variant]:
    return build_variants(
        specs, lambda **given: Settings(**({"embedder": {"model": "hash"}} | given))
    )


def measured(
    folder: Path,
    data: RetrievalSet | QuestionSet,
    plan: RetrievalPlan,
    stages: list[str] | None = None,
) -> RunWriter:
    task = task_of(data)
    into = RunStore(folder / "runs").begin(new_info("retrieval", [task.data], {}))
    heard = [] if stages is None else stages
    run_retrieval(
        [task],
        plan,
        into,
        folder / "cache",
        progress=lambda stage, done, total: heard.append(stage),
    )
    return into


def summary(into: RunWriter) -> DatasetSummary:
    (found,) = summarise_cases(into.cases, RETRIEVAL)
    return found


def test_every_system_is_measured_over_the_same_passages(tmp_path: Path) -> None:
    into = measured(tmp_path, TINY, RetrievalPlan(varied(), ALL_BUT_LANGCHAIN))
    found = summary(into)
    assert [row.row for row in found.rows] == [BASE, *ALL_BUT_LANGCHAIN]
    for row in found.rows:
        assert (row.cases, row.timed, row.failures) == (3, 3, ()), row.row
        assert row.p50_ms is not None
        assert row.p50_ms > 0
        # One of the four relevant documents is not in the corpus.
        assert row.figures["recall@100"].value == pytest.approx((1 + 1 + 0.5) / 3), row.row
        if row.row in (BASE, "rank-bm25", "lexical-index"):
            assert row.figures["MRR@10"].value >= 0.8, row.row
    # The twins have the same bytes: the library keeps one document, and it counts for both.
    (ingestion,) = into.info.ingestions
    assert (ingestion.documents, ingestion.chunks) == (5, 4)
    assert into.info.data[0].left_out == "1 entries without text"
    assert {case.group for case in into.cases} == {"en", "zh"}
    assert not (tmp_path / "home").exists(), "the user's own home was touched"


def test_a_case_says_what_was_due_and_what_was_found(tmp_path: Path) -> None:
    into = measured(tmp_path, TINY, RetrievalPlan(varied()))
    case = next(case for case in into.cases if case.id == "q1")
    assert case.due == ("w/1: Warranty",)
    assert case.found[0].document == "w/1: Warranty"
    assert case.found[0].right
    assert "two years" in case.found[0].text
    assert "gone: not in the corpus" in next(c for c in into.cases if c.id == "q3").due


def test_settings_that_only_search_share_one_ingestion(tmp_path: Path) -> None:
    rows = varied("retrieval.dense_weight=0,1", "chunk.max_tokens=64")
    stages: list[str] = []
    into = measured(tmp_path, TINY, RetrievalPlan(rows, USUAL_BASELINES), stages)
    assert [each.rows for each in into.info.ingestions] == [
        (BASE, "retrieval.dense_weight=0", "retrieval.dense_weight=1"),
        ("chunk.max_tokens=64",),
    ]
    assert [row.row for row in summary(into).rows] == [
        BASE,
        "retrieval.dense_weight=0",
        "retrieval.dense_weight=1",
        *USUAL_BASELINES,
        "chunk.max_tokens=64",
    ]
    assert stages[0] == "tiny: adding"
    # The dense row alone is the dense index alone, so the setting did reach the retriever.
    by_row = {row.row: row for row in summary(into).rows}
    assert by_row["retrieval.dense_weight=1"].figures["MAP@100"].value == pytest.approx(
        by_row["dense"].figures["MAP@100"].value
    )


def test_what_is_there_is_not_measured_again(tmp_path: Path) -> None:
    plan = RetrievalPlan(varied(), ("rank-bm25",))
    first = measured(tmp_path, TINY, plan)
    again = RunStore(tmp_path / "runs").begin(new_info("retrieval", [task_of(TINY).data], {}))
    assert len(again.cases) == len(first.cases)
    stages: list[str] = []
    both = measured(tmp_path, TINY, plan, stages)
    assert stages == [], "nothing was to be done, not even ingesting"
    assert both.cases == first.cases


def test_a_run_cut_short_gives_what_a_whole_one_gives(tmp_path: Path) -> None:
    plan = RetrievalPlan(varied(), ("rank-bm25",))
    whole = measured(tmp_path / "whole", TINY, plan)
    cut = RunStore(tmp_path / "cut" / "runs").begin(new_info("retrieval", [task_of(TINY).data], {}))
    cut.add(whole.cases[0])
    taken_up = measured(tmp_path / "cut", TINY, plan)

    def without_times(into: RunWriter) -> dict[tuple[str, str], tuple[object, ...]]:
        # Passages without a word of the question tie, and ties go by ids, which are drawn anew.
        return {(case.row, case.id): (case.values, case.found[0]) for case in into.cases}

    assert without_times(taken_up) == without_times(whole)


def test_only_the_first_queries_are_asked_when_told_so(tmp_path: Path) -> None:
    into = measured(tmp_path, TINY, RetrievalPlan(varied(), limit_queries=1))
    assert [case.id for case in into.cases] == ["q1"]


MANUAL = """# Manual

The safety valve must be replaced every 24 months.

## Boiler

The boiler holds 4.2 litres of water.
"""


@pytest.fixture
def asked(tmp_path: Path) -> QuestionSet:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "manual.md").write_text(MANUAL)
    (folder / "办法.txt").write_text("出差结束后十五日内提交报销单。\n", encoding="utf-8")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 and nothing more")
    rows: list[dict[str, object]] = [
        {"id": "1", "question": "How often is the valve replaced?", "answer": "24 months"},
        {"id": "2", "question": "How is the boiler?", "answer": "in other words", "pages": [1]},
        {"id": "3", "question": "出差结束后多少天内提交报销单？", "file": "办法.txt"},
        {"id": "4", "question": "What does the broken file say?", "file": "broken.pdf"},
        {"id": "5", "question": "How much is it?", "pages": [7]},
        {"id": "6", "question": "Who?", "answerable": False},
    ]
    lines = [json.dumps({"file": "manual.md", "pages": [1]} | row) for row in rows]
    (folder / "questions.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return load_question_set(folder)


def test_questions_on_files_are_judged_by_pages(tmp_path: Path, asked: QuestionSet) -> None:
    into = measured(tmp_path, asked, RetrievalPlan(varied(), ("rank-bm25",)))
    cases = {case.id: case for case in into.cases if case.row == BASE}
    assert set(cases) == {"1", "2", "3", "4", "5"}, "the unanswerable cannot be looked for"
    assert cases["1"].values["page@1"] == cases["1"].values["passage@1"] == 1.0
    assert cases["1"].due == ("manual.md, page 1 (Manual; Manual › Boiler): 24 months",)
    assert "passage@5" not in cases["2"].values, "its gold words stand nowhere"
    assert cases["3"].values["page MRR@10"] == 1.0
    assert cases["3"].group == "zh"
    assert cases["5"].values == {}
    assert cases["5"].failure is not None, "a page that is not there is no miss"
    assert cases["5"].failure.code == "page_not_there"
    assert cases["5"].failure.message == "manual.md has 1 page: there is no page 7."
    assert cases["5"].due == ("manual.md, page 7",)
    assert "passage@5" in task_of(asked).figures
    assert into.info.data[0].left_out == "1 unanswerable questions"


def test_a_file_that_failed_fails_its_questions(tmp_path: Path, asked: QuestionSet) -> None:
    into = measured(tmp_path, asked, RetrievalPlan(varied()))
    failures = {(case.row, case.id): case.failure for case in into.cases if case.failure}
    lost, question = failures[DOCUMENTS, f"{BASE}/broken.pdf"], failures[BASE, "4"]
    assert lost.code == "corrupt_file"
    assert question.code == "document_not_ready"
    assert summary(into).rows[0].figures["page@5"].cases == 3


def test_baselines_are_chosen_by_name() -> None:
    assert parse_baselines("rank-bm25, dense,rrf") == USUAL_BASELINES
    assert parse_baselines("none") == ()
    with pytest.raises(EvalError, match="no baseline bm26"):
        parse_baselines("rank-bm25,bm26")


def test_rrf_is_the_formula_of_the_paper() -> None:
    assert reciprocal_rank_fusion([["a", "b"], ["b", "c"]], 5) == ["b", "a", "c"]
    assert reciprocal_rank_fusion([["b"], ["a"]], 5) == ["a", "b"]
    assert reciprocal_rank_fusion([["a", "b"], ["b", "c"]], 1) == ["b"]


@pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::pydantic.PydanticDeprecationWarning"
)
def test_langchain_ranks_the_same_passages(tmp_path: Path) -> None:
    for package in ("langchain_classic", "langchain_community", "langchain_chroma"):
        pytest.importorskip(package, reason="needs the extra bench")
    into = measured(tmp_path, TINY, RetrievalPlan(varied(), ("langchain", "dense")))
    langchain: list[Case] = [case for case in into.cases if case.row == "langchain"]
    assert [case.failure for case in langchain] == [None] * 3
    english = [case.values["MRR@10"] for case in langchain if case.group == "en"]
    assert english == [1.0, 1.0]


def test_names_of_entries_say_nothing() -> None:
    names = [file_name(number) for number in range(30_000)]
    assert len(set(names)) == 30_000
    assert not any(character.isdigit() for character in "".join(names))


@pytest.mark.parametrize(
    "text",
    [
        "# not a heading\n- no list\n1. nor this | not a table |\n    no code",
        "*not bold* _nor_ <b>html</b> & &amp; [1](x) `code` \\ back~~slash~~",
        "保修期为两年。\n=====\n电池除外。",
        "> no quote\n\nA second paragraph.\n***\n$x_1^2$",
    ],
)
def test_no_character_of_a_text_is_taken_for_markup(text: str) -> None:
    document = parse_file(as_markdown(CorpusEntry("a", "Title *of* a\ntext", text)), "a.md")
    assert document.blocks[0].kind in ("title", "heading")
    assert document.blocks[0].text == "Title *of* a text"
    body = " ".join(block.text for block in document.blocks[1:])
    assert " ".join(body.split()) == " ".join(text.split())
    assert {block.kind for block in document.blocks[1:]} == {"text"}

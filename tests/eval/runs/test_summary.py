"""Summaries, comparisons and the page, from runs made by hand."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from eval.errors import RunInvalid
from eval.measures.cases import Case, CaseFailure, FoundPassage
from eval.measures.row_figures import GROUNDING, RETRIEVAL, is_missed
from eval.report.page import html_page, place_of, write_page
from eval.report.plots import (
    DIFFERENCE_HEIGHT,
    WIDTH,
    Tick,
    difference_plots,
    dot_plots,
    latency_plot,
)
from eval.report.tables import (
    dataset_title,
    format_p_value,
    print_comparison,
    print_run,
    print_runs,
)
from eval.runs.compare import compare_runs
from eval.runs.run_store import Ingestion, StoredRun
from eval.runs.summary import DOCUMENTS, summarise_cases
from tests.eval.made import DATA, case, failed, stored


def test_rows_have_means_intervals_latency_and_the_difference_to_the_first() -> None:
    (found,) = summarise_cases(stored([1.0, 0.5, 0.0], [0.5, 0.5, 0.5]).cases, RETRIEVAL)
    assert (found.dataset, found.main, found.measures) == ("mine", "nDCG@10", ("nDCG@10", "MRR@10"))
    first, other = found.rows
    assert first.figures["nDCG@10"].value == 0.5
    assert (first.p50_ms, first.timed) == (11.0, 3)
    assert first.against is None
    assert other.against is not None
    assert (other.against.better, other.against.worse, other.against.mean) == (1, 1, 0.0)
    assert other.p50_ms is None


def test_a_failed_case_is_counted_and_in_no_average() -> None:
    cases = [case("docchat", "q1", 1.0), failed("docchat", "q2"), case("dense", "q1", 0.0)]
    lost = Case("mine", DOCUMENTS, "a.pdf", "", failure=CaseFailure("a.pdf", "corrupt_file", "no"))
    (found,) = summarise_cases([lost, *cases], RETRIEVAL)
    first = found.rows[0]
    assert (first.row, first.cases, len(first.failures)) == ("docchat", 2, 1)
    assert first.figures["nDCG@10"].value == 1.0
    assert first.figures["nDCG@10"].cases == 1
    assert [each.case for each in found.documents] == ["a.pdf"]
    assert found.failure_count == 2


def test_languages_have_rows_of_their_own() -> None:
    cases = [case("docchat", "q1", 1.0), replace(case("docchat", "q2", 0.0), group="zh")]
    (found,) = summarise_cases(cases, RETRIEVAL)
    values = {row.group: row.figures["nDCG@10"].value for row in found.groups}
    assert values == {"en": 1.0, "zh": 0.0}


def test_figures_that_are_no_means_are_made_of_all_cases() -> None:
    truth = [(1, 1, 0.9), (1, 0, 0.4), (0, 0, 0.2), (0, 0, 0.1)]
    cases = [
        Case("g", "docchat", str(n), "", {"_unsupported": a, "_alarm": b, "_doubt": c})
        for n, (a, b, c) in enumerate(truth)
    ]
    (found,) = summarise_cases(cases, GROUNDING)
    figures = found.rows[0].figures
    assert figures["balanced accuracy"].value == 0.75
    assert figures["AUROC"].value == 1.0
    assert [is_missed(each) for each in cases] == [False, True, False, False]


def test_two_runs_are_compared_case_by_case() -> None:
    before, now = stored([0.5, 0.5, 0.5, 0.5]), stored([0.5, 1.0, 1.0])
    found = compare_runs(before, now)
    change = next(each for each in found.changes if each.figure == "nDCG@10")
    assert (change.row, change.before, change.difference.cases) == ("docchat", 0.5, 3)
    assert change.now == pytest.approx(2.5 / 3)
    assert change.difference.mean == pytest.approx(1 / 3)
    out = Console(file=StringIO(), width=140)
    print_comparison(found, out)
    assert "+0.333" in out.file.getvalue()  # type: ignore[attr-defined]


def test_a_comparison_shows_what_differs_and_the_questions_that_changed_most() -> None:
    before, now = stored([0.5] * 12), stored([0.5] + [1.0] * 11)
    cases = tuple(replace(each, values={**each.values, "MAP@100": 0.25}) for each in now.cases)
    old = tuple(replace(each, values={**each.values, "MAP@100": 0.25}) for each in before.cases)
    rows = {"docchat": {"retrieval": {"depth": 50}}}
    found = compare_runs(
        replace(before, cases=old), replace(now, cases=cases, info=replace(now.info, rows=rows))
    )
    assert [(each.name, each.before, each.now) for each in found.settings] == [
        ("retrieval.depth", "100", "50")
    ]
    assert [each.figure for each in found.changes if each.has_changed_cases] == [
        "nDCG@10",
        "MRR@10",
    ]
    assert len(found.moved) == 10
    assert {(each.row, each.figure, each.before, each.now) for each in found.moved} == {
        ("docchat", "nDCG@10", 0.5, 1.0)
    }
    out = Console(file=StringIO(), width=160)
    print_comparison(found, out)
    text = out.file.getvalue()  # type: ignore[attr-defined]
    assert "changed (docchat) retrieval.depth: 100 → 50" in text
    assert "MAP@100" not in text
    assert "4 figures are the same in all cases" in text
    assert "Question q10 <b>?" in text


def test_a_comparison_without_any_difference_shows_all() -> None:
    found = compare_runs(stored([0.5, 0.5]), stored([0.5, 0.5]))
    out = Console(file=StringIO(), width=160)
    print_comparison(found, out)
    text = out.file.getvalue()  # type: ignore[attr-defined]
    assert "No case has another value." in text
    assert "nDCG@10" in text
    assert "changed most" not in text


def test_two_rows_of_one_run_are_compared() -> None:
    run = stored([1.0, 0.5, 0.5], [0.0, 0.5, 0.5])
    found = compare_runs(run, run, ("docchat", "dense"))
    assert {each.row for each in found.changes} == {"docchat → dense"}
    assert found.changes[0].difference.mean == pytest.approx(-1 / 3)
    assert [(each.id, each.before, each.now) for each in found.moved] == [("q0", 1.0, 0.0)]
    with pytest.raises(RunInvalid, match="no row 'bm25'") as caught:
        compare_runs(run, run, ("docchat", "bm25"))
    assert "docchat, dense" in caught.value.advice


def test_verdicts_of_grounding_that_changed_are_listed() -> None:
    def run(alarm: float) -> StoredRun:
        values = {"_unsupported": 1.0, "_alarm": alarm, "_doubt": 0.5}
        base = stored([1.0])
        cases = (Case("mine", "docchat", "a", "Who?", values), failed("docchat", "b"))
        return replace(base, info=replace(base.info, suite="grounding"), cases=cases)

    found = compare_runs(run(0.0), run(1.0))
    assert [(each.figure, each.before, each.now) for each in found.moved] == [("right", 0.0, 1.0)]


def test_runs_of_other_data_are_not_compared() -> None:
    before, now = stored([0.5]), stored([0.5])
    changed = replace(before.info, data=(replace(DATA, hash="f" * 16),))
    with pytest.raises(RunInvalid, match="other data: mine"):
        compare_runs(replace(before, info=changed), now)
    fewer = replace(before.info, options={"limit_queries": 1})
    with pytest.raises(RunInvalid, match="other data: other queries"):
        compare_runs(replace(before, info=fewer), now)
    with pytest.raises(RunInvalid, match="was interrupted"):
        compare_runs(replace(before, info=replace(before.info, finished="")), now)
    both = replace(before.info, data=(DATA, replace(DATA, name="more")))
    assert compare_runs(replace(before, info=both), now).left_out == ("more",)
    renamed = replace(before.info, data=(replace(DATA, name="theirs"),))
    with pytest.raises(RunInvalid, match="no dataset in common"):
        compare_runs(replace(before, info=renamed), now)
    with pytest.raises(RunInvalid, match="a run of answers"):
        compare_runs(replace(before, info=replace(before.info, suite="answers")), now)


class _Checker(HTMLParser):
    """Notes what a page loads and whether its tags are balanced."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loads: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.loads += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag not in ("meta", "input", "line", "circle", "rect", "wbr"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.loads += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_endtag(self, tag: str) -> None:
        if tag == "rect":
            return
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def page_text(page: str) -> str:
    checker = _Checker()
    checker.feed(page.split("<script>")[0].split("<body>")[1])
    return " ".join(" ".join(checker.text).split())


def test_the_page_is_whole_loads_nothing_and_escapes_all(tmp_path: Path) -> None:
    run = stored([1.0, 0.0, 0.5], [0.5, 0.5, 0.5])
    run = replace(run, cases=(*run.cases, failed("docchat", "q9")))
    page = html_page(run)
    checker = _Checker()
    checker.feed(page)
    assert checker.open == []
    assert all(each.startswith("#q0-") for each in checker.loads), "it loads nothing"
    assert "<b>?" not in page
    text = " ".join(" ".join(checker.text).split())
    assert "Missed or failed: 2 questions" in text
    assert "Question q1 <b>?" in text
    assert "index_unavailable: locked <now>" in text
    assert "d1: <Manual>, page 2" in text
    assert "retrieval.depth" in text
    assert "interrupted" not in text
    write_page(run, tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == page
    with pytest.raises(RunInvalid):
        write_page(run, tmp_path / "no" / "page.html")


def test_the_page_of_an_interrupted_run_says_so() -> None:
    run = stored([1.0])
    assert "interrupted" in html_page(replace(run, info=replace(run.info, finished="")))


def test_plots_lie_within_their_scale() -> None:
    run = stored([1.0, 0.0, 0.5], [0.5, 0.5, 0.75])
    (summary,) = summarise_cases(run.cases, RETRIEVAL)
    for plot in dot_plots(summary):
        for dot in plot.dots:
            assert 0 <= dot.low <= dot.x <= dot.high <= WIDTH
        assert plot.ticks[0].x == 0
        assert plot.ticks[-1] == Tick(WIDTH, "1.00")
        assert 2 <= len(plot.ticks) <= 6
    latency = latency_plot(summary)
    assert latency is not None
    assert [dot.label for dot in latency.dots] == ["docchat"]
    assert [tick.label for tick in latency.ticks] == ["10", "100"]
    (gaps,) = difference_plots(summary, run.cases)
    assert gaps.title == "better on 2, worse on 1, the same on 0"
    assert (gaps.label, gaps.largest) == ("dense", 1.0)
    lost, *gained = gaps.bars
    middle = DIFFERENCE_HEIGHT / 2
    assert (lost.gain, lost.id, lost.y, lost.height) == (False, "q0", middle, middle / 2)
    assert lost.title == "-0.500: Question q0 <b>?"
    assert [(bar.gain, bar.id, round(bar.y + bar.height)) for bar in gained] == [
        (True, "q2", round(middle)),
        (True, "q1", round(middle)),
    ]
    assert lost.x + lost.width < gained[0].x, "there is a gap between bars"
    many = stored([1.0] * 900, [0.0] * 900)
    (crowded,) = difference_plots(summarise_cases(many.cases, RETRIEVAL)[0], many.cases)
    assert crowded.bars[-1].x + crowded.bars[-1].width <= WIDTH


def test_shares_may_all_have_one_scale() -> None:
    (summary,) = summarise_cases(stored([1.0, 0.9, 0.95]).cases, RETRIEVAL)
    ticks = {tuple(tick.label for tick in plot.ticks) for plot in dot_plots(summary, whole=True)}
    assert ticks == {("0.00", "0.25", "0.50", "0.75", "1.00")}


def test_an_entry_tells_of_every_row_and_bars_lead_to_it() -> None:
    run = stored([0.0, 1.0, 0.5], [0.5, 0.0, 0.5])
    page = html_page(run)
    text = page_text(page)
    assert "Missed or failed: 1 question " in text
    assert "Other questions on which rows differ: 1" in text
    assert "docchat ✗ missed not among the first 10 dense ✓ found rank 2" in text
    assert "docchat ✓ found rank 1 dense ✗ missed not among the first 10" in text
    assert page.count('<a href="#q0-') == 2
    for anchor in ("q0-0", "q0-1"):
        assert f'id="{anchor}"' in page
        assert f'href="#{anchor}"' in page
    assert 'id="q0-2"' not in page, "rows do not differ on it"


def test_the_page_speaks_no_python_and_tells_times_in_utc() -> None:
    run = stored([1.0, 0.5])
    settings = {"docchat": {"retrieval": {"depth": None, "late": True}, "grounding": []}}
    info = replace(run.info, started="2026-11-28T16:25:25+01:00", rows=settings)
    page = html_page(replace(run, info=info))
    text = page_text(page)
    assert "2026-11-28 15:25 UTC" in text
    assert "limit queries not set" in text
    assert "retrieval.late yes" in text
    assert "grounding none" in text
    for word in ("None", "False", "True"):
        assert word not in text
    assert 'tabindex="0"' in page
    assert "No question matches." not in text, "two questions need no filter"


def test_a_figure_says_on_how_many_cases_it_rests() -> None:
    run = stored([1.0, 0.5, 0.5])
    first = replace(run.cases[0], values={"nDCG@10": 1.0})
    page = html_page(replace(run, cases=(first, *run.cases[1:])))
    assert page.count("<small>2 cases</small>") == 1


@pytest.mark.parametrize(
    ("values", "right", "place"),
    [
        ({"page MRR@10": 0.25, "page@5": 1.0}, (), "rank 4"),
        ({"MRR@10": 0.0}, (), "not among the first 10"),
        ({"page@5": 1.0}, (False, True), "rank 2"),
        ({"page@5": 0.0}, (False,), "not among the first 5"),
        ({"refusal recall": 0.0}, (), ""),
    ],
)
def test_the_rank_of_what_was_due(
    values: dict[str, float], right: tuple[bool, ...], place: str
) -> None:
    found = tuple(FoundPassage("a.pdf", "x", right=each) for each in right)
    assert place_of(Case("mine", "docchat", "q", "?", values, found=found)) == place


def test_a_scale_of_equal_values_still_has_a_length() -> None:
    (summary,) = summarise_cases(stored([1.0, 1.0, 1.0], [1.0, 1.0, 1.0]).cases, RETRIEVAL)
    (first, *_) = dot_plots(summary)
    assert [tick.label for tick in first.ticks] == ["0.99", "1.00"]
    (summary,) = summarise_cases(stored([0.0, 0.0, 0.0]).cases, RETRIEVAL)
    assert [tick.label for tick in dot_plots(summary)[0].ticks] == ["0.00", "0.01"]


def test_tables_show_every_row_figure_and_failure() -> None:
    run = stored([1.0, 0.0, 0.5], [0.5, 0.5, 0.5])
    run = replace(run, cases=(*run.cases, failed("docchat", "q[9]"), failed("dense", "q[9]")))
    out = Console(file=StringIO(), width=160)
    print_run(run, out)
    assert out.file.getvalue().count("failed: q[9]") == 1  # type: ignore[attr-defined]
    print_runs([run.info], out)
    text = out.file.getvalue()  # type: ignore[attr-defined]
    for shown in ("mine: 3 documents", "nDCG@10", "dense", "q[9]: index_unavailable", "complete"):
        assert shown in text


def test_headings_tell_how_much_was_asked_and_read() -> None:
    run = stored([1.0, 0.5])
    read = Ingestion("mine", ("docchat",), 2, 9, 1.5, "hash")
    info = replace(run.info, ingestions=(read,), options={"limit_queries": 2})
    title = dataset_title(info, "mine")
    assert title == (
        "mine: 2 of 3 documents (1 failed); 2 cases, the first of 4; 9 passages, ingested in 2 s"
    )
    whole = replace(info, ingestions=(replace(read, documents=3),), options={"limit_queries": 9})
    assert "mine: 3 documents; 4 cases;" in dataset_title(whole, "mine")


def test_figures_on_fewer_cases_say_on_how_many() -> None:
    run = stored([1.0, 0.5, 0.5, 0.5])
    first = replace(run.cases[0], values={"nDCG@10": 1.0})
    run = replace(run, cases=(first, *run.cases[1:4], failed("docchat", "q9")))
    out = Console(file=StringIO(), width=160)
    print_run(run, out)
    text = out.file.getvalue()  # type: ignore[attr-defined]
    assert "cases that a figure rests on, of 4: MRR@10 3\n" in text
    print_run(stored([1.0, 0.5]), out)
    assert "rests on, of 2" not in out.file.getvalue()  # type: ignore[attr-defined]
    assert "1.000–1.000 · 3 cases" not in html_page(stored([1.0, 0.5]))


def test_small_p_are_shown_as_such() -> None:
    assert (format_p_value(0.0001), format_p_value(0.0312), format_p_value(1.0)) == (
        "<.001",
        ".031",
        "1.000",
    )

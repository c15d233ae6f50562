from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from eval.errors import DatasetInvalid
from eval.parsing.references import Kind, scorer_of


def laid(folder: Path, **references: str | list[Any] | dict[str, Any]) -> Path:
    """Write references: text as Markdown, anything else as JSON."""
    (folder / "gt").mkdir(parents=True, exist_ok=True)
    for name, content in references.items():
        if isinstance(content, str):
            (folder / "gt" / f"{name}.md").write_text(content, encoding="utf-8")
        else:
            (folder / "gt" / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    return folder


def test_overall_is_the_mean_of_what_applies(tmp_path: Path) -> None:
    scorer = scorer_of(Kind.PAGES, laid(tmp_path, plain="abcd", headed="# A\n\nabcd"))
    plain = scorer.score("plain", "abd")
    assert (plain["teds"], plain["mhs"]) == (None, None)
    assert plain["overall"] == plain["nid"] == pytest.approx(6 / 7)
    headed = scorer.score("headed", "# A\n\nabcd")
    assert headed["overall"] == headed["mhs"] == 1.0
    summary = scorer.summary({"plain": plain, "headed": headed})
    assert summary["overall"] == pytest.approx((6 / 7 + 1) / 2)
    assert summary["mhs"] == 1.0  # of the one that has headings
    assert summary["teds"] is None


def test_scans_are_shown_apart(tmp_path: Path) -> None:
    scorer = scorer_of(Kind.DOCUMENTS, laid(tmp_path, one="中文 文字", one_scan="中文"))
    scores = {"one": scorer.score("one", "中文文字"), "one_scan": scorer.score("one_scan", "")}
    summary = scorer.summary(scores)
    assert (summary["nid"], summary["scan_nid"]) == (1.0, 0.0)


def test_running_lines_of_a_document_may_be_named(tmp_path: Path) -> None:
    folder = laid(tmp_path, one="text")
    assert scorer_of(Kind.DOCUMENTS, folder).score("one", "text")["hf_leak"] is None
    (folder / "gt" / "one.json").write_text('{"hf": ["Head"], "pages": 2}')
    assert scorer_of(Kind.DOCUMENTS, folder).score("one", "head text")["hf_leak"] == 0.5
    (folder / "gt" / "one.json").write_text("[]")
    with pytest.raises(DatasetInvalid, match="hf"):
        scorer_of(Kind.DOCUMENTS, folder).score("one", "text")


def test_tables_are_scored_with_their_partners(tmp_path: Path) -> None:
    table = "| a | b |\n|---|---|\n| c | d |"
    scorer = scorer_of(
        Kind.DOCUMENTS, laid(tmp_path, one=f"{table}\n\nand\n\n| x | y |\n|---|---|")
    )
    figures = scorer.score("one", f"{table}\n\n| 1 | 2 |\n|---|---|\n| 3 | 4 |")
    assert figures["teds"] == 0.5
    assert figures["fp_tables"] == 1


def test_adjacency_f1_by_hand(tmp_path: Path) -> None:
    cells = [[0, 0, 0, 0, "a"], [0, 0, 1, 1, "b"], [1, 1, 0, 0, "c"], [1, 1, 1, 1, "d"]]
    folder = laid(tmp_path, one=[{"page": 1, "cells": cells}])
    scorer = scorer_of(Kind.TABLES, folder)
    figures = scorer.score("one", "| a | b |\n|---|---|\n| c | x |")
    # a-b and a-c are shared; four relations on each side.
    assert figures["adj_f1"] == 0.5
    assert figures["det_r"] == 1.0
    none = scorer.score("one", "| x | y |\n|---|---|")
    assert (none["adj_f1"], none["det_r"], none["fp_tables"]) == (0.0, 0.0, 1)
    summary = scorer.summary({"one": figures, "two": none})
    assert summary["micro_f1"] == pytest.approx(2 * 2 / (8 + 5))
    assert summary["fp_tables"] == 1


def test_outlines_are_held_against_bookmarks(tmp_path: Path) -> None:
    toc = [[1, "Chapter one", 1], [2, "第一节", 2]]
    scorer = scorer_of(Kind.OUTLINES, laid(tmp_path, one={"toc": toc, "hf": {"Report #": 2}}))
    figures = scorer.score("one", "# Chapter one\n\nReport 1\n\n## 第一节")
    assert figures == {"head_f1": 1.0, "head_r": 1.0, "head_p": 1.0, "lvl": 1.0, "hf_leak": 0.5}


def test_checks_pass_over_tests_not_documents(tmp_path: Path) -> None:
    tests = [
        {"doc": "one", "type": "present", "text": "here"},
        {"doc": "one", "type": "absent", "text": "gone"},
        {"doc": "two", "type": "present", "text": "lost"},
        {"doc": "two", "type": "math", "math": "x"},
    ]
    scorer = scorer_of(Kind.TESTS, laid(tmp_path, tests=tests))
    assert scorer.knows("two")
    assert not scorer.knows("three")
    scores = {"one": scorer.score("one", "here"), "two": scorer.score("two", "nothing")}
    summary = scorer.summary(scores)
    assert summary["pass"] == pytest.approx(2 / 3)
    assert summary["tests"] == 3
    assert summary["pass_present"] == 0.5


def test_scans_count_text_in_tables_apart(tmp_path: Path) -> None:
    scorer = scorer_of(
        Kind.SCANS, laid(tmp_path, one="正文\n\n<table><tr><td>表</td></tr></table>")
    )
    figures = scorer.score("one", "正 文")
    assert figures["nid"] == 1.0
    assert figures["nid_tab"] == pytest.approx(4 / 5)


@pytest.mark.parametrize(
    ("kind", "reference"), [(Kind.TABLES, {"no": 1}), (Kind.OUTLINES, [1]), (Kind.TABLES, [[1]])]
)
def test_a_bad_reference_says_what_is_expected(tmp_path: Path, kind: Kind, reference: Any) -> None:
    with pytest.raises(DatasetInvalid, match="needs"):
        scorer_of(kind, laid(tmp_path, one=reference)).score("one", "")

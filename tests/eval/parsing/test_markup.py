from __future__ import annotations

import pytest

from eval.parsing.markup import (
    MarkdownHeading,
    compute_likeness,
    extract_prose,
    headings_of,
    html_tables,
    key_of,
    remove_spaces,
    tables_of,
    text_likeness,
    without_tables,
)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Fig. 3: ﬁrst_run!", "fig3firstrun"),
        ("第一章　总则（２０２５）", "第一章总则2025"),
        ("—", ""),
    ],
)
def test_a_key_is_letters_and_digits(text: str, key: str) -> None:
    assert key_of(text) == key


def test_a_pipe_table_becomes_an_html_table() -> None:
    text = "before\n| a | b |\n|---|:-:|\n| 1 | <2> |\nafter\n"
    assert html_tables(text) == (
        "before\n<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>&lt;2&gt;</td></tr></table>\n"
        "after\n"
    )


def test_rows_are_brought_to_the_width_of_the_table() -> None:
    text = "|a|b|c|d|\n|-|-|-|-|\n|1|\n|1|2|3|\n|1|2|3|4|5|"
    rows = [[cell.text for cell in row.find_all("td")] for row in tables_of(text)[0].find_all("tr")]
    assert rows[1:] == [["1", "", "", ""], ["1", "2", "2", "3"], ["1", "2", "3", "4"]]


def test_an_empty_head_gives_way_to_the_first_row() -> None:
    (table,) = tables_of("| | |\n|-|-|\n| a | b |\n| c | d |")
    assert [cell.text for cell in table.find_all("th")] == ["a", "b"]


def test_lines_with_a_pipe_are_no_table_without_the_rule_below() -> None:
    assert tables_of("a | b\nc | d") == []
    assert tables_of("|\n|-|\n") == []


def test_prose_has_no_markup_tables_and_formulas() -> None:
    text = (
        "# Title\n\n- a **bold** [link](http://x)\n\n"
        "![picture](p.png) let $x=1$ be inter-\nesting\n"
        "<table><tr><td>cell</td></tr></table>\n| a |\n|---|\n| b |\n"
    )
    assert extract_prose(text) == "Title a bold link let be interesting"
    assert "$x=1$" in extract_prose(text, formulas=True)
    assert without_tables("x\n| a |\n|---|\n| b |\ny") == "x y"


def test_headings_outside_fences_without_marks() -> None:
    text = "# **A** [b](c) ##\n```\n# no\n```\n### 第二节 总则\n#no\n# !\n####### seven"
    assert headings_of(text) == [MarkdownHeading(1, "A b"), MarkdownHeading(3, "第二节 总则")]


def test_likeness_is_indel_similarity() -> None:
    # "abcd" to "abd": one deletion of 7 characters.
    assert compute_likeness("abcd", "abd") == pytest.approx(6 / 7)
    assert text_likeness("", "something") is None
    assert text_likeness("text", "") == 0.0
    assert remove_spaces(" 中 文\n\u3000字") == "中文字"

from __future__ import annotations

import pytest

from ingest.formats.markup.text_and_markdown import parse_markdown, parse_text
from ingest.options import ParseOptions
from ingest.types import Document

Told = list[tuple[str, str, int]]


def told(document: Document) -> Told:
    return [(block.kind, block.text, block.level) for block in document.blocks]


def text(content: str) -> Told:
    return told(parse_text(content.encode(), "a.txt", ParseOptions()))


def markdown(content: str) -> Told:
    return told(parse_markdown(content.encode(), "a.md", ParseOptions()))


def test_wrapped_lines_are_joined() -> None:
    content = (
        "This paragraph was wrapped by hand at about seventy columns so that\n"
        "its lines are of nearly the same length and belong together; a well-\n"
        "known habit.\n\nA second one."
    )
    assert text(content) == [
        (
            "text",
            "This paragraph was wrapped by hand at about seventy columns so that its lines are of "
            "nearly the same length and belong together; a well-known habit.",
            0,
        ),
        ("text", "A second one.", 0),
    ]


def test_wrapped_chinese_is_joined_without_spaces() -> None:
    line = "这一行文字在四十个字处被强行折断所以下一行接着前一行继续往下写没有空格"
    assert text(f"{line}\n{line}\n完。") == [("text", f"{line}{line}完。", 0)]


def test_one_paragraph_per_line() -> None:
    long = "这是一个很长的段落，" * 20
    assert text(f"{long}\n短的段落。\n{long}") == [
        ("text", long, 0),
        ("text", "短的段落。", 0),
        ("text", long, 0),
    ]


def test_short_lines_stay_lines() -> None:
    wide = "A line that is quite long and sets the width of this little text file."
    assert text(f"{wide}\n\n12 Main Street\nSpringfield")[1] == (
        "text",
        "12 Main Street\nSpringfield",
        0,
    )


def test_indented_paragraphs_are_apart() -> None:
    assert text("　　第一段的文字在这里。\n　　第二段的文字在这里。") == [
        ("text", "第一段的文字在这里。", 0),
        ("text", "第二段的文字在这里。", 0),
    ]


def test_list_items() -> None:
    assert text("- one\n- two\n\n1. first\n2) second\n（一）总则") == [
        ("list", "- one", 0),
        ("list", "- two", 0),
        ("list", "1. first", 0),
        ("list", "2) second", 0),
        ("text", "（一）总则", 0),
    ]


@pytest.mark.parametrize(
    ("line", "heading"),
    [
        ("第三章 劳动合同", True),
        ("第一百二十节", True),
        ("Chapter 3: The End", True),
        ("APPENDIX B", True),
        ("RESULTS AND DISCUSSION", True),
        ("第三章讲了很多东西，后面还要再讲。", False),
        ("Chapter 3 is about the end of things and says so.", False),
        ("Section by section", False),
        ("第三条 劳动者应当遵守", False),
        ("OK", False),
    ],
)
def test_headings_of_plain_text(line: str, heading: bool) -> None:
    found = text(f"Some words before.\n\n{line}\n\nSome words after.")
    assert (found[1][0] == "heading") is heading


def test_heading_levels_count_from_the_top_found() -> None:
    found = text("第一章 甲\n\n文字。\n\n第一节 乙\n\n文字。")
    assert [level for kind, _, level in found if kind == "heading"] == [1, 2]


def test_capitals_mean_nothing_where_all_is_capitals() -> None:
    assert {kind for kind, _, _ in text("ALL OF IT\n\nIS IN CAPITALS")} == {"text"}


def test_encoding_warnings_reach_the_document() -> None:
    document = parse_text("正常文字".encode() + b"\xff" + "很多".encode(), "a", ParseOptions())
    assert [warning.code for warning in document.warnings] == ["bad_encoding"]
    assert parse_text("今天的天气很好。".encode("gb18030"), "a", ParseOptions()).text == (
        "今天的天气很好。"
    )


def test_control_characters_and_line_ends() -> None:
    assert text("a\x00b\r\n\r\nc\x0cd") == [("text", "ab", 0), ("text", "c", 0), ("text", "d", 0)]


def test_markdown() -> None:
    content = """# 标题

Some *text* over
two lines.

## Part

- a
  - b
1. x

| h | i |
|---|:-:|
| 1 \\| 2 | ~~3~~ |

```python
x = 1

y = 2
```

> quoted

<table><tr><td>html</td><td>table</td></tr></table>
"""
    assert markdown(content) == [
        ("title", "标题", 1),
        ("text", "Some text over two lines.", 0),
        ("heading", "Part", 2),
        ("list", "a", 0),
        ("list", "b", 1),
        ("list", "1. x", 0),
        ("table", "| h | i |\n| --- | --- |\n| 1 \\| 2 | 3 |", 0),
        ("code", "x = 1\n\ny = 2", 0),
        ("text", "quoted", 0),
        ("table", "| html | table |\n| --- | --- |", 0),
    ]


def test_front_matter_gives_at_most_the_title() -> None:
    assert markdown('---\ntitle: "My Doc"\ntags: [a]\n---\ntext') == [
        ("title", "My Doc", 1),
        ("text", "text", 0),
    ]
    assert markdown("---\ntitle: x\n---\n# Real\n")[0] == ("title", "Real", 1)
    assert markdown("---\n\nafter a rule")[0][1] == "after a rule"


def test_markdown_runs_and_fetches_nothing() -> None:
    assert markdown("<script>alert(1)</script>\n\n![alt](http://example.org/x.png) text") == [
        ("text", "text", 0)
    ]

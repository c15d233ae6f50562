from __future__ import annotations

import pytest

from ingest.errors import LimitExceeded
from ingest.formats.markup.html import html_blocks, parse_html
from ingest.options import ParseOptions
from ingest.types import Document


def blocks(html: str) -> list[tuple[str, str, int]]:
    return [(block.kind, block.text, block.level) for block in html_blocks(html, "a.html")]


def parsed(data: bytes) -> Document:
    return parse_html(data, "a.html", ParseOptions())


def test_headings_paragraphs_and_line_breaks() -> None:
    html = "<h1>Title</h1><p>One <b>bold</b>\n  word<br>next &amp; last<div>A<p>B</div>C"
    assert blocks(html) == [
        ("heading", "Title", 1),
        ("text", "One bold word\nnext & last", 0),
        ("text", "A", 0),
        ("text", "B", 0),
        ("text", "C", 0),
    ]


def test_nested_and_numbered_lists() -> None:
    html = """<ul><li>a <ol start="3"><li>x</li><li value=7>y</li><li><p>z</p><p>more</p></li></ol>
    </li><li>b</li></ul>"""
    assert blocks(html) == [
        ("list", "a", 0),
        ("list", "3. x", 1),
        ("list", "7. y", 1),
        ("list", "8. z", 1),
        ("text", "more", 0),
        ("list", "b", 0),
    ]


def test_what_a_reader_does_not_see_is_dropped() -> None:
    html = """<body><nav>Menu</nav><div role="navigation">More menu</div><p>Text<script>x()</script>
    <span style="display: none">hidden</span><!-- note --></p><p hidden>no</p>
    <p aria-hidden="true">no</p><noscript>no</noscript><button>Press</button>
    <article><footer>Signed.</footer></article><footer>Imprint</footer></body>"""
    assert blocks(html) == [("text", "Text", 0), ("text", "Signed.", 0)]


def test_permalink_signs_are_no_text() -> None:
    html = '<h2>Learn C#<a class="mark" href="#learn">#</a></h2><p>A <a href="#note">#</a>1</p>'
    assert blocks(html) == [("heading", "Learn C#", 2), ("text", "A 1", 0)]


def test_a_page_that_is_all_frame_is_kept() -> None:
    assert blocks("<body><nav><a>Only</a> this</nav></body>") == [("text", "Only this", 0)]


def test_table_with_spans_caption_and_head() -> None:
    html = """<table><caption>Sizes</caption>
    <tfoot><tr><td>sum</td><td>9</td><td>9</td></tr></tfoot>
    <thead><tr><th rowspan=2>Name</th><th colspan=2>2024</th></tr>
    <tr><th>Q1</th><th>Q2</th></tr></thead>
    <tr><td rowspan="2">a|b</td><td>1<br>x</td><td>2</td></tr>
    <tr><td>3</td><td>4</td></tr></table>"""
    caption, table = html_blocks(html, "a")
    assert (caption.kind, caption.text) == ("caption", "Sizes")
    assert table.text.split("\n") == [
        "| Name | 2024 | 2024 |",
        "| --- | --- | --- |",
        "| Name | Q1 | Q2 |",
        "| a\\|b | 1 x | 2 |",
        "| a\\|b | 3 | 4 |",
        "| sum | 9 | 9 |",
    ]
    assert table.table is not None
    assert [cell.header for cell in table.table.cells if cell.row < 2] == [True] * 4


def test_layout_tables_are_read_as_text() -> None:
    assert blocks("<table><tr><td>Left<h2>Head</h2>text</td><td>Right</td></tr></table>") == [
        ("text", "Left", 0),
        ("heading", "Head", 2),
        ("text", "text", 0),
        ("text", "Right", 0),
    ]
    nested = "<table><tr><td>Out<table><tr><td>1</td><td>2</td></tr></table></td></tr></table>"
    assert [kind for kind, _, _ in blocks(nested)] == ["text", "table"]
    assert blocks("<table><tr><td>alone</td></tr></table>after") == [
        ("text", "alone", 0),
        ("text", "after", 0),
    ]


def test_an_enormous_span_costs_nothing() -> None:
    html = "<table><tr><td colspan=99999999 rowspan=99999999>a</td></tr><tr><td>b</td></tr></table>"
    html += "<table><tr><td colspan=999>a<td rowspan=0>b</tr><tr><td>c</td></tr></table>"
    assert all(len(text) < 100 for _, text, _ in blocks(html))


def test_code_definitions_and_figures() -> None:
    html = """<pre><code>
def f():
    return 1
</code></pre><dl><dt>Term</dt><dd>Meaning</dd><dt>Other</dt><dd><p>Deep</p></dd></dl>
<figure><img alt="A chart of sales" src="http://example.org/x.png"><figcaption>Fig. 1</figcaption>
</figure><p><img alt="decoration">After</p>"""
    assert blocks(html) == [
        ("code", "def f():\n    return 1", 0),
        ("text", "Term\nMeaning", 0),
        ("text", "Other", 0),
        ("text", "Deep", 0),
        ("figure", "A chart of sales", 0),
        ("caption", "Fig. 1", 0),
        ("text", "After", 0),
    ]


def test_a_lone_first_heading_is_the_title() -> None:
    document = parsed(b"<title>Tab</title><h1>Doc</h1><p>x</p><h2>A</h2><p>y</p>")
    assert [block.kind for block in document.blocks] == ["title", "text", "heading", "text"]
    assert [(e.title, e.level, e.page) for e in document.outline] == [("Doc", 1, 1), ("A", 2, 1)]
    two = parsed(b"<h1>A</h1><p>x</p><h1>B</h1>")
    assert [block.kind for block in two.blocks] == ["heading", "text", "heading"]


@pytest.mark.parametrize("encoding", ["gbk", "utf-8", "big5"])
def test_the_declared_encoding(encoding: str) -> None:
    html = f'<html><head><meta charset="{encoding}"></head><body><p>中文 text</p></body></html>'
    assert parsed(html.encode(encoding)).text == "中文 text"


def test_xhtml_with_a_declaration() -> None:
    data = (
        '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html><html '
        'xmlns="http://www.w3.org/1999/xhtml"><body><p>正文</p></body></html>'
    ).encode()
    assert parsed(data).text == "正文"


def test_text_is_normalised() -> None:
    assert blocks("<p>cafe\u0301&nbsp;\u200bx&shy;y</p>") == [("text", "café xy", 0)]


def test_an_external_entity_is_not_read() -> None:
    html = '<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd">]><p>a&x;b</p>'
    assert "root:" not in "".join(text for _, text, _ in blocks(html))


def test_nesting_beyond_reason_is_a_clear_error() -> None:
    assert blocks("<div>" * 500 + "deep" + "</div>" * 500) == [("text", "deep", 0)]
    with pytest.raises(LimitExceeded, match="nested"):
        html_blocks("<div>" * 100_000 + "deep", "a.html")


def test_a_large_text_node_is_kept() -> None:
    text = "word " * 2_500_000
    assert blocks(f"<p>{text}</p>") == [("text", text.strip(), 0)]

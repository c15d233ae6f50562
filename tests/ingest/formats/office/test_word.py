from __future__ import annotations

import io
import re
from typing import Any

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from ingest.errors import CorruptFile, EmptyFile, UnsupportedFormat
from ingest.formats.office.word import parse_docx
from ingest.options import ParseOptions
from ingest.types import Document


def parsed(document: Any) -> Document:
    return parse_docx(saved(document), "a.docx", ParseOptions())


def saved(document: Any) -> bytes:
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def told(document: Any) -> list[tuple[str, str, int]]:
    return [(block.kind, block.text, block.level) for block in parsed(document).blocks]


def append(document: Any, xml: str) -> None:
    """Put raw XML before the section properties at the end of the body."""
    spaces = nsdecls("w", "wp", "a", "m") + (
        ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
        ' xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
    )
    element = parse_xml(re.sub(r"^<([\w:]+)", rf"<\1 {spaces}", xml.strip(), count=1))
    document.element.body.insert(len(document.element.body) - 1, element)


def test_title_headings_text_lists_and_caption_in_order() -> None:
    document = docx.Document()
    document.add_heading("年度报告", 0)
    document.add_heading("Results", 1)
    document.add_paragraph("Revenue  grew.\nStrongly.")
    document.add_paragraph("point", style="List Bullet")
    document.add_paragraph("inner", style="List Bullet 2")
    document.add_paragraph("Figure 1", style="Caption")
    document.add_heading("Deep", 3)
    document.add_paragraph("   ")
    assert told(document) == [
        ("title", "年度报告", 1),
        ("heading", "Results", 1),
        ("text", "Revenue grew.\nStrongly.", 0),
        ("list", "point", 0),
        ("list", "inner", 1),
        ("caption", "Figure 1", 0),
        ("heading", "Deep", 3),
    ]
    outline = parsed(document).outline
    assert [(e.title, e.level) for e in outline] == [("年度报告", 1), ("Results", 1), ("Deep", 3)]


def test_numbers_are_counted_as_word_shows_them() -> None:
    document = docx.Document()
    numbering = document.part.numbering_part.element
    levels = "".join(
        f'<w:lvl w:ilvl="{n}"><w:start w:val="1"/><w:numFmt w:val="{fmt}"/>'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
        for n, (fmt, text) in enumerate(
            [("chineseCounting", "第%1章"), ("decimal", "%1.%2"), ("lowerLetter", "(%3)")]
        )
    )
    abstract = f'<w:abstractNum {nsdecls("w")} w:abstractNumId="77">{levels}</w:abstractNum>'
    numbering.insert(0, parse_xml(abstract))
    numbering.append(
        parse_xml(f'<w:num {nsdecls("w")} w:numId="77"><w:abstractNumId w:val="77"/></w:num>')
    )
    for level, text in [(0, "甲"), (1, "x"), (1, "y"), (2, "z"), (0, "乙"), (1, "w")]:
        append(
            document,
            f'<w:p><w:pPr><w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="77"/></w:numPr></w:pPr>'
            f"<w:r><w:t>{text}</w:t></w:r></w:p>",
        )
    assert [(text, level) for _, text, level in told(document)] == [
        ("第一章 甲", 0),
        ("一.1 x", 1),
        ("一.2 y", 1),
        ("(a) z", 2),
        ("第二章 乙", 0),
        ("二.1 w", 1),
    ]


def test_numbered_list_style() -> None:
    document = docx.Document()
    for text in ("first", "second"):
        document.add_paragraph(text, style="List Number")
    assert [text for _, text, _ in told(document)] == ["1. first", "2. second"]


def test_outline_level_and_derived_style_make_a_heading() -> None:
    document = docx.Document()
    style = document.styles.add_style("章标题", 1)
    style.base_style = document.styles["Heading 2"]
    document.add_paragraph("Own style", style="章标题")
    append(
        document,
        '<w:p><w:pPr><w:outlineLvl w:val="0"/></w:pPr><w:r><w:t>Level</w:t></w:r></w:p>',
    )
    append(
        document,
        '<w:p><w:pPr><w:outlineLvl w:val="9"/></w:pPr><w:r><w:t>Body</w:t></w:r></w:p>',
    )
    assert told(document) == [
        ("heading", "Own style", 2),
        ("heading", "Level", 1),
        ("text", "Body", 0),
    ]


def test_tables_with_merged_cells_and_repeated_header() -> None:
    document = docx.Document()
    table = document.add_table(4, 3)
    for index, text in enumerate(["H", "A", "", "x", "1", "2", "", "3", "4", "sum", "", ""]):
        table.cell(index // 3, index % 3).text = text
    table.cell(0, 1).merge(table.cell(0, 2))
    table.cell(1, 0).merge(table.cell(2, 0))
    table.rows[0]._tr.get_or_add_trPr().append(parse_xml(f"<w:tblHeader {nsdecls('w')}/>"))
    (block,) = parsed(document).blocks
    assert block.kind == "table"
    assert block.text.split("\n") == [
        "| H | A | A |",
        "| --- | --- | --- |",
        "| x | 1 | 2 |",
        "| x | 3 | 4 |",
        "| sum |  |  |",
    ]
    assert block.table is not None
    assert [cell.row_span for cell in block.table.cells if cell.text == "x"] == [2]


def test_a_frame_of_one_column_is_text() -> None:
    document = docx.Document()
    table = document.add_table(2, 1)
    table.cell(0, 0).text = "Note"
    inner = table.cell(1, 0).add_table(1, 2)
    inner.cell(0, 0).text, inner.cell(0, 1).text = "a", "b"
    assert [kind for kind, _, _ in told(document)] == ["text", "table"]


def test_what_paragraph_objects_skip_is_read() -> None:
    document = docx.Document()
    append(
        document,
        """<w:sdt><w:sdtContent><w:p><w:r><w:t>control </w:t></w:r>
        <w:ins><w:r><w:t>inserted </w:t></w:r></w:ins>
        <w:del><w:r><w:delText>deleted</w:delText></w:r></w:del>
        <w:moveFrom><w:r><w:t>moved</w:t></w:r></w:moveFrom>
        <w:hyperlink><w:r><w:t>link</w:t></w:r></w:hyperlink>
        <w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r>
        <m:oMath><m:r><m:t> x+y</m:t></m:r></m:oMath></w:p></w:sdtContent></w:sdt>""",
    )
    append(
        document,
        """<w:p><w:r><w:t>around</w:t></w:r><w:r><mc:AlternateContent><mc:Choice Requires="wps">
        <w:drawing><wps:txbx><w:txbxContent><w:p><w:r><w:t>in a box</w:t></w:r></w:p>
        </w:txbxContent></wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict><w:txbxContent>
        <w:p><w:r><w:t>in a box</w:t></w:r></w:p></w:txbxContent></w:pict></mc:Fallback>
        </mc:AlternateContent></w:r></w:p>""",
    )
    assert told(document) == [
        ("text", "control inserted link x+y", 0),
        ("text", "around", 0),
        ("text", "in a box", 0),
    ]


def test_table_of_contents_is_left_out() -> None:
    document = docx.Document()
    document.styles.add_style("toc 1", 1)
    document.add_paragraph("Results ........ 3", style="toc 1")
    document.add_heading("Results", 1)
    assert told(document) == [("heading", "Results", 1)]


def test_footnotes_follow_their_paragraph() -> None:
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part

    document = docx.Document()
    notes = (
        f'<w:footnotes {nsdecls("w")}><w:footnote w:id="2"><w:p><w:r><w:footnoteRef/></w:r>'
        "<w:r><w:t>The note.</w:t></w:r></w:p></w:footnote></w:footnotes>"
    )
    part = Part(
        PackURI("/word/footnotes.xml"),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml",
        notes.encode(),
        document.part.package,
    )
    document.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)
    append(
        document,
        '<w:p><w:r><w:t>Claim</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r></w:p>',
    )
    document.add_paragraph("After.")
    assert told(document) == [
        ("text", "Claim", 0),
        ("footnote", "The note.", 0),
        ("text", "After.", 0),
    ]


def test_nothing_in_it() -> None:
    with pytest.raises(EmptyFile):
        parsed(docx.Document())


def test_damaged_and_foreign_files() -> None:
    document = docx.Document()
    document.add_paragraph("x")
    data = saved(document)
    with pytest.raises(CorruptFile):
        parse_docx(data[:400], "a.docx", ParseOptions())
    document.part._content_type = "application/vnd.ms-word.document.macroEnabled.main+xml"
    with pytest.raises(UnsupportedFormat, match="macros"):
        parse_docx(saved(document), "a.docx", ParseOptions())

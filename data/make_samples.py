"""Make the sample documents of data/samples from their sources in data/source.

Run it after a change of the sources: `python data/make_samples.py`. The results are committed, so
that neither a user nor a test needs to run this. All texts are invented for docchat.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import docx
import pymupdf

HERE = Path(__file__).parent
SOURCE, TARGET = HERE / "source", HERE / "samples"
A4 = pymupdf.paper_rect("a4")
MARGIN = 62
STYLE = """
body { font-family: sans-serif; font-size: 10pt; line-height: 1.35; }
h1 { font-size: 18pt; } h2 { font-size: 13pt; } h3 { font-size: 11pt; }
.authors { font-size: 9pt; color: #444444; } .caption { font-size: 9pt; font-style: italic; }
table { border-collapse: collapse; } th { font-weight: bold; text-align: left; }
th, td { border: 1px solid #555555; padding: 3px; font-size: 9pt; }
"""
Areas = Iterator[tuple[int, pymupdf.Rect]]


def one_column() -> Areas:
    """Yield one text area per page, without end."""
    page = 0
    while True:
        yield page, A4 + (MARGIN, MARGIN + 12, -MARGIN, -MARGIN)
        page += 1


def two_columns(below: float) -> Areas:
    """Yield two text areas per page; on the first page they begin at y = `below`."""
    middle, gap, page = A4.width / 2, 11, 0
    while True:
        top = below if page == 0 else MARGIN + 12
        yield page, pymupdf.Rect(MARGIN, top, middle - gap, A4.height - MARGIN)
        yield page, pymupdf.Rect(middle + gap, top, A4.width - MARGIN, A4.height - MARGIN)
        page += 1


def flow(path: Path, parts: list[tuple[str, Areas]], furniture: str) -> None:
    """Write parts of HTML, each into its own areas, then add header and page numbers."""
    document = pymupdf.open()
    for html, areas in parts:
        story = pymupdf.Story(html=html, user_css=STYLE)
        more = 1
        while more:
            page, area = next(areas)
            scratch = Path(path.with_suffix(".part.pdf"))
            writer = pymupdf.DocumentWriter(str(scratch))
            more, _ = story.place(area)
            story.draw(writer.begin_page(A4))
            writer.end_page()
            writer.close()
            while document.page_count <= page:
                document.new_page(width=A4.width, height=A4.height)
            with pymupdf.open(scratch) as drawn:
                document[page].show_pdf_page(A4, drawn, 0)
            scratch.unlink()
    for number, sheet in enumerate(document, start=1):
        font = "china-s" if any(ord(letter) > 0x2E80 for letter in furniture) else "helv"
        if furniture:
            sheet.insert_text((MARGIN, 40), furniture, fontsize=8, fontname=font)
            sheet.insert_text((A4.width / 2, A4.height - 34), str(number), fontsize=8)
    save(document, path)


def save(document: pymupdf.Document, path: Path) -> None:
    """Save small and the same every time."""
    document.set_metadata({"title": path.stem})
    document.subset_fonts()
    document.save(path, garbage=4, deflate=True, no_new_id=True)


def paper() -> None:
    """Make the two-column paper: a title over both columns."""
    head, body = (SOURCE / "tidal-turbines.html").read_text().split("<!-- columns -->")
    title = iter([(0, A4 + (MARGIN, MARGIN + 6, -MARGIN, 0))])
    flow(
        TARGET / "tidal-turbines.pdf",
        [(head, title), (body, two_columns(below=168))],
        "Harbour Institute Reports, volume 9, number 2",
    )


def paged(source: str, target: str, furniture: str) -> None:
    """Make a one-column document, broken where the source says so."""
    parts = (SOURCE / source).read_text().split("<!-- page -->")
    areas = one_column()
    flow(TARGET / target, [(part, areas) for part in parts], furniture)


def scan() -> None:
    """Make a page that is only an image, as a scanner does."""
    printed = TARGET / "scan.part.pdf"
    flow(printed, [((SOURCE / "scanned-notice.html").read_text(), one_column())], "")
    with pymupdf.open(printed) as document:
        image = document[0].get_pixmap(dpi=150, colorspace=pymupdf.csGRAY)
    printed.unlink()
    scanned = pymupdf.open()
    page = scanned.new_page(width=A4.width, height=A4.height)
    page.insert_image(A4, stream=image.tobytes("jpeg", jpg_quality=70))
    save(scanned, TARGET / "scanned-notice.pdf")


def office() -> None:
    """Make the policy as a Word document."""
    source = json.loads((SOURCE / "remote-work.json").read_text())
    document = docx.Document()
    document.add_heading(source["title"], level=0)
    for heading, paragraphs in source["sections"]:
        document.add_heading(heading, level=1)
        for paragraph in paragraphs:
            document.add_paragraph(paragraph)
        if heading == "Equipment":
            add_table(document, source["table"])
    document.save(str(TARGET / "remote-work-policy.docx"))


def add_table(document: docx.document.Document, rows: list[list[str]]) -> None:
    """Add a ruled table whose first row is the header."""
    table = document.add_table(rows=0, cols=len(rows[0]), style="Table Grid")
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text


MAKERS: tuple[Callable[[], None], ...] = (
    paper,
    lambda: paged("espresso-manual.html", "espresso-manual.pdf", "Brevia 40 Service Manual"),
    lambda: paged("travel-policy-zh.html", "差旅费用报销管理办法.pdf", "海岳测绘有限公司内部文件"),
    scan,
    office,
)

if __name__ == "__main__":
    TARGET.mkdir(exist_ok=True)
    for make in MAKERS:
        make()

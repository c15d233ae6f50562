"""Looking inside documents over HTTP: originals, outline, text, passages, pages, pictures."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from rag.pipeline.bootstrap import Docchat
from tests.ingest.pdf.support import sheets
from tests.support import ROOT

SAMPLES = ROOT / "data/samples"


def test_the_original_comes_back_byte_by_byte(filled_client: TestClient, pdf_id: str) -> None:
    got = filled_client.get(f"/api/documents/{pdf_id}/file")
    assert got.content == (SAMPLES / "tidal-turbines.pdf").read_bytes()
    assert got.headers["content-type"] == "application/pdf"
    assert got.headers["content-disposition"] == 'inline; filename="tidal-turbines.pdf"'
    assert got.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in got.headers["content-security-policy"]


def test_parts_of_the_original_can_be_asked_for(filled_client: TestClient, pdf_id: str) -> None:
    path = f"/api/documents/{pdf_id}/file"
    whole = (SAMPLES / "tidal-turbines.pdf").read_bytes()
    part = filled_client.get(path, headers={"range": "bytes=100-199"})
    assert (part.status_code, part.content) == (206, whole[100:200])
    beyond = filled_client.get(path, headers={"range": f"bytes={len(whole)}-"})
    assert beyond.status_code == 416


def test_what_is_no_pdf_or_image_is_a_download(filled_client: TestClient, markdown_id: str) -> None:
    got = filled_client.get(f"/api/documents/{markdown_id}/file")
    assert got.headers["content-disposition"].startswith("attachment;")
    assert "sandbox" in got.headers["content-security-policy"]


def test_the_old_version_keeps_its_type_until_it_is_replaced(
    client: TestClient, docchat: Docchat, worked: Callable[[Docchat], None]
) -> None:
    paper = (SAMPLES / "tidal-turbines.pdf").read_bytes()
    collection = docchat.library.create_collection("papers")
    document = docchat.library.add(io.BytesIO(paper), "paper", collection.id).document
    worked(docchat)
    path = f"/api/documents/{document.id}"
    client.put(f"{path}/file", files={"file": ("paper", b"Now it is a plain text.")})
    got = client.get(f"{path}/file")
    assert (got.content, got.headers["content-type"]) == (paper, "application/pdf")
    assert client.get(path).json()["media_type"] == "application/pdf"
    worked(docchat)
    got = client.get(f"{path}/file")
    assert got.headers["content-type"].startswith("text/plain")
    assert got.headers["content-disposition"].startswith("attachment;")


def test_chinese_names_are_told_as_rfc_5987(filled_client: TestClient, filled: Docchat) -> None:
    collection = filled.library.get_collection("samples")
    document = filled.library.list_documents(collection.id, q="差旅").items[0]
    got = filled_client.get(f"/api/documents/{document.id}/file")
    wanted = f"filename*=utf-8''{quote(document.name)}"
    assert got.headers["content-disposition"] == f"inline; {wanted}"


def test_outline_markdown_and_chunks(filled_client: TestClient, pdf_id: str) -> None:
    path = f"/api/documents/{pdf_id}"
    outline = filled_client.get(f"{path}/outline").json()["items"]
    assert {"title": "2 Method", "level": 1, "page": 1} in outline
    markdown = filled_client.get(f"{path}/markdown")
    assert markdown.headers["content-type"] == "text/markdown; charset=utf-8"
    assert "# Fatigue Loading" in markdown.text
    chunks = filled_client.get(f"{path}/chunks").json()["items"]
    assert [chunk["ordinal"] for chunk in chunks] == list(range(len(chunks)))
    assert all(chunk["document_id"] == pdf_id and chunk["boxes"] for chunk in chunks)


def test_ranges_of_blocks_and_chunks_count_the_same_text(
    filled_client: TestClient, filled: Docchat, pdf_id: str, markdown_id: str
) -> None:
    for document_id in (pdf_id, markdown_id):
        text = filled.library.read_parsed(document_id).text
        path = f"/api/documents/{document_id}"
        numbers = [each["number"] for each in filled_client.get(f"{path}/pages").json()["items"]]
        blocks = [
            block
            for number in numbers
            for block in filled_client.get(f"{path}/pages/{number}").json()["blocks"]
        ]
        assert blocks
        for block in blocks:
            start, end = block["char_range"]
            assert text[start:end] == block["text"]
        for chunk in filled_client.get(f"{path}/chunks").json()["items"]:
            start, end = chunk["char_range"]
            assert chunk["text"][:20] in text[start:end]


def test_tables_come_as_cells(filled_client: TestClient, markdown_id: str) -> None:
    blocks = filled_client.get(f"/api/documents/{markdown_id}/pages/1").json()["blocks"]
    table = next(block["table"] for block in blocks if block["kind"] == "table")
    first = next(cell for cell in table["cells"] if (cell["row"], cell["column"]) == (0, 0))
    assert first["text"] == "轴"
    assert first["header"]
    assert (table["rows"], table["columns"]) == (3, 3)


def test_a_page_is_a_picture_that_caches_may_keep(filled_client: TestClient, pdf_id: str) -> None:
    path = f"/api/documents/{pdf_id}/pages/1.png"
    got = filled_client.get(path, params={"scale": 0.5})
    assert got.headers["content-type"] == "image/png"
    assert got.content.startswith(b"\x89PNG")
    assert got.headers["cache-control"] == "private, no-cache"
    known = {"if-none-match": got.headers["etag"]}
    again = filled_client.get(path, params={"scale": 0.5}, headers=known)
    assert (again.status_code, again.content) == (304, b"")
    marked = filled_client.get(path, params={"scale": 0.5, "boxes": "72,78,512,103"}, headers=known)
    assert marked.status_code == 200
    assert marked.headers["etag"] != got.headers["etag"]
    assert marked.content != got.content


def test_a_figure_is_cut_out_of_its_page(
    client: TestClient, docchat: Docchat, worked: Callable[[Docchat], None]
) -> None:
    made = sheets.made(sheets.illustrated("图 1 红色方块", "china-s"))
    collection = docchat.library.create_collection("a")
    document = docchat.library.add(io.BytesIO(made), "a.pdf", collection.id).document
    worked(docchat)
    path = f"/api/documents/{document.id}/pages/1"
    (figure,) = (b for b in client.get(path).json()["blocks"] if b["kind"] == "figure")
    clip = ",".join(str(figure["boxes"][0][side]) for side in ("x0", "y0", "x1", "y1"))
    got = client.get(f"{path}.png", params={"scale": 2, "clip": clip})
    assert struct.unpack(">II", got.content[16:24]) == (500, 300)
    known = {"if-none-match": got.headers["etag"]}
    again = client.get(f"{path}.png", params={"scale": 2, "clip": clip}, headers=known)
    assert again.status_code == 304
    whole = client.get(f"{path}.png", params={"scale": 2}, headers=known)
    assert struct.unpack(">II", whole.content[16:24]) == (2 * sheets.WIDTH, 2 * sheets.HEIGHT)


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("scale=0", 422, "invalid_request"),
        ("scale=9", 422, "invalid_request"),
        ("scale=nan", 422, "invalid_request"),
        ("boxes=1,2,3", 422, "invalid_request"),
        ("boxes=5,5,1,1", 422, "invalid_request"),
        ("clip=1,2,3", 422, "invalid_request"),
        ("clip=5,5,1,1", 422, "invalid_request"),
        ("clip=1,1,9,9;1,1,9,9", 422, "invalid_request"),
        ("clip=5000,10,5100,20", 422, "invalid_request"),
    ],
)
def test_odd_pictures_are_refused(
    filled_client: TestClient, pdf_id: str, query: str, status: int, code: str
) -> None:
    got = filled_client.get(f"/api/documents/{pdf_id}/pages/1.png?{query}")
    assert (got.status_code, got.json()["code"]) == (status, code)


def test_each_page_tells_how_it_was_read(
    filled_client: TestClient, pdf_id: str, markdown_id: str
) -> None:
    for document_id, language in ((pdf_id, "en"), (markdown_id, "zh")):
        for page in filled_client.get(f"/api/documents/{document_id}/pages").json()["items"]:
            assert page["quality"] == {"source": "text", "readable": 1.0, "language": language}
    page = filled_client.get(f"/api/documents/{pdf_id}/pages/1").json()
    assert page["quality"]["source"] == "text"


def test_pages_that_are_not_there(filled_client: TestClient, pdf_id: str, markdown_id: str) -> None:
    def code(path: str) -> Any:
        got = filled_client.get(f"/api/documents/{path}")
        return got.status_code, got.json()["code"]

    assert code(f"{pdf_id}/pages/99") == (404, "not_found")
    assert code(f"{pdf_id}/pages/99.png") == (404, "not_found")
    assert code(f"{pdf_id}/pages/0") == (404, "not_found")
    assert code(f"{pdf_id}/pages/one") == (422, "invalid_request")
    assert code(f"{markdown_id}/pages/1.png") == (404, "no_page_image")
    assert code("missing/pages/1.png") == (404, "not_found")
    assert code("missing/file") == (404, "not_found")


def test_a_document_that_is_not_parsed_yet_says_so(client: TestClient, docchat: Docchat) -> None:
    collection = docchat.library.create_collection("a")
    added = docchat.library.add(SAMPLES / "star-tracker-faq.md", "a.md", collection.id)
    path = f"/api/documents/{added.document.id}"
    assert client.get(f"{path}/file").status_code == 200
    assert client.get(f"{path}/chunks").json() == {"items": []}
    for part in ("outline", "markdown", "pages", "pages/1"):
        assert client.get(f"{path}/{part}").json()["code"] == "not_found"

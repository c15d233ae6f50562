"""Collections and documents over HTTP: create, upload, list, replace, retry, cancel, delete."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pymupdf
import pytest
from starlette.testclient import TestClient

from ingest.processing.queue import Leases
from ingest.types import DocumentState
from rag.pipeline.bootstrap import Docchat
from rag.settings import ParseSettings
from tests.support import ROOT

SAMPLES = ROOT / "data/samples"
WINDOWS_PROGRAM = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00" + bytes(200)


def upload(client: TestClient, *files: tuple[str, bytes], to: str = "a", **fields: str) -> Any:
    parts = [("files", file) for file in files]
    return client.post(f"/api/collections/{to}/documents", files=parts, data=fields)


@pytest.fixture
def client(client: TestClient) -> TestClient:
    assert client.post("/api/collections", json={"name": "a"}).status_code == 201
    return client


def test_a_collection_is_created_shown_changed_and_deleted(client: TestClient) -> None:
    made = client.post("/api/collections", json={"name": " 报告 ", "description": "d"})
    assert made.status_code == 201
    told = made.json()
    assert told["name"] == "报告"
    assert told["documents"] == 0
    assert told["created_at"].endswith("Z")
    path = f"/api/collections/{told['id']}"
    assert client.get(path).json() == told
    assert client.get("/api/collections/报告").json() == told
    assert client.patch(path, json={"name": "b"}).json() == {**told, "name": "b"}
    changed = client.patch(path, json={"description": ""}).json()
    assert changed == {**told, "name": "b", "description": ""}
    assert client.delete(path).status_code == 204
    assert client.get(path).json()["code"] == "not_found"
    assert [each["name"] for each in client.get("/api/collections").json()["items"]] == ["a"]


def test_names_of_collections_are_unique(client: TestClient) -> None:
    again = client.post("/api/collections", json={"name": "a"})
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    other = client.post("/api/collections", json={"name": "b"}).json()["id"]
    renamed = client.patch(f"/api/collections/{other}", json={"name": "a"})
    assert (renamed.status_code, renamed.json()["code"]) == (409, "conflict")


@pytest.mark.parametrize("body", [{}, {"name": ""}, {"name": " "}, {"name": 1}, {"title": "x"}])
def test_a_collection_needs_a_name(client: TestClient, body: dict[str, Any]) -> None:
    refused = client.post("/api/collections", json=body)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request")


def test_each_file_of_an_upload_is_told_for_itself(client: TestClient) -> None:
    told = upload(
        client,
        ("notes.md", b"# Notes\n\nThe pump needs 5 bar."),
        ("setup.pdf", WINDOWS_PROGRAM),
        ("empty.pdf", b""),
        ("notes.md", b"# Notes\n\nThe pump needs 6 bar."),
        ("纪要.txt", "会议于三点开始。".encode()),
        metadata='{"year": "2024"}',
    )
    assert told.status_code == 202
    items = told.json()["items"]
    assert [each.get("outcome") for each in items] == ["added", None, None, "replaced", "added"]
    codes = [each["error"]["code"] for each in items if "error" in each]
    assert codes == ["mislabelled_file", "empty_file"]
    assert items[1]["name"] == "setup.pdf"
    assert items[1]["error"]["hint"]
    assert "id" not in items[1]["error"]
    assert items[4]["document"]["name"] == "纪要.txt"
    assert items[4]["document"]["metadata"] == {"year": "2024"}
    assert items[0]["document"]["id"] == items[3]["document"]["id"]


def test_the_same_bytes_again_are_unchanged(client: TestClient) -> None:
    first = upload(client, ("a.md", b"# A")).json()["items"][0]
    again = upload(client, ("a.md", b"# A")).json()["items"][0]
    assert again["outcome"] == "unchanged"
    assert again["document"]["id"] == first["document"]["id"]


def test_folders_of_an_upload_stay_and_paths_that_climb_do_not(client: TestClient) -> None:
    files = [("2024/a.md", b"# 1"), ("2025/a.md", b"# 2"), ("../../etc/b.md", b"# 3")]
    told = upload(client, *files).json()
    names = [each["document"]["name"] for each in told["items"]]
    assert names == ["2024/a.md", "2025/a.md", "b.md"]


def test_a_file_above_the_limit_is_refused_and_the_next_is_taken(
    make_docchat: Callable[..., Docchat], api: Any
) -> None:
    docchat = make_docchat(parse=ParseSettings(max_file_mb=1))
    docchat.library.create_collection("a")
    with api(docchat) as client:
        files = [("big.txt", b"x" * (1024 * 1024 + 1)), ("small.txt", b"words")]
        items = upload(client, *files).json()["items"]
        assert items[0]["error"]["code"] == "limit_exceeded"
        assert items[0]["error"]["status"] == 413
        assert items[1]["outcome"] == "added"
        whole = upload(client, ("huge.txt", b"x" * (6 * 1024 * 1024)))
        assert (whole.status_code, whole.json()["code"]) == (413, "body_too_large")
        document = items[1]["document"]["id"]
        again = client.put(f"/api/documents/{document}/file", files={"file": files[0]})
        assert (again.status_code, again.json()["code"]) == (413, "limit_exceeded")
        assert client.get("/api/collections/a").json()["documents"] == 1


def test_an_upload_without_files_or_place_is_refused(client: TestClient) -> None:
    nothing = client.post("/api/collections/a/documents", data={"metadata": "{}"})
    assert (nothing.status_code, nothing.json()["code"]) == (415, "multipart_needed")
    nowhere = upload(client, ("a.md", b"# A"), to="missing")
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "not_found")
    odd = upload(client, ("a.md", b"# A"), metadata="[1]")
    assert (odd.status_code, odd.json()["code"]) == (422, "invalid_request")
    assert client.get("/api/collections/a").json()["documents"] == 0


def test_documents_are_listed_by_page_order_name_and_state(client: TestClient) -> None:
    upload(client, *[(f"report {n}.md", b"# %d" % n) for n in range(5)], ("年报.md", b"# y"))
    path = "/api/collections/a/documents"

    def names(**query: Any) -> list[str]:
        return [each["name"] for each in client.get(path, params=query).json()["items"]]

    assert names(page_size=2) == ["report 0.md", "report 1.md"]
    assert names(page_size=2, page=3) == ["report 4.md", "年报.md"]
    assert names(order_by="-name", page_size=1) == ["年报.md"]
    assert names(q="年") == ["年报.md"]
    assert names(q="REPORT 3") == ["report 3.md"]
    assert names(q="%") == []
    assert names(state="ready") == []
    assert len(names(state="queued")) == 6
    told = client.get(path, params={"page_size": 4}).json()
    assert (told["total"], told["page"], told["page_size"]) == (6, 1, 4)


@pytest.mark.parametrize(
    "query", ["page=0", "page_size=0", "page_size=201", "order_by=sha256", "state=lost", "page=x"]
)
def test_odd_listings_are_refused(client: TestClient, query: str) -> None:
    refused = client.get(f"/api/collections/a/documents?{query}")
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request")
    assert refused.json()["errors"][0]["field"].startswith("query.")


def test_a_document_is_cancelled_retried_and_deleted(client: TestClient) -> None:
    document = upload(client, ("a.md", b"# A")).json()["items"][0]["document"]
    path = f"/api/documents/{document['id']}"
    assert client.get(path).json() == document
    assert client.post(f"{path}/retry").json()["code"] == "conflict"
    cancelled = client.post(f"{path}/cancel")
    assert (cancelled.status_code, cancelled.json()["state"]) == (202, "cancelled")
    assert client.post(f"{path}/cancel").status_code == 409
    assert client.post(f"{path}/retry").json()["state"] == "queued"
    assert client.delete(path).status_code == 204
    for gone in (client.get(path), client.delete(path), client.post(f"{path}/retry")):
        assert (gone.status_code, gone.json()["code"]) == (404, "not_found")


def test_attempts_are_told(
    docchat: Docchat, client: TestClient, worked: Callable[[Docchat], None]
) -> None:
    document = upload(client, ("a.md", b"# A\n\nText.")).json()["items"][0]["document"]
    path = f"/api/documents/{document['id']}/attempts"
    assert client.get(path).json() == {"items": []}
    worked(docchat)
    (attempt,) = client.get(path).json()["items"]
    assert (attempt["number"], attempt["outcome"], attempt["reached"]) == (1, "ready", "ready")
    assert attempt["started"] <= attempt["ended"]
    assert client.get("/api/documents/missing/attempts").status_code == 404


def test_an_upload_goes_before_a_batch(docchat: Docchat, client: TestClient) -> None:
    library = docchat.library
    collection = library.get_collection("a").id
    for name in ("batch-1.md", "batch-2.md"):
        library.add(BytesIO(f"# {name}".encode()), name, collection)
    upload(client, ("urgent.md", b"# Now"))
    replaced = library.list_documents(collection, q="batch-2").items[0].id
    path = f"/api/documents/{replaced}/file"
    assert client.put(path, files={"file": ("batch-2.md", b"# New")}).status_code == 202
    leases = Leases(library.store)
    taken = [leases.claim("me", 60, 5) for _ in range(3)]
    assert [task.name for task in taken if task] == ["batch-2.md", "urgent.md", "batch-1.md"]


def test_a_file_is_replaced_in_place(client: TestClient) -> None:
    document = upload(client, ("a.md", b"# A")).json()["items"][0]["document"]
    path = f"/api/documents/{document['id']}/file"
    told = client.put(path, files={"file": ("other.md", b"# B")})
    assert told.status_code == 202
    assert told.json()["outcome"] == "replaced"
    assert told.json()["document"]["id"] == document["id"]
    assert told.json()["document"]["name"] == "a.md"
    assert client.put(path, files={"file": ("a.md", b"# B")}).json()["outcome"] == "unchanged"
    two = client.put(path, files=[("file", ("a.md", b"1")), ("file", ("b.md", b"2"))])
    assert (two.status_code, two.json()["code"]) == (422, "invalid_request")
    empty = client.put(path, files={"file": ("a.md", b"")})
    assert (empty.status_code, empty.json()["code"]) == (422, "empty_file")
    missing = client.put("/api/documents/missing/file", files={"file": ("a.md", b"# B")})
    assert missing.status_code == 404


def test_uploads_become_searchable_or_fail_with_a_reason(
    client: TestClient, docchat: Docchat, worked: Callable[[Docchat], None]
) -> None:
    upload(
        client,
        ("notes.md", b"# Pumps\n\nThe pump needs a pressure of 5 bar to start."),
        ("corrupt.pdf", b"%PDF-1.7\n1 0 obj\nnothing that a reader could mend"),
    )
    worked(docchat)
    listed = client.get("/api/collections/a/documents?order_by=name").json()["items"]
    corrupt, notes = listed
    assert notes["state"] == DocumentState.READY
    assert notes["searchable"]
    assert corrupt["state"] == DocumentState.FAILED
    assert corrupt["failure"]["code"] == "corrupt_file"
    assert corrupt["failure"]["hint"]
    found = client.post("/api/search", json={"query": "pressure of the pump"}).json()["items"]
    assert [hit["document_id"] for hit in found] == [notes["id"]]
    assert client.delete(f"/api/documents/{notes['id']}").status_code == 204
    assert client.post("/api/search", json={"query": "pressure of the pump"}).json()["items"] == []


def locked_pdf() -> bytes:
    """Return a PDF of one page that asks for a password."""
    with pymupdf.open() as pdf:
        pdf.new_page().insert_text((72, 72), "nobody reads this")
        data: bytes = pdf.tobytes(
            encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="secret", owner_pw="secret"
        )
    return data


PAGELESS = b"""%PDF-1.4
1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj
2 0 obj <</Type/Pages/Kids[]/Count 0>> endobj
trailer <</Root 1 0 R>>
%%EOF
"""


def test_each_bad_pdf_fails_with_its_own_reason(
    make_docchat: Callable[..., Docchat], api: Any, worked: Callable[[Docchat], None]
) -> None:
    docchat = make_docchat(parse=ParseSettings(ocr="off"))
    docchat.library.create_collection("a")
    with api(docchat) as client:
        taken = upload(
            client,
            ("encrypted.pdf", locked_pdf()),
            ("pageless.pdf", PAGELESS),
            ("scanned.pdf", (SAMPLES / "scanned-notice.pdf").read_bytes()),
        )
        assert [each["outcome"] for each in taken.json()["items"]] == ["added"] * 3
        worked(docchat)
        listed = client.get("/api/collections/a/documents").json()["items"]
        assert {each["name"]: (each["state"], each["failure"]["code"]) for each in listed} == {
            "encrypted.pdf": ("failed", "encrypted_file"),
            "pageless.pdf": ("failed", "empty_file"),
            "scanned.pdf": ("failed", "no_text_found"),
        }
        assert all(each["failure"]["hint"] for each in listed)
        again = client.post(f"/api/documents/{listed[0]['id']}/retry")
        assert (again.status_code, again.json()["failure"]) == (202, None)


def test_an_upload_that_breaks_off_leaves_nothing(
    docchat: Docchat, serve: Any, until: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    docchat.library.create_collection("a")
    head = (
        "POST /api/collections/a/documents HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 9000000\r\n\r\n"
        '--x\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\n'
    )
    caplog.set_level(logging.INFO, logger="app")
    with serve(docchat) as (url, _):
        host, port = url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(head.encode() + b"words " * 500_000)
        until(lambda: "the client left" in caplog.text)
    assert "internal error" not in caplog.text
    assert docchat.library.get_collection("a").documents == 0

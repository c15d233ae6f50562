"""Multipart uploads: names, sizes, fields, malformed bodies."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from app.http.errors import ApiError
from app.http.limits import MAX_UPLOAD_FILES
from app.http.uploads import MAX_FIELD_BYTES, MAX_NAME, clean_upload_name, read_form
from ingest.errors import InvalidRequest, StoreUnavailable

LIMIT = 100_000


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    async def take(request: Request) -> Response:
        with ExitStack() as stack:
            try:
                form = await read_form(request, tmp_path / "spool", LIMIT, stack)
                metadata = form.parse_metadata()
            except (ApiError, InvalidRequest) as error:
                return JSONResponse({"code": error.code, "message": error.message}, 422)
            files = [
                {
                    "name": each.name,
                    "size": each.size,
                    "large": each.too_large,
                    "kept": len(each.file.read()),
                }
                for each in form.files
            ]
        left = [path.name for path in (tmp_path / "spool").glob("*")]
        return JSONResponse({"files": files, "metadata": metadata, "left": left})

    return TestClient(Starlette(routes=[Route("/", take, methods=["POST"])]))


def send(client: TestClient, *files: tuple[str, bytes], **fields: str) -> Any:
    parts = [("files", (name, data, "application/octet-stream")) for name, data in files]
    return client.post("/", files=parts, data=fields).json()


def test_files_are_read_whole_and_leave_nothing_behind(client: TestClient) -> None:
    told = send(client, ("a.txt", b"one"), ("年报.pdf", b"x" * 90_000), metadata='{"year": "2024"}')
    assert told["files"] == [
        {"name": "a.txt", "size": 3, "large": False, "kept": 3},
        {"name": "年报.pdf", "size": 90_000, "large": False, "kept": 90_000},
    ]
    assert told["metadata"] == {"year": "2024"}
    assert told["left"] == []


def test_a_file_above_the_limit_is_not_kept_and_the_next_is(client: TestClient) -> None:
    told = send(client, ("big.bin", b"x" * (LIMIT + 1)), ("small.txt", b"y"))
    assert told["files"] == [
        {"name": "big.bin", "size": LIMIT + 1, "large": True, "kept": 0},
        {"name": "small.txt", "size": 1, "large": False, "kept": 1},
    ]


def test_bytes_that_look_like_a_boundary_are_data(client: TestClient) -> None:
    data = b"\r\n--almost\r\n--" * 500
    assert send(client, ("x.bin", data))["files"][0]["kept"] == len(data)


@pytest.mark.parametrize("metadata", ["[1]", "{", '{"a": 1}', '{"a": {"b": "c"}}', '"text"'])
def test_metadata_must_be_an_object_of_strings(client: TestClient, metadata: str) -> None:
    assert send(client, ("a.txt", b"x"), metadata=metadata)["code"] == "invalid_request"


def test_fields_are_bounded(client: TestClient) -> None:
    told = send(client, ("a.txt", b"x"), metadata="x" * (MAX_FIELD_BYTES + 1))
    assert told["code"] == "invalid_request"


def test_more_files_than_may_be_open_at_once_are_refused(client: TestClient) -> None:
    files = [(f"{number}.txt", b"text") for number in range(MAX_UPLOAD_FILES + 1)]
    assert len(send(client, *files[:-1])["files"]) == MAX_UPLOAD_FILES
    assert send(client, *files)["message"] == f"files: more than {MAX_UPLOAD_FILES} at once"


def test_a_disk_that_takes_nothing_is_told(client: TestClient, tmp_path: Path) -> None:
    (tmp_path / "spool").write_text("no folder")
    with pytest.raises(StoreUnavailable, match="The upload could not be stored"):
        send(client, ("a.txt", b"one"))


def test_files_in_another_field_are_refused_and_named(client: TestClient) -> None:
    told = client.post("/", files={"document": ("a.txt", b"x")}).json()
    assert told["code"] == "invalid_request"
    assert "document" in told["message"]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b"{}"),
        ("multipart/form-data", b"--x--"),
        ("", b""),
    ],
)
def test_what_is_no_multipart_is_refused(client: TestClient, kind: str, body: bytes) -> None:
    told = client.post("/", content=body, headers={"content-type": kind}).json()
    assert told["code"] == "multipart_needed"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no boundary at all",
        b'--x\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\ncut off',
    ],
)
def test_malformed_and_cut_bodies_are_refused(client: TestClient, body: bytes) -> None:
    headers = {"content-type": "multipart/form-data; boundary=x"}
    assert client.post("/", content=body, headers=headers).json()["code"] == "invalid_request"


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\年报.pdf", "年报.pdf"),
        ("fdp\u202egnp.exe", "fdpgnp.exe"),
        ("a\x00b\x07.txt", "ab.txt"),
        ("  spaced \t name .txt ", "spaced name .txt"),
        ("", "unnamed"),
        ("..", "unnamed"),
        ("/", "unnamed"),
        ("./.. ", "unnamed"),
        ("2024/q1/report.pdf", "2024/q1/report.pdf"),
        ("2024\\q1\\.\\报告.pdf", "2024/q1/报告.pdf"),
        ("2024/../report.pdf", "report.pdf"),
        ("/home/me/report.pdf", "report.pdf"),
        ("e\u0301t\u00e9.md", "été.md"),
        ("👨\u200d👩\u200d👧.md", "👨\u200d👩\u200d👧.md"),
    ],
)
def test_names_are_cleaned_for_showing(sent: str, shown: str) -> None:
    assert clean_upload_name(sent) == shown


def test_long_names_keep_their_suffix() -> None:
    name = clean_upload_name("报" * 400 + ".pdf")
    assert len(name) == MAX_NAME
    assert name.endswith("报.pdf")


@given(st.text(max_size=600))
def test_any_name_becomes_a_name(sent: str) -> None:
    name = clean_upload_name(sent)
    assert 1 <= len(name) <= MAX_NAME
    assert not set(name) & set("\\\x00\n\r\u202e")
    assert not name.startswith("/")
    assert ".." not in name.split("/")
    assert clean_upload_name(name) == name

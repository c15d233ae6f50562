"""Tests original files and parsed documents on disk."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import time
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.document.serialize import decode_document, encode_document
from ingest.errors import LimitExceeded, NotFound, StoreUnavailable
from ingest.storage.files import FileStore
from ingest.types import (
    Block,
    Box,
    Cell,
    Document,
    OutlineEntry,
    Page,
    ParseWarning,
    Span,
    Table,
)


class FullDisk(io.FileIO):
    """A file on a disk that is full after so many bytes."""

    def __init__(self, path: Path, room: int) -> None:
        super().__init__(path, "x")
        self._room = room

    def write(self, data: Any) -> int:
        self._room -= len(data)
        if self._room < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(data)


def full_after(room: int) -> Any:
    def opener(path: Path) -> BinaryIO:
        return FullDisk(path, room)

    return opener


def left_over(root: Path) -> list[str]:
    return sorted(path.name for path in root.rglob("*") if path.is_file())


def test_bytes_are_stored_under_their_hash(tmp_path: Path) -> None:
    files = FileStore(tmp_path)
    data = os.urandom(3 * 1024 * 1024 + 17)
    sha256, size = files.put(io.BytesIO(data))
    assert sha256 == hashlib.sha256(data).hexdigest()
    assert size == len(data)
    assert files.path_of(sha256).read_bytes() == data
    assert list(files.list_originals()) == [sha256]
    assert files.verify(sha256)
    assert files.put(io.BytesIO(data)) == (sha256, size)
    assert left_over(tmp_path) == [sha256]


def test_a_file_is_stored_from_its_path(tmp_path: Path) -> None:
    source = tmp_path / "手册.txt"
    source.write_bytes(b"text")
    sha256, _ = FileStore(tmp_path / "home").put(source)
    assert FileStore(tmp_path / "home").has_original(sha256)
    with pytest.raises(NotFound):
        FileStore(tmp_path / "home").put(tmp_path / "absent.txt")


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path) -> None:
    files = FileStore(tmp_path, opener=full_after(1024 * 1024))
    with pytest.raises(StoreUnavailable, match="No space left") as caught:
        files.put(io.BytesIO(b"x" * (2 * 1024 * 1024)))
    assert "Free some space" in caught.value.advice
    with pytest.raises(StoreUnavailable):
        FileStore(tmp_path, opener=full_after(10)).save_parsed("d", 1, DOCUMENT)
    assert left_over(tmp_path) == []


def test_too_large_a_file_is_refused_while_it_comes_in(tmp_path: Path) -> None:
    files = FileStore(tmp_path, max_bytes=1024 * 1024)
    with pytest.raises(LimitExceeded, match="larger than 1 MiB"):
        files.put(io.BytesIO(b"x" * (1024 * 1024 + 1)))
    assert left_over(tmp_path) == []


def test_damage_is_found_by_the_hash(tmp_path: Path) -> None:
    files = FileStore(tmp_path)
    sha256, _ = files.put(io.BytesIO(b"good"))
    files.path_of(sha256).write_bytes(b"evil")
    assert not files.verify(sha256)
    files.remove(sha256)
    files.remove(sha256)
    assert not files.has_original(sha256)


def test_staged_bytes_that_are_not_kept_go(tmp_path: Path) -> None:
    files = FileStore(tmp_path)
    with files.stage(io.BytesIO(b"%PDF-1.7 rest")) as staged:
        assert staged.head == b"%PDF-1.7 rest"
    assert left_over(tmp_path) == []


def test_abandoned_temporary_files_are_swept(tmp_path: Path) -> None:
    files = FileStore(tmp_path)
    old, young = files.make_scratch_path(".old"), files.make_scratch_path(".young")
    old.touch()
    young.touch()
    os.utime(old, (0, time.time() - 2 * 24 * 3600))
    assert files.remove_abandoned() == 1
    assert left_over(tmp_path) == [young.name]


# Parsed documents

BOX = Box(1, 0.1, 2, 3.5, 4e-7)
DOCUMENT = Document(
    "id",
    "手册.pdf",
    "application/pdf",
    "ab" * 32,
    (
        Page(1, 595.3, 841.9, (Block("title", "标题", (BOX,), 1, None, (Span(0, 2, BOX),)),), "i"),
        Page(
            2,
            blocks=(
                Block(
                    "table",
                    "| a |",
                    table=Table(1, 1, (Cell(0, 0, "a", 1, 2, True, BOX), Cell(0, 1, "b"))),
                ),
            ),
            furniture=("Page 2",),
        ),
    ),
    (OutlineEntry("标题", 1, 1),),
    (ParseWarning("page_failed", "page 2", 2),),
)


def test_a_parsed_document_comes_back_whole(tmp_path: Path) -> None:
    files = FileStore(tmp_path)
    files.save_parsed("d", 3, DOCUMENT)
    assert files.read_parsed("d", 3) == DOCUMENT
    assert files.list_revisions("d") == [3]
    assert list(files.list_parsed()) == [("d", 3)]
    files.remove_parsed("d", 3)
    files.remove_parsed("d", 3)
    assert not (tmp_path / "parsed" / "d").exists()
    with pytest.raises(NotFound):
        files.read_parsed("d", 3)


def test_a_damaged_parsed_document_is_a_typed_error(tmp_path: Path) -> None:
    files = FileStore(tmp_path)
    files.save_parsed("d", 1, DOCUMENT)
    path = tmp_path / "parsed" / "d" / "1.json.gz"
    whole = path.read_bytes()
    for damaged in (b"", whole[: len(whole) // 2], b"junk"):
        path.write_bytes(damaged)
        with pytest.raises(StoreUnavailable, match="damaged"):
            files.read_parsed("d", 1)


@pytest.mark.parametrize("data", [b"{}", b"[]", b"[99, 1]", b"\xff", b"[1,2,3]"])
def test_foreign_json_is_no_document(data: bytes) -> None:
    with pytest.raises(ValueError, match="damaged"):
        decode_document(data)


def test_what_no_database_takes_is_replaced_one_for_one() -> None:
    broken = Document("d", "n", "t", "s", (Page(1, blocks=(Block("text", "a\ud800\x00b"),)),))
    assert decode_document(encode_document(broken)).text == "a\ufffd\ufffdb"


words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    st.builds(
        Document,
        words,
        words,
        words,
        words,
        st.lists(
            st.builds(
                Page,
                st.integers(1, 99),
                blocks=st.lists(
                    st.builds(Block, st.just("text"), words, description=words), max_size=4
                ).map(tuple),
                label=words,
                furniture=st.lists(words, max_size=2).map(tuple),
            ),
            max_size=3,
        ).map(tuple),
    )
)
def test_any_text_survives(document: Document) -> None:
    assert decode_document(encode_document(document)) == document


def test_parsed_files_from_before_descriptions_are_read() -> None:
    old = b'[1,"d","n","t","s",[[1,0,0,"",[],[["figure","",0,[[1,0,0,9,9]],[],null]]]],[],[]]'
    (block,) = decode_document(old).blocks
    assert (block.kind, block.description) == ("figure", "")
    assert encode_document(decode_document(old)) == encode_document(
        decode_document(encode_document(decode_document(old)))
    )

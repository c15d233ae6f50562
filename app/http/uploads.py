"""Reads multipart uploads and streams them to disk: nothing large in memory, nothing left over.

Each file goes to an unnamed temporary file beside docchat's own state (`/tmp` may be memory). A
file above the limit is read but not stored, so that the other files of the same upload are still
taken. Names that clients send are only shown: they are cleaned here and never used as paths.

Limits: the whole body is bounded by `app.http.limits.BodyLimit`; form fields by MAX_FIELD_BYTES.
"""

from __future__ import annotations

import json
import re
import tempfile
import unicodedata
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from pydantic import TypeAdapter, ValidationError
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from app.http.errors import ApiError
from app.http.limits import MAX_UPLOAD_FILES
from ingest.errors import StoreUnavailable
from ingest.validation import clean_metadata, remove_invisible

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MAX_FIELD_BYTES = 64 * 1024
MAX_FIELDS = 100
MAX_NAME = 255
MAX_SUFFIX = 20
IN_MEMORY_BYTES = 256 * 1024
"""Smaller files stay in memory while the upload is read."""
_BUFFER = 512 * 1024
"""Bytes that are collected before the parser runs: the change to another thread costs more than
the parsing of one network packet."""
_METADATA: TypeAdapter[dict[str, str]] = TypeAdapter(dict[str, str])


@dataclass(slots=True)
class ReceivedFile:
    """One uploaded file: its cleaned name and an open temporary file at position 0.

    `size` counts what was sent; where that is `too_large`, the file is empty.
    """

    name: str
    file: BinaryIO
    size: int = 0
    too_large: bool = False


@dataclass(slots=True)
class Form:
    """What a multipart request held: files of the field `files` or `file`, and text fields."""

    files: list[ReceivedFile] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)

    def parse_metadata(self) -> dict[str, str]:
        """Return the field `metadata`, a JSON object of strings.

        Raises ApiError 422, InvalidRequest.
        """
        text = self.fields.get("metadata", "").strip()
        if not text:
            return {}
        try:
            metadata = _METADATA.validate_python(json.loads(text))
        except (ValidationError, ValueError) as error:
            raise _build_upload_error("metadata: must be a JSON object of strings") from error
        return clean_metadata(metadata)


async def read_form(request: Request, folder: Path, max_file_bytes: int, stack: ExitStack) -> Form:
    """Read a multipart request; its files are closed with `stack`.

    Raises ApiError 415 (no multipart), 422 (malformed), StoreUnavailable (disk full), and what
    `request.stream()` raises.
    """
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise ApiError(
            415,
            "multipart_needed",
            "An upload must be multipart/form-data with a boundary.",
            "With curl: -F files=@report.pdf",
        )
    reader = _FormReader(folder, max_file_bytes, stack)
    parser = MultipartParser(options[b"boundary"], reader.build_callbacks())
    buffer = bytearray()
    try:
        # The parser's callbacks write to disk, which blocks: they run in the thread pool, one call
        # after the other, so that the event loop serves others meanwhile and `_FormReader` needs
        # no lock.
        async for piece in request.stream():
            buffer += piece
            if len(buffer) >= _BUFFER:
                await run_in_threadpool(parser.write, bytes(buffer))
                buffer.clear()
        await run_in_threadpool(parser.write, bytes(buffer))
        parser.finalize()
    except FormParserError as error:
        raise _build_upload_error("body: the multipart data is malformed") from error
    except OSError as error:
        raise StoreUnavailable(
            f"The upload could not be stored: {error.strerror or error}.",
            hint="Free some space on the disk that holds DOCCHAT_HOME, then send it again.",
        ) from error
    # The parser does not mind a body without its last boundary, and half a file must not be taken
    # for a whole one.
    if not reader.complete:
        raise _build_upload_error("body: the multipart data ends too early")
    return reader.form


@contextmanager
def upload_stack() -> Iterator[ExitStack]:
    """Close all temporary files of an upload at the end of a block."""
    with ExitStack() as stack:
        yield stack


def clean_upload_name(name: str) -> str:
    """Return a name that is safe to show: no control characters, bidi overrides, absolute paths.

    Relative folders stay (`2024/report.pdf`), so that equal names in an uploaded folder stay
    different; of an absolute path, or one with `..`, only the last part stays.
    """
    path = unicodedata.normalize("NFC", name).replace("\\", "/")
    parts = [remove_invisible(part) for part in path.split("/")]
    climbs = path.startswith("/") or ".." in parts or re.match(r"[A-Za-z]:", path)
    named = [part for part in parts if part.strip(". ")]
    if not named:
        return "unnamed"
    shown = named[-1] if climbs else "/".join(named)
    if len(shown) <= MAX_NAME:
        return shown
    # The folders are dropped first, then the stem is cut: the suffix tells people the format.
    stem, dot, suffix = named[-1].rpartition(".")
    if not stem or len(suffix) > MAX_SUFFIX:
        return named[-1][:MAX_NAME].strip()
    return f"{stem[: MAX_NAME - len(suffix) - 1]}{dot}{suffix}"


class _FormReader:
    """Collects what the multipart parser reports to its callbacks; one thread at a time.

    The parser calls back with slices of its buffer: a header or a value may come in several.
    """

    def __init__(self, folder: Path, max_file_bytes: int, stack: ExitStack) -> None:
        self.form = Form()
        self.complete = False
        self._folder = folder
        self._limit = max_file_bytes
        self._stack = stack
        self._header = bytearray()
        self._value = bytearray()
        self._disposition = b""
        self._file: ReceivedFile | None = None
        self._field = ""
        self._text = bytearray()

    def build_callbacks(self) -> MultipartCallbacks:
        return {
            "on_part_begin": self._begin_part,
            "on_header_field": self._on_header,
            "on_header_value": self._on_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._add_part_data,
            "on_part_end": self._end_part,
            "on_end": self._mark_complete,
        }

    def _begin_part(self) -> None:
        self._disposition = b""
        self._file = None
        self._field = ""
        self._text.clear()

    def _on_header(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        if bytes(self._header).lower() == b"content-disposition":
            self._disposition = bytes(self._value)
        self._header.clear()
        self._value.clear()

    def _headers_finished(self) -> None:
        _, options = parse_options_header(self._disposition)
        self._field = _decode_text(options.get(b"name", b""))
        if b"filename" not in options:
            if len(self.form.fields) >= MAX_FIELDS:
                raise _build_upload_error(f"body: more than {MAX_FIELDS} fields")
            return
        if self._field not in {"files", "file"}:
            raise _build_upload_error(
                f"{self._field or 'body'}: files belong into the field `files`"
            )
        if len(self.form.files) >= MAX_UPLOAD_FILES:
            raise _build_upload_error(f"files: more than {MAX_UPLOAD_FILES} at once")
        # In the folder of docchat's state, not in /tmp: the disk whose space counts is that one,
        # and /tmp is memory on many systems. The file has no name, so a crash leaves nothing.
        self._folder.mkdir(parents=True, exist_ok=True)
        file = self._stack.enter_context(
            tempfile.SpooledTemporaryFile(  # noqa: SIM115 - the stack closes it
                max_size=IN_MEMORY_BYTES, dir=str(self._folder)
            )
        )
        name = clean_upload_name(_decode_text(options[b"filename"]))
        self._file = ReceivedFile(name, cast(BinaryIO, file))
        self.form.files.append(self._file)

    def _add_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._file is None:
            self._text += data[start:end]
            if len(self._text) > MAX_FIELD_BYTES:
                raise _build_upload_error(f"{self._field}: longer than {MAX_FIELD_BYTES:,} bytes")
            return
        # The rest of a file that is too large still has to be read, for the next file comes after
        # it in the same body; its disk space is given back at once.
        self._file.size += end - start
        if self._file.size > self._limit and not self._file.too_large:
            self._file.too_large = True
            self._file.file.seek(0)
            self._file.file.truncate()
        if not self._file.too_large:
            self._file.file.write(data[start:end])

    def _end_part(self) -> None:
        if self._file is None:
            self.form.fields[self._field] = _decode_text(bytes(self._text))
        else:
            self._file.file.seek(0)

    def _mark_complete(self) -> None:
        self.complete = True


def _decode_text(data: bytes) -> str:
    """Decode a name or value: UTF-8 as browsers and curl send it; never fails."""
    return data.decode("utf-8", errors="replace")


def _build_upload_error(detail: str) -> ApiError:
    return ApiError(422, "invalid_request", detail, "Correct the upload and send it again.")

"""Defines the errors of ingestion, as one tree.

IngestError                      code, hint
├── FileRejected                 the file will never parse as it is: final, no retry
│   ├── UnsupportedFormat        no parser for this kind of file
│   ├── MislabelledFile          content is not what the name says (an .exe named .pdf)
│   ├── EmptyFile                no bytes, or no pages
│   ├── CorruptFile              damaged beyond repair
│   ├── EncryptedFile            needs a password
│   ├── NoTextFound              pages were read and gave too little text
│   └── LimitExceeded            too large, too many pages, archive bomb, parse time or memory
├── ParserCrashed                the parsing process died: may pass on retry
├── OcrFailed                    the OCR engine raised on a page
├── LayoutFailed                 the layout model raised on a page
├── EngineMissing                the settings name a parser that cannot be loaded
├── NotFound                     no such collection, document, page or chunk
├── Conflict                     name taken, or the operation does not fit the document's state
├── InvalidRequest               a name, key or number that makes no sense
├── IndexMismatch                the index was built by another embedder or chunker
├── EmbeddingFailed              the embedder raised, or gave something that is no vector
├── IndexUnavailable             an index is locked, damaged or out of reach
├── ClusterUnavailable           Ray is missing, or its cluster is out of reach
├── StoreUnavailable             the database is locked, full, damaged or out of reach
└── Cancelled                    a user asked for the work to stop

`code` is stable and goes to the API and to scripts; the message says what happened; the hint says
what to do. Errors of libraries are translated where they are called and never leave this package.
"""

from __future__ import annotations

from typing import ClassVar


class IngestError(Exception):
    """Root of all errors of ingestion."""

    code: ClassVar[str] = "ingest_error"
    hint: ClassVar[str] = "See the log for details."
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.advice = hint or self.hint

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle with the hint: errors are sent from the parsing process to this one."""
        return (_rebuild_error, (type(self), self.message, self.advice))


def _rebuild_error(kind: type[IngestError], message: str, advice: str) -> IngestError:
    return kind(message, hint=advice)


class FileRejected(IngestError):
    """The file will never parse as it is."""

    code = "file_rejected"


class UnsupportedFormat(FileRejected):
    """No parser takes this kind of file."""

    code = "unsupported_format"
    hint = "Convert it to PDF, DOCX, PPTX, XLSX, HTML, Markdown, text or EPUB."


class MislabelledFile(FileRejected):
    """The content is not what the name says."""

    code = "mislabelled_file"
    hint = "Check the file: its content does not match its name. Rename it, or export it again."


class EmptyFile(FileRejected):
    """No bytes, or no pages."""

    code = "empty_file"
    hint = "The file has nothing in it; export or download it again."


class CorruptFile(FileRejected):
    """Damaged beyond repair."""

    code = "corrupt_file"
    hint = "Open it in its own program and save it again, or fetch a fresh copy."


class EncryptedFile(FileRejected):
    """The file needs a password."""

    code = "encrypted_file"
    hint = "Remove the password in the program that made the file, then add it again."


class NoTextFound(FileRejected):
    """Pages were read and gave too little text."""

    code = "no_text_found"
    hint = 'The pages are images: turn on OCR (install docchat[ocr], set parse.ocr = "auto").'


class LimitExceeded(FileRejected):
    """A limit on size, pages, archive expansion, parse time or memory was passed."""

    code = "limit_exceeded"
    hint = "Split the file, or raise the limit in docchat.toml."


class ParserCrashed(IngestError):
    """The parsing process died."""

    code = "parser_crashed"
    hint = "Retry; if it happens again, the file breaks the parser: please report it."
    retryable = True


class OcrFailed(IngestError):
    """The OCR engine raised on a page."""

    code = "ocr_failed"
    hint = "Retry; if it happens again, turn OCR off for this file."
    retryable = True


class LayoutFailed(IngestError):
    """The layout model raised on a page: the result of the rules is kept."""

    code = "layout_failed"
    hint = "Set parse.layout to rules to do without the model."


class EngineMissing(IngestError):
    """The settings name a parser that cannot be loaded."""

    code = "engine_missing"
    hint = "Install its package with pip install NAME, or set parse.engine to builtin."


class NotFound(IngestError):
    """No such collection, document, page or chunk."""

    code = "not_found"
    hint = "List what there is and check the id."


class Conflict(IngestError):
    """The name is taken, or the operation does not fit the present state."""

    code = "conflict"
    hint = "Look at the present state and try again."


class InvalidRequest(IngestError):
    """A name, key or number that makes no sense."""

    code = "invalid_request"
    hint = "Correct the value named in the message."


class IndexMismatch(IngestError):
    """The index was built by another embedder or chunker than the one configured."""

    code = "index_mismatch"
    hint = "Run `docchat rebuild`, or go back to the former settings."


class EmbeddingFailed(IngestError):
    """The embedder raised, or gave something that is no vector."""

    code = "embedding_failed"
    hint = "Check the model named in `embedder.model` with `docchat doctor`."
    retryable = True


class IndexUnavailable(IngestError):
    """An index is locked, damaged or out of reach."""

    code = "index_unavailable"
    hint = (
        "Run `docchat doctor --repair` to make damaged indexes anew; if Chroma is a server, check "
        "that it is up."
    )
    retryable = True


class ClusterUnavailable(IngestError):
    """The Ray cluster is out of reach."""

    code = "cluster_unavailable"
    hint = "Start one with `ray start --head`, and name its address (or auto)."


class StoreUnavailable(IngestError):
    """The database is locked, full, damaged or out of reach."""

    code = "store_unavailable"
    hint = (
        "Check free disk space, `database_url`, and that the folder DOCCHAT_HOME can be written to."
    )
    retryable = True


class Cancelled(IngestError):
    """A user asked for the work to stop."""

    code = "cancelled"
    hint = "Retry the document to take it up again."

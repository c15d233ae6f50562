"""Checks a home after the kill driver has let all processes finish their work."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import func, select

from ingest.index.base import Query
from ingest.library import Library
from ingest.maintenance.audit import audit_library
from ingest.storage.schema import attempts, chunks, documents
from ingest.types import DocumentRecord, DocumentState
from rag.pipeline.bootstrap import Docchat
from tests.stress.kill_texts import word_of
from tests.support import ROOT

_PAGE = 1000


def examine_home(
    docchat: Docchat,
    wanted: Mapping[tuple[str, str], int],
    written: Sequence[tuple[str, int]],
    environment: Mapping[str, str],
) -> list[str]:
    """Return a list of faults, empty when everything is right.

    `wanted`: version by collection and name (0: deleted); `written`: all versions ever written.
    """
    library = docchat.library
    found = {name: _list_documents(library, name) for name in {of for of, _ in wanted}}
    return [
        *_check_by_doctor(environment),
        *(f"audit: {each.code}: {each.message}" for each in audit_library(library, deep=True)),
        *_check_presence(found, wanted),
        *_check_texts(library, found, wanted),
        *_check_counts(library, found),
        *_check_searches(library, wanted, written),
    ]


def _list_documents(library: Library, collection: str) -> list[DocumentRecord]:
    listed = library.list_documents(library.get_collection(collection).id, page_size=_PAGE)
    return listed.items


def _check_by_doctor(environment: Mapping[str, str]) -> Iterator[str]:
    command = [sys.executable, "-c", "from app.commands.cli import main; main()"]
    done = subprocess.run(
        [*command, "doctor", "--deep", "--format", "json"],
        cwd=ROOT,
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        checks = json.loads(done.stdout) if done.stdout else done.stderr
        yield f"doctor ended with {done.returncode}: {checks}"


def _check_presence(
    found: Mapping[str, list[DocumentRecord]], wanted: Mapping[tuple[str, str], int]
) -> Iterator[str]:
    """Yield a line for each document that is lost, double, or neither ready nor failed."""
    for collection, listed in found.items():
        names = Counter(document.name for document in listed)
        should = {name for (of, name), version in wanted.items() if of == collection and version}
        for name in sorted(should - set(names)):
            yield f"{collection}/{name} is lost"
        for name in sorted(set(names) - should):
            yield f"{collection}/{name} is there and was deleted"
        for name, count in names.items():
            if count > 1:
                yield f"{collection}/{name} is there {count} times"
        for document in listed:
            bad = document.name.startswith("bad")
            expected = DocumentState.FAILED if bad else DocumentState.READY
            if document.state is not expected:
                yield f"{collection}/{document.name} is {document.state}: {document.failure}"
            if document.state is DocumentState.FAILED and document.failure is None:
                yield f"{collection}/{document.name} failed without a reason"


def _check_texts(
    library: Library,
    found: Mapping[str, list[DocumentRecord]],
    wanted: Mapping[tuple[str, str], int],
) -> Iterator[str]:
    """Yield a line for each document without its last text, or with a gap in its chunks."""
    for collection, listed in found.items():
        for document in listed:
            if document.state is not DocumentState.READY:
                continue
            stored = library.read_chunks(document.id)
            if [chunk.ordinal for chunk in stored] != list(range(document.chunks)):
                yield f"{collection}/{document.name} has gaps in its chunks"
            word = word_of(document.name, wanted.get((collection, document.name), 0))
            if not any(word in chunk.text for chunk in stored):
                yield f"{collection}/{document.name} has not its last text"


def _check_counts(library: Library, found: Mapping[str, list[DocumentRecord]]) -> Iterator[str]:
    """Yield a line for wrong numbers of rows, vectors or postings, and for open attempts."""
    expected = sum(document.chunks for listed in found.values() for document in listed)
    with library.store.read() as connection:
        rows = connection.execute(select(func.count()).select_from(chunks)).scalar_one()
        open_attempts = connection.execute(
            select(func.count()).select_from(attempts).where(attempts.c.ended.is_(None))
        ).scalar_one()
        unpurged = connection.execute(
            select(func.count())
            .select_from(documents)
            .where(documents.c.tombstone != "", documents.c.purged.is_(False))
        ).scalar_one()
    sizes = (rows, len(library.dense.ids()), len(library.lexical.ids()))
    if set(sizes) != {expected}:
        yield f"{expected} chunks expected; rows, vectors and postings are {sizes}"
    if open_attempts:
        yield f"{open_attempts} attempts have no end"
    if unpurged:
        yield f"{unpurged} deleted documents are not cleared up"


def _check_searches(
    library: Library,
    wanted: Mapping[tuple[str, str], int],
    written: Sequence[tuple[str, int]],
) -> Iterator[str]:
    """Yield a line for each version that is wrongly found or not found by its own word."""
    current = {(name, version) for (_, name), version in wanted.items() if version}
    for name, version in written:
        answering = is_found(library, name, version)
        if answering and (name, version) not in current:
            yield f"version {version} of {name} is found and should not be"
        if not answering and (name, version) in current and not name.startswith("bad"):
            yield f"version {version} of {name} is not found"


def is_found(library: Library, name: str, version: int) -> bool:
    """Say whether a search for the word of this version finds a passage with it."""
    word = word_of(name, version)
    matches = library.lexical.search(Query(word), 5)
    passages = library.read_passages([match.chunk_id for match in matches]).values()
    return any(word in passage.text for passage in passages)

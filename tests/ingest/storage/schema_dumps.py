"""Databases as earlier versions of docchat left them: one SQL text for each version of the tables.

`python -m tests.ingest.storage.schema_dumps` writes the one of the newest version; run it whenever
a migration was added, and never change one that is there: it is what people have on their disks.
"""

from __future__ import annotations

import json
import sqlite3
import tempfile
from pathlib import Path
from typing import Any

from sqlalchemy import MetaData

from ingest.storage.database import Store, newest_schema, sqlite_url

FOLDER = Path(__file__).parent / "schemas"
_MOMENT = "2026-01-02 03:04:05.000000"
_SHA = "ab" * 32
_CITATION = {"marker": 1, "chunk_id": "k1", "document_id": "d1", "document_name": "水泵.pdf"}
_CITATION |= {"page": 2, "boxes": [], "quote": "Das Öl wird gewechselt.", "char_range": [0, 23]}
ANSWER = {"text": "Change the oil [1].", "citations": [_CITATION], "refused": False, "hits": []}
ANSWER |= {"grounding": {"score": 1.0, "claims": []}, "question": "When?", "language": "en"}
ANSWER |= {"usage": {}, "timings": {}}

ROWS: dict[str, dict[str, Any]] = {
    "collections": {"id": "c1", "name": "手册", "tombstone": "", "description": "Ö"},
    "documents": {
        "id": "d1",
        "collection_id": "c1",
        "name": "水泵.pdf",
        "tombstone": "",
        "state": "ready",
        "revision": 2,
        "sha256": _SHA,
        "size": 1234,
        "media_type": "application/pdf",
        "live_revision": 2,
        "live_sha256": _SHA,
        "live_media_type": "application/pdf",
        "metadata": '{"年": "2026"}',
        "warnings": "[]",
        "attempts": 1,
        "deaths": 0,
        "priority": 0,
        "lease_expires": 0.0,
        "not_before": 0.0,
        "pages": 3,
        "pages_done": 3,
        "chunks": 1,
        "chunks_done": 1,
        "purged": 0,
        "sequence": 7,
    },
    "chunks": {
        "document_id": "d1",
        "generation": 1,
        "revision": 2,
        "ordinal": 0,
        "chunk_id": "k1",
        "text": "Das Öl wird gewechselt.",
        "headings": '["Wartung"]',
        "geometry": b"\x01\x04" + bytes(8),
        "range_start": 0,
        "range_end": 23,
        "page": 2,
        "page_end": 2,
        "tokens": 6,
        "kind": "text",
        "described": "",
    },
    "meta": {"key": "a fact", "value": "kept"},
    "conversations": {"id": "v1", "title": "Öl", "collection_ids": '["c1"]'},
    "messages": {
        "id": "m1",
        "conversation_id": "v1",
        "position": 0,
        "role": "assistant",
        "text": "Change the oil [1].",
        "answer": json.dumps(ANSWER, ensure_ascii=False),
        "comment": "",
    },
    "origins": {
        "collection_id": "c1",
        "folder": "f" * 64,
        "name": "水泵.pdf",
        "document_id": "d1",
        "size": 1234,
        "stamp": "1.1234",
        "sha256": _SHA,
    },
    "attempts": {
        "document_id": "d1",
        "number": 1,
        "revision": 2,
        "worker": "host:1",
        "started": _MOMENT,
        "reached": "ready",
        "outcome": "ready",
    },
    "evidence": {"message_id": "m1", "document_id": "d1"},
}
"""A row for each table; of columns that a version did not have yet nothing is written."""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "docchat.db"
        store = Store.open(sqlite_url(path))
        there = MetaData()
        there.reflect(store.engine)
        with store.write() as connection:
            for table in there.sorted_tables:
                if row := ROWS.get(table.name):
                    times = dict.fromkeys(("created_at", "updated_at"), _MOMENT)
                    known = {name: v for name, v in (times | row).items() if name in table.c}
                    columns = ", ".join(f'"{name}"' for name in known)
                    values = ", ".join(f":{name}" for name in known)
                    statement = f'INSERT INTO "{table.name}" ({columns}) VALUES ({values})'
                    connection.exec_driver_sql(statement, known)
        store.close()
        dump = "\n".join(sqlite3.connect(path).iterdump())
    (FOLDER / f"{newest_schema()}.sql").write_text(dump + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""Adds which messages hold words of which documents (a table of `rag.conversations.store`).

Revises: 0005
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_AT_ONCE = 500


def upgrade() -> None:
    """Create the table and fill it from the answers that are there."""
    evidence = op.create_table(
        "evidence",
        sa.Column("message_id", sa.String(32), nullable=False),
        sa.Column("document_id", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("message_id", "document_id", name="pk_evidence"),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name="fk_evidence_message_id_messages"
        ),
    )
    op.create_index("ix_evidence_document_id", "evidence", ["document_id"])
    batch: list[dict[str, str]] = []
    for row in _rows(op.get_bind()):
        batch.append(row)
        if len(batch) == _AT_ONCE:
            op.bulk_insert(evidence, batch)
            batch = []
    op.bulk_insert(evidence, batch)


def _rows(connection: sa.Connection) -> Iterator[dict[str, str]]:
    messages = sa.table("messages", sa.column("id"), sa.column("answer", sa.Text))
    found = connection.execute(
        sa.select(messages.c.id, sa.cast(messages.c.answer, sa.Text)).where(
            messages.c.answer.is_not(None)
        )
    )
    for message_id, answer in found.fetchall():
        for document_id in sorted(_documents(json.loads(answer) or {})):
            yield {"message_id": message_id, "document_id": document_id}


def _documents(answer: dict[str, Any]) -> set[str]:
    held = [*answer.get("citations", ()), *answer.get("hits", ())]
    return {each["document_id"] for each in held}


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("evidence")

"""Adds the attempts at documents (the table of `ingest.storage.attempts`).

Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; of attempts before it nothing is known."""
    op.create_table(
        "attempts",
        sa.Column("document_id", sa.String(32), nullable=False),
        sa.Column("number", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("worker", sa.String(128), nullable=False),
        sa.Column("started", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended", sa.DateTime(timezone=True)),
        sa.Column("reached", sa.String(16), nullable=False),
        sa.Column("outcome", sa.String(16)),
        sa.Column("code", sa.String(64)),
        sa.Column("message", sa.Text),
        sa.PrimaryKeyConstraint("document_id", "number", name="pk_attempts"),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name="fk_attempts_document_id_documents"
        ),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("attempts")

"""Adds vectors that are embedded and not yet in the dense index.

Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; documents on their way are embedded once more."""
    op.create_table(
        "vectors",
        sa.Column("document_id", sa.String(32), nullable=False),
        sa.Column("generation", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("revision", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("chunk_id", sa.String(64), nullable=False),
        sa.Column("vector", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint(
            "document_id", "generation", "revision", "chunk_id", name="pk_vectors"
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name="fk_vectors_document_id_documents"
        ),
    )


def downgrade() -> None:
    """Drop the table; what was on its way is embedded anew."""
    op.drop_table("vectors")

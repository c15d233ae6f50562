"""Adds the files that documents came from (the table of `ingest.storage.origins`).

Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "origins",
        sa.Column("collection_id", sa.String(32), nullable=False),
        sa.Column("folder", sa.String(64), nullable=False),
        sa.Column("name", sa.String(1024), nullable=False),
        sa.Column("document_id", sa.String(32), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("stamp", sa.String(64), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("collection_id", "folder", "name", name="pk_origins"),
    )
    op.create_index("ix_origins_document_id", "origins", ["document_id"])


def downgrade() -> None:
    """Drop the table: the next sync reads every file again."""
    op.drop_table("origins")

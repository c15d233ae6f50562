"""Adds the descriptions of the figures in a chunk (`Chunk.described`).

Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what is there has no descriptions."""
    op.add_column("chunks", sa.Column("described", sa.Text, nullable=False, server_default=""))


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("chunks", "described")

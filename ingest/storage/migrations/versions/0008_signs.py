"""Adds the signs of chunks, for late interaction.

Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; it is filled by `docchat rebuild`, which indexes of old ask for."""
    op.add_column("chunks", sa.Column("signs", sa.LargeBinary))


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("chunks", "signs")

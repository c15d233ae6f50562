"""Alembic's environment: runs on the connection (and in the transaction) that the store hands in.

Limits: no offline mode and no configuration file; migrations run only through
`ingest.storage.database`.
"""

from __future__ import annotations

from alembic import context

from ingest.storage.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
context.run_migrations()

"""Alembic migrations of the store, run in-process by `ingest.storage.database` when it opens."""

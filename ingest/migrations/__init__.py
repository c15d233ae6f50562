"""Alembic migrations of the store, run in-process by `ingest.store` when it opens."""

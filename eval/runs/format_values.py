"""Formats what a run stores for people: pages, times, and values of settings and options."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime


def format_pages(pages: Sequence[int]) -> str:
    """Return "page 3" or "pages 3, 4"."""
    return f"page{'' if len(pages) == 1 else 's'} {', '.join(map(str, pages))}"


def format_time(time: str) -> str:
    """Return an ISO time as "2026-11-28 15:25 UTC"; other text stays as it is."""
    try:
        return f"{datetime.fromisoformat(time).astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    except ValueError:
        return time


def format_value(value: object) -> str:
    """Return a value in plain words: "yes", "no", "not set", "none", "empty"."""
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(format_value, value)) or "none"
    return str(value) if value != "" else "empty"

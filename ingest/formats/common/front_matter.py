"""Reads metadata of a file: the YAML in front of a Markdown text, or a JSON file beside it.

`report.pdf.meta.json` beside `report.pdf` holds one JSON object; its entries become metadata of
the document. Limits: only single values and lists of them are taken, as text (a list joined by
commas); front matter that is no YAML is ignored, a side file that is no object is an error.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from ingest.errors import InvalidRequest
from ingest.validation import clean_metadata

SIDE_SUFFIX = ".meta.json"

_FENCED = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?\r?\n)??(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.S)
_LONGEST = 64_000
_MARKDOWN = (".md", ".markdown", ".mdown", ".mkd")


def split_front_matter(text: str) -> tuple[dict[str, str], str]:
    """Return the front matter of a Markdown text, and the text behind it."""
    found = _FENCED.match(text, 0, _LONGEST)
    if found is None:
        return {}, text
    return _flatten_entries(_parse_yaml(found[1] or "")), text[found.end() :]


def read_front_matter(head: bytes, name: str) -> dict[str, str]:
    """Return the front matter at the head of a file that its name calls Markdown.

    Entries that cannot be metadata (see `ingest.validation`) are left out; they make no error.
    """
    if not name.casefold().endswith(_MARKDOWN):
        return {}
    entries, _ = split_front_matter(head.decode("utf-8", errors="replace"))
    return {key: value for key, value in entries.items() if _is_valid_metadata(key, value)}


def side_file_of(path: Path) -> Path:
    """Return the path of the metadata file that belongs to a file."""
    return path.with_name(path.name + SIDE_SUFFIX)


def read_side_file(path: Path) -> dict[str, str]:
    """Return the metadata beside the file `path`, empty where there is none.

    Raises InvalidRequest when it cannot be read or is no object of single values.
    """
    side_file = side_file_of(path)
    try:
        content = json.loads(side_file.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise InvalidRequest(
            f"{side_file.name} cannot be read: {error}", hint="It holds one JSON object, in UTF-8."
        ) from error
    entries = _flatten_entries(content)
    if not isinstance(content, dict) or len(entries) != len(content):
        raise InvalidRequest(
            f"{side_file.name} is no object of texts, numbers and lists of them.",
            hint='Write it like {"author": "Li Wei", "year": 2024}.',
        )
    return clean_metadata(entries)


def _parse_yaml(text: str) -> Any:
    import yaml

    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError):  # ValueError: dates that do not exist
        return None


def _flatten_entries(content: Any) -> dict[str, str]:
    """Return the entries whose values are single, or lists of single values."""
    if not isinstance(content, Mapping):
        return {}
    found: dict[str, str] = {}
    for key, value in content.items():
        values = value if isinstance(value, list) else [value]
        if isinstance(key, str) and all(_is_single_value(each) for each in values):
            found[key] = ", ".join(_format_value(each) for each in values)
    return found


def _is_single_value(value: Any) -> bool:
    return isinstance(value, str | int | float | bool | date)


def _format_value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(value).strip()


def _is_valid_metadata(key: str, value: str) -> bool:
    try:
        clean_metadata({key: value})
    except InvalidRequest:
        return False
    return bool(value)

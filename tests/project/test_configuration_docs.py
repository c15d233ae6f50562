"""docs/configuration.md names every setting with its true default, and no other."""

from __future__ import annotations

import re
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from rag.settings import Settings
from tests.support import ROOT

PAGE = ROOT / "docs" / "configuration.md"
COMPUTED = {"home": "the platform's folder for user data", "answer.adapter": "none"}


def documented() -> dict[str, str]:
    found: dict[str, str] = {}
    section = ""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            named = re.match(r"## `\[(\w+)\]`", line)
            section = f"{named[1]}." if named else ""
        row = re.match(r"\| `(\w+)` \| (.+?) \|", line)
        if row:
            found[section + row[1]] = row[2].strip("`")
    return found


def actual() -> dict[str, str]:
    found: dict[str, str] = {}
    for name, field in Settings.model_fields.items():
        if isinstance(field.default, BaseModel):
            section = type(field.default)
            for inner, each in section.model_fields.items():
                found[f"{name}.{inner}"] = written(f"{name}.{inner}", each.default)
        else:
            found[name] = written(name, field.default)
    return found


def written(name: str, default: Any) -> str:
    if name in COMPUTED:
        return COMPUTED[name]
    if isinstance(default, SecretStr):
        default = default.get_secret_value()
    return f'"{default}"' if isinstance(default, str) else str(default)


@pytest.mark.parametrize("name", sorted(actual()))
def test_the_setting_is_there_with_its_default(name: str) -> None:
    assert documented().get(name) == actual()[name]


def test_nothing_else_is_documented() -> None:
    assert set(documented()) <= set(actual())

"""Builds the rows of a run with several settings: `--vary retrieval.dense_weight=0.3,0.5,0.7`.

The first row is always docchat as it is set up. Each value of each `--vary` gives one more row, all
other settings unchanged, as an ablation needs it; with `grid` every combination gives a row. Values
that lead to settings of an earlier row give no new row: that row lists them (`also`).
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from eval.errors import VariationInvalid
from rag.errors import RerankerFailed, SettingsInvalid
from rag.retrieval.reranker import CrossEncoderReranker
from rag.settings import Settings

BASE = "docchat"
_SEARCH_ONLY = ("retrieval", "answer", "grounding", "server")
"""Sections that do not change the content of the store and the indexes."""
_PLACES = (
    "home",
    "database_url",
    "chroma_url",
    "milvus_uri",
    "milvus_token",
    "index_prefix",
    "workers",
    "log_level",
)

SettingsLoader = Callable[..., Settings]


@dataclass(frozen=True, slots=True)
class Variant:
    """A row of docchat: what it is called and its settings."""

    label: str
    settings: Settings
    also: tuple[str, ...] = ()
    """Variations with the same settings, which therefore have no row of their own."""

    @property
    def recorded_settings(self) -> dict[str, Any]:
        """What a run stores: no places of state (they may contain passwords), keys masked."""
        return self.settings.model_dump(mode="json", exclude={*_PLACES, "server"})

    @property
    def ingestion_key(self) -> str:
        """Equal for variants that may share one ingestion: they differ in searching only."""
        left_out = {*_SEARCH_ONLY, *_PLACES}
        if self.settings.parse.captions != "off":  # the model of `answer` describes figures
            left_out.discard("answer")
        shown = self.settings.model_dump(mode="json", exclude=left_out)
        return json.dumps(shown, sort_keys=True)


def build_variants(
    specs: Sequence[str], load: SettingsLoader, *, grid: bool = False
) -> list[Variant]:
    """Return the base and its variations.

    Raises VariationInvalid, and where the settings are not usable as they stand SettingsInvalid or
    RerankerFailed.
    """
    choices = [[(name, value) for value in values] for name, values in map(_parse_variation, specs)]
    if len({each[0][0] for each in choices}) != len(choices):
        raise VariationInvalid("A setting is varied twice.", hint="Give all its values at once.")
    chosen: list[tuple[tuple[str, str], ...]] = [()]
    if grid:
        chosen += itertools.product(*choices) if choices else []
    else:
        chosen += [(each,) for values in choices for each in values]
    found: list[Variant] = []
    for changes in chosen:
        label = ", ".join(f"{name}={value}" for name, value in changes)
        settings = _load_variant_settings(label, load, _nest_settings(changes))
        same = next((at for at, other in enumerate(found) if other.settings == settings), None)
        if same is None:
            found.append(Variant(label or BASE, settings))
        else:
            found[same] = replace(found[same], also=(*found[same].also, label))
    return found


def _load_variant_settings(
    label: str, load: SettingsLoader, changes: Mapping[str, Any]
) -> Settings:
    """Return settings after a check that their reranker can be loaded, so that none fails later."""
    try:
        settings = load(**changes)
        if settings.retrieval.rerank not in ("off", "late"):
            CrossEncoderReranker(Path(settings.retrieval.rerank))
    except (SettingsInvalid, RerankerFailed) as error:
        if not label:
            raise
        raise VariationInvalid(f"--vary {label}: {error.message}") from error
    return settings


def _parse_variation(spec: str) -> tuple[str, list[str]]:
    name, equals, listed = spec.partition("=")
    name = name.strip()
    values = [listed.strip()] if listed.strip().startswith("[") else listed.split(",")
    values = [value.strip() for value in values]
    if not equals or not all(values) or not all(name.split(".")):
        raise VariationInvalid(f"--vary {spec!r} is not NAME=VALUE or NAME=VALUE,VALUE.")
    return name, values


def _nest_settings(changes: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Return settings as `load_settings` takes them, `a.b` as a section with a key."""
    nested: dict[str, Any] = {}
    for name, value in changes:
        *sections, key = name.split(".")
        place = nested
        for section in sections:
            place = place.setdefault(section, {})
        place[key] = _parse_value(value)
    return nested


def _parse_value(text: str) -> Any:
    """Return a list for a JSON list; other text as it is, since the settings convert it."""
    if not text.startswith("["):
        return text
    try:
        return json.loads(text)
    except ValueError as error:
        raise VariationInvalid(f"{text!r} is no list ({error}).") from error


def group_by_ingestion(rows: Sequence[Variant]) -> Mapping[str, list[Variant]]:
    """Return the variants by `ingestion_key`, in order of first appearance."""
    groups: dict[str, list[Variant]] = {}
    for row in rows:
        groups.setdefault(row.ingestion_key, []).append(row)
    return groups

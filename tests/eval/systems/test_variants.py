from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from eval.errors import VariationInvalid
from eval.systems.variants import BASE, build_variants, group_by_ingestion
from rag.errors import RerankerFailed, SettingsInvalid
from rag.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCCHAT_HOME", str(tmp_path))


def labels(specs: Sequence[str], **options: Any) -> list[str]:
    return [each.label for each in build_variants(specs, load_settings, **options)]


def test_each_value_is_a_row_beside_the_base() -> None:
    rows = build_variants(
        ["retrieval.dense_weight=0.3, 0.7", "retrieval.fusion=rrf"], load_settings
    )
    assert [row.label for row in rows] == [
        BASE,
        "retrieval.dense_weight=0.3",
        "retrieval.dense_weight=0.7",
        "retrieval.fusion=rrf",
    ]
    assert [row.settings.retrieval.dense_weight for row in rows[1:3]] == [0.3, 0.7]
    assert rows[3].settings.retrieval.dense_weight == rows[0].settings.retrieval.dense_weight


def test_a_grid_has_every_combination() -> None:
    specs = ["retrieval.depth=50,200", "chunk.max_tokens=64,128"]
    assert labels(specs, grid=True) == [
        BASE,
        "retrieval.depth=50, chunk.max_tokens=64",
        "retrieval.depth=50, chunk.max_tokens=128",
        "retrieval.depth=200, chunk.max_tokens=64",
        "retrieval.depth=200, chunk.max_tokens=128",
    ]


def test_what_is_set_anyway_is_no_second_row() -> None:
    usual = Settings().retrieval.depth
    base, other = build_variants([f"retrieval.depth={usual},7,07"], load_settings)
    assert (base.label, base.also) == (BASE, (f"retrieval.depth={usual}",))
    assert (other.label, other.also) == ("retrieval.depth=7", ("retrieval.depth=07",))


def test_a_second_stage_that_is_no_folder_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(VariationInvalid, match=r"--vary retrieval\.rerank=of: of is no model"):
        build_variants(["retrieval.rerank=of"], load_settings)
    assert labels(["retrieval.rerank=off"]) == [BASE, "retrieval.rerank=off"]
    monkeypatch.setenv("DOCCHAT_RETRIEVAL__RERANK", "nowhere")
    with pytest.raises(RerankerFailed):
        build_variants([], load_settings)


def test_settings_that_are_bad_without_any_variation_speak_of_themselves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DOCCHAT_RETRIEVAL__DEPTH", "many")
    with pytest.raises(SettingsInvalid, match=r"retrieval\.depth"):
        build_variants(["retrieval.limit=3"], load_settings)


def test_the_other_settings_of_a_section_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCCHAT_RETRIEVAL__LIMIT", "3")
    rows = build_variants(["retrieval.depth=9"], load_settings)
    assert [row.settings.retrieval.limit for row in rows] == [3, 3]


def test_lists_are_read_as_json() -> None:
    (_, row) = build_variants(['embedder.languages=["en", "de"]'], load_settings)
    assert row.settings.embedder.languages == ("en", "de")


@pytest.mark.parametrize("spec", ["retrieval.depth", "=3", "retrieval.=3", "a.b=", "a.b=1,,2"])
def test_what_cannot_be_read_is_a_typed_error(spec: str) -> None:
    with pytest.raises(VariationInvalid):
        build_variants([spec], load_settings)


def test_a_setting_that_is_not_there_is_named() -> None:
    with pytest.raises(VariationInvalid, match=r"retrieval\.nonsense: there is no such") as caught:
        build_variants(["retrieval.nonsense=1"], load_settings)
    assert "--vary" in caught.value.advice
    with pytest.raises(VariationInvalid, match=r"--vary retrieval\.depth=many: .*integer"):
        build_variants(["retrieval.depth=many"], load_settings)
    with pytest.raises(VariationInvalid, match="twice"):
        build_variants(["retrieval.depth=1", "retrieval.depth=2"], load_settings)


def test_only_what_changes_the_indexes_is_ingested_anew() -> None:
    specs = ["retrieval.depth=9", "answer.min_evidence=0.1", "chunk.max_tokens=64", "parse.ocr=off"]
    groups = group_by_ingestion(build_variants(specs, load_settings))
    assert [[row.label for row in rows] for rows in groups.values()] == [
        [BASE, "retrieval.depth=9", "answer.min_evidence=0.1"],
        ["chunk.max_tokens=64"],
        ["parse.ocr=off"],
    ]


def test_what_a_run_remembers_holds_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCCHAT_ANSWER__API_KEY", "sk-secret")
    monkeypatch.setenv("DOCCHAT_DATABASE_URL", "postgresql://me:secret@host/db")
    (row,) = build_variants([], load_settings)
    assert "secret" not in str(row.recorded_settings)

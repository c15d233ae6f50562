"""Runs a model compiled by OpenVINO: the same vectors, sooner, on a CPU.

The whole model (encoder, pooling) becomes one graph. That of a packed file is built from its
weights, in 8 bits where it has been calibrated for them; that of a folder is made once by PyTorch
and stored: from the second start on PyTorch is not even imported. Batches run side by side, one on
each core, which does a third more than one batch on all cores. Floats are bfloat16 where the
processor can, else float32. Limits: CPU only; a model that reads more than token ids and
attention mask, or whose graph differs too much from float32, is refused.
"""

from __future__ import annotations

import importlib.util
import logging
import sys
import uuid
import warnings
from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from ingest.embedding.encoders.bert_graph import build_bert_graph
from ingest.embedding.encoders.encoder import (
    MIN_FAITHFUL_COSINE,
    Precision,
    TakeBatch,
    TokenizedText,
    pad_ids,
)
from ingest.embedding.encoders.torch_encoder import load_model
from ingest.embedding.models.base import EmbeddingModel
from ingest.embedding.models.folder_model import compute_model_fingerprint, read_tokenizer
from ingest.embedding.models.packed_file import PackedFile
from ingest.embedding.models.packed_model import PackedModel
from ingest.errors import EmbeddingFailed
from ingest.processes import count_cores

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_Result = TypeVar("_Result")
_log = logging.getLogger(__name__)
_HINT = "Run `pip install 'docchat[openvino]'`, or set embedder.backend to torch."
_TELEMETRY = "openvino_telemetry"
_MOST_STREAMS = 16
_PROBES = (
    "The warranty covers the battery for two years.",
    "A sum of 1,250.75 EUR is due within thirty days; interest is 4.5 % a year.",
    "电池的保修期为两年。",
)


BuildInputs = Callable[[Sequence[TokenizedText]], list[NDArray[Any]]]


class OpenVinoEncoder:
    """Runs the compiled model; one call at a time."""

    def __init__(self, model: EmbeddingModel, precision: Precision, cache: Path | None) -> None:
        """Compile the model, or load it from `cache`. Raises EmbeddingFailed."""
        openvino = import_openvino()
        try:
            core = openvino.Core()
            able = set(core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"))
            self._float_kind = "bf16" if "BF16" in able else "f32"
            self._precision = choose_precision(precision, able, model)
            self._build_inputs: BuildInputs = pad_ids
            if isinstance(model, PackedModel):
                self._compile_packed(openvino, core, model)
            else:
                self._compile_folder(openvino, core, model, cache)
        except EmbeddingFailed:
            raise
        except Exception as error:  # OpenVINO raises anything
            raise EmbeddingFailed(
                f"OpenVINO cannot compile {model.label}: {error}", hint=_HINT
            ) from error

    @property
    def label(self) -> str:
        """What computes, and how."""
        return f"openvino {self._precision} on cpu"

    def encode(
        self, batches: Sequence[Sequence[TokenizedText]], take: TakeBatch[_Result]
    ) -> list[_Result]:
        """Return what `take` makes of each batch, in order. Raises EmbeddingFailed."""
        results: dict[int, _Result] = {}

        # Called by OpenVINO's own threads, for each batch as it ends. The tensors belong to the
        # request and are overwritten by its next batch, so `take` must be done with them here.
        def store_result(request: Any, number: int) -> None:
            vectors, states = (request.get_output_tensor(place).data for place in (0, 1))
            results[number] = take(batches[number], vectors, states)

        try:
            self._queue.set_callback(store_result)
            for number, batch in enumerate(batches):
                self._queue.start_async(self._build_inputs(batch), number)
            self._queue.wait_all()
            return [results[number] for number in range(len(batches))]
        except Exception as error:  # OpenVINO raises anything
            raise EmbeddingFailed(f"OpenVINO failed on {len(batches)} batches: {error}") from error

    def _compile_packed(self, openvino: Any, core: Any, model: PackedModel) -> None:
        """Build the graph from the file: that takes less time than loading a kept one."""
        ranges = None
        if self._precision == "int8" and model.calibration is not None:
            ranges = model.calibration.ranges
        graph, _ = build_bert_graph(openvino, model.file, ranges)
        self._build_inputs = partial(_look_up_rows, model.file)
        self._compile_graph(openvino, core, graph)

    def _compile_folder(
        self, openvino: Any, core: Any, model: EmbeddingModel, cache: Path | None
    ) -> None:
        """Compile the graph that PyTorch traces, once; from then on the kept one is read."""
        folder = model.provide_folder(cache)
        stored = None if cache is None else _cache_path_of(cache, folder, openvino)
        if stored is not None and stored.exists():
            self._compile_graph(openvino, core, core.read_model(stored))
            return
        loaded = load_model(folder, "cpu")
        graph = _convert_model(openvino, loaded)
        self._compile_graph(openvino, core, graph)
        self._check_faithfulness(loaded, folder, model.max_tokens)
        if stored is not None:
            _save_graph(openvino, graph, stored)

    def _compile_graph(self, openvino: Any, core: Any, graph: Any) -> None:
        streams = min(count_cores(), _MOST_STREAMS)
        settings = {
            # What is left of a graph in 8 bits (softmax, norms) is as quick in bfloat16 as it can.
            "INFERENCE_PRECISION_HINT": "f32" if self._precision == "f32" else self._float_kind,
            "NUM_STREAMS": str(streams),
            "INFERENCE_NUM_THREADS": str(count_cores()),
        }
        self._compiled = core.compile_model(graph, "CPU", settings)
        self._queue = openvino.AsyncInferQueue(self._compiled, streams)

    def _check_faithfulness(
        self, model: SentenceTransformer, folder: Path, max_tokens: int
    ) -> None:
        """Raise EmbeddingFailed unless the compiled model gives the model's own vectors."""
        tokenizer = read_tokenizer(folder)
        tokenizer.enable_truncation(max_tokens)
        batch = [TokenizedText(text, tokenizer.encode(text).ids) for text in _PROBES]
        ours = self.encode([batch], lambda _texts, vectors, _states: vectors.copy())[0]
        theirs = np.asarray(model.encode(list(_PROBES), normalize_embeddings=True), np.float32)
        ours = ours / np.linalg.norm(ours, axis=1, keepdims=True)
        worst = float(np.sum(ours * theirs, axis=1).min())
        if not worst >= MIN_FAITHFUL_COSINE:
            raise EmbeddingFailed(
                f"Compiled, {folder.name} gives other vectors (cosine {worst:.3f}).",
                hint="Set embedder.backend to torch for this model.",
            )


def choose_precision(
    asked: Precision, able: Collection[str], model: EmbeddingModel
) -> Literal["int8", "bf16", "f32"]:
    """Return in what to compute; `able` are the processor's capabilities as OpenVINO names them.

    "auto" takes 8 bits where they have been calibrated for the model. Raises EmbeddingFailed when
    8 bits are asked for and there is no calibration.
    """
    calibrated = model.calibration is not None and isinstance(model, PackedModel)
    if asked == "auto":
        if calibrated and "INT8" in able:
            return "int8"
        return "bf16" if "BF16" in able else "f32"
    if asked == "int8" and not calibrated:
        raise EmbeddingFailed(
            f"{model.label} has not been calibrated for 8 bits.",
            hint="Set embedder.precision to auto.",
        )
    return asked


def _look_up_rows(file: PackedFile, batch: Sequence[TokenizedText]) -> list[NDArray[Any]]:
    """Return the tokens' rows of the word table, (n, longest, d), and the mask, both float32."""
    ids, mask = pad_ids(batch)
    return [file.look_up("emb.word", ids, file.sizes.hidden), mask.astype(np.float32)]


def _convert_model(openvino: Any, model: SentenceTransformer) -> Any:
    """Trace the whole model from token ids and mask to vectors and the tokens' last states."""
    import torch

    class WholeModel(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            first, *rest = model
            self.encoder: Any = first.model
            self.rest = torch.nn.ModuleList(rest)

        def forward(
            self, input_ids: torch.Tensor, attention_mask: torch.Tensor
        ) -> tuple[torch.Tensor, torch.Tensor]:
            states = self.encoder(input_ids=input_ids, attention_mask=attention_mask)[0]
            features = {"token_embeddings": states, "attention_mask": attention_mask}
            for stage in self.rest:
                features = stage(features)
            return features["sentence_embedding"], states

    example = torch.ones(2, 16, dtype=torch.long)
    inputs = {"input_ids": example, "attention_mask": example}
    with torch.inference_mode(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracer warns of shapes that are the same for all text
        return openvino.convert_model(WholeModel().eval(), example_input=inputs)


def _cache_path_of(cache: Path, folder: Path, openvino: Any) -> Path:
    version = str(openvino.__version__).split("-")[0]
    return cache / f"{compute_model_fingerprint(folder)}-openvino-{version}.xml"


def _save_graph(openvino: Any, graph: Any, target: Path) -> None:
    """Save the graph under a temporary name and rename it; failing costs only the next start.

    The weights (.bin) are renamed first and the description (.xml) last, because a graph counts as
    stored when its description is there: a crash in between leaves weights that the next start
    writes again. Two processes may save at once: each has a name of its own for its draft, and both
    write the same graph.
    """
    draft = target.with_name(f"{uuid.uuid4().hex}.xml")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        openvino.save_model(graph, draft, compress_to_fp16=True)
        draft.with_suffix(".bin").replace(target.with_suffix(".bin"))
        draft.replace(target)
    except (OSError, RuntimeError) as error:  # a full disk, for example
        _log.warning("The compiled model could not be kept in %s: %s", target.parent, error)
    finally:
        for left in (draft, draft.with_suffix(".bin")):
            if left.exists():
                left.unlink()


def import_openvino() -> Any:
    """Return the package without its telemetry, which would report every import."""
    if importlib.util.find_spec("openvino") is None:
        raise EmbeddingFailed("The package openvino is missing.", hint=_HINT)
    if "openvino" not in sys.modules:
        sys.modules[_TELEMETRY] = None  # type: ignore[assignment]
    import openvino

    return openvino

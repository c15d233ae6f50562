"""The transformer of an embedder, compiled by OpenVINO: the same vectors, sooner, on a CPU.

Tokenizing, pooling and normalizing stay with sentence-transformers; only the encoder is exchanged.
Where the processor computes in bfloat16 it is used (cosine to float32 above .999 for MiniLM), else
float32. Limits: CPU only; compiling takes some seconds at each start.
"""

from __future__ import annotations

import importlib.util
import sys
import warnings
from typing import TYPE_CHECKING, Any

from ingest.errors import EmbeddingFailed

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_HINT = "Run `pip install 'docchat[openvino]'`, or set embedder.backend to torch."
_TELEMETRY = "openvino_telemetry"


def compile_encoder(model: SentenceTransformer) -> None:
    """Let OpenVINO run the encoder of `model` from now on. Raises EmbeddingFailed."""
    if importlib.util.find_spec("openvino") is None:
        raise EmbeddingFailed("The package openvino is missing.", hint=_HINT)
    import torch
    from transformers.modeling_outputs import BaseModelOutput

    stage: Any = model[0]
    encoder: Any = stage.model
    openvino = _openvino()
    example = torch.ones(2, 16, dtype=torch.long)
    inputs = {"input_ids": example, "attention_mask": example}
    with torch.inference_mode(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracer warns of shapes that are the same for all text
        graph = openvino.convert_model(encoder, example_input=inputs)
    core = openvino.Core()
    quick = "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    run = core.compile_model(graph, "CPU", {"INFERENCE_PRECISION_HINT": "bf16" if quick else "f32"})

    def forward(
        input_ids: torch.Tensor, attention_mask: torch.Tensor, **_: object
    ) -> BaseModelOutput:
        named = {"input_ids": input_ids.numpy(), "attention_mask": attention_mask.numpy()}
        return BaseModelOutput(last_hidden_state=torch.from_numpy(run(named)[0]))

    encoder.forward = forward


def _openvino() -> Any:
    """Return the package with its telemetry kept out: it would report every import."""
    if "openvino" not in sys.modules:
        sys.modules[_TELEMETRY] = None  # type: ignore[assignment]
    import openvino

    return openvino

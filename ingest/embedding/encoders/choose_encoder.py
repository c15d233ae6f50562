"""Chooses what computes an embedder's vectors on this machine: PyTorch or OpenVINO.

Both give the same vectors but for the last digits: a quick encoder whose cosine to plain float32 is
below `MIN_FAITHFUL_COSINE` is refused. "auto" takes a CUDA device where there is one, else
OpenVINO where it is installed (in 8 bits where the model has been calibrated for it, in bfloat16
where the processor computes in it), else PyTorch.
"""

from __future__ import annotations

import importlib.util
import logging
from pathlib import Path

from ingest.embedding.encoders.encoder import Backend, Device, Encoder, Precision
from ingest.embedding.encoders.torch_encoder import TorchEncoder
from ingest.embedding.models.base import EmbeddingModel
from ingest.errors import EmbeddingFailed

_log = logging.getLogger(__name__)
_NVIDIA = Path("/proc/driver/nvidia")


def make_encoder(
    model: EmbeddingModel,
    backend: Backend,
    device: Device,
    precision: Precision,
    cache: Path | None,
) -> Encoder:
    """Load `model`; `cache` is a folder for compiled models.

    Raises EmbeddingFailed when the backend named is not installed or its vectors differ too much.
    """
    if backend == "torch" or device == "cuda" or (backend == "auto" and not _prefers_openvino()):
        encoder: Encoder = _load_torch(model, device, cache)
    else:
        from ingest.embedding.encoders.openvino_encoder import OpenVinoEncoder

        try:
            encoder = OpenVinoEncoder(model, precision, cache)
        except EmbeddingFailed as error:
            if backend == "openvino":
                raise
            _log.warning("%s PyTorch is used instead.", error.message)
            encoder = _load_torch(model, device, cache)
    _log.info("Embedding by %s", encoder.label)
    return encoder


def _load_torch(model: EmbeddingModel, device: Device, cache: Path | None) -> TorchEncoder:
    return TorchEncoder(model.provide_folder(cache), device)


def _prefers_openvino() -> bool:
    if importlib.util.find_spec("openvino") is None:
        return False
    if not _NVIDIA.exists():
        return True
    import torch

    return not torch.cuda.is_available()

"""Chooses what computes an embedder's vectors on this machine: PyTorch or OpenVINO.

Both give the same vectors but for the last digits: a quick encoder whose cosine to plain float32 is
below `MIN_FAITHFUL_COSINE` is refused. "auto" takes a CUDA device where there is one, else
OpenVINO where it is installed (bfloat16 where the processor computes in it), else PyTorch. Limits:
only sentence-transformers folders.
"""

from __future__ import annotations

import importlib.util
import logging
from pathlib import Path

from ingest.embedding.encoder import Backend, Device, Encoder
from ingest.embedding.torch_encoder import TorchEncoder
from ingest.errors import EmbeddingFailed

_log = logging.getLogger(__name__)
_NVIDIA = Path("/proc/driver/nvidia")


def make_encoder(
    folder: Path, backend: Backend, device: Device, max_tokens: int, cache: Path | None
) -> Encoder:
    """Load the model in `folder`; `cache` is a folder for compiled models.

    Raises EmbeddingFailed when the backend named is not installed or its vectors differ too much.
    """
    if backend == "torch" or device == "cuda" or (backend == "auto" and not _prefers_openvino()):
        encoder: Encoder = TorchEncoder(folder, device, max_tokens)
    else:
        from ingest.embedding.openvino_encoder import OpenVinoEncoder

        try:
            encoder = OpenVinoEncoder(folder, max_tokens, cache)
        except EmbeddingFailed as error:
            if backend == "openvino":
                raise
            _log.warning("%s PyTorch is used instead.", error.message)
            encoder = TorchEncoder(folder, device, max_tokens)
    _log.info("Embedding by %s", encoder.label)
    return encoder


def _prefers_openvino() -> bool:
    if importlib.util.find_spec("openvino") is None:
        return False
    if not _NVIDIA.exists():
        return True
    import torch

    return not torch.cuda.is_available()

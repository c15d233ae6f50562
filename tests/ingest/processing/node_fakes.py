"""Fakes for the nodes of a cluster: they die once, are slow, or have another model."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.embedding.hash_embedder import HashEmbedder
from ingest.options import ParseOptions, Progress
from ingest.types import Document
from tests.support.odd_parsers import parse_plain

DEADLY = "dies here: "


class MortalEmbedder(HashEmbedder):
    """Kills its process at the first text, unless the file `died` exists already."""

    def __init__(self, died: Path) -> None:
        super().__init__(32)
        self._died = died

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed, or die."""
        _die_once(self._died, os.getpid())
        return super().embed(texts)


class SlowEmbedder(HashEmbedder):
    """Takes as long as a real model would."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed after a while."""
        time.sleep(0.5)
        return super().embed(texts)


def parse_mortal(
    data: bytes, name: str, options: ParseOptions, progress: Progress | None = None
) -> Document:
    """Parse plain text; where the text names a file, the actor (not this child) is killed once."""
    _, found, rest = data.decode().partition(DEADLY)
    if found:
        _die_once(Path(rest.split()[0]), os.getppid())
    return parse_plain(data, name, options, progress)


def _die_once(died: Path, process: int) -> None:
    try:
        died.touch(exist_ok=False)
    except FileExistsError:
        return
    os.kill(process, signal.SIGKILL)
    time.sleep(60)

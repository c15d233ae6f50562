"""Embeds passages in a child process of lower priority, so that questions stay quick meanwhile.

Embedding a collection takes all cores for hours. In a child of lower priority it holds up neither
the server's own Python threads nor the embedding of a question, which is computed in this process.
The child starts with `start` or at the first call, ends with this process, and is replaced at the
next call if it dies.

Limits: one call at a time; texts and vectors go through a pipe.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

import numpy as np
from numpy.typing import NDArray

from ingest.embedding.base import (
    Embedder,
    EncodedPassage,
    encode_passages,
    stack_vectors,
)
from ingest.embedding.forwarding import ForwardingEmbedder
from ingest.errors import EmbeddingFailed, IngestError
from ingest.processes import end_with_parent

_NICE = 10
_GRACE_S = 2.0
"""How long the child may take to end by itself after its pipe was closed."""
_END_S = 5.0
"""How long it may take after SIGTERM, before SIGKILL."""
_Reply = list[EncodedPassage] | IngestError


class ProcessEmbedder(ForwardingEmbedder):
    """Embeds passages in a child process, questions in this one: no question waits for passages.

    `described` answers in this process: name, sizes, token counts and questions. `make` builds the
    embedder in the child, so it must be a function that can be pickled.
    """

    def __init__(self, described: Embedder, make: Callable[[], Embedder]) -> None:
        super().__init__(described)
        self._make = make
        self._lock = threading.Lock()
        """Held from sending a request until its reply is here: replies carry no number, so the
        reply in the pipe must belong to the only request that is open. Guards `_child` too."""
        self._child: tuple[BaseProcess, Connection] | None = None

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return float32 of shape (n, d), rows of length 1. Raises EmbeddingFailed."""
        return stack_vectors(self.embed_passages(texts), self.dimension)

    def embed_passages(self, texts: Sequence[str]) -> list[EncodedPassage]:
        """Return vector and signs of each text. Raises EmbeddingFailed."""
        with self._lock:
            reply = self._request_vectors(list(texts))
        if isinstance(reply, IngestError):
            raise reply
        return reply

    def start(self) -> None:
        """Start the child and return at once; it loads its model before the first call needs it."""
        with self._lock:
            self._ensure_child()

    def close(self) -> None:
        """End the child; the next call starts another."""
        with self._lock:
            self._end_child()

    def _request_vectors(self, texts: list[str]) -> _Reply:
        process, pipe = self._ensure_child()
        try:
            pipe.send(texts)
            reply: _Reply = pipe.recv()
        except (EOFError, OSError) as error:  # the child's end of the pipe is closed: it died
            # Its exit code is read first: `_end_child` forgets the process.
            process.join(_END_S)
            code = process.exitcode
            self._end_child()
            raise EmbeddingFailed(
                f"The embedding process died (exit code {code}).",
                hint="If it needs more memory than there is, lower embedder.batch_tokens.",
            ) from error
        except BaseException:
            # Interrupted between request and reply: the child will still send that reply, and the
            # next request would take it for its own. A new child has an empty pipe.
            self._end_child()
            raise
        return reply

    def _ensure_child(self) -> tuple[BaseProcess, Connection]:
        if self._child is None:
            # Not fork: it would copy locks that other threads hold just now, locked for ever.
            spawning = multiprocessing.get_context("spawn")
            ours, theirs = spawning.Pipe()
            arguments = (theirs, self._make, os.getpid(), logging.getLogger().level)
            process = spawning.Process(target=_run_child, args=arguments, daemon=True)
            process.start()
            # While this process kept the child's end open, `recv` would wait for ever on a child
            # that died, instead of raising EOFError.
            theirs.close()
            self._child = process, ours
        return self._child

    def _end_child(self) -> None:
        # Forgotten first: whatever fails below, the next call starts a new child.
        child, self._child = self._child, None
        if child is None:
            return
        process, pipe = child
        pipe.close()  # a child that waits for texts ends by itself; one that computes is killed
        process.join(_GRACE_S)
        process.terminate()
        process.join(_END_S)
        if process.exitcode is None:
            process.kill()
            process.join()
        process.close()


def _run_child(pipe: Connection, make: Callable[[], Embedder], parent: int, level: int) -> None:
    """Run in the child: embed what comes through the pipe until it closes."""
    # Ctrl-C reaches parent and child alike; only the parent decides what ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # A parent that is killed closes the pipe, but a child in the middle of a batch does not look at
    # the pipe: this thread does the looking.
    threading.Thread(target=end_with_parent, args=(parent,), daemon=True).start()
    if hasattr(os, "nice"):
        os.nice(_NICE)
    logging.basicConfig(level=level)
    embedder: Embedder | None = None
    try:
        embedder = make()
        embedder.embed(["loads the model"])
    except Exception as error:  # noqa: BLE001 - the first call fails in the same way, and reports it
        logging.getLogger(__name__).info("The model was not loaded beforehand: %s", error)
    while True:
        try:
            texts = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            embedder = embedder or make()
            reply: _Reply = encode_passages(embedder, texts)
        except IngestError as error:
            reply = error
        except Exception as error:  # noqa: BLE001 - the waiting parent must get an answer
            reply = EmbeddingFailed(f"{type(error).__name__}: {error}")
        pipe.send(reply)

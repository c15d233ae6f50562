"""An embedder in a process of its own, below the others' priority: questions stay quick meanwhile.

Embedding a collection takes all cores for hours. In a child with a lower priority it neither holds
up the server's thread of execution nor a question's own embedding, which stays in this process.
The child starts when asked to or at the first call, ends with this process, and is started anew if
it dies. Limits: texts go one way and vectors the other through a pipe, one call at a time.
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

from ingest.embedding.base import Embedder, Encoded, Question, read_passages, read_question, stacked
from ingest.embedding.forwarding import ForwardingEmbedder
from ingest.errors import EmbeddingFailed, IngestError
from ingest.processes import end_with_parent

_NICE = 10
_GRACE_S = 2.0
_END_S = 5.0
_Reply = list[Encoded] | IngestError


class ProcessEmbedder(ForwardingEmbedder):
    """Embeds in a child; `described` answers what costs no weights.

    `make` builds the embedder there: it must be a function that can be sent to another process.
    """

    def __init__(self, described: Embedder, make: Callable[[], Embedder]) -> None:
        super().__init__(described)
        self._make = make
        self._lock = threading.Lock()
        self._child: tuple[BaseProcess, Connection] | None = None

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return float32 of shape (n, d), rows of length 1. Raises EmbeddingFailed."""
        return stacked(self.embed_passages(texts), self.dimension)

    def embed_passages(self, texts: Sequence[str]) -> list[Encoded]:
        """Return vector and signs of each text. Raises EmbeddingFailed."""
        with self._lock:
            reply = self._asked(list(texts))
        if isinstance(reply, IngestError):
            raise reply
        return reply

    def embed_question(self, text: str) -> Question:
        """Return vector and words of a question, computed here: nobody waits behind passages."""
        return read_question(self._inner, text)

    def start(self) -> None:
        """Let the child load its model meanwhile, so that the first call finds it there."""
        with self._lock:
            self._started()

    def close(self) -> None:
        """End the child; the next call starts another."""
        with self._lock:
            self._end()

    def _asked(self, texts: list[str]) -> _Reply:
        process, pipe = self._started()
        try:
            pipe.send(texts)
            reply: _Reply = pipe.recv()
        except (EOFError, OSError) as error:
            process.join(_END_S)
            code = process.exitcode
            self._end()
            raise EmbeddingFailed(
                f"The embedding process died (exit code {code}).",
                hint="If it needs more memory than there is, lower embedder.batch_tokens.",
            ) from error
        except BaseException:
            self._end()  # interrupted: what it still answers is nobody's
            raise
        return reply

    def _started(self) -> tuple[BaseProcess, Connection]:
        if self._child is None:
            spawning = multiprocessing.get_context("spawn")
            ours, theirs = spawning.Pipe()
            arguments = (theirs, self._make, os.getpid(), logging.getLogger().level)
            process = spawning.Process(target=_serve, args=arguments, daemon=True)
            process.start()
            theirs.close()
            self._child = process, ours
        return self._child

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        process, pipe = child
        pipe.close()  # ends it in good order, unless it is in the middle of something
        process.join(_GRACE_S)
        process.terminate()
        process.join(_END_S)
        if process.exitcode is None:
            process.kill()
            process.join()
        process.close()


def _serve(pipe: Connection, make: Callable[[], Embedder], parent: int, level: int) -> None:
    """Run in the child: embed what comes through the pipe until it closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    threading.Thread(target=end_with_parent, args=(parent,), daemon=True).start()
    if hasattr(os, "nice"):
        os.nice(_NICE)
    logging.basicConfig(level=level)
    embedder: Embedder | None = None
    try:
        embedder = make()
        embedder.embed(["loads the model"])
    except Exception as error:  # noqa: BLE001 - the first call meets it again, and tells of it
        logging.getLogger(__name__).info("The model was not loaded beforehand: %s", error)
    while True:
        try:
            texts = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            embedder = embedder or make()
            reply: _Reply = read_passages(embedder, texts)
        except IngestError as error:
            reply = error
        except Exception as error:  # noqa: BLE001 - it must be told to who waits for it
            reply = EmbeddingFailed(f"{type(error).__name__}: {error}")
        pipe.send(reply)

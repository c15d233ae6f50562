"""Remembers the vectors of the questions asked last, so that one asked again is not embedded again.

Questions repeat: the next page of a list, the same question in a narrower search, many people with
one question. Passages are not remembered: each is embedded once.

Limits: the memory is that of one process; a question counts as repeated only when its text is the
same to the letter.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ingest.embedding.base import (
    Embedder,
    EncodedPassage,
    EncodedQuestion,
    encode_passages,
    encode_question,
)
from ingest.embedding.forwarding import ForwardingEmbedder

MOST_QUESTIONS = 512
"""Questions remembered. One of 15 words takes 25 kB (384 numbers a word, float32): 13 MB in all."""
LONGEST_REMEMBERED = 400
"""Characters of the longest question remembered: a pasted page would take the room of hundreds."""


class QuestionCache(ForwardingEmbedder):
    """An embedder that embeds each of the questions asked last only once.

    Safe to call from several threads. Two that ask the same new question at once both embed it:
    waiting for each other would hold up other questions.
    """

    def __init__(self, inner: Embedder, most: int = MOST_QUESTIONS) -> None:
        """Wrap `inner` and remember at most `most` questions, the ones asked last."""
        super().__init__(inner)
        self._most = most
        self._lock = threading.Lock()
        """Guards `_known`; held for moments, never while a question is embedded."""
        self._known: OrderedDict[tuple[str, str], EncodedQuestion] = OrderedDict()
        """By the embedder's name and the text; the one asked last is at the end."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return float32 of shape (n, d), always computed. Raises EmbeddingFailed."""
        return self._inner.embed(texts)

    def embed_passages(self, texts: Sequence[str]) -> list[EncodedPassage]:
        """Return vector and signs of each text, always computed. Raises EmbeddingFailed."""
        return encode_passages(self._inner, texts)

    def embed_question(self, text: str) -> EncodedQuestion:
        """Return vector and words of a question, remembered or computed. Raises EmbeddingFailed."""
        key = (self.name, text)
        with self._lock:
            known = self._known.get(key)
            if known is not None:
                self._known.move_to_end(key)
                return known
        fresh = encode_question(self._inner, text)
        if len(text) <= LONGEST_REMEMBERED:
            with self._lock:
                self._known[key] = _lock_arrays(fresh)
                self._known.move_to_end(key)
                while len(self._known) > self._most:
                    self._known.popitem(last=False)
        return fresh


def _lock_arrays(question: EncodedQuestion) -> EncodedQuestion:
    """Return the question with arrays that nobody can change: many callers get the same ones."""
    question.vector.setflags(write=False)
    if question.tokens is not None:
        question.tokens.ids.setflags(write=False)
        question.tokens.states.setflags(write=False)
    return question

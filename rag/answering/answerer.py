"""Defines what writes an answer (`Answerer`): question and passages in, text with markers out.

Two implementations: `rag.answering.extractive` needs no language model, `rag.answering.generative`
uses any ChatModel. An answerer knows nothing of citations or checks: it marks with `[n]` which
passage a sentence rests on, and `rag.grounding.citations` and `rag.grounding.checker` work from
that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from rag.question.understand import Question
from rag.types import Hit, Sureness, Turn


class Answerer(Protocol):
    """Writes an answer from passages, piece by piece.

    Closing the returned iterator stops the work.
    """

    @property
    def name(self) -> str:
        """Return a name a person recognises: "extractive", "openai:qwen3"."""
        ...

    def stream(
        self,
        question: Question,
        hits: Sequence[Hit],
        history: Sequence[Turn] = (),
    ) -> Iterator[str | Sureness]:
        """Yield the answer's text in pieces; yield no text at all to refuse.

        A piece that is the value asked for is an `AnswerWords`. A `Sureness` may come once, where
        the answerer can tell.

        `[n]` in the text points to `hits[n - 1]`. The answer is in the question's language. Raises
        ModelError where a model is behind it.
        """
        ...

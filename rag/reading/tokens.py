"""Writes a question and a passage as the tokens of one text, and finds an answer among them.

The tokens are `<s> question </s> passage </s>`. A span is judged by the logits of its first token
as a start and its last token as an end, against those of the first token of all for "not here"
(Devlin et al., "BERT", 2019, section 4.3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.embedding.tokenizer import TextTokenizer

MOST_QUESTION_TOKENS, MOST_PAIR_TOKENS = 64, 320
_LONGEST_ANSWER = 40
"""Tokens; of the answers in SQuAD and CMRC 99 % are shorter."""


@dataclass(frozen=True, slots=True)
class PairTokens:
    """The ids of a pair; the passage's tokens begin at `first` and stand at `places` in it."""

    ids: Sequence[int]
    first: int
    places: Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class FoundSpan:
    """The likeliest answer's place in the passage; `margin` is its logit over "not here"."""

    start: int
    end: int
    margin: float


def tokenize_pair(tokenizer: TextTokenizer, question: str, passage: str) -> PairTokens:
    """Return the pair as tokens; a question or a passage that is too long is cut."""
    (whole,) = tokenizer.encode_texts([question])
    begin, *asked, end = whole
    located = [each for each in tokenizer.locate_tokens(passage) if each.end > each.start]
    head = [begin, *asked[:MOST_QUESTION_TOKENS], end]
    located = located[: MOST_PAIR_TOKENS - len(head) - 1]
    ids = [*head, *(each.id for each in located), end]
    return PairTokens(ids, len(head), [(each.start, each.end) for each in located])


def choose_span(tokens: PairTokens, logits: NDArray[np.float32]) -> FoundSpan:
    """Return the best span by logits of shape (tokens, 2): start and end."""
    nothing = float(logits[0].sum())
    inside = logits[tokens.first : tokens.first + len(tokens.places)]
    if not len(inside):
        return FoundSpan(0, 0, -np.inf)
    pairs = inside[:, :1] + inside[:, 1][None, :]
    size = len(inside)
    far = np.arange(size)[None, :] - np.arange(size)[:, None]
    pairs = np.where((far >= 0) & (far < _LONGEST_ANSWER), pairs, -np.inf)
    first, last = divmod(int(pairs.argmax()), size)
    margin = float(pairs[first, last]) - nothing
    return FoundSpan(tokens.places[first][0], tokens.places[last][1], margin)

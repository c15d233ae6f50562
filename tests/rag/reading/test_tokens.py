from __future__ import annotations

import numpy as np

from ingest.embedding.models.bundled import open_e5
from rag.reading.tokens import MOST_PAIR_TOKENS, PairTokens, choose_span, tokenize_pair


def test_the_tokens_of_a_pair_point_into_the_passage() -> None:
    tokenizer = open_e5().build_tokenizer()
    passage = "Ａda Lovelace wrote it in 1843，在伦敦。"
    pair = tokenize_pair(tokenizer, "Who wrote it?", passage)
    assert len(pair.ids) == pair.first + len(pair.places) + 1
    assert "".join(passage[low:high] for low, high in pair.places) == passage.replace(" ", "")


def test_a_long_passage_is_cut() -> None:
    pair = tokenize_pair(open_e5().build_tokenizer(), "Who?", "word " * 2_000)
    assert len(pair.ids) == MOST_PAIR_TOKENS


def test_the_best_span_is_chosen_against_not_here() -> None:
    pair = PairTokens([0, 9, 2, 5, 6, 7, 2], 3, [(0, 3), (4, 8), (9, 12)])
    logits = np.zeros((7, 2), np.float32)
    logits[0] = 1.0
    logits[4, 0], logits[5, 1] = 3.0, 4.0
    logits[1] = 99.0  # the question's own tokens are no answer
    span = choose_span(pair, logits)
    assert (span.start, span.end, span.margin) == (4, 12, 5.0)


def test_an_end_before_its_start_is_no_span() -> None:
    pair = PairTokens([0, 9, 2, 5, 6, 2], 3, [(0, 3), (4, 8)])
    logits = np.zeros((6, 2), np.float32)
    logits[4, 0], logits[3, 1] = 5.0, 5.0
    span = choose_span(pair, logits)
    assert span.start <= span.end
    assert span.margin == 5.0

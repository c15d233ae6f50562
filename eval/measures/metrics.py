"""Computes metrics: of rankings by ir-measures (trec_eval's definitions), of answers by words.

Every function is pure. Limits: that an answer contains the gold words shows that it is right only
where those words are specific ("24 months"); it says nothing about style, and "four" is not "4".
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean

import numpy as np

from ingest.text.scripts import HAN, HAN_COMPATIBILITY

RANKING_METRICS = ("nDCG@10", "recall@5", "recall@10", "recall@100", "MRR@10", "MAP@100")
PAGE_DEPTHS = (1, 3, 5, 10)

_MARKER = re.compile(r"\[\d{1,3}\]")
_THOUSANDS = re.compile(r"(?<=\d)[,\u2009\u202f](?=\d{3}(?!\d))")
_TOKEN = re.compile(
    rf"\d+(?:\.\d+)*|[{HAN}{HAN_COMPATIBILITY}]|[^\W\d_{HAN}{HAN_COMPATIBILITY}]+|[%°€$£¥‰]"
)
_PERCENT = re.compile(r"\bper ?cent\b")


def ranking_values(grades: Mapping[str, int], ranking: Sequence[str]) -> dict[str, float]:
    """Return each of `RANKING_METRICS` for one query, in 0..1.

    `grades` are the judged documents; `ranking` lists document ids, best first, each once.
    """
    import ir_measures
    from ir_measures import AP, RR, R, nDCG

    measures = (nDCG @ 10, R @ 5, R @ 10, R @ 100, RR @ 10, AP @ 100)
    if not ranking:
        return dict.fromkeys(RANKING_METRICS, 0.0)
    # trec_eval breaks ties of score by document id; the rank as score keeps the order as it is.
    run = {"q": {document_id: -float(rank) for rank, document_id in enumerate(ranking)}}
    found = {
        each.measure: float(each.value)
        for each in ir_measures.iter_calc(list(measures), {"q": dict(grades)}, run)
    }
    return {name: found[of] for name, of in zip(RANKING_METRICS, measures, strict=True)}


def hit_values(name: str, right: Sequence[bool]) -> dict[str, float]:
    """Return `name@k` for each k of `PAGE_DEPTHS`: 1 if one of the first k is right, else 0."""
    return {f"{name}@{depth}": float(any(right[:depth])) for depth in PAGE_DEPTHS}


def reciprocal_rank(right: Sequence[bool], depth: int = 10) -> float:
    """Return 1 / rank of the first that is right, 0 when there is none among `depth`."""
    return next((1 / rank for rank, each in enumerate(right[:depth], start=1) if each), 0.0)


def compute_percentile(values: Sequence[float], share: float) -> float:
    """Return the value that `share` (0..1) of `values` do not exceed, interpolated; 0 for none."""
    return float(np.quantile(np.asarray(values, dtype=np.float64), share)) if values else 0.0


def compute_mean(values: Iterable[float]) -> float | None:
    """Return the mean, None where there is nothing to average: that is not zero."""
    listed = list(values)
    return fmean(listed) if listed else None


def answer_tokens(text: str) -> list[str]:
    """Return the numbers, words and single ideographs of `text`, for a comparison of contents.

    Ignored: width, case, punctuation, citation markers, and spaces between number and unit.
    """
    text = unicodedata.normalize("NFKC", _MARKER.sub(" ", text)).casefold()
    text = _PERCENT.sub("%", _THOUSANDS.sub("", text))
    return _TOKEN.findall(text)


_ARTICLES = frozenset({"a", "an", "the"})


def count_words(text: str) -> int:
    """Return how many words and single ideographs a text has, markers left out."""
    return len(answer_tokens(text))


def measure_token_f1(said: str, forms: Sequence[str]) -> float:
    """Return the F1 of the words said against the accepted form that is nearest, in 0..1.

    Articles, case and punctuation do not count; Chinese is compared by characters (Rajpurkar et
    al., "SQuAD", EMNLP 2016; Cui et al., "CMRC 2018", EMNLP 2019).
    """
    return max(
        (_compare_tokens(_bare_tokens(said), _bare_tokens(form)) for form in forms), default=0.0
    )


def is_exact_match(said: str, forms: Sequence[str]) -> bool:
    """Return whether the words said are one of the accepted forms."""
    return any(_bare_tokens(said) == _bare_tokens(form) for form in forms)


def measure_item_recall(said: str, items: Sequence[str]) -> float:
    """Return which share of the points stand in what was said, in 0..1."""
    return sum(contains_answer(said, item) for item in items) / len(items)


def _bare_tokens(text: str) -> list[str]:
    return [token for token in answer_tokens(text) if token not in _ARTICLES]


def _compare_tokens(said: Sequence[str], due: Sequence[str]) -> float:
    shared = sum((Counter(said) & Counter(due)).values())
    return 2 * shared / (len(said) + len(due)) if said or due else 0.0


def contains_answer(answer: str, gold: str) -> bool:
    """Say whether the tokens of `gold` stand in `answer`, together and in order."""
    said, due = answer_tokens(answer), answer_tokens(gold)
    return bool(due) and any(
        said[start : start + len(due)] == due for start in range(len(said) - len(due) + 1)
    )

"""What is measured: rankings by ir-measures (trec_eval's definitions), answers by their words.

Every function is pure. Limits: whether an answer contains the gold words says that it is right
where the gold words are specific ("24 months"), and nothing of style; "four" is not "4".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean

import numpy as np

RANKING_METRICS = ("nDCG@10", "recall@5", "recall@10", "recall@100", "MRR@10")

_MARKER = re.compile(r"\[\d{1,3}\]")
_THOUSANDS = re.compile(r"(?<=\d)[,\u2009\u202f](?=\d{3}(?!\d))")
_TOKEN = re.compile(
    r"\d+(?:\.\d+)*|[\u3400-\u9fff\uf900-\ufaff]|[^\W\d_\u3400-\u9fff\uf900-\ufaff]+|[%°€$£¥‰]"
)
_PERCENT = re.compile(r"\bper ?cent\b")


def ranking_metrics(
    qrels: Mapping[str, Mapping[str, int]], rankings: Mapping[str, Sequence[str]]
) -> dict[str, float]:
    """Return the mean of each of `RANKING_METRICS` over the queries of `rankings`, in 0..1.

    A ranking lists document ids, best first. Only queries that have a ranking count; an empty one
    counts as nothing found. No queries: no metrics.
    """
    if not rankings:
        return {}
    import ir_measures
    from ir_measures import RR, R, nDCG

    measures = dict(zip(RANKING_METRICS, (nDCG @ 10, R @ 5, R @ 10, R @ 100, RR @ 10), strict=True))
    # trec_eval breaks ties of score by document id; the rank as score keeps the order as it is.
    run = {
        query_id: {document_id: -float(rank) for rank, document_id in enumerate(ranking)}
        for query_id, ranking in rankings.items()
    }
    judged = {query_id: dict(qrels[query_id]) for query_id in rankings}
    found = ir_measures.calc_aggregate(list(measures.values()), judged, run)
    return {name: float(found[measure]) for name, measure in measures.items()}


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that `share` (0..1) of `values` do not exceed, interpolated; 0 for none."""
    return float(np.quantile(np.asarray(values, dtype=np.float64), share)) if values else 0.0


def mean(values: Iterable[float]) -> float | None:
    """Return the mean, None where there is nothing to average: that is not zero."""
    listed = list(values)
    return fmean(listed) if listed else None


def answer_tokens(text: str) -> list[str]:
    """Return numbers, words and single ideographs of `text`, so that spelling matters little.

    Width, case, punctuation, citation markers and the spaces between number and unit go.
    """
    text = unicodedata.normalize("NFKC", _MARKER.sub(" ", text)).casefold()
    text = _PERCENT.sub("%", _THOUSANDS.sub("", text))
    return _TOKEN.findall(text)


def contains_answer(answer: str, gold: str) -> bool:
    """Say whether the tokens of `gold` stand in `answer`, together and in order."""
    said, due = answer_tokens(answer), answer_tokens(gold)
    return bool(due) and any(
        said[start : start + len(due)] == due for start in range(len(said) - len(due) + 1)
    )


def precision_recall(
    chosen: Sequence[bool], due: Sequence[bool]
) -> tuple[float | None, float | None]:
    """Return precision and recall of a yes-no decision; None where the denominator is 0."""
    right = sum(1 for said, truth in zip(chosen, due, strict=True) if said and truth)
    return (
        right / sum(chosen) if any(chosen) else None,
        right / sum(due) if any(due) else None,
    )

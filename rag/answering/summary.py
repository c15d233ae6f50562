"""Chooses the sentences of a summary without a language model: those that share most with others.

Limits: sentences are chosen, not shortened, and only from the passages at hand.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from ingest.text.terms import extract_terms
from rag.answering.candidates import Candidate, measure_overlap
from rag.question.follow_up import salient_words

_REDUNDANT = 0.7
_SUMMARY_SENTENCES = 5
_SUMMARY_PER_CHUNK = 2


def extract_subject_terms(question: str) -> frozenset[str]:
    """Return the terms of what the summary is to be about; empty for a document as a whole."""
    words = [word for word in salient_words(question) if not _DOCUMENT.fullmatch(word)]
    return frozenset(term for word in words for term in extract_terms(word))


_DOCUMENT = re.compile(
    r"summar\w+|overview|abstract|gist|tl;?dr|main|key|points?|ideas?|findings?|takeaways?|messages?"
    r"|documents?|files?|papers?|reports?|texts?|articles?|pages?|about|contents?|brief(?:ly)?"
    r"|.*(?:总结|概括|概述|概要|归纳|摘要|综述|大意|要点|内容|文档|文件|文章|论文|报告|资料|全文|本文).*",
    re.IGNORECASE,
)


def select_central_sentences(
    candidates: Sequence[Candidate], subject: frozenset[str]
) -> list[Candidate]:
    """Return the sentences that share most with the others; early ones and all chunks preferred.

    Centrality is the mean weight of a sentence's terms by how many other sentences have them
    (after SumBasic, Nenkova and Vanderwende 2005); terms of chosen sentences count less afterwards.
    """
    counts = Counter(term for item in candidates for term in item.bag if len(term) > 1)
    share = {term: count / len(candidates) for term, count in counts.items()}
    taken: Counter[str] = Counter()  # sentences chosen so far, by chunk
    chosen: list[Candidate] = []
    pool = [item for item in candidates if not item.row and len(item.bag) > _FEWEST_TERMS] or list(
        candidates
    )
    while pool and len(chosen) < _SUMMARY_SENTENCES:
        best = max(
            pool, key=lambda item: _score_centrality(item, share, subject, taken[item.chunk.id])
        )
        chosen.append(best)
        taken.update([best.chunk.id])
        for term in best.bag:
            share[term] = share.get(term, 0.0) ** 2
        pool = [
            item
            for item in pool
            if taken[item.chunk.id] < _SUMMARY_PER_CHUNK
            and all(measure_overlap(item, other) < _REDUNDANT for other in chosen)
        ]
    return chosen


_FEWEST_TERMS = 3


def _score_centrality(
    item: Candidate, share: Mapping[str, float], subject: frozenset[str], taken: int
) -> float:
    weights = [share[term] for term in item.bag if term in share]
    central = sum(weights) / (len(weights) + 3) if weights else 0.0
    early = 1 / (1 + item.place) + 1 / (2 + item.chunk.ordinal)
    about = len(subject & (item.bag | item.headings)) / len(subject) if subject else 0.0
    return (central * (1 + 0.35 * early) + 0.25 * about) / (1 + taken)

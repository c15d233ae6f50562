"""What a summary says without a language model: the sentences that the others are about too.

Limits: sentences are chosen, not condensed, and only from the passages at hand.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from ingest.text.terms import terms
from rag.answering.candidates import Candidate, overlap
from rag.question.follow_up import salient_words

_REDUNDANT = 0.7
_SUMMARY_SENTENCES = 5
_SUMMARY_PER_CHUNK = 2


def subject_of(question: str) -> frozenset[str]:
    """Return what a summary is asked of; empty when it is the document as such."""
    words = [word for word in salient_words(question) if not _DOCUMENT.fullmatch(word)]
    return frozenset(term for word in words for term in terms(word))


_DOCUMENT = re.compile(
    r"summar\w+|overview|abstract|gist|tl;?dr|main|key|points?|ideas?|findings?|takeaways?|messages?"
    r"|documents?|files?|papers?|reports?|texts?|articles?|pages?|about|contents?|brief(?:ly)?"
    r"|.*(?:总结|概括|概述|概要|归纳|摘要|综述|大意|要点|内容|文档|文件|文章|论文|报告|资料|全文|本文).*",
    re.IGNORECASE,
)


def central(offered: Sequence[Candidate], subject: frozenset[str]) -> list[Candidate]:
    """Return the sentences that share most with the others, early ones first, from all over.

    Centrality is the mean weight of a sentence's terms by how many other sentences have them
    (after SumBasic, Nenkova and Vanderwende 2005); terms once told count less from then on.
    """
    counts = Counter(term for item in offered for term in item.bag if len(term) > 1)
    share = {term: count / len(offered) for term, count in counts.items()}
    told: Counter[str] = Counter()
    chosen: list[Candidate] = []
    pool = [item for item in offered if not item.row and len(item.bag) > _FEWEST_TERMS] or list(
        offered
    )
    while pool and len(chosen) < _SUMMARY_SENTENCES:
        best = max(pool, key=lambda item: _centrality(item, share, subject, told[item.chunk.id]))
        chosen.append(best)
        told.update([best.chunk.id])
        for term in best.bag:
            share[term] = share.get(term, 0.0) ** 2
        pool = [
            item
            for item in pool
            if told[item.chunk.id] < _SUMMARY_PER_CHUNK
            and all(overlap(item, other) < _REDUNDANT for other in chosen)
        ]
    return chosen


_FEWEST_TERMS = 3


def _centrality(
    item: Candidate, share: Mapping[str, float], subject: frozenset[str], told: int
) -> float:
    weights = [share[term] for term in item.bag if term in share]
    central = sum(weights) / (len(weights) + 3) if weights else 0.0
    early = 1 / (1 + item.place) + 1 / (2 + item.chunk.ordinal)
    about = len(subject & (item.bag | item.headings)) / len(subject) if subject else 0.0
    return (central * (1 + 0.35 * early) + 0.25 * about) / (1 + told)

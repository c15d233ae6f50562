"""Estimates how probable it is that the passages found answer a question: its own judgement.

A logistic regression on two signals, fitted for each language by `eval.training.fit_answerability`
on questions with and without an answer (SQuAD 2.0 and RGB; CMRC 2018 and RGB); the reader's margins
there are of weights that had not seen the documents. It is not the same as support: a sentence
quoted word for word may answer another question.

Limits: fitted on questions of one fact; whether a list, a table or a summary answers is judged
where it is made. Other languages than Chinese are judged as English.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class AnswerSignals:
    """What speaks for an answer: the share of the question's words that the best sentences have
    (`evidence`, 0 to 1), and the reader's logit over "not here" (`margin`)."""  # noqa: D205, D209

    evidence: float
    margin: float


@dataclass(frozen=True, slots=True)
class _Fit:
    bias: float
    evidence: float
    margin: float
    least: float
    """The probability below which a question is refused: of the answerable development questions at
    most 8 % are, of those on the samples 5 %."""
    least_evidence: float
    """The evidence below which it is refused however sure the reader is: Chinese questions share
    their words with what answers them, English ones of SQuAD often do not."""


MOST_MARGIN = 8.0
"""Margins beyond say no more."""
_FITS: Mapping[str, _Fit] = MappingProxyType(
    {
        "en": _Fit(-0.244, 0.944, 0.174, 0.33, 0.0),
        "zh": _Fit(-1.627, 2.873, 0.249, 0.42, 0.28),
    }
)


def estimate_answerable(signals: AnswerSignals, language: str) -> float:
    """Return the probability, 0 to 1, that the question is answered."""
    fit = _find_fit(language)
    margin = min(MOST_MARGIN, max(-MOST_MARGIN, signals.margin))
    total = fit.bias + fit.evidence * signals.evidence + fit.margin * margin
    return 1 / (1 + math.exp(-total))


def is_refused(signals: AnswerSignals, language: str) -> bool:
    """Return whether an answer with these signals is better not given."""
    fit = _find_fit(language)
    improbable = estimate_answerable(signals, language) < fit.least
    return improbable or signals.evidence < fit.least_evidence


def _find_fit(language: str) -> _Fit:
    return _FITS["zh" if language == "zh" else "en"]

"""Says in a refusal what is missing: the nearest passage, and what of the question no passage has.

A period or a code that is asked for and not there is named with those that are there. Everything
said is about the words of the passages found, never about what the documents mean or leave out.

Limits: a code is letters and then digits, or four digits and more, and codes are alike that have
letters and digits in the same places; of Chinese only a run of which no pair of characters is there
counts as missing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.text.terms import extract_terms
from rag.answering.candidates import Candidate, build_candidates
from rag.question.follow_up import salient_words
from rag.question.periods import Periods, find_periods
from rag.question.understand import Question
from rag.types import Hit, Language

_MOST_QUOTED = 160
"""Characters of the nearest passage that are quoted."""
_MOST_NAMED = 6
"""Words, periods or codes that are named at most."""
_NEAR_SHARE = 0.5
"""Share of the question's words in the best passage from which another is about the same matter."""
_CODE = re.compile(r"(?<![\w.-])(?:[A-Za-z]+-?\d[\w-]*|\d{4,})(?![\w%]|[.,]\d)", re.ASCII)
_FORM = re.compile(
    r"按照|根据|关于|列出|列举|分别|步骤|内容|不同|区别|说明|顺序|百分之|多少[元日天年月个人种次条]?"
    r"|\b(?:according|list|mean|means|describe|explain|given|difference|differ|compare|kind|type"
    r"|happens?|steps?|pages?|contains?|someone)\b|\bhow [a-z]+\b",
    re.IGNORECASE,
)
"""Words that say how something is asked, not what: they are never missing."""
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)
_NEAREST = {
    "en": "The nearest passage, in {source}: “{quote}”",
    "zh": "最接近的段落（{source}）：“{quote}”",
}
_OTHERS = {
    "en": "The passages found speak of {there}, none of {asked}.",
    "zh": "找到的段落涉及{there}，没有一处涉及{asked}。",
}
_WORDS = {
    "en": "No passage found has {words}.",
    "zh": "找到的段落中都没有出现{words}。",
}


def describe_missing(question: Question, hits: Sequence[Hit]) -> str:
    """Return what a refusal adds, in the language of the question; "" where nothing was found."""
    words = _list_words(question.standalone)
    asked = frozenset[str]().union(*words.values())
    candidates = build_candidates(hits)
    nearest = max(candidates, key=lambda each: _count_shared(each, asked), default=None)
    if nearest is None or not _count_shared(nearest, asked):
        return ""
    language = question.language
    near = _choose_near(candidates, asked)
    lacking = _name_other_periods(question.standalone, near, hits, language)
    lacking += _name_other_codes(question.standalone, near, hits, language)
    if not lacking:
        lacking = _name_missing_words(words, candidates, language)
    quote = _NEAREST[language].format(
        source=_name_source(nearest, hits), quote=_shorten(nearest.text)
    )
    return "\n".join([*lacking, quote])


def _list_words(text: str) -> dict[str, frozenset[str]]:
    """Return the words of the question that carry its subject, each with its search terms."""
    words = salient_words(_FORM.sub(" ", text))
    found = {word: frozenset(_keep_pairs(extract_terms(word))) for word in words}
    return {word: terms for word, terms in found.items() if terms}


def _keep_pairs(terms: Sequence[str]) -> Sequence[str]:
    """Return the terms without single Chinese characters, unless there is nothing else."""
    return [term for term in terms if len(term) > 1 or term.isascii()] or terms


def _find_terms(candidate: Candidate) -> frozenset[str]:
    return candidate.bag | candidate.headings


def _count_shared(candidate: Candidate, asked: frozenset[str]) -> float:
    # A word of the headings says what a sentence is about; one of its own says more.
    return len(asked & candidate.bag) + 0.5 * len(asked & candidate.headings - candidate.bag)


def _choose_near(candidates: Sequence[Candidate], asked: frozenset[str]) -> list[Candidate]:
    """Return the statements that share about as many of the question's words as the best."""
    most = max(_count_shared(each, asked) for each in candidates)
    return [each for each in candidates if _count_shared(each, asked) >= _NEAR_SHARE * most]


def _read_place(candidate: Candidate, hits: Sequence[Hit]) -> str:
    """Return the statement with its headings and the name of its document."""
    name = hits[candidate.rank].document_name
    return "\n".join((name, *candidate.chunk.heading_path, candidate.text))


def _read_everything(hits: Sequence[Hit]) -> str:
    """Return all that was found as one text: what stands in it must not be denied."""
    return "\n".join(
        part
        for hit in hits
        for chunk in (hit.chunk, *hit.neighbours)
        for part in (hit.document_name, *chunk.heading_path, chunk.text)
    )


def _name_other_periods(
    question: str, near: Sequence[Candidate], hits: Sequence[Hit], language: Language
) -> list[str]:
    """Return a sentence for the first kind of period that is asked for and not there."""
    asked = find_periods(question)
    there = [find_periods(_read_everything(hits))]
    there += [find_periods(_read_place(each, hits)) for each in near]
    for kind in ("months", "quarters", "years"):
        wanted = _read_kind(asked, kind)
        everywhere = frozenset[int]().union(*(_read_kind(each, kind) for each in there))
        named = frozenset[int]().union(*(_read_kind(each, kind) for each in there[1:]))
        if wanted and named and not wanted & everywhere:
            return [
                _OTHERS[language].format(
                    there=_join(
                        [_write_period(kind, at, language) for at in sorted(named)], language
                    ),
                    asked=_join(
                        [_write_period(kind, at, language) for at in sorted(wanted)], language
                    ),
                )
            ]
    return []


def _read_kind(periods: Periods, kind: str) -> frozenset[int]:
    return {"months": periods.months, "quarters": periods.quarters, "years": periods.years}[kind]


def _write_period(kind: str, at: int, language: Language) -> str:
    if kind == "months":
        return f"{at}月" if language == "zh" else _MONTHS[at - 1]
    if kind == "quarters":
        return f"第{'一二三四'[at - 1]}季度" if language == "zh" else f"Q{at}"
    return f"{at}年" if language == "zh" else str(at)


def _name_other_codes(
    question: str, near: Sequence[Candidate], hits: Sequence[Hit], language: Language
) -> list[str]:
    """Return a sentence where a code is asked for and only others like it are there."""
    wanted = [code for code in _CODE.findall(question) if not find_periods(code).years]
    everything = _read_everything(hits).casefold()
    missing = [code for code in wanted if code.casefold() not in everything]
    shapes = {_shape(code) for code in missing}
    there = dict.fromkeys(
        code
        for each in near
        for code in _CODE.findall(_read_place(each, hits))
        if _shape(code) in shapes
    )
    if not missing or not there:
        return []
    return [
        _OTHERS[language].format(
            there=_join(sorted(there), language), asked=_join(missing, language)
        )
    ]


def _shape(code: str) -> str:
    return re.sub(r"\d", "9", re.sub(r"[A-Za-z]", "A", code))


def _name_missing_words(
    words: dict[str, frozenset[str]], candidates: Sequence[Candidate], language: Language
) -> list[str]:
    known = frozenset[str]().union(*(_find_terms(each) for each in candidates))
    missing = [word for word, terms in words.items() if not terms & known]
    if not missing:
        return []
    return [_WORDS[language].format(words=_join([f"“{word}”" for word in missing], language))]


def _join(names: Sequence[str], language: Language) -> str:
    shown = list(names[:_MOST_NAMED])
    if language == "zh":
        return "、".join(shown)
    return shown[0] if len(shown) == 1 else ", ".join(shown[:-1]) + " and " + shown[-1]


def _name_source(candidate: Candidate, hits: Sequence[Hit]) -> str:
    return ", ".join((hits[candidate.rank].document_name, *candidate.chunk.heading_path[-1:]))


def _shorten(text: str) -> str:
    line = " ".join(text.replace("**", "").split())
    return line if len(line) <= _MOST_QUOTED else line[: _MOST_QUOTED - 1].rstrip() + "…"

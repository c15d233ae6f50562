"""Says "Yes" or "No" before a sentence, where the sentence clearly states it.

Only a sentence that contains nearly all of the question's words is taken as stating it, and only
its own negation or prohibition turns it into "No". Everything else is left without a first word.

Limits: a sentence that denies something else than what is asked is not seen through; hence the high
share of words.
"""

from __future__ import annotations

import re

_ASKED_EN = re.compile(
    r"^\W*(?:is|are|was|were|do|does|did|can|could|should|must|may|has|have"
    r"|had|will|would)\b.*\?\W*$",
    re.IGNORECASE,
)
_ASKED_ZH = re.compile(r"吗\W*$|是否|能不能|可不可以|会不会|是不是|要不要|算不算|有没有")
_MODAL_ZH = re.compile(
    r"可以|可不可以|能不能|能|需要|要不要|要|应该|应当|算不算|算|会不会|会|有没有|有|是否|是不是|是"
)
_DENIAL_EN = re.compile(
    r"\b(?:not|no|never|cannot|can't|don't|doesn't|isn't|aren't|won't"
    r"|without|neither|prohibited|forbidden)\b",
    re.IGNORECASE,
)
_DENIAL_ZH = re.compile(
    r"不得|不可|不能|不要|不应|不准|不许|不予|不计|不会|不需|不必|不是|不享受|严禁|禁止|切勿|请勿|没有|无需|无法|未"
)
_WARNING_ZH = re.compile(r"但|有害|危险|风险|伤|避免|除非|除外|如果|若|只有|才")
_OPEN_EN = re.compile(r"\b(?:if|unless|except|only|may|might|sometimes|usually)\b", re.IGNORECASE)
_BASE_ZH = {
    "可不可以": "可以",
    "能不能": "能",
    "要不要": "要",
    "算不算": "算",
    "会不会": "会",
    "有没有": "有",
    "是不是": "是",
    "是否": "是",
}
_STATED_SHARE, _AFFIRMED_SHARE = 0.75, 0.9
"""Shares of the question's words that a sentence must contain to deny, and to affirm, what is
asked: a denial says so in words, an affirmation is only its absence."""


def choose_first_word(question: str, sentence: str, coverage: float) -> str:
    """Return "Yes", "No", "可以", "不可以" and so on, "" where the sentence does not state it."""
    if coverage < _STATED_SHARE:
        return ""
    affirms = coverage >= _AFFIRMED_SHARE
    if _ASKED_ZH.search(question):
        denied = _DENIAL_ZH.search(sentence) is not None
        if (_DENIAL_ZH.search(_ASKED_ZH.sub("", question)) is not None) != denied:
            return _deny_chinese(question) if denied else ""
        modal = _find_modal(question)
        states = affirms and modal in sentence and _WARNING_ZH.search(sentence) is None
        return modal if states else ""
    if _ASKED_EN.search(question) and " or " not in question:
        denied = _DENIAL_EN.search(sentence) is not None
        if _DENIAL_EN.search(question):
            return ""
        if denied:
            return "No"
        return "Yes" if affirms and _OPEN_EN.search(sentence) is None else ""
    return ""


def _find_modal(question: str) -> str:
    found = _MODAL_ZH.search(question)
    word = found[0] if found else "是"
    return _BASE_ZH.get(word, word)


def _deny_chinese(question: str) -> str:
    word = _find_modal(question)
    return "没有" if word == "有" else f"不{word}"

"""Puts a new part in the place of its counterpart: "What about a service?" after another price.

A year takes the place of a year, a name that of a name, a side ("the profit") that of a side; what
has no counterpart is added ("And in winter?").

Limits: of several parts that fit, the first thing and the last period are taken.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.question.english_phrases import DETERMINERS, Phrase, find_phrases
from rag.question.english_pronouns import replace_pronouns
from rag.question.exchange import Exchange, find_last_centre

_LEAD_IN = re.compile(
    r"^\W*(?:and |but |or |so |then |also )?(?:what about|how about|what if it is|same for|and"
    r"|but|or|what of|i mean(?:t)?|then|also)\b\W*(?:what about|how about|if|for)?\s*",
    re.IGNORECASE,
)


_VERB_OR_QUESTION = re.compile(
    r"\b(?:what|which|who|whom|whose|when|where|why|how|is|are|was|were|do|does|did|can|could|will"
    r"|would|should|has|have|may|might|must|tell|give|show|explain|describe|list|compare)\b",
    re.IGNORECASE,
)


_ASKED_WITH = re.compile(
    r"^\W*(?:why|when|where|how(?: (?:much|many|long|often|far|old))?)\s+(?=\w)", re.IGNORECASE
)


_AUXILIARY = re.compile(
    r"^\W*(?:is|are|was|were|do|does|did|can|could|will|would|should|has|have|had|must)\b", re.I
)


def find_new_part(question: str) -> str:
    """Return what a question of one part names ("a service"), "" where it is a whole question."""
    lead = _LEAD_IN.match(question)
    rest = (question[lead.end() :] if lead else question).strip(" \t?.!,")
    if not rest or _VERB_OR_QUESTION.search(rest):
        return ""
    return rest if lead or len(rest.split()) <= _SHORT else ""


_OWNED = re.compile(r"^(?:its|their|his|her) (.+)$", re.IGNORECASE)


_SHORT = 3
"""Words of a question without a verb, up to which it names only a part."""


_PART_CLASSES = tuple(
    re.compile(form)
    for form in (
        r"\b(?:1[5-9]|20)\d\d(?:[-/–](?:\d{4}|\d\d))?\b",
        r"\b[QH][1-4]\b|\b(?:first|second|third|fourth|last) (?:quarter|half)\b",
        r"\b(?:January|February|March|April|May|June|July|August|September|October|November"
        r"|December)\b",
        r"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b",
        r"\b(?=[\w/-]*\d)(?=[\w/-]*[A-Z])[A-Z0-9][\w/-]*\b",
        r"\b\d+(?:[.,]\d+)*\b",
    )
)
"""Parts that only one of their own kind replaces: years, quarters, months, days, codes, numbers."""


_PREPOSITION = re.compile(
    r"^(?:in|on|at|for|with|without|during|after|before|by|from|under|to)\b", re.I
)


def exchange_part(question: str, part: str, history: Sequence[Exchange]) -> str:
    """Return the question before with `part` in the place of its counterpart."""
    if owned := _OWNED.match(part):
        relation = next((each for each in find_phrases(question) if each.is_relation), None)
        centre = find_last_centre(history)
        if relation is None or centre not in question:
            return f"What is the {owned[1]} of {centre}?" if centre else question
        return f"{question[: relation.start]}the {owned[1]}{question[relation.end :]}"
    part = replace_pronouns(part, history)[0]
    if part.split()[0].lower() in DETERMINERS:
        part = part[:1].lower() + part[1:]
    for pattern in _PART_CLASSES:
        new, old = pattern.search(part), list(pattern.finditer(question))
        if new and old:
            bare = _PREPOSITION.sub("", part).strip()
            single = new[0] == re.sub(r"^the\s+", "", bare, flags=re.IGNORECASE)
            if single:
                return question[: old[-1].start()] + new[0] + question[old[-1].end() :]
            break
        if new and not old and pattern in _PART_CLASSES[:4]:
            return add_part(question, part if _PREPOSITION.match(part) else f"in {part}")
    if counterpart := _find_counterpart(question, part):
        new_part = _PREPOSITION.sub("", part).strip() if _PREPOSITION.match(part) else part
        return question[: counterpart.start] + new_part + question[counterpart.end :]
    return add_part(question, part)


def _find_counterpart(question: str, part: str) -> Phrase | None:
    """Return the phrase of `question` that `part` stands for."""
    phrases = find_phrases(question)
    preposition = _PREPOSITION.match(part)
    new = find_phrases(part)
    if preposition:
        same = [each for each in phrases if each.before == preposition[0].lower()]
        return same[-1] if same else None
    if not phrases:
        return None
    wanted = new[-1] if new else None
    if wanted is not None:
        alike = [each for each in phrases if set(each.words) & set(wanted.words)]
        same_head = [each for each in alike if each.head == wanted.head] or alike
        if same_head:
            return same_head[-1]
        if wanted.is_relation:
            relations = [each for each in phrases if each.is_relation]
            return relations[0] if relations else None
        if wanted.is_named:
            named = [
                each for each in phrases if each.is_named and not any(map(str.isdigit, each.bare))
            ]
            if named:
                return named[-1]
    things = [each for each in phrases if not each.is_relation]
    placed = [each for each in things if each.before == "for"]
    return (placed or things or list(phrases))[-1 if placed else 0]


def add_part(question: str, part: str) -> str:
    """Return the question with a part that has no counterpart at its end."""
    end = len(question.rstrip(" ?.!"))
    return f"{question[:end]} {part}{question[end:].strip() or '?'}"


def ask_again_with(word: str, question: str) -> str:
    """Return the question with another question word: "Why did the pump stop?"."""
    asked = _ASKED_WITH.match(question)
    rest = question[asked.end() :] if asked else question
    if not _AUXILIARY.match(rest):
        return f"{word}: {question}"
    return f"{word} {rest[:1].lower()}{rest[1:]}"

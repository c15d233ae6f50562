"""Makes an English follow-up standalone: what it leaves out is taken from the questions before.

A pronoun gives way to what it means ("How much does it weigh?" after "What is the boiler's
volume?": the boiler), a new part takes the place of its counterpart ("What about a service?" after
"How much is a tyre change?"), a question of a side alone ("What are the symptoms?") is told of
what. A question that needs nothing stays as it is.

Limits: what a question only implies ("Does melatonin help?", with jet lag) is not added.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.question.english_counterparts import (
    add_part,
    ask_again_with,
    exchange_part,
    find_new_part,
)
from rag.question.english_phrases import (
    drop_determiner,
    find_last_sentence,
    find_phrases,
    find_subject,
    is_function_word,
)
from rag.question.english_pronouns import find_longer, replace_pronouns
from rag.question.exchange import Exchange, find_last_centre

_INTERJECTION = re.compile(
    r"^\W*(?:(?:ok(?:ay)?|oh|wow|yes|no|yeah|hm+|interesting|great|cool|nice|awesome|thanks"
    r"|thank you|thank you very much|i see|good|right|never ?mind|deep|well|sure"
    r"|that['’]s (?:\w+ ){0,2}?"
    r"(?:cool|interesting|great|nice|good|bad|a shame|right|funny|sad|amazing))\b\W*)+(?=\w)",
    re.IGNORECASE,
)


_MORE = re.compile(
    r"^\W*(?:(?:can|could) you )?(?:tell me more|more(?: details)?|go on|continue"
    r"|tell me more about"
    r" (?:it|that|this|them)|say more|elaborate|for example|such as)\W*$",
    re.IGNORECASE,
)


_MANNER = re.compile(r"^\W*[a-z]+ly\W*$", re.IGNORECASE)


_BARE_WORD = re.compile(r"^\W*(?:and |but )?(why|when|where|how)\W*$", re.IGNORECASE)


def resolve_english(question: str, history: Sequence[Exchange]) -> Exchange:
    """Return `question` with what it leaves out of `history` (oldest first), and its centre."""
    bare = _INTERJECTION.sub("", question).strip()
    bare = bare[:1].upper() + bare[1:] if bare else question
    if not history:
        return Exchange(bare, centre=_find_own_centre(bare) or _find_side(bare))
    last = history[-1]
    if _MANNER.match(bare):
        return Exchange(add_part(last.question, bare.strip(" .?!").lower()), centre=last.centre)
    if _MORE.match(bare):
        text = f"Tell me more about {last.centre}." if last.centre else last.question
        return Exchange(text, centre=last.centre)
    if word := _BARE_WORD.match(bare):
        return Exchange(ask_again_with(word[1].capitalize(), last.question), centre=last.centre)
    if part := find_new_part(bare):
        text = exchange_part(last.question, part, history)
        stays = bool(last.centre) and last.centre in text
        return Exchange(text, centre=last.centre if stays else _find_own_centre(text))
    if (again := _DO_THAT.search(bare)) and (action := _ACTION.match(last.question)):
        text = bare[: again.start()] + action["action"] + bare[again.end() :]
        return Exchange(text, centre=last.centre)
    text, centre = replace_pronouns(bare, history)
    if text == bare:
        text = _name_in_full(bare, history)
    if text == bare:
        text, centre = _say_of_what(bare, history)
    kept = centre or _find_own_centre(text) or last.centre
    return Exchange(text, centre=kept or _find_side(text))


_DO_THAT = re.compile(r"\bdo (?:it|that|this|so)\b", re.IGNORECASE)


_ACTION = re.compile(
    r"^.*\b(?:do|does|did|can|could|should|must|may|to) (?:(?:i|you|we|one|they) )?"
    r"(?P<action>[a-z].*?)\W*$",
    re.IGNORECASE,
)


def _find_own_centre(question: str) -> str:
    """Return what a question without pronouns is about, "" where it names nothing of its own."""
    for text in (find_last_sentence(question), question):
        subject = find_subject(text)
        if subject is not None and not (subject.is_relation or subject.is_adjective):
            own = subject.text.lower().startswith(("my ", "our ", "your "))
            return "" if own else " ".join(subject.text.split()[:_LONGEST_CENTRE])
    return ""


_LONGEST_CENTRE = 8
"""Words of what a question is about: more would drown the next question."""


def _find_side(question: str) -> str:
    """Return the side that a question names with more than a word ("literary elements")."""
    subject = find_subject(question)
    return subject.text if subject is not None and len(subject.words) > 1 else ""


def _name_in_full(question: str, history: Sequence[Exchange]) -> str:
    """Return the question with names that are the end of a longer one in full: "Johnny Bench"."""
    for phrase in find_phrases(question):
        if not phrase.is_named or len(phrase.words) > 1:
            continue
        name = phrase.words[0]
        for exchange in reversed(history):
            for text in (exchange.question, exchange.answer):
                if longer := re.search(rf"\b(?:[A-Z][\w-]+ ){{1,2}}{re.escape(name)}\b", text):
                    words = longer[0].split()
                    kept = words[1:] if is_function_word(words[0].lower()) else words
                    if len(kept) > 1:
                        start = phrase.end - len(name)
                        return question[:start] + " ".join(kept) + question[phrase.end :]
    return question


def _say_of_what(question: str, history: Sequence[Exchange]) -> tuple[str, str]:
    """Return a question of a side alone told of what ("the symptoms of lung cancer"), and of what.

    A question that names something itself stays as it is.
    """
    centre = find_last_centre(history)
    if not centre or drop_determiner(centre).lower() in question.lower():
        return question, ""
    if kind := _KIND.search(question):
        return f"{question[: kind.end()]} of {centre}{question[kind.end() :]}", centre
    phrases = [each for each in find_phrases(question) if not each.is_adjective]
    if any(each.is_named for each in phrases):
        return question, ""
    if not phrases:
        return add_part(question, f"about {centre}"), centre
    first = phrases[0]
    definite = first.text.lower().startswith("the ") and len(first.words) == 1
    if definite and (longer := find_longer(first.head, history)):
        return question[: first.start] + longer + question[first.end :], longer
    alone = len(phrases) == 1 and (first.is_relation or bool(_SOME.search(question[: first.end])))
    if alone and not _TOLD.match(question[first.end :]):
        return f"{question[: first.end]} of {centre}{question[first.end :]}", centre
    return question, ""


_KIND = re.compile(r"\b(?:kinds?|types?|sorts?)(?! of\b)\b", re.IGNORECASE)


_TOLD = re.compile(
    r"\s*(?:of|in|for|to|between|on|with|from|against|about|behind|that|which|who)\b|['’]s", re.I
)


_SOME = re.compile(
    r"^\W*(?:what (?:is|are)|what|are there|is there|which|do any|name) (?:the )?"
    r"(?:some|any|other|important|main|notable|famous|popular|common|different|key|major|most)\b",
    re.IGNORECASE,
)

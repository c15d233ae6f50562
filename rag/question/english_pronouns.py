"""Puts what an English pronoun means in its place: "How much does it weigh?" is of the boiler.

"It" and "they" mean what the conversation is about; "he" and "she" the person named last whose name
or answer does not speak against it; "this theory" the theory that was named.

Limits: "he" and "she" are told apart by common first names and by the answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ingest.text.scripts import split_words
from rag.question.english_phrases import (
    DETERMINERS,
    Phrase,
    drop_determiner,
    find_first_sentence,
    find_phrases,
    is_function_word,
)
from rag.question.exchange import Exchange, find_last_centre

_PRONOUN = re.compile(
    r"\b(?P<possessive>its|their|his|her(?= [a-z])(?! (?:to|the|a|an|in|on|at|and|or|from"
    r"|with)\b))\b"
    r"|\b(?P<person>he|she|him|her|hers)\b"
    r"|\b(?P<pointed>(?:this|that|these|those) (?P<noun>[a-z][\w-]+))"
    r"|\b(?P<thing>it|they|them|(?:this|these|those)(?=\W*$| (?:is|are|was|were|do|does|did|work"
    r"|cost"
    r"|mean|apply))|that(?=\W*$)"
    r"|(?<=about )that|(?<=of )that|(?<=does )that|(?<=is )that|(?<=did )that)\b"
    r"|(?<=the )(?P<other>former|latter)\b|\b(?P<one>ones|one(?=\W*$))\b",
    re.IGNORECASE,
)


_EMPTY_IT = re.compile(
    r"\b(?:is|was) it (?:true|possible|safe|necessary|common|ok(?:ay)?|worth|better|allowed|good)"
    r" (?:that|to|for)\b|\bhow (?:is|was) it that\b|\bit (?:takes?|took) (?:\w+ )?to\b",
    re.IGNORECASE,
)


_NAMED_BEFORE = 1
"""Things that a question names before a pronoun, from which on the pronoun means one of them."""


def replace_pronouns(question: str, history: Sequence[Exchange]) -> tuple[str, str]:
    """Return the question with its pronouns replaced, and what the first of them means.

    Pronouns that mean words of the question itself stay.
    """
    first = ""
    empty = _EMPTY_IT.search(question)
    pieces: list[str] = []
    end = 0
    for match in _PRONOUN.finditer(question):
        if empty and empty.start() <= match.start() < empty.end():
            continue
        kind, word = match.lastgroup or "", match[0].lower()
        if match["noun"] and (is_function_word(match["noun"]) or _is_relative(question, match)):
            continue
        if _means_own_words(question, match.start(), word):
            continue
        meant = _find_meant(kind, match, question, history)
        if not meant:
            continue
        first = first or meant
        pieces += [question[end : match.start()], _inflect(meant, match)]
        end = match.end()
    text = "".join(pieces) + question[end:]
    return re.sub(r"\bthe the\b", "the", text, flags=re.IGNORECASE), first


def _is_relative(question: str, match: re.Match[str]) -> bool:
    """Return whether "that" only continues a noun: "methods that use beam search"."""
    before = question[: match.start()].rstrip()
    named = any(each.end == len(before) for each in find_phrases(question))
    return named and match[0].lower().startswith("that ")


def _means_own_words(question: str, start: int, word: str) -> bool:
    """Return whether the question itself has named, before a pronoun, what it may mean."""
    named = [
        each
        for each in find_phrases(question)
        if each.end <= start and not each.is_relation and not each.is_adjective
    ]
    if word in {"he", "she", "him", "her", "his"}:
        named = [each for each in named if each.is_person]
    elif word in {"they", "them", "their", "these", "those"}:
        named = [each for each in named if each.is_plural]
    return len(named) >= _NAMED_BEFORE and (
        word in {"its", "their", "his", "her", "he", "she", "they", "it"}
        and any(
            each.text[:1].isupper() or each.text.split()[0].lower() in DETERMINERS for each in named
        )
    )


def _find_meant(kind: str, match: re.Match[str], question: str, history: Sequence[Exchange]) -> str:
    """Return what a pronoun means, "" where the conversation has nothing for it."""
    word = match[0].lower()
    if match["other"]:
        things = [each for each in find_phrases(history[-1].question) if not each.is_relation]
        if len(things) < _A_PAIR:
            return ""
        return things[0].bare if word == "former" else things[-1].bare
    if match["noun"]:
        return _find_pointed(match["noun"], history)
    if word in {"he", "she", "him", "her", "his", "hers"}:
        return _find_person(word, match, question, history)
    plural = word in {"they", "them", "their", "these", "those"}
    return _find_thing(plural, history)


_A_PAIR = 2


def _find_pointed(noun: str, history: Sequence[Exchange]) -> str:
    """Return what "this theory" means: a phrase with this head, or the centre's theory."""
    if named := find_longer(noun, history):
        return named
    centre = find_last_centre(history)
    if not centre or centre.lower().endswith(noun):
        return centre
    return f"the {drop_determiner(centre)} {noun}"


def find_longer(noun: str, history: Sequence[Exchange]) -> str:
    """Return a phrase of the conversation, latest first, that ends in `noun` and says which."""
    single = noun.removesuffix("s")
    for exchange in reversed(history):
        for text in (exchange.question, exchange.answer):
            for each in reversed(find_phrases(text)):
                if each.head.removesuffix("s") == single and len(each.words) > 1:
                    return each.text
    return ""


def _find_person(
    word: str, match: re.Match[str], question: str, history: Sequence[Exchange]
) -> str:
    asked = {_fold(each.question) for each in history}
    female = word in {"she", "her", "hers"}
    fallback = ""
    for each in _walk_people(history):
        if _guess_gender(each, history) == (not female):
            continue
        replaced = question[: match.start()] + each.text + question[match.end() :]
        if _fold(replaced) not in asked:  # nobody asks the same twice: another one is meant
            return each.text
        fallback = fallback or each.text
    return fallback or find_last_centre(history)


def _find_thing(plural: bool, history: Sequence[Exchange]) -> str:
    """Return what "it" or "they" mean: the centre, or for "they" a plural beside it."""
    centre = find_last_centre(history)
    if plural and not _is_plural(centre):
        phrases = [
            each
            for each in find_phrases(history[-1].question)
            if each.is_plural and not each.is_relation
        ]
        return phrases[0].text if phrases else centre
    return centre


def _is_plural(text: str) -> bool:
    phrases = find_phrases(text)
    return bool(phrases) and (phrases[-1].is_plural or " and " in text)


def _walk_people(history: Sequence[Exchange]) -> Iterator[Phrase]:
    """Yield names, latest first; the answer to a "who" comes before the names of its question."""
    for exchange in reversed(history):
        phrases = find_phrases(exchange.question)
        named = [each for each in phrases if each.is_person]
        if not _ASKS_WHO.match(exchange.question):
            yield from sorted(named, key=lambda each: (each.before in _ASIDE_OF_PEOPLE, each.start))
            continue
        if _NAMES_WHO.match(exchange.question):
            yield from named
        answered = find_phrases(find_first_sentence(exchange.answer))
        yield from (each for each in answered if each.is_person and each not in named)
        yield from phrases


_ASIDE_OF_PEOPLE = split_words("in at on from of for with to")


_NAMES_WHO = re.compile(r"^\W*[Ww]ho(?: (?:is|was|are|were)|['’]s) [A-Z]")


_ASKS_WHO = re.compile(r"^\W*(?:who|whom|whose|which|what is the name)\b", re.IGNORECASE)


def _inflect(meant: str, match: re.Match[str]) -> str:
    """Return what is put in a pronoun's place, as its possessive where the pronoun is one."""
    first = match.start() == 0
    text = meant
    if match["possessive"]:
        text = f"{meant}'" if meant.endswith("s") else f"{meant}'s"
    if match["one"]:
        text = _take_head(meant)
    return text[:1].upper() + text[1:] if first else text


def _take_head(text: str) -> str:
    phrases = find_phrases(text)
    return phrases[-1].words[-1] if phrases else text


def _fold(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


_FEMALE = split_words(
    "ada eva anna anne ann mary maria marie emma olivia sophia isabella mia charlotte amelia emily"
    " elizabeth sarah sara laura julia kate katherine catherine jane alice grace lucy lily ella"
    " helen ellen susan karen nancy lisa linda barbara patricia jennifer jessica amanda melissa"
    " rachel rebecca ruth hannah hanna claire clara diana eve fiona ingrid irene iris jean joan"
    " judith martha margaret megan monica naomi nina nora paula petra rosa rose sandra sofia stella"
    " teresa vera victoria wendy zoe li-na mei ms mrs miss"
)


_MALE = split_words(
    "tom thomas john james robert michael william david richard joseph charles daniel matthew"
    " anthony mark paul steven andrew george kevin brian edward ronald timothy jason jeffrey ryan"
    " jacob gary nicholas eric jonathan stephen larry justin scott brandon benjamin ben samuel sam"
    " gregory frank alexander alex patrick jack dennis jerry peter adam henry nathan douglas"
    " zachary"
    " kyle walter ethan noah jeremy hans karl carl otto felix max leo luis jose juan carlos pedro"
    " ivan igor oscar hugo bob bill jim joe dan ian luke simon martin roger philip arthur albert mr"
)


def _guess_gender(person: Phrase, history: Sequence[Exchange]) -> bool | None:
    """Return whether a person is a woman, None where names and answers do not tell."""
    first = person.words[0].lower().rstrip(".")
    if first in _FEMALE or person.head in {"mom", "mother", "daughter", "sister", "wife", "aunt"}:
        return True
    if first in _MALE or person.head in {"dad", "father", "son", "brother", "husband", "uncle"}:
        return False
    for exchange in history:
        said = exchange.answer.partition(person.words[-1])[2]
        if found := re.search(r"\b(she|her|he|his|him)\b", said[:_NEAR], re.IGNORECASE):
            return found[1].lower() in {"she", "her"}
    return None


_NEAR = 200
"""Characters behind a name within which a pronoun most likely means it."""

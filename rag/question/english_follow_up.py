"""Makes an English follow-up standalone: what it leaves out is taken from the questions before.

A pronoun gives way to what it means ("How much does it weigh?" after "What is the boiler's
volume?": the boiler), a new part takes the place of its counterpart ("What about a service?" after
"How much is a tyre change?"), a question of a side alone ("What are the symptoms?") is told of
what. A question that needs nothing stays as it is.

Limits: "he" and "she" are told apart by common first names and endings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ingest.text.scripts import split_words
from rag.question.exchange import Exchange, find_last_centre
from rag.question.english_phrases import (
    DETERMINERS,
    Phrase,
    find_phrases,
    find_subject,
    is_function_word,
)


_INTERJECTION = re.compile(
    r"^\W*(?:(?:ok(?:ay)?|oh|wow|yes|no|yeah|hm+|interesting|great|cool|nice|awesome|thanks"
    r"|thank you|thank you very much|i see|good|right|never ?mind|deep|well|sure|that['’]s (?:\w+ ){0,2}?"
    r"(?:cool|interesting|great|nice|good|bad|a shame|right|funny|sad|amazing))\b\W*)+(?=\w)",
    re.IGNORECASE,
)
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
_MORE = re.compile(
    r"^\W*(?:(?:can|could) you )?(?:tell me more|more(?: details)?|go on|continue|tell me more about"
    r" (?:it|that|this|them)|say more|elaborate|for example|such as)\W*$",
    re.IGNORECASE,
)
_MANNER = re.compile(r"^\W*[a-z]+ly\W*$", re.IGNORECASE)
_BARE_WORD = re.compile(r"^\W*(?:and |but )?(why|when|where|how)\W*$", re.IGNORECASE)
_ASKED_WITH = re.compile(
    r"^\W*(?:why|when|where|how(?: (?:much|many|long|often|far|old))?)\s+(?=\w)", re.IGNORECASE
)
_AUXILIARY = re.compile(
    r"^\W*(?:is|are|was|were|do|does|did|can|could|will|would|should|has|have|had|must)\b", re.I
)


def resolve_english(question: str, history: Sequence[Exchange]) -> Exchange:
    """Return `question` with what it leaves out of `history` (oldest first), and its centre."""
    bare = _INTERJECTION.sub("", question).strip()
    bare = bare[:1].upper() + bare[1:] if bare else question
    if not history:
        return Exchange(bare, centre=_find_own_centre(bare) or _find_side(bare))
    last = history[-1]
    if _MANNER.match(bare):
        return Exchange(_add_part(last.question, bare.strip(" .?!").lower()), centre=last.centre)
    if _MORE.match(bare):
        text = f"Tell me more about {last.centre}." if last.centre else last.question
        return Exchange(text, centre=last.centre)
    if word := _BARE_WORD.match(bare):
        return Exchange(_ask_again_with(word[1].capitalize(), last.question), centre=last.centre)
    if part := _find_new_part(bare):
        text = _exchange_part(last.question, part, history)
        kept = last.centre and last.centre in text
        return Exchange(text, centre=last.centre if kept else _find_own_centre(text))
    if (again := _DO_THAT.search(bare)) and (action := _ACTION.match(last.question)):
        text = bare[: again.start()] + action["action"] + bare[again.end() :]
        return Exchange(text, centre=last.centre)
    text, centre = _replace_pronouns(bare, history)
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
    for text in (_last_sentence(question), question):
        subject = find_subject(text)
        if subject is not None and not (subject.is_relation or subject.is_adjective):
            return "" if subject.text.lower().startswith(("my ", "our ", "your ")) else subject.text
    return ""


def _find_side(question: str) -> str:
    """Return the side that a question names with more than a word ("literary elements")."""
    subject = find_subject(question)
    return subject.text if subject is not None and len(subject.words) > 1 else ""


# --- a part takes its counterpart's place ---------------------------------------------------------


def _find_new_part(question: str) -> str:
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
_ORDINAL = re.compile(
    r"^(?:the )?(?:first|second|third|fourth|fifth|last|next|previous|new|old|other)\b", re.I
)
_PREPOSITION = re.compile(
    r"^(?:in|on|at|for|with|without|during|after|before|by|from|under|to)\b", re.I
)


def _exchange_part(question: str, part: str, history: Sequence[Exchange]) -> str:
    """Return the question before with `part` in the place of its counterpart."""
    if owned := _OWNED.match(part):
        relation = next((each for each in find_phrases(question) if each.is_relation), None)
        centre = find_last_centre(history)
        if relation is None or centre not in question:
            return f"What is the {owned[1]} of {centre}?" if centre else question
        return f"{question[: relation.start]}the {owned[1]}{question[relation.end :]}"
    part = _replace_pronouns(part, history)[0]
    for pattern in _PART_CLASSES:
        new, old = pattern.search(part), list(pattern.finditer(question))
        if new and old:
            bare = _PREPOSITION.sub("", part).strip()
            single = new[0] == re.sub(r"^the\s+", "", bare, flags=re.IGNORECASE)
            if single:
                return question[: old[-1].start()] + new[0] + question[old[-1].end() :]
            break
        if new and not old and pattern in _PART_CLASSES[:4]:
            return _add_part(question, part if _PREPOSITION.match(part) else f"in {part}")
    if counterpart := _find_counterpart(question, part):
        new_part = _PREPOSITION.sub("", part).strip() if _PREPOSITION.match(part) else part
        return question[: counterpart.start] + new_part + question[counterpart.end :]
    return _add_part(question, part)


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


def _add_part(question: str, part: str) -> str:
    end = len(question.rstrip(" ?.!"))
    return f"{question[:end]} {part}{question[end:].strip() or '?'}"


def _ask_again_with(word: str, question: str) -> str:
    """Return the question with another question word: "Why did the pump stop?"."""
    asked = _ASKED_WITH.match(question)
    rest = question[asked.end() :] if asked else question
    if not _AUXILIARY.match(rest):
        return f"{word}: {question}"
    return f"{word} {rest[:1].lower()}{rest[1:]}"


# --- pronouns -------------------------------------------------------------------------------------

_PRONOUN = re.compile(
    r"\b(?P<possessive>its|their|his|her(?= [a-z])(?! (?:to|the|a|an|in|on|at|and|or|from|with)\b))\b"
    r"|\b(?P<person>he|she|him|her|hers)\b"
    r"|\b(?P<pointed>(?:this|that|these|those) (?P<noun>[a-z][\w-]+))"
    r"|\b(?P<thing>it|they|them|(?:this|these|those)(?=\W*$| (?:is|are|was|were|do|does|did|work|cost"
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


def _replace_pronouns(question: str, history: Sequence[Exchange]) -> tuple[str, str]:
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
        if match["noun"] and is_function_word(match["noun"]):
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
    if named := _find_longer(noun, history):
        return named
    centre = find_last_centre(history)
    if not centre or centre.lower().endswith(noun):
        return centre
    return f"the {_without_determiner(centre)} {noun}"


def _find_longer(noun: str, history: Sequence[Exchange]) -> str:
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


def _walk_phrases(history: Sequence[Exchange]) -> Iterator[Phrase]:
    """Yield the phrases of the questions, latest first."""
    for exchange in reversed(history):
        yield from reversed(find_phrases(exchange.question))


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
        answered = find_phrases(_first_sentence(exchange.answer))
        yield from (each for each in answered if each.is_person and each.text not in named)
        yield from phrases


_ASIDE_OF_PEOPLE = split_words("in at on from of for with to")
_NAMES_WHO = re.compile(r"^\W*[Ww]ho(?: (?:is|was|are|were)|['’]s) [A-Z]")
_ASKS_WHO = re.compile(r"^\W*(?:who|whom|whose|which|what is the name)\b", re.IGNORECASE)


_SENTENCE = re.compile(r"[^.?!]+(?:[.](?=\w)[^.?!]*)*[.?!]*")


def _last_sentence(text: str) -> str:
    """Return the last sentence that names something."""
    sentences = [each[0] for each in _SENTENCE.finditer(text)]
    return next((each for each in reversed(sentences) if find_phrases(each)), text)


def _first_sentence(text: str) -> str:
    return next((each[0] for each in _SENTENCE.finditer(text)), text)


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


def _without_determiner(text: str) -> str:
    first, _, rest = text.partition(" ")
    return rest if rest and first.lower() in DETERMINERS else text


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
    " gregory frank alexander alex patrick jack dennis jerry peter adam henry nathan douglas zachary"
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


# --- a side is told of what -----------------------------------------------------------------------


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
    if not centre or _without_determiner(centre).lower() in question.lower():
        return question, ""
    if kind := _KIND.search(question):
        return f"{question[: kind.end()]} of {centre}{question[kind.end() :]}", centre
    phrases = [each for each in find_phrases(question) if not each.is_adjective]
    if any(each.is_named for each in phrases):
        return question, ""
    if not phrases:
        return _add_part(question, f"about {centre}"), centre
    first = phrases[0]
    introduced = bool(_INTRODUCES.match(question[: first.start])) and not first.is_relation
    ends = not question[first.end :].strip(" .?!")
    definite = first.text.lower().startswith("the ") and not (introduced and ends)
    if definite and (longer := _find_longer(first.head, history)) and len(first.words) == 1:
        return question[: first.start] + longer + question[first.end :], longer
    alone = len(phrases) == 1 and (first.is_relation or bool(_SOME.search(question[: first.end])))
    if (definite or alone) and not _TOLD.match(question[first.end :]):
        return f"{question[: first.end]} of {centre}{question[first.end :]}", centre
    return question, ""


_KIND = re.compile(r"\b(?:kinds?|types?|sorts?)(?! of\b)\b", re.IGNORECASE)
_TOLD = re.compile(
    r"\s*(?:of|in|for|to|between|on|with|from|against|about|behind|that|which|who)\b|['’]s", re.I
)
_INTRODUCES = re.compile(
    r"^\W*(?:tell me (?:more )?about|what (?:is|are)|who (?:is|are|was|were)) $", re.IGNORECASE
)
_SOME = re.compile(
    r"^\W*(?:what (?:is|are)|what|are there|is there|which|do any|name) (?:the )?"
    r"(?:some|any|other|important|main|notable|famous|popular|common|different|key|major|most)\b",
    re.IGNORECASE,
)

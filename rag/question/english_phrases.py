"""Finds the noun phrases of an English question, and the one that the question is about.

"What is the boiler's volume?" has "the boiler" and "volume", and is about the boiler: words that
only name a side of something ("volume", "role", "price") are what is asked, not what it is about.

Limits: there is no grammar behind it, only lists of function words, verbs and such relations; a
rare verb may be taken for a noun.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from ingest.text.scripts import split_words
from ingest.text.terms import extract_terms

_TOKEN = re.compile(
    r"(?:[A-Z]\.){2,}|\d+(?:[.,]\d+)*%?|[^\W_]+(?:[.'’&/+_-]?[^\W_]+)*(?:\+\+|#)?|[^\w\s]"
)
_CONTRACTION = re.compile(r"(?:n?['’](?:s|ll|ve|re|d|m|t))$")
_NAMES_LIKE_WORDS = frozenset({"US", "IT", "WHO"})
_POSSESSIVE = re.compile(r"['’]s$|(?<=s)['’]$")

DETERMINERS = split_words("a an the my our your his her its their this that these those some any")
_AUXILIARIES = split_words(
    "do does did can could will would shall should may might must to don't doesn't didn't can't"
    " won't"
)
_BE = split_words("is are was were be been being am isn't aren't wasn't weren't's")
_PRONOUNS = split_words(
    "i me we us you it he him she they them myself yourself itself himself herself themselves one"
    " ones anyone someone something anything everything nothing everyone mine yours hers theirs"
)
_PREPOSITIONS = split_words(
    "of in on at to for from by with without about as into over under than between among against"
    " during after before since until through per via within across around behind beyond near off"
    " out up down like despite toward towards compared including"
)
_OTHER_FUNCTION_WORDS = split_words(
    "and or but nor if so then what which who whom whose when where why how there here have has had"
    " having no not never also just only very too much many more most less least few fewer each"
    " every all both either other others another such same own else again ever even still already"
    " really actually now yes no ok okay oh wow please thanks well good bad great best better worst"
    " worse worth while because that's what's it's there's i'm i'd i've you've let's us"
    " similar different several exactly instead anymore usually often long far old tall big"
    " large heavy high deep fast wide common true possible called known way lot something kind"
    " kinds type types sort sorts besides way ways though although however instead later earlier"
    " today first second third fourth"
)
_VERBS = split_words(
    "tell give show explain describe list find say mean compare contrast work affect get got make"
    " made take took use used need want see saw go went come came know think like help cause cost"
    " weigh run ran stop start begin began happen live eat drink buy sell pay choose prevent treat"
    " cure spread kill die grow build built develop create found founded invent discover write"
    " wrote written read play win won lose lost join leave left move become became look feel try"
    " change differ relate produce sell sold contain include require provide support protect keep"
    " hold held put set turn open close begin receive respond respond borrow owe replace repair fix"
    " clean install operate measure charge last wear save store handle control reach learn teach"
    " study treat diagnose improve increase decrease reduce raise fall rise apply cover consider"
    " recommend suggest visit travel walk drive fly ride swim jump climb convert explain exist"
    " occur form evolve adapt survive bring carry send serve call name named ban banned marry"
    " married divorce divorced bear born earn spend invest own miss missed mention mentioned talk"
    " speak ask answer wonder wish watch hear heard seem sound believe care worry allow forbid"
    " return pass fail matter depend belong stand sit lie stay wait arrive enter expire end finish"
    " based located made done doing seeing going alleviate boost enter alter impact address"
    " destroy damage teach solve save avoid manage"
    " allow perform achieve reach assume mean meant summarise summarize leak"
)
RELATIONS = split_words(
    "volume weight mass height length width depth size speed price prices cost costs fee fees rate"
    " rates limit limits role roles purpose purposes function functions use uses usage effect"
    " effects impact impacts influence cause causes reason reasons symptom symptoms sign signs risk"
    " risks benefit benefits advantage advantages disadvantage disadvantages difference differences"
    " definition meaning history origin origins creation development future example examples"
    " version versions variant variants part parts element elements component components"
    " feature features characteristic characteristics property properties contribution"
    " contributions achievement achievements criticism criticisms importance significance"
    " relationship relation connection population capital area location address name names author"
    " founder owner director president members member size color colour colors shape range capacity"
    " power temperature pressure voltage date year time period age duration deadline number amount"
    " share percentage total average maximum minimum margin revenue profit income sales"
    " result results outcome conclusion findings method methods step steps process procedure"
    " requirement requirements rule rules condition conditions exception exceptions application"
    " applications treatment treatments alternative alternatives option options response"
    " details information issue issues problem problems question questions way main key latest"
    " newest largest smallest status quality performance"
    " warranty evidence kind type form forms side ingredient ingredients diet habitat lifespan"
    " argument arguments concern concerns source sources language languages"
    " economy climate culture rival rivals competitors competitor moment moments standard standards"
)
"""Words that name a side of something, and so need to be told of what."""
_ADJECTIVE_WORDS = (
    r"^(?:free|safe|good|healthy|dead|old|new|cheap|hot|cold|hard|easy|big|small|allergic|important"
    r"|popular|famous|expensive|cool|interesting|modern|typical|sexual|common|different|necessary)$"
)
_ADJECTIVE = re.compile(rf"[a-z]{{2}}(?:able|ible|ful|less|ous)$|{_ADJECTIVE_WORDS}")
_PREDICATE = re.compile(
    rf"(?:able|ible|ful|less|ous|ive|ant|ent|ary|ory|al|ic|ish)$|{_ADJECTIVE_WORDS}"
)
_VERB_ENDING = re.compile(r"[a-z]{3}(?:ate|ify|ise|ize)$")
_PLURALS = split_words("people men women children feet teeth mice data media")
_KINSHIP = split_words(
    "son daughter mom mother dad father brother sister wife husband boss friend child boyfriend"
    " girlfriend uncle aunt"
)


@dataclass(frozen=True, slots=True)
class Phrase:
    """A noun phrase of a question: `text` with its determiner, at `[start, end)`.

    `before` is the word before it in lower case; `owns` says that "'s" follows.
    """

    text: str
    start: int
    end: int
    before: str
    owns: bool = False

    @property
    def words(self) -> list[str]:
        """The words without the determiner."""
        words = self.text.split()
        return words[1:] if words[0].lower() in DETERMINERS and len(words) > 1 else words

    @property
    def bare(self) -> str:
        """The text without its determiner."""
        return " ".join(self.words)

    @property
    def head(self) -> str:
        """The last word, in lower case: what kind of thing it is."""
        return self.words[-1].lower()

    @property
    def is_named(self) -> bool:
        """Whether it is a name: it has a capital or a digit."""
        return any(word[0].isupper() or word[0].isdigit() for word in self.words)

    @property
    def is_plural(self) -> bool:
        """Whether its head is written like a plural."""
        return self.head in _PLURALS or (
            self.head.endswith("s") and not self.head.endswith(("ss", "us", "is"))
        )

    @property
    def is_relation(self) -> bool:
        """Whether it names a side of something ("the price") and no thing of its own."""
        return self.head in RELATIONS and not self.is_named

    @property
    def is_adjective(self) -> bool:
        """Whether it looks like an adjective that was taken for a noun."""
        return len(self.words) == 1 and self.text.islower() and bool(_ADJECTIVE.search(self.text))

    @property
    def is_person(self) -> bool:
        """Whether it may be meant by "he" or "she"."""
        named = self.words[0][0].isupper() and not any(char.isdigit() for char in self.text)
        return named or self.head in _KINSHIP


@lru_cache(maxsize=1 << 10)
def find_phrases(question: str) -> tuple[Phrase, ...]:
    """Return the noun phrases of a question in order."""
    tokens = [(match[0], match.start(), match.end()) for match in _TOKEN.finditer(question)]
    kinds = _sort_tokens([token for token, _, _ in tokens])
    found: list[Phrase] = []
    place = 0
    while place < len(tokens):
        if kinds[place] != "noun":
            place += 1
            continue
        last = place
        while last + 1 < len(tokens) and kinds[last + 1] == "noun" and not _ends(tokens[last]):
            last += 1
        found.append(_build_phrase(question, tokens, place, last))
        place = last + 1
    return tuple(_join_complements(question, found))


def find_subject(question: str) -> Phrase | None:
    """Return the phrase that a question is about, None where it has none."""
    phrases = find_phrases(question)
    ranked = sorted(
        phrases,
        key=lambda each: (
            each.is_relation or each.is_adjective or each.bare.isdigit(),
            each.before in _ASIDE,
            not each.is_named and each.head in _VAGUE,
            each.start,
        ),
    )
    return ranked[0] if ranked else None


_ASIDE = split_words("in on at to for with by during from after before than as into near since")
"""Words before a phrase that only says where, when or for what."""
_VAGUE = split_words("people person thing things place places day days world others someone man")


def is_function_word(word: str) -> bool:
    """Return whether a word, in lower case, has no content of its own."""
    return word in _FUNCTION_WORDS


_FUNCTION_WORDS = (
    DETERMINERS | _AUXILIARIES | _BE | _PRONOUNS | _PREPOSITIONS | _OTHER_FUNCTION_WORDS
)
_VERB_STEMS = frozenset(stem for verb in _VERBS for stem in extract_terms(verb)[:1])


def _ends(token: tuple[str, int, int]) -> bool:
    return _POSSESSIVE.search(token[0]) is not None


def _sort_tokens(tokens: Sequence[str]) -> list[str]:
    """Return for each token whether it belongs to a noun phrase ("noun") or not ("other")."""
    kinds: list[str] = []
    clause = _Clause()
    for place, token in enumerate(tokens):
        before = tokens[place - 1].lower() if place else ""
        after = tokens[place + 1] if place + 1 < len(tokens) else "."
        if _is_function_token(token) and not (token == "A" and place):
            clause.read(token.lower(), before)
            kinds.append("other")
            continue
        inside = bool(kinds) and kinds[-1] == "noun"
        verb = _is_verb(token, before, clause, inside=inside, after=after)
        clause.helped = clause.helped and not verb
        kinds.append(
            "other" if verb or clause.is_predicate(token, before, after, inside) else "noun"
        )
    return kinds


@dataclass(slots=True)
class _Clause:
    """What was read of a clause: whether an auxiliary, "to" or "is" came."""

    helped: bool = False
    helped_by_to: bool = False
    be: bool = False

    def read(self, word: str, before: str) -> None:
        """Take in a function word."""
        if word in ".?!;":
            self.helped = self.helped_by_to = self.be = False
        if word in _AUXILIARIES:
            self.helped, self.helped_by_to = True, word == "to"
        if word in _BE:
            self.be = before not in _WH

    def is_predicate(self, token: str, before: str, after: str, inside: bool) -> bool:
        """Return whether a word is what is said of the noun before ("Is it treatable?")."""
        if not token.islower() or before in DETERMINERS or _POSSESSIVE.search(before):
            return False
        last = not after[0].isalnum()
        if self.helped and not self.helped_by_to and last and inside:
            return True  # a verb that is not listed
        if self.be and (inside or before in _PRONOUNS):
            return bool((_PREDICATE if last else _ADJECTIVE).search(token))
        return False


def _is_function_token(token: str) -> bool:
    bare = _CONTRACTION.sub("", token.lower())
    known = bare in _FUNCTION_WORDS or token.lower().replace("’", "'") in _FUNCTION_WORDS
    return not token[0].isalnum() or (known and token not in _NAMES_LIKE_WORDS)


def _is_verb(token: str, before: str, clause: _Clause, *, inside: bool, after: str) -> bool:
    word = token.lower()
    first = before in _ENDS or not before
    if token[0].isupper() and not first:
        return False
    pointing = before in {"this", "that", "these", "those"} and clause.helped
    if (before in DETERMINERS and not pointing) or _POSSESSIVE.search(before):
        return False
    if word.endswith("ly") or _PAST.search(word):
        return True
    if word.endswith("ing") and not inside and after[0].isalnum():
        return True
    if clause.helped and (before in _SUBJECTS or _VERB_ENDING.search(word)):
        return True
    stems = extract_terms(word)[:1]
    if not stems or stems[0] not in _VERB_STEMS:
        return False
    if inside and word.endswith("s") and after.lower() in _OBJECTS:
        return True  # "the theory says that", "the pump starts the motor"
    inflected = word.endswith(("ed", "ing")) or word in _NEVER_NOUNS
    if inside and before.endswith("s") and not clause.be:
        return True  # "corals die"
    return first or clause.helped or inflected or before in _PRONOUNS or before in _WH


_OBJECTS = split_words("a an the that this these it them him her us me you to if how what when")
_SUBJECTS = split_words("i you we they he she it one")
_ENDS = split_words(". ? ! ; : ,")
_PAST = re.compile(r"[a-z]{2}(?<!e)ed$")
_WH = split_words("who what which that and")
_NEVER_NOUNS = split_words(
    "tell give explain describe affect made born based left written get make take went came know"
    " think ran began eat buy choose"
    " become became took got wrote sold won lost chosen taken given seen known worn built heard"
)


def _build_phrase(
    question: str, tokens: Sequence[tuple[str, int, int]], first: int, last: int
) -> Phrase:
    start, end = tokens[first][1], tokens[last][2]
    owner = _POSSESSIVE.search(tokens[last][0])
    if owner:
        end -= len(owner[0])
    before = tokens[first - 1][0].lower() if first else ""
    if before in DETERMINERS and (tokens[first - 1][0] != "A" or first == 1):
        start = tokens[first - 1][1]
        before = tokens[first - 2][0].lower() if first > 1 else ""
    return Phrase(question[start:end], start, end, before, owner is not None)


def _join_complements(question: str, phrases: Sequence[Phrase]) -> list[Phrase]:
    """Return the phrases, "rivals of the Steelers" as one: its head alone would name nothing."""
    found: list[Phrase] = []
    for phrase in phrases:
        last = found[-1] if found else None
        if last is not None and _belong_together(last, phrase, question[last.end : phrase.start]):
            found[-1] = Phrase(
                question[last.start : phrase.end], last.start, phrase.end, last.before, phrase.owns
            )
        else:
            found.append(phrase)
    return found


def _belong_together(one: Phrase, other: Phrase, between: str) -> bool:
    """Return whether two phrases are one: "rivals of the Steelers", "Darwin's theory"."""
    if one.owns:
        return not other.is_relation
    if between.strip().lower() == "and":
        return one.is_adjective
    return between.strip().lower() == "of" and not one.is_relation and not one.is_named


_SENTENCE = re.compile(r"[^.?!]+(?:[.](?=\w)[^.?!]*)*[.?!]*")


def find_last_sentence(text: str) -> str:
    """Return the last sentence that names something."""
    sentences = [each[0] for each in _SENTENCE.finditer(text)]
    return next((each for each in reversed(sentences) if find_phrases(each)), text)


def find_first_sentence(text: str) -> str:
    """Return the first sentence of a text."""
    return next((each[0] for each in _SENTENCE.finditer(text)), text)


def drop_determiner(text: str) -> str:
    """Return a phrase without its determiner."""
    first, _, rest = text.partition(" ")
    return rest if rest and first.lower() in DETERMINERS else text

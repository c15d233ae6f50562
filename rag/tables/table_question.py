"""Reads what a question asks of a table: to look up, count, compare, find the greatest, calculate.

Limits: forms of words in English and Chinese; a question of several operations has the first only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Literal, TypeAlias

from ingest.text.terms import extract_terms
from rag.question.follow_up import salient_words
from rag.tables.cell_values import read_cell_value
from rag.tables.table_view import extract_table_terms

Operation: TypeAlias = Literal[
    "lookup",
    "list",
    "count",
    "superlative",
    "compare",
    "order",
    "confirm",
    "sum",
    "average",
    "difference",
    "change",
    "ratio",
]
Comparator: TypeAlias = Literal["more", "less", "at least", "at most"]

_OPERATIONS: tuple[tuple[Operation, str], ...] = (
    (
        "average",
        r"\b(?:average|mean)\b(?! (?:market|fair|price|common|shares?|remaining"
        r"|life))|平均",
    ),
    (
        "change",
        r"\b(?:percentage|per ?cent|%) (?:change|increase|decrease|growth)\b"
        r".*\b(?:between|from|compared|over)\b"
        r"|\bby (?:how many per ?cent|what percentage)\b"
        r"|增长率|增长了?百分之|增幅|降幅|百分比变化",
    ),
    (
        "ratio",
        r"\bratio (?:of|between)\b|\bhow many times (?:as|more|larger|higher|bigger)\b"
        r"|\b(?:what|which) (?:percentage|per ?cent|share|proportion) of\b.*\b(?:is|are|was|were)\b"
        r"|的?比值|是.+的(?:几|多少)倍|占.+(?:百分之几|多少|比例|几成)",
    ),
    (
        "difference",
        r"\bdifference (?:between|in)\b|\bhow (?:much|many) (?:\w+ )?(?:more|less|fewer"
        r"|higher|lower|larger|smaller|longer|shorter|older|younger|taller|heavier)\b"
        r"|\bby how (?:much|many)\b|\bhow (?:much|many) (?:did|has|have)\b.*\b(?:change|increase"
        r"|decrease|grow|fall|rise)\b|相差|差多少|差额|[多少高低大小][多几][少]?[元万亿]?[？?]?$",
    ),
    (
        "count",
        r"\bhow many\b|\bnumber of (?!shares|employees)|\bin how many\b"
        r"|\bhow often\b|多少(?:个|条|家|人|台|种|类|次|项|名|位|只|座|行)"
        r"|(?<![第上])几(?:个|条|家|台|种|类|次|项|名|位|只|座|行)",
    ),
    (
        "sum",
        r"\b(?:total (?:of|number|amount) of all|sum of|in total|altogether"
        r"|combined|add(?:ed)? up)\b|[总一]共|合计多少|总和|加起来",
    ),
    (
        "list",
        r"\b(?:list|name|give|show)(?: me)? (?:all|every|each|the)\b"
        r"|\bwhat are (?:all|the)\b|\bwhich .+ are\b"
        r"|列出|列举|有哪些|哪些",
    ),
)
_OPERATION_PATTERNS = tuple((name, re.compile(form, re.IGNORECASE)) for name, form in _OPERATIONS)
_OF_TWO = frozenset({"difference", "change", "ratio", "average", "sum"})
"""Operations of which years are operands."""
_GREATEST = re.compile(
    r"\b(?:most(?! recent)|highest|largest|biggest|greatest|longest|maximum"
    r"|max|top(?! \d)|tallest|heaviest|oldest|latest|last(?! (?:name|year|month|week))"
    r"|most recent|farthest|furthest|deepest|richest|slowest|newest"
    r"|expensive)\b|最(?:多|高|大|长|重|晚|贵|远|深|老|慢|新|迟)",
    re.IGNORECASE,
)
_LEAST = re.compile(
    r"\b(?:least(?! \d)|lowest|smallest|fewest|shortest|minimum|min|lightest"
    r"|youngest|earliest|fastest|quickest|closest"
    r"|first(?! (?:half|quarter|name|time|class|floor|aid|month|week|round))"
    r"|nearest|cheapest|weighed the least)\b|最(?:少|低|小|短|轻|早|便宜|近|浅|年轻|快)",
    re.IGNORECASE,
)
_MORE_WORDS = (
    r"more|higher|larger|bigger|greater|longer|taller|heavier|older|later|further|deeper|better"
)
_LESS_WORDS = r"less|lower|smaller|fewer|shorter|lighter|younger|earlier|cheaper|faster|quicker"
_MORE = re.compile(rf"\b(?:{_MORE_WORDS})\b|[更比].*[多高大长重晚贵]", re.IGNORECASE)
_LESS = re.compile(rf"\b(?:{_LESS_WORDS})\b|[更比].*(?:[少低小短轻早]|便宜)", re.IGNORECASE)
_VALUE = (
    r"(?:\s+than)?\s*(?:of )?\(?\s*(?P<value>[-−(]?\s*(?:US|RMB)?[$€£¥]?\s*\d[\d,.]*\)?"
    r"\s*(?:trillion|billion|million|thousand|亿|万|千)?)"
)
_COMPARATORS: tuple[tuple[Comparator, str], ...] = (
    ("at least", r"\bat least|\bno less than|\bminimum of|至少|不少于|不低于"),
    ("at most", r"\bat most|\bno more than|\bup to|至多|不超过|不高于|最多"),
    ("more", rf"\b(?:{_MORE_WORDS}|over|above|exceed(?:s|ed|ing)?)\b|超过|大于|高于|多于|超出"),
    ("less", rf"\b(?:{_LESS_WORDS}|under|below)\b|低于|小于|少于|不到|不足"),
)
_CONDITIONS = tuple(
    (name, re.compile(rf"(?:{form}){_VALUE}", re.IGNORECASE)) for name, form in _COMPARATORS
)
_YEARS = re.compile(
    r"\b(?:(?:after|since|later than) (?:the )?(?:year )?(?P<since>(?:19|20)\d\d)"
    r"|(?:before|prior to|earlier than|until) (?:the )?(?:year )?(?P<until>(?:19|20)\d\d))\b"
    r"|(?P<zh>(?:19|20)\d\d)年?(?P<way>[以之][前后])",
    re.IGNORECASE,
)
_BETWEEN = re.compile(
    r"\bbetween (?P<low>(?:19|20)\d\d) and (?P<high>(?:19|20)\d\d)\b", re.IGNORECASE
)
_SCALE_WORD = re.compile(r"trillion|billion|million|thousand|亿|万|千", re.IGNORECASE)
_PERCENT = re.compile(r"%|\bpercentages?\b|\bper cent\b", re.IGNORECASE)
_NEGATION = re.compile(r"\b(?:no|not|never|without|none|n't)\b|没有|不是|未|无", re.IGNORECASE)
_TIMES = re.compile(r"(\bhow many|\bnumber of) times\b", re.IGNORECASE)
_SCOPE = re.compile(
    r"^\s*(?:in|from|for|of|according to|on)\s+(?:[\"“][^\"”]+[\"”]"
    r"|[\w .-]{1,60}:)\s*,?:?\s*",
    re.I,
)
_ORDER = re.compile(
    r"\b(?:(?:came|comes|come|listed|placed|finished|ranked|is|was|played|directly|right|just"
    r"|immediately|appears?|name|one|team|player|driver|title|place|game|match|year|film|movie"
    r"|song|album|opponent|event|row|item|step|above|below|who|what) (?P<way>after|before|above"
    r"|below|following|preceding)"
    r"|(?P<step>next|previous|subsequent|prior)(?! year\b| month\b| quarter\b)\b.*?"
    r"\b(?:after|to|before|listed|from|than))\b"
    r"|(?P<zh>[之的]?(?:下一|上一|前一|后一|后面|前面|之后|之前))(?!.*[年月日]之[前后])",
    re.IGNORECASE,
)
_BACK = re.compile(r"before|above|preceding|previous|prior|上一|前", re.IGNORECASE)
_CONFIRM = re.compile(
    r"^\W*(?:is|are|was|were|does|do|did|has|have|had|can|will|must)\b(?!.*\bor\b)"
    r"|[吗嗎]\W*$|是否|是不是|有没有",
    re.IGNORECASE,
)
_FOCUS = re.compile(
    r"(?<=[,;.，；。]) ?(?:(?:but|and|then|so) )?(?=(?:in |on |at |by |for |from )?(?:which|what"
    r"|who|whom|whose|when|where|how)\b)",
    re.IGNORECASE,
)
_RESPECTIVE = re.compile(r"\brespective(?:ly)?\b|分别|各", re.IGNORECASE)
_TOP = re.compile(
    r"\b(?:in|of|within|among|finish\w*) (?:the )?top (?P<value>\d+)\b|前(?P<zh>\d+)名",
    re.IGNORECASE,
)
OTHER = re.compile(
    r"\b(?:other|else|besides|in addition to|apart from|except)\b|另外|其他|除了?|之外",
    re.IGNORECASE,
)
_EXPLANATION = re.compile(
    r"\bwhy\b|\bhow (?:do|does|did|is|are|was|were|can|should|to)\b"
    r"|\bwhat (?:drove|led|caused|causes|results?|do|did)\b"
    r"|\bwhat does\b(?!.*\b(?:cost|weigh|say|measure|charge|pay|earn|list)\b)"
    r"|\bwhat .*\b(?:consists? of|comprised? of|mean|depend)\b"
    r"|为什么|为何|如何|怎么(?!办)|怎样|原因|是什么意思|指什么|取决于",
    re.IGNORECASE,
)
_WORDS_OF_FORM = frozenset(
    extract_terms(
        "many much number times amount listed list table most least highest lowest largest smallest"
        " longest shortest greatest fewest more less than higher lower larger smaller longer"
        " shorter older younger taller heavier first last average difference between respectively"
        " both either each other another name named what which take took long whole exceed top best"
        " year compared"
    )
) - {"year", "number", "time"}


@dataclass(frozen=True)
class Condition:
    """A comparison with a number that the question states."""

    comparator: Comparator
    value: Decimal
    digits: Decimal
    """The number without "million" and the like: what a table "in millions" has."""
    kind: Literal["number", "year", "rank"] = "number"
    """What it compares: any number, years and dates, or places ("in the top 10")."""

    def without_sign(self) -> Condition:
        """Return the same of the amount, whichever way it goes."""
        return replace(self, value=abs(self.value), digits=abs(self.digits))

    def admits(self, number: Decimal, greatest: Decimal) -> bool:
        """Return whether a number fulfils it; `greatest` of its column tells the scale."""
        bound = self.value if abs(self.value) <= 100 * abs(greatest) else self.digits
        match self.comparator:
            case "more":
                return number > bound
            case "less":
                return number < bound
            case "at least":
                return number >= bound
            case "at most":
                return number <= bound


@dataclass(frozen=True)
class TableQuestion:
    """A question as a table can answer it.

    `whole` is the question as asked, `text` the same without what it says of where to look ("In the
    report, ..."), `terms` its content words in order. `direction` is 1 where the greatest or the
    greater is asked for, -1 for the least or the less, 0 where neither.
    """

    whole: str
    text: str
    operation: Operation
    direction: int
    conditions: tuple[Condition, ...]
    terms: tuple[str, ...]
    negated: bool
    other: bool
    back: bool = False
    """Of an order: whether what comes before is asked for."""

    @cached_property
    def focus(self) -> str:
        """The clause that asks, where others only lead to it: "X was first, but who was next"."""
        return _FOCUS.split(self.text)[-1]

    @cached_property
    def focus_words(self) -> frozenset[str]:
        """The terms of the clause that asks."""
        return extract_table_terms(self.focus)

    @cached_property
    def words(self) -> frozenset[str]:
        """All terms of the text, those without content too."""
        return extract_table_terms(self.text)


def asks_of_table(text: str) -> bool:
    """Return whether cells could answer: not where a reason, a meaning or a manner is asked for."""
    return _EXPLANATION.search(_SCOPE.sub("", text)) is None


def read_table_question(text: str) -> TableQuestion:
    """Return what `text` asks of a table."""
    bare = _TIMES.sub(r"\1", _SCOPE.sub("", text)) or text
    operation: Operation = next(
        (name for name, form in _OPERATION_PATTERNS if form.search(bare)), "lookup"
    )
    conditions, rest = _take_conditions(bare, with_years=operation not in _OF_TWO)
    direction = 0 if _RESPECTIVE.search(rest) else _find_direction(rest)
    order = _ORDER.search(rest) if operation in {"lookup", "list"} else None
    if order is not None and not _has_superlative(rest) and not conditions:
        operation, direction = "order", 0
    if operation == "lookup" and _CONFIRM.search(bare) and not direction:
        operation, direction = "confirm", 0
    if _RESPECTIVE.search(rest) and operation == "list":
        operation, direction = "lookup", 0
    of_numbers = any(condition.kind != "year" for condition in conditions)
    if operation in {"lookup", "list"} and direction and not of_numbers:
        compares = _MORE.search(rest) or _LESS.search(rest)
        operation = "compare" if compares and not _has_superlative(rest) else "superlative"
    return TableQuestion(
        text,
        bare,
        operation,
        direction,
        conditions,
        tuple(extract_content_terms(rest)),
        _NEGATION.search(rest) is not None,
        OTHER.search(rest) is not None,
        order is not None and _BACK.search(order[0]) is not None,
    )


def _take_conditions(text: str, *, with_years: bool) -> tuple[tuple[Condition, ...], str]:
    """Return the comparisons with numbers, and the text without them."""
    found: list[Condition] = []
    for comparator, pattern in _CONDITIONS:
        for match in pattern.finditer(text):
            stated = match["value"].strip()
            number = read_cell_value(stated).number
            digits = read_cell_value(_SCALE_WORD.sub("", stated).strip()).number
            if number is not None and digits is not None:
                found.append(Condition(comparator, number, digits))
        text = pattern.sub(" ", text)
    if not with_years:
        return tuple(found), text
    for match in _YEARS.finditer(text):
        year = Decimal(match["since"] or match["until"] or match["zh"])
        until = match["until"] is not None or (match["way"] or "").endswith("前")
        whole = match[0].casefold().startswith("since")
        bound: Comparator = "less" if until else "at least" if whole else "more"
        found.append(Condition(bound, year, year, "year"))
    text = _YEARS.sub(" ", text)
    for match in _BETWEEN.finditer(text):
        low, high = (Decimal(match[name]) for name in ("low", "high"))
        found.append(Condition("at least", low, low, "year"))
        found.append(Condition("at most", high, high, "year"))
    text = _BETWEEN.sub(" ", text)
    for match in _TOP.finditer(text):
        place = Decimal(match["value"] or match["zh"])
        found.append(Condition("at most", place, place, "rank"))
    return tuple(found), _TOP.sub(" ", text)


def _has_superlative(text: str) -> bool:
    return bool(_GREATEST.search(text) or _LEAST.search(text))


def _find_direction(text: str) -> int:
    for great, small in ((_GREATEST, _LEAST), (_MORE, _LESS)):
        if small.search(text):
            return -1
        if great.search(text):
            return 1
    return 0


def extract_content_terms(text: str) -> Sequence[str]:
    """Return the search terms that say what a question is about, without words of its form."""
    words = salient_words(_PERCENT.sub(" percent ", text))
    terms = [term for word in words for term in extract_terms(word)]
    return list(
        dict.fromkeys(
            term
            for term in terms
            if term not in _WORDS_OF_FORM and not (len(term) == 1 and "a" <= term <= "z")
        )
    )

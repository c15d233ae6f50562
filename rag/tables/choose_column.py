"""Chooses the column of a table that a question asks for, or that it measures by.

By the words of the headings, by what kind of thing is asked for (a person is no number, "how long"
is a time or a length), and by the meaning of the headings where an embedder gives it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from ingest.text.terms import extract_terms
from rag.question.expected_answer import detect_expected_answer
from rag.tables.binding import Binding
from rag.tables.cell_values import is_empty_cell, read_cell_value
from rag.tables.table_view import TableRow

MeasureNearness = Callable[[str, Sequence[str]], Sequence[float]]
"""Gives for texts how near in meaning they are to a question, 0 to 1."""

_HEADING, _ASKED_NOUN, _KIND, _HINT, _MEANING = 1.0, 1.0, 0.6, 0.6, 0.6
"""Weights of a heading's words, of the noun behind "which", of the kind of the cells, of what a
heading is usually called, and of its meaning. Set by hand on half of the development questions."""
_NAMED_MALUS, _TOUCHED_MALUS, _LABEL = 2.0, 1.2, 0.15
_LABEL_OF_NOUN = 0.3
"""What the rows' names gain where a noun is asked for that no heading has: "which game"."""
_ASKED_WHOLE = 0.6
"""What a heading gains that is the noun behind "which" and nothing else."""
_LEAST_SHARE = 0.34
_PERIOD_WORTH = 0.8
_OF_TIME = re.compile(
    r"\b(?:earl\w+|late\w*|first|last|recent\w*|old\w*|new\w*|young\w*|soon\w*|date|year|when"
    r"|before|after|since|until)\b|[早晚新旧老先后年日]",
    re.IGNORECASE,
)
_ASKED_YEAR = re.compile(r"\b(?:which|what|in what) year\b", re.IGNORECASE)
_YEAR_HEADING = re.compile(r"^\W*(?:year|date|season|年份?|日期)\W*$", re.IGNORECASE)
_PLAIN_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
_YEARS = re.compile(r"\b(?:19|20)\d\d\b")
_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b|年")
_AUXILIARY = r"(?:is|are|was|were|has|have|had|do|does|did|can|will)"
_ASKED = re.compile(
    rf"\b(?:which|what|whose|how many|number of)\s+(?!{_AUXILIARY}\b)(?:other |different )?"
    r"((?:[\w'/#-]+\s+){0,3}?[\w'/-]+?)"
    rf"(?=(?:'s)?\s+(?:{_AUXILIARY}"
    r"|won|win|with|that|who|in|of|on|from|for|to|by|received"
    r"|made|came|appear\w*|scored|contained|weighed|transferred|finished|played"
    r"|used|took|having|where|not|never|only|were|listed|started|ended)\b|\W*$)",
    re.IGNORECASE,
)
_ASKED_VALUE = re.compile(
    r"\b(?:what|who|when|where) (?:is|was|are|were) (?:the )?(?:(?:name|value) of (?:the )?)?"
    r"((?:[\w'/-]+\s+){0,3}?[\w'/-]+)(?=\s+(?:in|of|on|from|for|at|by|during|used|when|who"
    r"|with|that)\b)",
    re.IGNORECASE,
)
_QUANTITY = re.compile(
    r"\b(?:amount|value|price|cost|score|number|percentage|rate|time|total|rank|pos\w*|place|points?"
    r"|size|age|height|weight|length|year|date|attendance|population|income|revenue|profit|balance)\b",
    re.IGNORECASE,
)
_SORT = re.compile(
    r"\b(?:what|which) (?:type|kind|sort|category)s?\b|什么(?:类型|种类)", re.IGNORECASE
)
_SPAN = re.compile(
    r"\d\s*:\s*\d|\d\s*(?:(?!st|nd|rd|th)[a-z]{1,3}\b|[天年月周日小时分秒米])"
    r"|\b(?:years?|weeks?|days?|months?)\b",
    re.I,
)
_HINTS: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = tuple(
    (re.compile(asked, re.IGNORECASE), re.compile(heading, re.IGNORECASE))
    for asked, heading in (
        (
            r"\bhow long\b|\b(?:long|short)(?:er|est)\b|[最更]?[长短久]",
            r"time|length|duration|tenure|miles?|\bkm\b|result|final|perform|pages?|时间|长度|时长",
        ),
        (
            r"\b(?:fast|quick|slow)(?:er|est)\b|[最更][快慢]",
            r"time|result|final|run|speed|perform|时间|速度",
        ),
        (r"\b(?:old|young)(?:er|est)?\b|\bage\b|年龄|岁", r"\bage\b|born|birth|年龄|出生"),
        (r"\btall(?:er|est)?\b|\bhow high\b|身高", r"height|身高|高度"),
        (r"\bweigh|heav|light(?:er|est)|[最更][重轻]", r"weight|重量"),
        (
            r"\bwhen\b|\bwhat (?:year|date|day)\b"
            r"|\b(?:earli\w+|late(?:r|st)|recent|newe\w+|olde\w+)\b"
            r"|^(?!.*\b(?:finish|plac|rank)).*\b(?:first|last)\b|[最更][早晚新]|何时|什么时候|哪年",
            r"year|date|season|built|founded|established|opened|released|born|年|日期|时间",
        ),
        (
            r"\bwhere\b|哪里|哪儿|地点",
            r"venue|location|place|city|town|country|from|stadium|circuit|地点|城市",
        ),
        (
            r"\btop\b|\brank|\bbest\b|\bperform|\bplaced?\b|\bfinish\w* (?:first|last)|名次",
            r"rank|^pos|plac(?:e|ing)|^#$|finish|排名|名次",
        ),
        (
            r"\bcost\b|\bprice\b|\bfee\b|多少钱|[最更](?:贵|便宜)|expensive|cheap",
            r"price|cost|fee|amount|价|费|金额|标准|上限",
        ),
        (
            r"\bwho(?:se|m)?\b|谁",
            r"name|player|rider|driver|winner|athlete|artist|manager|人|姓名|负责",
        ),
        (r"\bmedal", r"rank|pos|place"),
        (r"\bhotel|\bstay|酒店|宾馆|旅馆|住", r"lodging|accommodation|hotel|住宿|房费"),
        (r"\b(?:eat|meals?|food)\b|吃饭|餐|伙食", r"meal|food|伙食|餐"),
        (
            r"\bwhat (?:must|should|shall|can|do|does|to)\b.*\b(?:do|if|when)\b|怎么办|怎么处理",
            r"what to do|action|remed|solution|measure|处理|措施|办法|对策",
        ),
        (r"\bcountr(?:y|ies)\b|\bnation|国家", r"\bnat(?:ion|ionality)?\b|countr|国"),
        (r"\b(?:team|club|side|opponent)s?\b|球队", r"\b(?:team|club|opponent|opposition)\b|队"),
        (r"\b(?:film|movie|show|song|track|single|album|book)s?\b", r"\b(?:title|song|single)\b"),
        (r"\b(?:city|town|stadium|track|circuit)\b", r"\b(?:location|place|venue|site)\b"),
    )
)


def choose_column(
    binding: Binding,
    rows: Sequence[TableRow],
    nearness: MeasureNearness,
    *,
    avoid: Sequence[int] = (),
    by_noun: bool = False,
) -> int | None:
    """Return the column that holds what is asked for; `avoid` are those that say what is known.

    With `by_noun` only the noun behind "which" counts of the words, for the others are what is
    compared.
    """
    table, text = binding.table, binding.question.focus
    asked, expected = frozenset(find_asked_noun(text)), detect_expected_answer(text)
    headings = [column.heading for column in table.columns]
    phrase = find_asked_phrase(text)
    unnamed = _ASKED.search(text) is not None and not asked & binding.heading_terms
    near = nearness(phrase if unnamed else text, headings)
    # With a noun that no heading has, the headings in the question belong to what is known.
    heads = {} if by_noun or unnamed else binding.find_heading_columns()
    touched = {} if by_noun else binding.find_touched_columns(rows)
    best: tuple[float, int] | None = None
    for at, column in enumerate(table.columns):
        cells = [row.cells[at] for row in rows]
        if all(map(is_empty_cell, cells)):
            continue
        score = _HEADING * heads.get(at, 0.0) + _MEANING * near[at] * (1 + unnamed)
        if asked & column.terms:
            score += _ASKED_NOUN * len(asked & column.terms) / len(asked)
            score += _ASKED_WHOLE * (column.terms == asked)
        else:
            score -= _TOUCHED_MALUS * touched.get(at, 0.0)
        score += _KIND * _fit_kind(text, expected, cells)
        score += _HINT * _is_hinted(text, column.heading)
        score += (_LABEL + _LABEL_OF_NOUN * unnamed) * (at == table.label_column)
        score -= _NAMED_MALUS * (at in avoid)
        score += _PERIOD_WORTH * _compare_periods(text, column.heading)
        if best is None or score > best[0]:
            best = (score, at)
    return None if best is None else best[1]


def choose_measure(
    binding: Binding, rows: Sequence[TableRow], nearness: MeasureNearness
) -> int | None:
    """Return the column with the numbers that the question compares, None where none is meant."""
    table, text = binding.table, binding.question.text
    near = nearness(text, [column.heading for column in table.columns])
    heads = binding.find_heading_columns()
    total = sum(binding.weights.values()) or 1.0
    best: tuple[float, int] | None = None
    for at, column in enumerate(table.columns):
        values = [read_cell_value(row.cells[at]) for row in rows]
        numbers = [value for value in values if value.number is not None]
        if len(numbers) < 2 or (at not in heads and not table.is_numeric(at)):
            continue
        if _is_of_time(column.heading, [row.cells[at] for row in rows]) and not _OF_TIME.search(
            _ASKED_YEAR.sub(" ", text)
        ):
            continue  # "most" counts, it does not compare dates
        covered = sum(binding.weights.get(term, 0.0) for term in column.terms) / total
        hinted = _is_hinted(text, column.heading)
        score = covered + 0.5 * heads.get(at, 0.0) + _HINT * hinted + 0.5 * _MEANING * near[at]
        score += _PERIOD_WORTH * _compare_periods(text, column.heading)
        weak = covered < _LEAST_SHARE and not hinted and heads.get(at, 0.0) < _LEAST_SHARE
        if weak and not (table.turned and at in heads):
            continue
        if best is None or score > best[0]:
            best = (score, at)
    if best is not None or not binding.question.conditions:
        return None if best is None else best[1]
    numeric = [at for at in range(len(table.columns)) if table.is_numeric(at)]
    return max(numeric, key=lambda at: near[at]) if numeric else None


def _is_of_time(heading: str, cells: Sequence[str]) -> bool:
    """Return whether a column has dates or years."""
    said = [cell for cell in cells if not is_empty_cell(cell)]
    dated = [cell for cell in said if read_cell_value(cell).is_date or _PLAIN_YEAR.fullmatch(cell)]
    return _YEAR_HEADING.search(heading) is not None or 2 * len(dated) > len(said)


def _compare_periods(text: str, heading: str) -> float:
    """Return 1 where a heading has only years that the question names, -1 where only others."""
    asked, there = set(_YEARS.findall(text)), set(_YEARS.findall(heading))
    if not asked or not there:
        return 0
    return -1 if not asked & there else 1 if there <= asked else 0.3


def find_asked_noun(text: str) -> Sequence[str]:
    """Return the terms of the noun behind "which", "what is the" or "how many", in order."""
    return extract_terms(find_asked_phrase(text))


def find_asked_phrase(text: str) -> str:
    """Return the noun behind "which", "what is the" or "how many" as written, "" for none."""
    found = _ASKED.search(text) or _ASKED_VALUE.search(text)
    return found[1] if found else ""


def _is_hinted(text: str, heading: str) -> bool:
    return count_hints(text, heading) > 0


def count_hints(text: str, heading: str) -> int:
    """Return how many things that the question asks for are usually called as this heading is."""
    return sum(bool(asks.search(text) and head.search(heading)) for asks, head in _HINTS)


def _fit_kind(text: str, expected: str, cells: Sequence[str]) -> float:
    """Return which share of the cells is of the kind asked for; negative for the wrong kind."""
    said = [cell for cell in cells if not is_empty_cell(cell)]
    if not said:
        return 0.0
    numbers = sum(read_cell_value(cell).number is not None for cell in said) / len(said)
    if re.search(r"\bhow long\b|多久|多长", text):
        return sum(_SPAN.search(cell) is not None for cell in said) / len(said)
    if expected == "number":
        return numbers
    if expected == "time":
        return sum(_YEAR.search(cell) is not None for cell in said) / len(said)
    if expected in {"person", "place"} or _SORT.search(text):
        return -numbers
    if re.search(r"\b(?:which|what|whose) (?!is|was|are|were)|谁|哪", text):
        return 0.0 if _QUANTITY.search(text) else -numbers
    # "What was the accrued interest": a figure is meant where the row has figures.
    return 0.5 * numbers if expected == "anything" and numbers == 1.0 else 0.0

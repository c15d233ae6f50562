"""Finds what kind of thing a question asks for, and whether a sentence contains one.

The extractive answerer prefers a sentence with a date for "when" and one with a number for "how
many".

Limits: looks at forms, not at meaning: any new name fits "who" in English, and in Chinese, where
names are not marked, any sentence may fit. A question that matches no pattern expects "anything".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from rag.analysis.facts import extract_names, extract_quantities

ExpectedAnswer = Literal[
    "person",
    "time",
    "number",
    "place",
    "condition",
    "reason",
    "method",
    "definition",
    "list",
    "anything",
]

_FORMS: tuple[tuple[ExpectedAnswer, str], ...] = (
    (
        "condition",
        r"\bwhen (?:must|should|can|may|do|does|shall|need|to)\b|\bunder (?:what|which)\b"
        r"|(?:什么时候|何时)(?:应|要|需|必须|可以|能)|什么(?:情况|条件|前提)",
    ),
    (
        "number",
        r"\bhow (?:many|much|long|far|old|tall|big|large|heavy|high|deep|fast|often|hot"
        r"|cold|wide)\b"
        r"|\bwhat (?:\w+ )?(?:percentage|percent|number|amount|share|proportion"
        r"|fraction|voltage)\b"
        r"|\bwhat (?:is|was|are|were) the (?:\w+ ){0,3}(?:price|cost|fee|weight|height|length"
        r"|size|speed|rate|limit|maximum|minimum|total|population|temperature|capacity|power"
        r"|duration|age|score|number|amount|percentage)\b"
        r"|多少|多大|多长|多高|多重|多久|多远|多宽|多深|多快|百分之几|第?几(?:[个次天年月日号人位种元章条级层倍岁小分]|名)"
        r"|(?:人数|次数|数量|金额|价格|费用|重量|高度|长度|面积|比例|温度|功率|容量|上限|下限|限额|标准)"
        r"(?:是|为)?(?:什么|多少)?[?？]?$",
    ),
    (
        "time",
        r"\bwhen\b|\b(?:what|which|in what|in which) (?:year|month|day|date|century"
        r"|decade|time)\b"
        r"|\bwhat (?:is|was) the (?:\w+ ){0,2}(?:date|deadline|year|period)\b"
        r"|\bhow (?:soon"
        r"|recently)\b"
        r"|什么时候|何时|哪一?[年月天日]|几[月号点]|什么时间|时间是|日期|年份|截止|哪个?(?:年代|世纪)"
        r"|时间[?？]?$",
    ),
    (
        "person",
        r"\bwho(?:m|se)?\b|\bwhich (?:person|company|team|country|author|band|artist|actor"
        r"|organi[sz]ation|president|university|player)\b"
        r"|\bwhat (?:is|was) the name of\b"
        r"|谁|哪位|何人|什么人|哪家|哪个(?:公司|人|队|机构|国家|组织)",
    ),
    (
        "place",
        r"\bwhere\b|\b(?:what|which) (?:country|city|state|place|town|region|continent|location"
        r"|county|province|building|room)\b|哪里|哪儿|何处|什么地方|哪个?(?:地方|城市|省|市|国家|县)"
        r"|(?:地点|位置|产地|起点|终点)(?:是|在)?",
    ),
    (
        "list",
        r"\b(?:list|which of|what (?:are|were)|name (?:all|the)|what (?:kinds?|types?|steps)"
        r"|examples? of)\b|哪些|哪几|列出|列举|包括什么|包含什么|有什么(?:种类|类型|要求|条件)",
    ),
    (
        "reason",
        r"\bwhy\b|\bwhat (?:is|was|are) the (?:reason|cause)|\bhow come\b"
        r"|为什么|为何|原因|因何",
    ),
    (
        "method",
        r"\bhow (?:do|does|did|to|can|should|is|are|was|were)\b|怎么|如何|怎样|步骤|方法|流程",
    ),
    (
        "definition",
        r"\bwhat (?:is|are|was|were|does)\b.{0,60}\b(?:mean|stand for|defined?)\b"
        r"|^\W*what(?:'s| is| are) (?:an? )?(?!the\b)[\w-]++(?: [\w-]++){0,2}+\W*$"
        r"|\bdefin(?:e|ition)\b"
        r"|\bmeaning of\b"
        r"|什么是|是什么|何谓|指什么|定义|含义|意思",
    ),
)
_QUESTION_PATTERNS = tuple((kind, re.compile(form, re.IGNORECASE)) for kind, form in _FORMS)

_TIME = re.compile(
    r"\b1\d{3}s?\b|\b20\d{2}s?\b|\b(?:january|february|march|april|may|june|july|august|september"
    r"|october|november|december|monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b"
    r"|\b\d{1,2}(?:st|nd|rd|th)?[- ]century\b|\b\d{1,2}:\d{2}\b|\b\d{1,2}[/-]\d{1,2}[/-]\d{2,4}\b"
    r"|\b(?:\d+|one|two|three|four|five|six|seven|ten|twelve) (?:business |working |calendar )?"
    r"(?:days?|weeks?|months?|years?|hours?|minutes?)\b|\b\d+(?:st|nd|rd|th)\b"
    r"|\d{2,4}\s?年|\d{1,2}\s?月|\d{1,2}\s?[日号时点]|[一二三四五六七八九十〇零][年月日世]|[昨今明前去]天|去年|今年|世纪|年代"
    r"|\d\s?(?:个月|天|周|小时|分钟|个?工作日)|[一二三四五六七八九十]\s?(?:个月|天|周|小时|个?工作日)",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"\b(?:in|at|near|from|to|on|outside|inside|between|along|of) (?:the )?[A-Z]\w+"
    r"|\b(?:located|situated|based|north|south|east|west|side|below|above|behind|left|right"
    r"|next to)\b"
    r"|位于|坐落|地处|[在于至自从][^，。]{1,12}[省市县区镇村国州岛山河湖路街港楼室层站]|[省市县区镇国州岛港站]",
)
_REASON = re.compile(
    r"\b(?:because|since|due to|owing to|thanks to|as a result|so that|in order to|therefore"
    r"|reasons?|caus(?:e[sd]?|ing)|led to|leads to|result(?:s|ed)? (?:in|from)|to (?:avoid"
    r"|prevent|ensure))\b"
    r"|因为|由于|因此|所以|原因|导致|为了|使得|以便|以免|致使|鉴于|引起|造成",
    re.IGNORECASE,
)
_METHOD = re.compile(
    r"\b(?:by \w+ing|using|with the|via|through|press|click|select|open|set|turn|remove|insert|use"
    r"|follow|steps?|must|should|first|then|contact|submit|send|fill|hold|enter|run)\b"
    r"|通过|利用|使用|采用|按|点击|选择|打开|步骤|首先|然后|应|须|需要?|请|将|填写|提交|方法",
    re.IGNORECASE,
)
_DEFINITION = re.compile(
    r"\b(?:is|are|was|were) (?:an?|the|one)\b|\b(?:refers? to|means?|stands? for|defined as"
    r"|known as)\b"
    r"|是(?:一|指|由|以|为|对)|是.{2,30}的|指的?是|即|称为|意为|定义为|简称",
    re.IGNORECASE,
)
_CONDITION = re.compile(
    r"\b(?:if|when|whenever|where|unless|in case|as soon as|once|before|after|until|every)\b"
    r"|如果?|若|当|凡|在.{1,20}(?:时|后|前|情况下)|每|(?:超过|低于|高于|达到|不足).{1,15}的|应在|须在",
    re.IGNORECASE,
)
_SENTENCE_PATTERNS: Mapping[ExpectedAnswer, re.Pattern[str]] = {
    "time": _TIME,
    "place": _PLACE,
    "condition": _CONDITION,
    "reason": _REASON,
    "method": _METHOD,
    "definition": _DEFINITION,
}
_YEAR = re.compile(r"1[5-9]\d\d|20\d\d")
FACTS: frozenset[ExpectedAnswer] = frozenset({"person", "time", "number", "place"})
"""Kinds that one sentence answers."""


def detect_expected_answer(question: str) -> ExpectedAnswer:
    """Return what the question asks for; of several patterns that match, the first decides."""
    return next((kind for kind, asks in _QUESTION_PATTERNS if asks.search(question)), "anything")


def has_expected_answer(kind: ExpectedAnswer, sentence: str, question: str) -> bool | None:
    """Return whether a sentence has what is asked for, None where that cannot be told."""
    if kind == "number":
        asked = {quantity.value for quantity in extract_quantities(question)}
        return any(
            quantity.value not in asked and (quantity.unit or not _YEAR.fullmatch(quantity.value))
            for quantity in extract_quantities(sentence)
        )
    if kind == "person":
        known = sentence.isascii() or any("a" <= char.lower() <= "z" for char in sentence[:40])
        return bool(extract_names(sentence) - extract_names(question)) if known else None
    pattern = _SENTENCE_PATTERNS.get(kind)
    return bool(pattern.search(sentence)) if pattern else None

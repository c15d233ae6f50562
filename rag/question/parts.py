"""Splits a question of several parts: "What is X and how much does Y cost?" asks two things.

Each part can be understood alone: "How much does it weigh?" behind "What is the boiler's volume
and ..." is told of the boiler.

Limits: parts are told by their question words; "the price and the weight" is one question.
"""

from __future__ import annotations

import re

from ingest.text.language import language_of
from rag.question.exchange import Exchange
from rag.question.follow_up import resolve_by_rule

_ASKS_EN = (
    r"(?:what|which|who|whom|whose|when|where|why|how|is|are|was|were|do|does|did|can|could|will"
    r"|would|should|has|have|must|may)\b"
)
_OPENS_EN = re.compile(rf"^\W*(?:and |also |then )?{_ASKS_EN}", re.IGNORECASE)
_CUT_EN = re.compile(
    rf"[?？][\s\"”]+(?=\S)|[,;]? (?:and|as well as|but)(?: also)? (?={_ASKS_EN})|; ?(?={_ASKS_EN})",
    re.IGNORECASE,
)
_ASKS_ZH = re.compile(
    r"什么|哪|谁|几[个条天年月日号次]|多少|多大|多长|多高|多久|多远|多重|多快|怎么|怎样|如何|为何"
    r"|何时|何地|是否|能否|是不是|能不能|吗|有没有"
)
_CUT_ZH = re.compile(
    r"[?？；;]\s*|[，,](?:以及|并且|同时|还有|另外|而且|又)?|(?:以及|并且|还有|，?另外)"
)
_MOST_PARTS = 4
_FEWEST_LETTERS = 2


def split_parts(question: str) -> tuple[str, ...]:
    """Return the parts of a question as questions of their own; one alone is the question."""
    chinese = language_of(question) == "zh"
    cut = _CUT_ZH if chinese else _CUT_EN
    pieces = [each.strip(" ,，;；") for each in cut.split(question)]
    pieces = [each for each in pieces if sum(map(str.isalnum, each)) >= _FEWEST_LETTERS]
    asks = _ASKS_ZH.search if chinese else _OPENS_EN.search
    if not 1 < len(pieces) <= _MOST_PARTS or not all(asks(each) for each in pieces):
        return (question,)
    mark = "？" if chinese else "?"
    done: list[Exchange] = []
    for piece in pieces:
        asked = piece.rstrip("?？。.!！ ") + mark
        done.append(Exchange(resolve_by_rule(asked[:1].upper() + asked[1:], done)))
    return tuple(each.question for each in done)

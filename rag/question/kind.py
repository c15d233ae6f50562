"""Finds what a question wants: a number, a list, a procedure, a summary, a word of greeting.

Limits: decides by forms of words, in Chinese and English; of several forms the first decides. A
text that asks nothing is a topic.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, TypeAlias

from rag.question.expected_answer import ExpectedAnswer, detect_expected_answer
from rag.question.follow_up import salient_words
from rag.question.small_talk import SmallTalk

QuestionKind: TypeAlias = Literal[
    "fact",
    "number",
    "date",
    "person",
    "place",
    "yes_no",
    "definition",
    "list",
    "count",
    "comparison",
    "superlative",
    "computation",
    "procedure",
    "reason",
    "condition",
    "summary",
    "topic",
    "inventory",
    SmallTalk,
]
"""What is asked. "summary" is of documents, "topic" names something and asks nothing, "inventory"
asks which documents there are."""

_SUMMARY = re.compile(
    r"\bsummar(?:y|ies|i[sz]e[sd]?|i[sz]ing)\b|\boverview\b|\btl;? ?dr\b|\babstract of\b|\bgist\b"
    r"|\b(?:main|key) (?:points?|ideas?|findings?|takeaways?|messages?)\b"
    r"|\bwhat (?:is|are|does|do) (?:this|the|these) \w+ (?:about|say)\W*$"
    r"|总结|概括|概述|概要|归纳|摘要|综述|大意|要点|主要内容|主要(?:讲|说|介绍)|(?:讲|说)了?(?:些"
    r"|的是)?什么|内容是什么",
    re.IGNORECASE,
)
_QUESTION = re.compile(
    r"[?？]|^\W*(?:what|which|who|whom|whose|when|where|why|how|is|are|was|were|do|does|did|can"
    r"|could|will|would|should|has|have|may|must|explain|describe|list|tell|give|name|compare"
    r"|show|find)\b"
    r"|什么|怎|如何|多少|多久|多大|多长|哪|几|谁|是否|吗|呢|为何|有没有|请|解释|说明|列出|介绍"
    r"|比较",
    re.IGNORECASE,
)
_ASKED_POLITELY = re.compile(
    r"^\W*(?:please )?(?:(?:can|could|would) you (?:please )?(?:tell|explain|show|give|say|name)"
    r"(?: (?:me|us|to me))?|do you know|i (?:want|would like|['’]d like) to know|tell me)\b[ ,:]*"
    r"|^\W*(?:请问|你知道|我想知道|能不能告诉我|可以告诉我|请告诉我|告诉我)[，,\s]*",
    re.IGNORECASE,
)
_DOCUMENTS = (
    r"(?:documents?|files?|pdfs?|papers?|sources?|texts?|collections?|library|knowledge base)"
)
_DOCUMENTS_ZH = "(?:文件|文档|资料|文献|材料库|知识库|库|合集)"
_INVENTORY = re.compile(
    rf"^\W*(?:what|which|how many) {_DOCUMENTS} (?:are (?:there|here|available|uploaded|indexed"
    r"|loaded|stored|in (?:here|this collection|the collection|the library|it))|do (?:you|we"
    r"|i) have"
    r"|have (?:you|we|i)(?: got)?|exist|can (?:i|you) (?:ask|search|read)(?: about)?"
    r"|(?:were|have been) (?:uploaded|added|indexed))(?: (?:here|there|in total|now))?\W*$"
    rf"|^\W*(?:list|show|name|give)(?: me)?(?: a list of)?(?: all)?(?: of)?(?: the| my| your| these"
    rf"| our)?(?: available| uploaded)? {_DOCUMENTS}(?: (?:here|you have|there are))?\W*$"
    r"|^\W*what(?:['’]s| is) (?:(?:in|inside) )?(?:here|there|in (?:this|the) (?:collection"
    r"|library))\W*$"
    rf"|^\W*what (?:are|do) (?:the|these|my|your|all)(?: the)? {_DOCUMENTS} (?:about|say|contain"
    r"|cover)\W*$|^\W*what can i ask(?: (?:you|about|here|for))*\W*$"
    r"|^\W*(?:请问)?(?:这里|这儿|库里|库中|你|我们|目前|现在|里面)?(?:都|一共|总共|共)?有(?:哪些"
    r"|什么|多少|几)(?:份|个|篇|本)?"
    rf"(?:可用的?)?{_DOCUMENTS_ZH}(?:可以问|可查)?[呢啊\W]*$"
    rf"|^\W*(?:请)?(?:列出|列举|显示|给出|展示|看看|告诉我)(?:一下)?(?:所有|全部"
    rf"|这里)?(?:的)?{_DOCUMENTS_ZH}(?:列表|清单|目录)?\W*$"
    rf"|^\W*{_DOCUMENTS_ZH}(?:列表|清单)\W*$|^\W*(?:这里|这儿|里面"
    rf"|库里)(?:都)?有(?:些)?什么(?:东西|内容)?[呢啊\W]*$"
    rf"|^\W*(?:这些|那些|所有|全部|各个?)(?:的)?{_DOCUMENTS_ZH}(?:都|分别|主要|各)*(?:讲|说|写"
    rf"|是关于|介绍|包含|包括)了?(?:些|的是|的)?"
    r"什么(?:内容)?(?:的)?\W*$|^\W*(?:我)?(?:可以|能)问(?:你)?(?:些)?什么(?:问题)?\W*$",
    re.IGNORECASE,
)
_MEASURES_ZH = "[个条家人台种次项名位只座本份篇件张辆套批户款场届页]"
_GRADED = (
    "(?:high|low|larg|bigg|small|great|long|short|old|young|new|lat|earli|fast|slow|strong|weak"
    "|heavi"
    "|light|tall|deep|cheap|rich|poor|near|farth|furth|few|wid|warm|cold|cool|hott|thick|thinn)"
)
_COMPARATIVE = rf"\b(?:more|less|better|worse|{_GRADED}er)\b"
_ASKS_WHICH = r"\b(?:which|who|what|is|are|was|were|does|do|did)\b"
_KINDS: tuple[tuple[QuestionKind, str], ...] = (
    (
        "computation",
        r"\b(?:average|mean|sum|total|ratio|combined) (?:of|between|number|amount)\b"
        r"|\bwhat (?:is|was|are|were) the (?:average|sum|ratio|(?:per ?cent(?:age)?|%) (?:change"
        r"|increase|decrease|growth))\b|\bhow (?:much|many) (?:more|less|fewer)\b"
        r"|\bby how (?:much|many)\b|\bin total\b|\baltogether\b|\bdifference (?:in|of)\b"
        r"|总和|合计|总共(?:是|有)?多少|一共多少|平均|相差|差多少|差额|增长率|增幅|降幅"
        r"|增长了?多少|(?:增加|减少|下降|上升)了?多少",
    ),
    (
        "comparison",
        r"\bcompar(?:e[sd]?|ing|ison)\b|\bdifferences? between\b|\bdiffer(?:s|ent)? (?:from|to)?\b"
        rf"|\bversus\b|\bvs\b|{_ASKS_WHICH}[^?]*{_COMPARATIVE}[^?]*\b(?:than|or)\b"
        rf"|{_ASKS_WHICH}[^?]*\bor\b[^?]*{_COMPARATIVE}"
        r"|比较|对比|区别|不同之处|有何不同|有什么不同|差异|差别|相比|[哪谁][^？?]{0,6}更"
        r"|比.{1,12}[更多高大长重晚贵快少低小短轻早]",
    ),
    (
        "count",
        r"\bhow many\b|\b(?:what (?:is|was)|give) the number of\b|\bcount (?:the|all|of)\b"
        rf"|多少{_MEASURES_ZH}|(?<![第上])几{_MEASURES_ZH}|(?:人数|次数|数量|个数)(?:是|有"
        rf"|为)?多少|有多少",
    ),
    (
        "superlative",
        r"\b(?:which|who|whose|what|where|when|name|list)\b[^?]*\b(?:most (?!recent)[a-z]+"
        r"|least [a-z]+"
        rf"|best|worst|{_GRADED}est)\b"
        r"|[哪谁][^？?]*最"
        r"|最[高大多长重晚贵远深老慢新低小少短轻早便近浅快好差][^？?]*(?:是[哪谁什]|的是)",
    ),
    (
        "procedure",
        r"\bhow (?:do|can|could|should|would|must|to|am|are) (?:i|you|we|one)\b|\bhow to\b"
        r"|^\W*(?:怎么|如何|怎样)(?![样办得])|[^，。]{1,8}(?:怎么办|如何处理|怎么处理)",
    ),
)
_KIND_PATTERNS = tuple((kind, re.compile(form, re.IGNORECASE)) for kind, form in _KINDS)
_YES_NO = re.compile(
    r"^\W*(?:(?:and|but|so|in|on|at|for|after|before|if|under)\b[^,?]*,? )?(?:is|are|was|were|do"
    r"|does"
    r"|did|can|could|will|would|should|has|have|had|must|may|am)\b(?!.*\bor\b)"
    r"|吗[\W]*$|是否|是不是|能不能|可不可以|可否|能否|要不要|需不需要|有没有|会不会|对不对|算不算"
    r"|该不该|应不应该",
    re.IGNORECASE,
)
_OF_EXPECTED: Mapping[ExpectedAnswer, QuestionKind] = {
    "person": "person",
    "time": "date",
    "number": "number",
    "place": "place",
    "condition": "condition",
    "reason": "reason",
    "method": "procedure",
    "definition": "definition",
    "list": "list",
    "anything": "fact",
}


def find_kind(text: str) -> QuestionKind:
    """Return what a text asks for; small talk is told by `find_small_talk`, before."""
    if is_inventory(text):
        return "inventory"
    if _SUMMARY.search(text):
        return "summary"
    if not _QUESTION.search(text.strip()):
        return "topic"
    bare = _ASKED_POLITELY.sub("", text)
    for kind, pattern in _KIND_PATTERNS:
        if pattern.search(bare):
            return kind
    return "yes_no" if _YES_NO.search(bare) else _OF_EXPECTED[detect_expected_answer(bare)]


def is_inventory(text: str) -> bool:
    """Return whether a text asks which documents there are."""
    return _INVENTORY.search(text.strip()) is not None


_SUMMARY_WORDS = re.compile(
    r"\b(?:summar\w+|overview|tl;?dr|gist|abstract|main|key|points?|ideas?|findings?|takeaways?"
    r"|messages?|documents?|papers?|files?|reports?|articles?|books?|texts?|contents?|pages?"
    r"|briefly|brief|short|sentences?|words|whole|entire|everything)\b"
    r"|总结|概括|概述|概要|归纳|摘要|综述|大意|要点|内容|主要|[讲说]了?|文档|文件|论文|文章|报告"
    r"|全文|本文"
    r"|这篇|那篇|这份|那份|该篇|简要|简单|帮我|关于|所有|全部",
    re.IGNORECASE,
)


def summary_subject(question: str) -> str:
    """Return what the summary is to be about, "" for the documents as a whole."""
    return " ".join(salient_words(_SUMMARY_WORDS.sub(" ", question)))

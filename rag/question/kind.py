"""Finds what a question wants: a summary, an answer, or passages about a topic.

Limits: decides by forms of words, in Chinese and English; a text that asks nothing is a topic.
"""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

from rag.question.follow_up import salient_words

QuestionKind: TypeAlias = Literal["question", "topic", "summary"]


_SUMMARY = re.compile(
    r"\bsummar(?:y|ies|i[sz]e[sd]?|i[sz]ing)\b|\boverview\b|\btl;? ?dr\b|\babstract of\b|\bgist\b"
    r"|\b(?:main|key) (?:points?|ideas?|findings?|takeaways?|messages?)\b"
    r"|\bwhat (?:is|are|does|do) (?:this|the|these) \w+ (?:about|say)\W*$"
    r"|总结|概括|概述|概要|归纳|摘要|综述|大意|要点|主要内容|主要(?:讲|说|介绍)|(?:讲|说)了?(?:些|的是)?什么|内容是什么",
    re.IGNORECASE,
)
_QUESTION = re.compile(
    r"[?？]|^\W*(?:what|which|who|whom|whose|when|where|why|how|is|are|was|were|do|does|did|can"
    r"|could|will|would|should|has|have|may|must|explain|describe|list|tell|give|name|compare"
    r"|show|find)\b"
    r"|什么|怎|如何|多少|多久|多大|多长|哪|几|谁|是否|吗|呢|为何|有没有|请|解释|说明|列出|介绍|比较",
    re.IGNORECASE,
)


def question_kind(text: str) -> QuestionKind:
    """Return whether this asks for a summary, asks a question, or only names a topic."""
    if _SUMMARY.search(text):
        return "summary"
    return "question" if _QUESTION.search(text.strip()) else "topic"


_SUMMARY_WORDS = re.compile(
    r"\b(?:summar\w+|overview|tl;?dr|gist|abstract|main|key|points?|ideas?|findings?|takeaways?"
    r"|messages?|documents?|papers?|files?|reports?|articles?|books?|texts?|contents?|pages?"
    r"|briefly|brief|short|sentences?|words|whole|entire|everything)\b"
    r"|总结|概括|概述|概要|归纳|摘要|综述|大意|要点|内容|主要|[讲说]了?|文档|文件|论文|文章|报告|全文|本文"
    r"|这篇|那篇|这份|那份|该篇|简要|简单|帮我|关于|所有|全部",
    re.IGNORECASE,
)


def summary_subject(question: str) -> str:
    """Return what the summary is to be about, "" for the documents as a whole."""
    return " ".join(salient_words(_SUMMARY_WORDS.sub(" ", question)))

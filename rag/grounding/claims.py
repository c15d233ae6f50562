"""Decides which sentences of an answer claim something that can be checked."""

from __future__ import annotations

import re

from ingest.text.terms import extract_terms
from rag.analysis.facts import extract_quantities

ABOUT_PASSAGES = re.compile(
    r"^\s*(?:(?:based on|according to|as (?:stated|mentioned|described|noted) in|from|per) "
    r"(?:the |these |this )?(?:given |provided |above |retrieved |following )*"
    r"(?:passages?|documents?|text|context|sources?|information|excerpts?)(?: \d+)?"
    r"(?: provided| given| above)?\s*,?\s*"
    r"|(?:the )?(?:passage|source|document) \d+ (?:also )?"
    r"(?:states?|says?|mentions?|explains?|notes?|suggests?|provides?|describes?)(?: that)?\s*"
    r"|(?:根据|依据|按照|基于)(?:以上|上述|所给|提供的?|给定的?|文中|这些|检索到的)*"
    r"(?:资料|文档|段落|内容|信息|材料|文本|上下文|片段)(?:显示|可知|所述)?\s*[，,:：]?\s*)",
    re.IGNORECASE,
)
"""Openings that only name the passages ("According to the text, ..."): no part of a claim."""
_GREETING = re.compile(
    r"^\s*(?:(?:hi|hello|hey)\b.{0,30}|(?:sure|certainly|of course|great question|thanks?"
    r"|in summary|to summari[sz]e)\W*|(?:thank you|you'?re welcome|let me know|feel free"
    r"|i hope (?:this|that|it)|hope this|i (?:can|am able to|will|'ll) )\b.*"
    r"|(?:你好|您好).{0,15}|(?:当然|好的|不客气|综上所述|总之)\W*|谢谢.{0,15}"
    r"|(?:希望(?:这|以上|对您|对你|能帮)|如有|如果您(?:有|还|需)|如您|请随时|欢迎随时).*)$",
    re.IGNORECASE,
)
_ABSENCE = re.compile(
    r"\b(?:passages?|documents?|text|context|sources?|information|excerpts?)\b[^.]{0,60}"
    r"\b(?:do(?:es)? not|don'?t|doesn'?t|did not|no|not|insufficient|lack)\b"
    r"|\b(?:unable|not possible|impossible|cannot|can'?t|could not) (?:to )?(?:be )?"
    r"(?:answer|determine|provide|find|say|confirm)"
    r"|\bno (?:mention|information|answer)\b"
    r"|(?:资料|文档|段落|信息|文中|材料|上下文)[^。]{0,20}(?:没有|未|不足|无法|并无)"
    r"|(?:无法|不能)(?:回答|确定|得出|判断|找到)|未(?:提及|提到|找到|说明)",
    re.IGNORECASE,
)
_FEWEST_TERMS = 2


def is_checkable(sentence: str) -> bool:
    """Return whether a sentence claims something of the world that evidence could support.

    Questions, greetings, remarks on the passages themselves ("they do not say"), lead-ins that end
    in a colon, and fragments do not.
    """
    text = ABOUT_PASSAGES.sub("", sentence).strip().strip("*_#`> ")
    if text.endswith(("?", "？", ":", "：")) or sentence.lstrip().startswith("#"):
        return False
    if _GREETING.search(text) or _ABSENCE.search(text):
        return False
    content = set(extract_terms(text))
    return len(content) >= _FEWEST_TERMS or bool(extract_quantities(text))

"""Recognises small talk, which needs no search: greetings, thanks, a mere "yes" or "ok".

A greeting with a question behind it is the question: `drop_greeting` takes the greeting away.
"""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

SmallTalk: TypeAlias = Literal["greeting", "thanks", "acknowledgement"]
"""A greeting (also: who are you, what can you do), thanks, or that something was taken note of."""

_HELLO = (
    r"hi|hello|hey|hiya|greetings|good (?:morning|afternoon|evening|day)|howdy|hi there|hello there"
    r"|hey there|您好|你好|哈喽|哈啰|嗨|嘿|早上好|上午好|中午好|下午好|晚上好|早安|晚安|大家好"
    r"|在吗|在不在"
)
_ABOUT_YOU = (
    r"how are you(?: doing)?(?: today)?|who are you|what are you|what can you do(?: for me)?"
    r"|what do you do|how can you help(?: me)?|help(?: me)?|nice to meet you|are you there"
    r"|你是谁|你是什么|你叫什么(?:名字)?|你(?:能|会|可以)(?:做|干)(?:些)?什么|你有什么用|怎么用你?"
    r"|你好吗|帮助"
)
_THANKS = (
    r"(?:many )?thanks?(?: you)?(?: (?:very much|so much|a lot|again|for (?:your|the|this) (?:help"
    r"|answer"
    r"|information)|for that|for this))*|thank you|thx|ty|cheers|much appreciated"
    r"|i appreciate (?:it|that)"
    r"|(?:非常|多|十分|太)?(?:感谢|谢谢|谢了|多谢|谢)(?:你们?|您|啦|了|你的(?:帮助|回答))*|辛苦了?"
    r"|麻烦(?:你|您)了"
)
_NOTED = (
    r"ok(?:ay)?|o\.k\.|k|yes|yeah|yep|yup|sure|no|nope|fine|good|great|nice|cool|perfect|awesome"
    r"|excellent|wonderful|alright|all right|right|exactly|correct|true|i see|got it|understood"
    r"|sounds good|makes sense"
    r"|that(?:['’]s| is| was) (?:all|it|fine|good|great|right|correct|helpful|interesting|clear"
    r"|enough|very helpful)"
    r"|never ?mind|wow|hm+|aha|oh|bye|goodbye|good bye|see you(?: later)?|good night"
    r"|好的?|好[吧啊呀嘞]|可以|行|行吧|嗯+|哦+|噢|对|对的|是|是的|没错|不是|不用了?|不|没事了?"
    r"|没有了?|明白了?|懂了|知道了|了解了?|收到"
    r"|清楚了|原来如此|太好了|不错|很好|再见|拜拜|回头见|没关系|算了"
)
_SEPARATOR = r"[\W_]*(?:(?:then|so|very much|there|docchat|啊|呀|呢|哈|啦|哦)[\W_]*)?"


def _build_pattern(forms: str) -> re.Pattern[str]:
    return re.compile(rf"^[\W_]*(?:(?:{forms}){_SEPARATOR}(?<![a-z](?=[a-z])))+$", re.IGNORECASE)


_ALL = "|".join((_HELLO, _ABOUT_YOU, _THANKS, _NOTED))
_WHOLE = _build_pattern(_ALL)
_GREETS = re.compile(rf"(?:\b|(?<![^\W_]))(?:{_HELLO}|{_ABOUT_YOU})(?![a-z])", re.IGNORECASE)
_THANKING = re.compile(rf"(?:\b|(?<![^\W_]))(?:{_THANKS})(?![a-z])", re.IGNORECASE)
_LEADING = re.compile(
    rf"^[\W_]*(?:(?:{_HELLO}|{_THANKS})(?:(?: there| docchat)?[，,.!！。~～:：]+\s*|\s+[–—-]+\s+"
    r"|\s+(?=(?:what|which|who|when|where|why|how|is|are|do|does|did|can|could|please|list|tell)\b)"
    r"|\s*(?=[请怎如什为哪有我想能可多几谁这那]))\s*)+",
    re.IGNORECASE,
)
_LONGEST = 60
"""Characters of small talk at most; what is longer says something."""


def find_small_talk(text: str) -> SmallTalk | None:
    """Return which small talk a text is, None where it asks for something."""
    if len(text) > _LONGEST or not _WHOLE.match(text):
        return None
    if _THANKING.search(text):
        return "thanks"
    return "greeting" if _GREETS.search(text) else "acknowledgement"


def drop_greeting(text: str) -> str:
    """Return the question behind a greeting or thanks; a text that is nothing else stays."""
    rest = _LEADING.sub("", text)
    return rest if any(character.isalnum() for character in rest) else text

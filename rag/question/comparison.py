"""Reads the two sides of a question that compares, so that each can be answered by itself.

Limits: forms of words in English and Chinese; two sides, not more.
"""

from __future__ import annotations

import re

_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        r"\bdifferences? between (?P<a>.+?) and (?P<b>.+?)(?P<rest>(?: in "
        r"| when | for | regarding ).+?)?\W*$",
        r"\bhow (?:do|does|did|is|are) (?P<a>.+?) (?:and"
        r"|from) (?P<b>.+?) (?:differ|compare)(?P<rest>.*?)\W*$",
        r"\bhow (?:do|does|did|is|are) (?P<a>.+?) (?:differ"
        r"|different)(?: in (?P<rest>.+?))? from (?P<b>.+?)\W*$",
        r"\bcompare (?P<a>.+?) (?:and|with|to) (?P<b>.+?)(?P<rest>)\W*$",
        r"(?:比较|对比)(?:一下)?(?P<a>.+?)(?:和|与|跟|同)(?P<b>.+?)(?P<rest>)[。？?]?$",
        r"(?P<a>[^，,]+?)(?:和|与|跟|同)(?P<b>[^，,]+?)(?:的(?P<rest>[^的]+?)"
        r"|在(?P<rest2>.+?)(?:上|方面)|之间)?"
        r"(?:有什么|有何|有哪些|的|有)*(?:不同|区别|差别|差异|不一样)",
    )
)


def split_comparison(question: str) -> tuple[str, str] | None:
    """Return the question once for each side, None where it does not compare two things."""
    for form in _FORMS:
        found = form.search(question)
        if found is not None:
            parts = found.groupdict()
            rest = parts.get("rest") or parts.get("rest2") or ""
            one, other = (parts[name].strip('《》"“” ') for name in "ab")
            space = "" if rest and rest[0] > "\u2e80" else " "
            return f"{one}{space}{rest}".strip(), f"{other}{space}{rest}".strip()
    return None

"""Gives words one spelling: American for British, simplified for traditional Chinese.

`to_american_spelling` and `to_simplified_chinese` are applied to documents and questions alike, so
all that matters is that two spellings of a word come out the same: it does no harm that "rise"
becomes "rize".

Limits: suffixes and lists of word beginnings, no dictionary; "programme" and "program" become the
same word, "lift" and "elevator" do not. Chinese is converted character by character: words that
differ between regions (软件, 軟體) stay different words.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

_OUR = re.compile(
    r"(arm|behavi|cand|clam|col|demean|enam|endeav|fav|ferv|flav|glam|harb|hon|hum|lab|misdemean|"
    r"neighb|od|parl|ranc|rig|rum|sav|savi|splend|succ|tum|val|vap|vig)our"
)
_RE = re.compile(
    r"(calib|cent|fib|goit|lit|lust|manoeuv|meag|met|och|sab|scept|somb|spect|theat|tit)re(s|d)?$"
)
_ISE = re.compile(r"(?<=[a-z]{2}[b-df-hj-np-tv-z])is(e|ed|es|er|ers|ing|able|ation|ations)$")
_YSE = re.compile(r"(?<=[a-z]{2})ys(e|ed|es|er|ers|ing)$")
_OGUE = re.compile(r"(anal|catal|dial|epil|homol|monol|prol)ogue(s|d)?$")
_ENCE = re.compile(r"^(def|off|pret|lic)ence")
_LATIN = re.compile(
    r"^(?:haem|anaem|anaesth|archaeo|caesar|faec|gynaec|orthopaed|paed|palaeo|oedem|oesoph|oestr"
    r"|foet|diarrhoe|manoeuv)|(?<=[a-z]{2})aem(?=i)"
)
_WORDS = {
    "aluminium": "aluminum",
    "artefact": "artifact",
    "artefacts": "artifacts",
    "ageing": "aging",
    "acknowledgement": "acknowledgment",
    "cheque": "check",
    "cheques": "checks",
    "enrol": "enroll",
    "enrolment": "enrollment",
    "fulfil": "fulfill",
    "fulfilment": "fulfillment",
    "grey": "gray",
    "instalment": "installment",
    "instalments": "installments",
    "jewellery": "jewelry",
    "judgement": "judgment",
    "judgements": "judgments",
    "mould": "mold",
    "moulded": "molded",
    "moulding": "molding",
    "moulds": "molds",
    "plough": "plow",
    "practise": "practice",
    "practised": "practiced",
    "practises": "practices",
    "practising": "practicing",
    "programme": "program",
    "programmes": "programs",
    "sceptic": "skeptic",
    "sceptical": "skeptical",
    "skilful": "skillful",
    "sulphate": "sulfate",
    "sulphates": "sulfates",
    "sulphide": "sulfide",
    "sulphur": "sulfur",
    "tyre": "tire",
    "tyres": "tires",
}


@lru_cache(maxsize=1 << 16)
def to_american_spelling(word: str) -> str:
    """Return one spelling for the British and the American form of a lower case word."""
    if word in _WORDS:
        return _WORDS[word]
    word = _LATIN.sub(lambda found: found[0].replace("ae", "e").replace("oe", "e"), word)
    word = _OUR.sub(r"\1or", word)
    word = _RE.sub(lambda found: f"{found[1]}er{_ending_after_er(found[2])}", word)
    word = _OGUE.sub(r"\1og\2", word)
    word = _ENCE.sub(r"\1ense", word)
    word = _YSE.sub(r"yz\1", word)
    return _ISE.sub(r"iz\1", word)


def _ending_after_er(ending: str | None) -> str:
    return {"d": "ed", "s": "s"}.get(ending or "", "")


def to_simplified_chinese(text: str) -> str:
    """Return `text` with traditional Chinese characters in their simplified form, one for one."""
    return text if text.isascii() else text.translate(_simplified_characters())


_HAN = (range(0x3400, 0x4DC0), range(0x4E00, 0xA000))


@cache
def _simplified_characters() -> dict[int, str]:
    from opencc import OpenCC

    characters = [chr(code) for block in _HAN for code in block]
    converted = OpenCC("t2s").convert("\n".join(characters)).split("\n")
    return {
        ord(one): other
        for one, other in zip(characters, converted, strict=True)
        if one != other and len(other) == 1
    }

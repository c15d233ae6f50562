"""How much speaks for a paragraph being a heading: a sum of named evidence.

Every weight is a share of the proof: `ENOUGH_WEIGHT` is a heading. Type that is plainly larger is
nearly enough alone; bold type needs to stand above text; a plain line needs a number, or room
around it and another font. What no heading does (begin in the middle of a sentence, end in a comma)
weighs against it. Limits: the weights are set by hand, on Chinese and English reports, papers and
books.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.pdf.headings.levels import numbering_of
from ingest.pdf.headings.looks import Around, Look, key_of
from ingest.pdf.layout.body_text import Body

ENOUGH_WEIGHT = 4.0
NAMED_WEIGHT = 3.0
"""What it weighs that the table of contents names a line."""

_NAMES = (
    "Abstract", "Introduction", "Background", "Methods", "Materials and Methods", "Results",
    "Discussion", "Conclusion", "Conclusions", "References", "Bibliography", "Works Cited",
    "Literature Cited", "Notes", "Acknowledgement", "Acknowledgements", "Acknowledgment",
    "Acknowledgments", "Appendix", "Appendices", "Contents", "Table of Contents",
    "List of Figures", "List of Tables", "Glossary", "Index", "Preface", "Foreword", "Prologue",
    "Epilogue", "Executive Summary", "Summary", "Overview", "Author Contributions",
    "Competing Interests", "Conflict of Interest", "Conflicts of Interest", "Data Availability",
    "Funding", "Supplementary Material", "Further Reading", "Author Details", "License", "摘要",
    "引言", "前言", "绪论", "导言", "序", "序言", "背景", "方法", "结果", "讨论", "结论",
    "总结", "小结", "结语", "参考文献", "致谢", "附录", "目录", "目次", "图目录", "表目录",
    "术语表", "索引", "后记", "跋", "作者简介", "内容提要", "执行摘要",
)  # fmt: skip
_KNOWN = frozenset(key_of(name) for name in _NAMES)
_LEADER = re.compile(r"(?:\.\s?){4,}|…{2,}|·{4,}")
_CUT = re.compile(
    r"(?:[,，、;；\-–—(（]|\b(?:the|an?|of|and|or|in|on|to|for|with|by|from|at|is|are|was|were|be"
    r"|that|which|as|than|their|its|our|this))$",
    re.I,
)
_STOP = re.compile(r"(?<![A-Z0-9)])\.$|[。！!]$")
_INSIDE = re.compile(r"[a-z]{3}[.?!] [A-Z][a-z]|[。！？；].|，.*，")
_ADDRESS = re.compile(r"https?:|www\.|\S@\S|\S/\S+/\S")
_FORMULA = re.compile(r"[=≤≥≈∑∫∂→←↔±∈]| [<>×÷] ")
_ASIDE = re.compile(
    r"(?:sources?|notes?|photos?|image|credit|continued)\s?[:：(（]|(?:table|figure|fig\.|diagram"
    r"|chart|graph|exhibit)(?:\s+[\d.]+|\s?:)|(?:资料|数据)?来源\s?[:：]|注\s?[:：]|单位\s?[:：]",
    re.I,
)
_DOTTED = re.compile(r"\d+\.")
_NUMBERED = re.compile(r"[\d.]+\s")
_VERB = re.compile(r"\b(?:is|are|was|were|has|have|had|can|could|will|would|may|do|does|did)\b")
_LOWER = re.compile(r"[a-z]")
_STRONG = ("part", "chapter", "section", "appendix")
_SIZES = (
    (1.45, 4.5),
    (1.25, 4.0),
    (1.15, 3.0),
    (1.08, 1.5),
    (1.03, 0.5),
    (0.9, 0.0),
    (0.8, -1.0),
    (0.65, -3.0),
    (0.0, -5.0),
)
"""From how many times the size of the text on a line weighs how much."""
_MANY_WORDS = 12


def is_known(text: str) -> bool:
    """Whether the whole text is a heading that many documents have (Abstract, 参考文献)."""
    return key_of(text) in _KNOWN


def is_cut_off(text: str) -> bool:
    """Whether a text breaks off: no heading ends in a comma, a hyphen or an article."""
    return bool(_CUT.search(text))


def is_possible(look: Look) -> bool:
    """Whether a paragraph may be a heading at all: short, of letters, no caption and no entry."""
    if len(look.text) > (60 if look.wide else 200) or look.rows > 4:
        return False
    if look.kind in ("caption", "footnote", "code", "formula") and not is_known(look.text):
        return False
    letters = sum(c.isalpha() for c in look.text)
    return letters >= (2 if look.wide else 3) and not _LEADER.search(look.text)


def weight_of(look: Look, around: Around, body: Body) -> float:
    """Return how much speaks for a heading; from `ENOUGH_WEIGHT` on it is one."""
    return sum(weight for _, weight in collect_evidence(look, around, body))


def collect_evidence(look: Look, around: Around, body: Body) -> Iterator[tuple[str, float]]:
    """Yield what speaks for and against a heading, by name."""
    yield from _weigh_type(look, around, body)
    yield from _weigh_number(look, around)
    yield from _weigh_place(look, around)
    yield from _weigh_neighbours(look, around)
    yield from _weigh_words(look, around)
    yield from _weigh_kind(look, around)


def _weigh_type(look: Look, around: Around, body: Body) -> Iterator[tuple[str, float]]:
    """Size, weight, slant, colour and capitals, compared with the text it may head."""
    larger = look.size / max(around.text_size, 1.0)
    yield "size", next(weight for least, weight in _SIZES if larger >= least)
    if look.bold and not around.text_bold:
        yield "bold", 3.0
    below = around.below
    if below is not None and below.running and look.font != below.font and not look.bold:
        yield "font", 2.0
    if look.color != body.color and not (below and below.color == look.color):
        yield "colour", 0.5 if look.bold else 1.0
    if look.text.isupper() and sum(c.isalpha() for c in look.text) > 4:
        yield "capitals", 2.0


def _weigh_number(look: Look, around: Around) -> Iterator[tuple[str, float]]:
    kind, depth = numbering_of(look.text)
    if kind in _STRONG or (kind == "decimal" and depth > 1):
        yield "number", 3.0
    elif kind == "paren":
        yield "list item", -4.0 if look.kind == "list" and not look.bold else 0.0
    elif kind == "decimal" and not look.wide:
        yield "number", 1.5 if _DOTTED.match(look.text) else 0.5
    elif kind:
        yield "number", 3.0 if look.wide and kind == "count" else 1.5
    elif look.kind == "list":
        yield "list item", -4.0
    if is_known(look.text):
        yield "known", 5.0


def _weigh_place(look: Look, around: Around) -> Iterator[tuple[str, float]]:
    """Room above and below, width, and the margins of the page."""
    above, below = around.gap_above, around.gap_below
    if above is None or above > 0.9:
        yield "clear", 1.5 if above is not None and above > 1.4 else 1.0
    if below is not None and (above is None or above > below + 0.3):
        yield "nearer to what follows", 1.0
    elif below is not None and above is not None and below > above + 0.2:
        yield "nearer to what stands above", -0.5
    if look.rows == 1 and look.rect.width > 0.92 * around.width and not look.bold:
        yield "fills the line", -1.5
    yield "lines", (0.0, 0.0, -0.5, -1.0, -2.0)[min(look.rows, 4)]
    height = around.page_height
    top = around.above is None and not around.table_above and look.rect.y0 < 0.075 * height
    if top and (below is None or below > 1.5) and look.size < 1.4 * around.text_size:
        yield "head of the page", -3.0
    if look.rect.y1 > 0.93 * height and around.below is None:
        yield "foot of the page", -4.0


def _weigh_neighbours(look: Look, around: Around) -> Iterator[tuple[str, float]]:
    """What follows, and whether the paragraph is one of a row of such lines."""
    larger = look.size > 1.15 * around.text_size
    following = around.below
    if following is not None and following.running:
        yield "above text", 1.5
        if look.rect.width < 0.75 * around.width:
            yield "short line", 1.0
    elif following is not None and _is_heading_like(following, around):
        yield "above a heading", 0.5
    elif following is not None and _STOP.search(following.text) and " " in following.text:
        yield "above a sentence", 0.5
    elif following is not None and following.kind in ("list", "code"):
        yield "above a list", 0.5
    elif around.table_below:
        yield "above a table", -1.0
    elif following is None or following.kind != "caption":
        yield "above nothing much", -1.0 if larger else -1.5
    alike = [x for x in (around.above, following) if x is not None and x.style == look.style]
    if len(alike) == 2 and all(x.rows == look.rows == 1 for x in alike):
        yield "one of several alike", -2.0


def _is_heading_like(look: Look, around: Around) -> bool:
    larger = look.size > 1.08 * around.text_size
    return look.bold or larger or bool(numbering_of(look.text)[0])


def _weigh_words(look: Look, around: Around) -> Iterator[tuple[str, float]]:
    """How the text begins, ends and reads."""
    text = look.text
    words = len(text) / 2 if look.wide else len(text.split())
    larger = look.size > 1.15 * around.text_size
    apart = look.bold or larger
    if words > _MANY_WORDS:
        yield "long", -1.0 if words <= 1.5 * _MANY_WORDS else -2.5
    if is_cut_off(text):
        yield "cut off", -6.0
    elif _STOP.search(text):
        yield "full stop", -5.0 if words > _MANY_WORDS else -1.0 if larger else -3.0
    elif text.endswith((":", "：")):
        yield "colon", -1.5 if apart else -3.0
    if _LOWER.match(text) and "_" not in text:
        yield "begins small", -1.0 if apart and words <= 3 else -5.0
    asks = text.endswith("?") or (words > 5 and _VERB.search(text))
    if asks and not apart and not numbering_of(text)[0]:
        yield "says something", -2.0
    if _INSIDE.search(text):
        yield "sentences", -3.0
    if text[0] in "(（\"“'‘" and not numbering_of(text)[0]:
        yield "in brackets", -5.0


def _weigh_kind(look: Look, around: Around) -> Iterator[tuple[str, float]]:
    """What is something else: a line of running text, a formula, a source, figures."""
    text, below, gap = look.text, around.below, around.gap_below
    if below is not None and below.kind == "text" and _LOWER.match(below.text):
        near = gap is not None and gap < 1.2 and abs(below.size - look.size) < 0.15 * look.size
        if near and below.bold == look.bold:
            yield "goes on below", -5.0
    if _ADDRESS.search(text) or _FORMULA.search(text):
        yield "address or formula", -5.0
    if _ASIDE.match(text):
        yield "caption or source", -5.0
    bare = _NUMBERED.sub("", text, count=1).replace(" ", "")
    letters = sum(c.isalpha() for c in bare)
    if letters < 0.5 * len(bare):
        yield "figures", -3.0
    if letters < 4 and not look.wide:
        yield "hardly a word", -2.0

"""Sums up the evidence for a paragraph being a heading.

A paragraph whose weights add up to `EvidenceWeights.enough` is a heading. Plainly larger type is
nearly enough alone; bold type needs to stand above text; a plain line needs a number, or room
around it and another font. What no heading does (begin in the middle of a sentence, end in a comma)
weighs against it. Limits: the weights are set by hand, on Chinese and English reports, papers and
books.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeAlias

from ingest.pdf.headings.levels import numbering_of
from ingest.pdf.headings.looks import Look, Surroundings, key_of
from ingest.pdf.headings.thresholds import EVIDENCE, EvidenceThresholds, EvidenceWeights
from ingest.pdf.layout.body_text import BodyStyle
from ingest.pdf.page.content import LEAST_SIZE

Evidence: TypeAlias = tuple[str, float]
"""What was seen, and what it weighs."""

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


def is_known(text: str) -> bool:
    """Whether the whole text is a heading that many documents have (Abstract, 参考文献)."""
    return key_of(text) in _KNOWN


def is_cut_off(text: str) -> bool:
    """Whether a text breaks off: no heading ends in a comma, a hyphen or an article."""
    return bool(_CUT.search(text))


def is_possible(look: Look, limits: EvidenceThresholds = EVIDENCE) -> bool:
    """Whether a paragraph may be a heading at all: short, of letters, no caption and no entry."""
    longest = limits.longest_wide if look.wide else limits.longest
    if len(look.text) > longest or look.rows > limits.most_lines:
        return False
    if look.kind in ("caption", "footnote", "code", "formula") and not is_known(look.text):
        return False
    letters = sum(c.isalpha() for c in look.text)
    return letters >= (2 if look.wide else 3) and not _LEADER.search(look.text)


def weight_of(
    look: Look, around: Surroundings, body: BodyStyle, limits: EvidenceThresholds = EVIDENCE
) -> float:
    """Return how much speaks for a heading; from `EvidenceWeights.enough` on it is one."""
    return sum(weight for _, weight in collect_evidence(look, around, body, limits))


def collect_evidence(
    look: Look, around: Surroundings, body: BodyStyle, limits: EvidenceThresholds = EVIDENCE
) -> Iterator[Evidence]:
    """Yield what speaks for and against a heading, by name."""
    yield from _weigh_type(look, around, body, limits.weights)
    yield from _weigh_number(look, limits.weights)
    yield from _weigh_place(look, around, limits)
    yield from _weigh_page_edges(look, around, limits)
    yield from _weigh_neighbours(look, around, limits)
    yield from _weigh_words(look, around, limits)
    yield from _weigh_kind(look, around, limits)


def _weigh_type(
    look: Look, around: Surroundings, body: BodyStyle, weights: EvidenceWeights
) -> Iterator[Evidence]:
    """Size, weight, slant, colour and capitals, compared with the text it may head."""
    larger = look.size / max(around.text_size, LEAST_SIZE)
    yield "size", next(weight for least, weight in weights.sizes if larger >= least)
    if look.bold and not around.text_bold:
        yield "bold", weights.bold
    below = around.below
    if below is not None and below.is_running_text and look.font != below.font and not look.bold:
        yield "font", weights.font
    if look.color != body.color and not (below and below.color == look.color):
        yield "colour", weights.color_of_bold if look.bold else weights.color
    if look.text.isupper() and sum(c.isalpha() for c in look.text) > 4:
        yield "capitals", weights.capitals


def _weigh_number(look: Look, weights: EvidenceWeights) -> Iterator[Evidence]:
    kind, depth = numbering_of(look.text)
    if kind in _STRONG or (kind == "decimal" and depth > 1):
        yield "number", weights.strong_number
    elif kind == "paren":
        yield "list item", weights.list_item if look.kind == "list" and not look.bold else 0.0
    elif kind == "decimal" and not look.wide:
        dotted = _DOTTED.match(look.text)
        yield "number", weights.dotted_number if dotted else weights.plain_number
    elif kind:
        counted = look.wide and kind == "count"
        yield "number", weights.count_number if counted else weights.other_number
    elif look.kind == "list":
        yield "list item", weights.list_item
    if is_known(look.text):
        yield "known", weights.known


def _weigh_place(
    look: Look, around: Surroundings, limits: EvidenceThresholds
) -> Iterator[Evidence]:
    """Room above and below, width and lines."""
    weights = limits.weights
    above, below = around.gap_above, around.gap_below
    if above is None or above > limits.clear_gap:
        far = above is not None and above > limits.far_clear_gap
        yield "clear", weights.far_clear if far else weights.clear
    if below is not None and (above is None or above > below + limits.nearer_by):
        yield "nearer to what follows", weights.nearer_to_following
    elif below is not None and above is not None and below > above + limits.further_by:
        yield "nearer to what stands above", weights.nearer_to_preceding
    full = look.rect.width > limits.full_width * around.width
    if look.rows == 1 and full and not look.bold:
        yield "fills the line", weights.fills_line
    yield "lines", weights.by_lines[min(look.rows, len(weights.by_lines) - 1)]


def _weigh_page_edges(
    look: Look, around: Surroundings, limits: EvidenceThresholds
) -> Iterator[Evidence]:
    """Whether it stands at the top or bottom of the page, as running lines do."""
    height, below = around.page_height, around.gap_below
    first = around.above is None and not around.table_above
    alone = below is None or below > limits.top_gap
    small = look.size < limits.top_size * around.text_size
    if first and look.rect.y0 < limits.top * height and alone and small:
        yield "head of the page", limits.weights.page_head
    if look.rect.y1 > limits.bottom * height and around.below is None:
        yield "foot of the page", limits.weights.page_foot


def _weigh_neighbours(
    look: Look, around: Surroundings, limits: EvidenceThresholds
) -> Iterator[Evidence]:
    """What follows, and whether the paragraph is one of a row of such lines."""
    weights = limits.weights
    larger = look.size > limits.larger * around.text_size
    following = around.below
    if following is not None and following.is_running_text:
        yield "above text", weights.above_text
        if look.rect.width < limits.short_width * around.width:
            yield "short line", weights.short_line
    elif following is not None and _is_heading_like(following, around, limits):
        yield "above a heading", weights.above_heading
    elif following is not None and _STOP.search(following.text) and " " in following.text:
        yield "above a sentence", weights.above_sentence
    elif following is not None and following.kind in ("list", "code"):
        yield "above a list", weights.above_list
    elif around.table_below:
        yield "above a table", weights.above_table
    elif following is None or following.kind != "caption":
        weight = weights.above_nothing_if_larger if larger else weights.above_nothing
        yield "above nothing much", weight
    alike = [x for x in (around.above, following) if x is not None and x.style == look.style]
    if len(alike) == 2 and all(x.rows == look.rows == 1 for x in alike):
        yield "one of several alike", weights.one_of_several


def _is_heading_like(look: Look, around: Surroundings, limits: EvidenceThresholds) -> bool:
    larger = look.size > limits.heading_like * around.text_size
    return look.bold or larger or bool(numbering_of(look.text)[0])


def _weigh_words(
    look: Look, around: Surroundings, limits: EvidenceThresholds
) -> Iterator[Evidence]:
    """How the text begins, ends and reads."""
    weights, many = limits.weights, limits.many_words
    text = look.text
    words = len(text) / 2 if look.wide else len(text.split())
    larger = look.size > limits.larger * around.text_size
    apart = look.bold or larger
    if words > many:
        yield "long", weights.long if words <= limits.very_many * many else weights.very_long
    if is_cut_off(text):
        yield "cut off", weights.cut_off
    elif _STOP.search(text):
        weight = weights.full_stop_if_larger if larger else weights.full_stop
        yield "full stop", weights.full_stop_if_long if words > many else weight
    elif text.endswith((":", "：")):
        yield "colon", weights.colon_if_apart if apart else weights.colon
    if _LOWER.match(text) and "_" not in text:
        short = apart and words <= 3
        yield "begins small", weights.small_letter_if_apart if short else weights.small_letter
    asks = text.endswith("?") or (words > 5 and _VERB.search(text))
    if asks and not apart and not numbering_of(text)[0]:
        yield "says something", weights.statement
    if _INSIDE.search(text):
        yield "sentences", weights.sentences
    if text[0] in "(（\"“'‘" and not numbering_of(text)[0]:
        yield "in brackets", weights.brackets


def _weigh_kind(look: Look, around: Surroundings, limits: EvidenceThresholds) -> Iterator[Evidence]:
    """What is something else: a line of running text, a formula, a source, figures."""
    weights = limits.weights
    text, below, gap = look.text, around.below, around.gap_below
    if below is not None and below.kind == "text" and _LOWER.match(below.text):
        alike = abs(below.size - look.size) < limits.next_line_size * look.size
        near = gap is not None and gap < limits.next_line_gap
        if near and alike and below.bold == look.bold:
            yield "goes on below", weights.continued_below
    if _ADDRESS.search(text) or _FORMULA.search(text):
        yield "address or formula", weights.address
    if _ASIDE.match(text):
        yield "caption or source", weights.caption
    bare = _NUMBERED.sub("", text, count=1).replace(" ", "")
    letters = sum(c.isalpha() for c in bare)
    if letters < limits.letters_share * len(bare):
        yield "figures", weights.figures
    if letters < limits.fewest_letters and not look.wide:
        yield "hardly a word", weights.few_letters

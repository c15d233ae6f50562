"""Answers with a whole list: all its items in their order, though the hits show a part of it.

The lists of the first hits' documents (`rag.lists.document_lists`) are rated by how much of the
question their lead-in and headings contain, by meaning where there is an embedder, and by whether
they have as many items as the question says ("the five types"). The best is said whole, or not at
all: what is not rated well is left to the sentences.

Limits: one list for a question; of a very long one the first items, with how many there are.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Protocol

from ingest.embedding.base import Embedder, find_similarity
from ingest.text.language import language_of
from ingest.text.terms import extract_terms
from ingest.types import Chunk, Document
from rag.lists.document_lists import DocumentList, ListItem, find_lists
from rag.question.expected_answer import ExpectedAnswer
from rag.question.follow_up import salient_words
from rag.question.understand import Question
from rag.types import Hit

_READ_DOCUMENTS = 3
_MOST_BLOCKS = 6_000
_CACHED_DOCUMENTS = 8
_MOST_ITEMS = 40
_LEAST_RATING: Mapping[str, float] = {"list": 0.58, "method": 0.7}
_LEAST_OTHERWISE = 0.75
"""Ratings from which a list is said, by what is asked for; set on half of the development
questions."""
_WORDS_WEIGHT, _MEANING_WEIGHT = 0.6, 0.4
_ITEM_WORTH = 0.4
"""What a word of the question counts that only the items have."""
_SHOWN_BONUS, _COUNT_BONUS = 0.12, 0.2
_MAIN_SHARE = 0.6
"""Share of the hits from which a summary is of one document."""
_MOST_PLACED = 24
"""Lists whose meaning is compared: the best by words."""
_SAME_WORD_BONUS, _SAME_WORD_SHARE = 0.25, 0.8
_LIST_KINDS: frozenset[ExpectedAnswer] = frozenset({"list", "method"})
_ASKS_SEVERAL = re.compile(
    r"\bwhat steps\b|\b(?:to )?which (?:\w+ ){0,3}\w+s\b|\bwhat (?:are|can|must|should|do)\b"
    r"|\bwhat does .*\b(?:contain|include|list)\b|哪几|哪些|几[点种类条项]|包括什么|包含什么",
    re.IGNORECASE,
)
_NUMBERS = {
    **{
        name: at
        for at, name in enumerate(
            ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"), 2
        )
    },
    **{name: at for at, name in enumerate("二三四五六七八九十", 2)},
    "两": 2,
}
_NUMBER = re.compile(
    rf"\b({'|'.join(name for name in _NUMBERS if name.isascii())}|\d{{1,2}})\b"
    r"|([二两三四五六七八九十])[个种点条类项步]",
    re.IGNORECASE,
)
_FORM = frozenset(
    extract_terms(
        "list name all every each which what titles types kinds steps step follow contain contains"
        " include described given according 哪些 哪几 列出 列举 步骤 流程 环节 情形 方法 内容 说明"
        " 按照 根据 怎样 如何 应当"
    )
)


class ListLibrary(Protocol):
    """What is needed of the library."""

    def read_parsed(self, document_id: str) -> Document:
        """Return the parsed document."""
        ...

    def read_chunks(self, document_id: str) -> list[Chunk]:
        """Return all passages of a document."""
        ...


@dataclass(frozen=True, slots=True)
class RatedList:
    """A list, the hit that shows its document, and how well it answers (0 to about 1.3)."""

    found: DocumentList
    rank: int
    rating: float


class ListAnswerer:
    """Finds whole lists. Safe to use from several threads."""

    def __init__(self, library: ListLibrary, embedder: Embedder | None) -> None:
        self._library = library
        self._embedder = embedder
        self._read_lists = lru_cache(_CACHED_DOCUMENTS)(self._load_lists)

    def find_list(self, question: Question, hits: Sequence[Hit]) -> RatedList | None:
        """Return the list that answers, None where none is rated well. Raises IngestError."""
        if not hits or not asks_for_list(question):
            return None
        rated = sorted(self._rate_by_words(question, hits), key=lambda each: -each.rating)
        rated = self._add_meaning(question, rated[:_MOST_PLACED])
        best = max(rated, key=lambda each: each.rating, default=None)
        least = _LEAST_RATING.get(question.expected, _LEAST_OTHERWISE)
        return None if best is None or best.rating < least else best

    def find_outline(self, hits: Sequence[Hit]) -> RatedList | None:
        """Return the top headings of the document that most hits are of. Raises IngestError."""
        counts = Counter(hit.chunk.document_id for hit in hits)
        document_id, count = counts.most_common(1)[0]
        if count < _MAIN_SHARE * len(hits):
            return None
        rank = next(at for at, hit in enumerate(hits) if hit.chunk.document_id == document_id)
        outlines = [each for each in self._read_lists(document_id) if each.kind == "headings"]
        best = min(
            outlines, key=lambda each: (len(each.headings), each.items[0].start), default=None
        )
        return None if best is None else RatedList(best, rank, 1.0)

    def widen_hits(self, question: Question, hits: Sequence[Hit]) -> Sequence[Hit]:
        """Return the hits, beside the one of the answering list the passages with its items."""
        if not hits:
            return hits
        summary = question.kind == "summary"
        best = self.find_outline(hits) if summary else self.find_list(question, hits)
        if best is None:
            return hits
        holder = hits[best.rank]
        known = {chunk.id for chunk in (holder.chunk, *holder.neighbours)}
        low, high = best.found.items[0].start, best.found.items[-1].end
        added = [
            chunk
            for chunk in self._library.read_chunks(holder.chunk.document_id)
            if chunk.id not in known and chunk.char_range[0] < high and chunk.char_range[1] > low
        ][:_MOST_ITEMS]
        wider = replace(holder, neighbours=(*holder.neighbours, *added))
        return [wider if hit is holder else hit for hit in hits]

    def _load_lists(self, document_id: str) -> tuple[DocumentList, ...]:
        document = self._library.read_parsed(document_id)
        return tuple(find_lists(document)) if len(document.blocks) <= _MOST_BLOCKS else ()

    def _rate_by_words(self, question: Question, hits: Sequence[Hit]) -> Iterator[RatedList]:
        text = question.standalone
        words = {term for word in salient_words(text) for term in extract_terms(word)} - _FORM
        asked = {_parse_count(match) for match in _NUMBER.finditer(text)}
        for document_id, rank in _list_documents(hits):
            if (hits[rank].named or 0.0) < (hits[0].named or 0.0):
                continue
            lists = [
                each
                for each in self._read_lists(document_id)
                if each.kind != "sentences" or question.expected != "list"
            ]
            name = frozenset(extract_terms(hits[rank].document_name))
            bags = [_collect_terms(each) | name for each in lists]
            counts = Counter(term for bag in bags for term in bag)
            weights = {term: math.log(1 + len(bags) / (1 + counts[term])) for term in words}
            total = sum(weights.values()) or 1.0
            for each, bag in zip(lists, bags, strict=True):
                inner = frozenset(t for item in each.items for t in extract_terms(item.text))
                shared = sum(
                    w * (1.0 if t in bag else _ITEM_WORTH * (t in inner))
                    for t, w in weights.items()
                )
                rating = _WORDS_WEIGHT * shared / total
                rating += _SHOWN_BONUS * _is_shown(each, hits, document_id)
                rating += _COUNT_BONUS * (len(each.items) in asked)
                rating += _SAME_WORD_BONUS * _share_word(each, words)
                yield RatedList(each, rank, rating)

    def _add_meaning(self, question: Question, rated: Sequence[RatedList]) -> list[RatedList]:
        if self._embedder is None or not rated:
            # Without vectors the words decide alone.
            return [replace(each, rating=each.rating / _WORDS_WEIGHT) for each in rated]
        texts = [": ".join((*each.found.headings[-2:], each.found.lead)) for each in rated]
        vectors = self._embedder.embed([question.standalone, *texts])
        place = find_similarity(self._embedder).place_cosine
        near = [min(1.0, max(0.0, place(float(cosine)))) for cosine in vectors[1:] @ vectors[0]]
        return [
            replace(each, rating=each.rating + _MEANING_WEIGHT * of)
            for each, of in zip(rated, near, strict=True)
        ]


def asks_for_list(question: Question) -> bool:
    """Return whether several things, or the steps of one, are asked for."""
    if question.kind == "summary":
        return False
    return question.expected in _LIST_KINDS or _ASKS_SEVERAL.search(question.standalone) is not None


def write_list(best: RatedList) -> str:
    """Return the list as an answer: what leads in, then every item on a line with its marker."""
    found = best.found
    chinese = language_of(found.items[0].text) == "zh"
    marker = f"[{best.rank + 1}]" if chinese else f" [{best.rank + 1}]"
    shown = found.items[:_MOST_ITEMS]
    head = found.lead or (found.headings[-1] if found.headings else "")
    if len(shown) < len(found.items):
        count = (
            f"（前 {len(shown)} 项，共 {len(found.items)} 项）"
            if chinese
            else f" (the first {len(shown)} of {len(found.items)})"
        )
        head = head.rstrip(":：") + count
    if found.kind == "sentences":
        return ("" if chinese else " ").join(item.text + marker for item in shown)
    lines = [f"- {_bare_item(item)}{marker}" for item in shown]
    ending = "" if head.endswith((":", "：", "。", ".")) else ("：" if chinese else ":")
    return "\n".join([head + ending, *lines] if head else lines)


def write_outline(best: RatedList) -> str:
    """Return the headings as one sentence: what the document has sections on."""
    titles = [" ".join(item.text.split()) for item in best.found.items[:_MOST_ITEMS]]
    if language_of(" ".join(titles)) == "zh":
        return "主要部分：" + "；".join(titles) + f"。[{best.rank + 1}]"
    return "Sections: " + "; ".join(titles) + f". [{best.rank + 1}]"


def _bare_item(item: ListItem) -> str:
    return re.sub(r"^\s*[-*•–·▪●]\s+", "", " ".join(item.text.split()))


def _list_documents(hits: Sequence[Hit]) -> list[tuple[str, int]]:
    """Return the documents of the first hits, each with the number of its first hit."""
    found: dict[str, int] = {}
    for rank, hit in enumerate(hits):
        found.setdefault(hit.chunk.document_id, rank)
    return list(found.items())[:_READ_DOCUMENTS]


def _collect_terms(found: DocumentList) -> frozenset[str]:
    return frozenset(extract_terms("\n".join((found.lead, *found.headings))))


def _share_word(found: DocumentList, words: frozenset[str] | set[str]) -> bool:
    """Return whether nearly all of some headings have a word of the question: "Play 1", ..."""
    if found.kind != "headings":
        return False  # the items of a law all have its subject
    bags = [frozenset(extract_terms(item.text)) for item in found.items]
    return any(sum(w in bag for bag in bags) >= _SAME_WORD_SHARE * len(bags) for w in words)


def _is_shown(found: DocumentList, hits: Sequence[Hit], document_id: str) -> bool:
    low, high = found.items[0].start, found.items[-1].end
    return any(
        hit.chunk.document_id == document_id
        and hit.chunk.char_range[0] < high
        and hit.chunk.char_range[1] > low
        for hit in hits
    )


def _parse_count(match: re.Match[str]) -> int:
    word = (match[1] or match[2]).casefold()
    return int(word) if word.isdigit() else _NUMBERS[word]

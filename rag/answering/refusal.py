"""Writes refusals: they say what was searched, in the language of the question."""

from __future__ import annotations

from typing import Literal, TypeAlias

from ingest.library import Library
from rag.types import Filters, Language

Reason: TypeAlias = Literal["not_found", "not_supported"]
"""Nothing that was found answers; or an answer was written that its evidence does not support."""

_MOST_NAMED = 3
"""How many collections are named; more would hide the message."""

_EMPTY_TEMPLATES = {
    "en": "There is no document to search{place} yet: add some, and wait until they are ready.",
    "zh": "{place}还没有可以检索的文档：请先添加文档，并等待处理完成。",
}
_FILTERED_TEMPLATES = {
    "en": "No document{place} fits the filters of this question: change them and ask again.",
    "zh": "没有{place}文档符合筛选条件：请修改筛选条件后再提问。",
}
_NOT_FOUND_TEMPLATES = {
    "en": "I searched {count} {noun}{place} and found nothing that answers this.",
    "zh": "我检索了{place} {count} 份文档，没有找到能回答这个问题的内容。",
}
_UNSUPPORTED_TEMPLATES = {
    "en": "I searched {count} {noun}{place}. What I found does not support an answer well enough"
    " to give one.",
    "zh": "我检索了{place} {count} 份文档，但找到的内容不足以支持一个可靠的回答。",
}


class Refusals:
    """Writes refusals from what the library has to search."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def build_text(self, filters: Filters, language: Language, reason: Reason) -> str:
        """Return the refusal of a question over `filters`. Raises NotFound, StoreUnavailable."""
        count, names = self._count_searched_documents(filters)
        templates = _UNSUPPORTED_TEMPLATES if reason == "not_supported" else _NOT_FOUND_TEMPLATES
        if not count:
            has_filters = filters.metadata or filters.period or filters.document_ids is not None
            templates = _FILTERED_TEMPLATES if has_filters else _EMPTY_TEMPLATES
        template = templates[language]
        noun = "document" if count == 1 else "documents"
        return template.format(count=count, noun=noun, place=_format_place(names, language))

    def _count_searched_documents(self, filters: Filters) -> tuple[int, list[str]]:
        """Return how many documents were searched, and the collections that were asked for."""
        chosen = filters.collection_ids
        scope = filters.to_scope(self._library)
        collections = [
            each for each in self._library.list_collections() if chosen is None or each.id in chosen
        ]
        names = [] if chosen is None else [each.name for each in collections]
        if scope.document_ids is not None:
            return len(scope.document_ids), names
        return sum(self._count_searchable(each.id) for each in collections), names

    def _count_searchable(self, collection_id: str) -> int:
        return self._library.list_documents(collection_id, page_size=1, searchable=True).total


def _format_place(names: list[str], language: Language) -> str:
    if not names:
        return ""
    shown = names[:_MOST_NAMED]
    if language == "zh":
        listed = "、".join(f"“{name}”" for name in shown)
        return f"{listed}等 {len(names)} 个合集中的" if names[_MOST_NAMED:] else f"{listed}中的"
    listed = ", ".join(f"“{name}”" for name in shown)
    return (
        f" in {listed} and {len(names) - _MOST_NAMED} more"
        if names[_MOST_NAMED:]
        else f" in {listed}"
    )

"""Writes what needs no search: a word to a greeting or thanks, and which documents there are.

Of each document its name, its title and how it begins are told. Limits: of more documents than are
shown only the first ones by name are told.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePath

from ingest.library import Library
from ingest.library.listing import list_searchable
from ingest.text.scripts import is_wide
from ingest.text.sentences import split_sentences
from ingest.types import Chunk, DocumentRecord
from rag.question.small_talk import SmallTalk
from rag.types import Filters, Language

_MOST_SHOWN = 20
"""Documents told: more would be no answer but a listing, which the page and the CLI have."""
_LONGEST_SENTENCE = 120
"""Characters shown of the sentence that a document begins with."""
_HEAD_CHUNKS = 3
"""Chunks looked at for a sentence: the first may be a title page."""
_FEWEST_LETTERS = 12
"""Letters of a sentence at least; shorter ones are labels and numbers."""
_ALL = {"en": "There {are} {total} {noun}:", "zh": "这里有 {total} 份文档："}
_SOME = {
    "en": "There are {total} documents; these are the first {shown}:",
    "zh": "这里有 {total} 份文档，以下是前 {shown} 份：",
}
_COLONS = {"en": ": ", "zh": "："}
_REPLIES: Mapping[Language, Mapping[SmallTalk, str]] = {
    "en": {
        "greeting": "Hello! Ask me about your documents: a fact or a figure, a list, the steps of"
        ' a procedure, or a summary. "What documents are there?" shows what can be asked about.',
        "thanks": "You are welcome! Ask about your documents again whenever you like.",
        "acknowledgement": "All right. Is there anything else you would like to know from your"
        " documents?",
    },
    "zh": {
        "greeting": "您好！您可以向我提问文档里的内容：事实、数据、清单、操作步骤或摘要。"
        "问“有哪些文档？”就能看到可以问哪些文档。",
        "thanks": "不客气！关于文档还有问题，随时可以问我。",
        "acknowledgement": "好的。关于文档，您还想了解什么？",
    },
}


def write_small_talk(talk: SmallTalk, language: Language) -> str:
    """Return the reply, with what can be asked."""
    return _REPLIES[language][talk]


class Inventory:
    """Tells which documents may be searched."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def build_text(self, filters: Filters, language: Language) -> str:
        """Return the list, "" where there is no document. Raises NotFound, StoreUnavailable."""
        listed = list_searchable(self._library, filters.to_scope(self._library), _MOST_SHOWN)
        if not listed.items:
            return ""
        shown, total = len(listed.items), listed.total
        template = (_ALL if shown == total else _SOME)[language]
        head = template.format(
            total=total,
            shown=shown,
            are="is" if total == 1 else "are",
            noun="document" if total == 1 else "documents",
        )
        lines = (self._describe(each, language) for each in listed.items)
        return "\n".join((head, *(f"- {line}" for line in lines)))

    def _describe(self, document: DocumentRecord, language: Language) -> str:
        chunks = self._library.read_chunks(document.id)[:_HEAD_CHUNKS]
        said = ""
        for part in find_description(chunks, document.name):
            said = f"{said}{'。' if is_wide(said[-1]) else '. '}{part}" if said else part
        return f"{document.name}{_COLONS[language]}{said}" if said else document.name


def find_description(chunks: Sequence[Chunk], name: str) -> list[str]:
    """Return the title, unless the name says it, and the first sentence of a document."""
    path = chunks[0].heading_path if chunks else ()
    titled = [title for title in path[:1] if _fold(title) != _fold(PurePath(name).stem)]
    sentences = (
        _shorten(chunk.text[start:end])
        for chunk in chunks
        for start, end in split_sentences(chunk.text)
    )
    first = next((each for each in sentences if sum(map(str.isalpha, each)) >= _FEWEST_LETTERS), "")
    return [*titled, *([first] if first and _fold(first) not in map(_fold, titled) else [])]


def _shorten(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_SENTENCE else f"{line[:_LONGEST_SENTENCE].rstrip()}…"


def _fold(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()

"""Finds out what a Word paragraph is from its style: heading, list item, caption, code.

Style names are compared as Word stores them, in English whatever the language of the program; a
style made by a user is judged by the styles it is based on and by its outline level.

Limits: formatting set on the paragraph itself (bold, large) is ignored.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from docx.document import Document as WordDocument
from docx.oxml.ns import qn

from ingest.types import BlockKind

_HEADING = re.compile(r"heading ([1-9])")
_SKIPPED = re.compile(r"toc [1-9]|toc heading|table of figures|index [1-9]")
_CODE = re.compile(r".*\b(?:code|html preformatted|macro)\b.*|macro text|source code")
_LIST = re.compile(r"list (?:bullet|number|continue)?\s*([2-5])?")
_BODY_LEVEL = 9
_DEEPEST = 20
"""How far a chain of base styles is followed: damaged files have circles."""


@dataclass(frozen=True, slots=True)
class ParagraphRole:
    """What a paragraph is. `numbered` is (list id, level) for numbered and bulleted ones."""

    kind: BlockKind = "text"
    level: int = 0
    numbered: tuple[str, int] | None = None
    skipped: bool = False


class Styles:
    """The paragraph styles of one document."""

    def __init__(self, document: WordDocument) -> None:
        root = document.styles.element
        self._styles = {
            style.get(qn("w:styleId")): style for style in root.iterchildren(qn("w:style"))
        }
        self._default = next(
            (
                key
                for key, style in self._styles.items()
                if style.get(qn("w:type")) == "paragraph" and style.get(qn("w:default")) == "1"
            ),
            "",
        )

    def role_of(self, paragraph: Any) -> ParagraphRole:
        """Return what a paragraph (`w:p`) is."""
        properties = paragraph.find(qn("w:pPr"))
        chain = list(
            self._follow_base_styles(read_child_value(properties, "w:pStyle") or self._default)
        )
        numbered = self._find_numbering(properties, chain)
        sources = [properties, *(style.find(qn("w:pPr")) for style in chain)]
        outline = next(
            (level for item in sources if (level := read_child_value(item, "w:outlineLvl"))), ""
        )
        for style in chain:
            name = str(read_child_value(style, "w:name")).lower()
            if _SKIPPED.fullmatch(name):
                return ParagraphRole(skipped=True)
            if name == "title":
                return ParagraphRole("title", 1)
            if heading := _HEADING.fullmatch(name):
                return ParagraphRole("heading", int(heading[1]), numbered)
            if name == "caption":
                return ParagraphRole("caption", 0)
            if _CODE.fullmatch(name):
                return ParagraphRole("code", 0)
            if name.startswith("list ") and (found := _LIST.fullmatch(name)):
                return ParagraphRole("list", int(found[1] or 1) - 1, numbered)
        if outline.isdigit() and int(outline) < _BODY_LEVEL:
            return ParagraphRole("heading", int(outline) + 1, numbered)
        return ParagraphRole("text", 0, numbered)

    def _follow_base_styles(self, style_id: str) -> Iterator[Any]:
        """Yield a style and what it is based on, nearest first."""
        for _ in range(_DEEPEST):
            style = self._styles.get(style_id)
            if style is None:
                return
            yield style
            style_id = read_child_value(style, "w:basedOn")

    def _find_numbering(self, properties: Any, chain: list[Any]) -> tuple[str, int] | None:
        list_id = level = ""
        for source in [properties, *(style.find(qn("w:pPr")) for style in chain)]:
            numbering = None if source is None else source.find(qn("w:numPr"))
            if numbering is None:
                continue
            list_id = list_id or read_child_value(numbering, "w:numId")
            level = level or read_child_value(numbering, "w:ilvl")
            if list_id:
                break
        if not list_id or list_id == "0":
            return None
        return list_id, int(level) if level.isdigit() else 0


def read_child_value(parent: Any | None, tag: str, default: str = "") -> str:
    """Return the value (`w:val`) of the first child with this tag, `default` where it has none."""
    child = None if parent is None else parent.find(qn(tag))
    return default if child is None else str(child.get(qn("w:val"), default))

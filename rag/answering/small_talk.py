"""Writes what a person would say to a greeting, to thanks, or to a mere "ok"."""

from __future__ import annotations

from collections.abc import Mapping

from rag.question.small_talk import SmallTalk
from rag.types import Language

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

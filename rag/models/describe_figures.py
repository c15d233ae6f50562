"""Describes figures with a chat model that sees pictures.

`FigureDescriber` is a `Describer` of `ingest.document.figure_descriptions`. Limits: the model has
to take pictures (see `Message.picture`); what it says is not checked, so it is only searched and
never shown as the document's text.
"""

from __future__ import annotations

from typing import Literal

from ingest.document.figure_descriptions import NotDescribed
from rag.errors import ModelError
from rag.models.base import ChatModel, Message
from rag.prompts import load_prompt

_MAX_TOKENS = 300


class FigureDescriber:
    """Asks one model; safe to call from several threads where the model is."""

    def __init__(self, model: ChatModel) -> None:
        self._model = model

    def __call__(self, png: bytes, caption: str, language: Literal["en", "zh"]) -> str:
        """Return what the model says. Raises NotDescribed."""
        request = load_prompt("figure", language).render(caption=caption or "-")
        try:
            return "".join(
                self._model.stream([Message("user", request, png)], max_tokens=_MAX_TOKENS)
            )
        except ModelError as error:
            raise NotDescribed(error.message) from error

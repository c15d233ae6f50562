"""Answers with a language model: passages and question in, text with markers out.

The prompt is a system message with the rules, what fits of the conversation, and the numbered
passages, best first, as many as the model's window has room for. Text of documents is data:
delimited, declared as such, and changed where it looks like a delimiter, a marker or a chat token.

Limits: a model may break every rule; citations and the grounding check look at what it wrote.
Tokens are estimated unless the model counts them, on the safe side for Chinese and English.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence

from ingest.text.sentences import split_sentences
from rag.analysis.markers import without_markers
from rag.analysis.statements import passage_text
from rag.errors import ModelRefused
from rag.models.base import ChatModel, Message
from rag.models.thinking import without_thinking
from rag.prompts import load_prompt
from rag.question.understand import Question
from rag.types import Hit, Sureness, Turn

REFUSAL = "NO_ANSWER"
"""What the model writes, and nothing else, when the passages do not answer."""

TokenCount = Callable[[str], int]
_MARGIN_TOKENS = 64
"""For the chat template's own tokens and the estimate's error."""
_HISTORY_SHARE = 0.25
_FEWEST_PASSAGE_TOKENS = 48
_ANSWER_SHARE = 0.5


def estimate_tokens(text: str) -> int:
    """Return a count that real tokenizers seldom exceed: 1.2 a wide character, 1 in 3 of others."""
    wide = sum(1 for char in text if char >= "\u2e80")
    return int(wide * 1.2 + (len(text) - wide) / 3) + 1


class GenerativeAnswerer:
    """Answers with a ChatModel. Safe to use from several threads if the model is."""

    def __init__(
        self,
        model: ChatModel,
        context_tokens: int | None = None,
        max_tokens: int = 1_024,
        temperature: float = 0.0,
        count_tokens: TokenCount = estimate_tokens,
    ) -> None:
        """`context_tokens` bounds prompt and answer together; by default it is the model's own."""
        self._model = model
        self._context = min(context_tokens or model.context_tokens, model.context_tokens)
        self._max_tokens = max(1, min(max_tokens, int(self._context * _ANSWER_SHARE)))
        self._temperature = temperature
        self._count = count_tokens

    @property
    def name(self) -> str:
        """Return the model's name."""
        return self._model.name

    def stream(
        self,
        question: Question,
        hits: Sequence[Hit],
        history: Sequence[Turn] = (),
    ) -> Iterator[str | Sureness]:
        """Yield the model's answer; nothing when it refuses. Raises ModelError, PromptInvalid."""
        if not hits:
            return
        messages = self._build_messages(question, hits, history)
        pieces = self._model.stream(
            messages, max_tokens=self._max_tokens, temperature=self._temperature
        )
        try:
            yield from without_refusal(without_thinking(pieces))
        finally:
            if isinstance(pieces, Generator):
                pieces.close()

    def _build_messages(
        self, question: Question, hits: Sequence[Hit], history: Sequence[Turn]
    ) -> list[Message]:
        """Return the prompt. Raises ModelRefused where the window is too small for any passage."""
        asked_text = question.standalone
        system = load_prompt("answer", question.language).render(refusal=REFUSAL)
        frame = load_prompt("question", question.language)
        room = self._context - self._max_tokens - _MARGIN_TOKENS
        empty = frame.render(passages="", question=asked_text, refusal=REFUSAL)
        room -= self._count(system) + self._count(empty)
        past = self._fit_history(history, int(room * _HISTORY_SHARE))
        room -= sum(self._count(message.content) for message in past)
        passages = self._fit_passages(hits, room)
        if not passages:
            raise ModelRefused(
                f"{self.name}: a window of {self._context} tokens has no room for a passage.",
                hint="Raise answer.context_tokens or lower answer.max_tokens.",
            )
        request = frame.render(passages=passages, question=asked_text, refusal=REFUSAL)
        return [Message("system", system), *past, Message("user", request)]

    def _fit_history(self, history: Sequence[Turn], room: int) -> list[Message]:
        """Return the latest turns that fit, beginning with a user's: chat templates need that.

        Markers are taken out, for they pointed to other passages.
        """
        messages: list[Message] = []
        for turn in reversed(history):
            text = without_markers(turn.text)
            room -= self._count(text)
            if room < 0:
                break
            messages.append(Message(turn.role, text))
        messages.reverse()
        while messages and messages[0].role != "user":
            messages.pop(0)
        return messages

    def _fit_passages(self, hits: Sequence[Hit], room: int) -> str:
        """Return the numbered passages, best first, the last one cut where it no longer fits."""
        passages: list[str] = []
        for number, hit in enumerate(hits, start=1):
            passage = _format_passage(number, hit, passage_text(hit))
            cost = self._count(passage)
            if cost > room:
                cut = self._cut_passage(number, hit, room)
                passages.extend([cut] if cut else [])
                break
            passages.append(passage)
            room -= cost
        return "\n\n".join(passages)

    def _cut_passage(self, number: int, hit: Hit, room: int) -> str:
        """Return the passage with as many of its own first sentences as fit, "" if too few do."""
        text = hit.chunk.text
        ends = [end for _, end in split_sentences(text)]
        for end in reversed(ends):
            passage = _format_passage(number, hit, text[:end])
            if self._count(passage) <= room:
                long_enough = self._count(text[:end]) >= _FEWEST_PASSAGE_TOKENS
                return passage if long_enough or number == 1 else ""
        return ""


# --- documents are data --------------------------------------------------------------------------

_TAG = re.compile(r"<(?=\s*/?\s*(?:passage|think|s)\b)", re.IGNORECASE)
_CHAT_TOKEN = re.compile(r"<\|(?=[^\n]{0,40}\|>)|<(?=<\s*/?SYS>>)|<(?=(?:start|end)_of_turn>)")
_INSTRUCTION = re.compile(r"\[(/?INST)\]")
_BRACKETED = re.compile(r"[\[【](\d{1,3}(?:\s*[,，–-]\s*\d{1,3})*)[\]】]")


def sanitise_text(text: str) -> str:
    """Return a document's text without what looks like a passage's end, a marker or chat token."""
    text = _TAG.sub("‹", text)
    text = _CHAT_TOKEN.sub("‹", text)
    text = _INSTRUCTION.sub(r"(\1)", text)
    return _BRACKETED.sub(r"(\1)", text)


def _format_passage(number: int, hit: Hit, text: str) -> str:
    place = [f'document="{_format_attribute(hit.document_name)}"', f'page="{hit.chunk.page}"']
    if hit.chunk.heading_path:
        place.append(f'section="{_format_attribute(" > ".join(hit.chunk.heading_path))}"')
    return f'<passage number="{number}" {" ".join(place)}>\n{sanitise_text(text)}\n</passage>'


def _format_attribute(text: str) -> str:
    return " ".join(sanitise_text(text).replace('"', "'").replace(">", "›").split())


# --- the refusal marker --------------------------------------------------------------------------

_WRAPPING = " \t\n\"'`*_#[(<“‘「【"


def without_refusal(pieces: Iterable[str], marker: str = REFUSAL) -> Iterator[str]:
    """Yield the pieces; nothing at all if the text begins with the refusal marker.

    A marker later in the text is dropped. Text that may become a marker waits until it is certain.
    """
    source = iter(pieces)
    buffer = ""
    for piece in source:
        buffer += piece
        bare = buffer.lstrip(_WRAPPING)
        if bare.startswith(marker):
            return
        if not marker.startswith(bare):
            break
    else:
        if buffer.strip(_WRAPPING):
            yield buffer
        return
    yield from _drop_refusal_markers(buffer, source, marker)


def _drop_refusal_markers(buffer: str, source: Iterator[str], marker: str) -> Iterator[str]:
    while True:
        while marker in buffer:
            buffer = buffer.replace(marker, "")
        keep = next(
            (size for size in range(len(marker) - 1, 0, -1) if buffer.endswith(marker[:size])), 0
        )
        text, buffer = buffer[: len(buffer) - keep], buffer[len(buffer) - keep :]
        if text:
            yield text
        piece = next(source, None)
        if piece is None:
            break
        buffer += piece
    if buffer:
        yield buffer

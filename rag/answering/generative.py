"""The answerer with a language model behind it: passages and question in, cited text out.

The prompt is a system message with the rules, what fits of the conversation, and the numbered
passages, best first, in what the model's window leaves. Text of documents is data: delimited,
declared as such, and what could pass for a delimiter, a marker or a chat token is defused.

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
from rag.types import Hit, Turn

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
    ) -> Iterator[str]:
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
        asked = question.standalone
        system = load_prompt("answer", question.language).render(refusal=REFUSAL)
        frame = load_prompt("question", question.language)
        room = self._context - self._max_tokens - _MARGIN_TOKENS
        empty = frame.render(passages="", question=asked, refusal=REFUSAL)
        room -= self._count(system) + self._count(empty)
        past = self._fit_history(history, int(room * _HISTORY_SHARE))
        room -= sum(self._count(message.content) for message in past)
        passages = self._fit_passages(hits, room)
        if not passages:
            raise ModelRefused(
                f"{self.name}: a window of {self._context} tokens has no room for a passage.",
                hint="Raise answer.context_tokens or lower answer.max_tokens.",
            )
        request = frame.render(passages=passages, question=asked, refusal=REFUSAL)
        return [Message("system", system), *past, Message("user", request)]

    def _fit_history(self, history: Sequence[Turn], room: int) -> list[Message]:
        """Return the latest turns that fit, beginning with a user's: templates want turns in turn.

        Markers are taken out, for they pointed to other passages.
        """
        kept: list[Message] = []
        for turn in reversed(history):
            text = without_markers(turn.text)
            room -= self._count(text)
            if room < 0:
                break
            kept.append(Message(turn.role, text))
        kept.reverse()
        while kept and kept[0].role != "user":
            kept.pop(0)
        return kept

    def _fit_passages(self, hits: Sequence[Hit], room: int) -> str:
        """Return the numbered passages, best first, the last one cut where it no longer fits."""
        written: list[str] = []
        for number, hit in enumerate(hits, start=1):
            passage = _format_passage(number, hit, passage_text(hit))
            cost = self._count(passage)
            if cost > room:
                cut = self._cut_passage(number, hit, room)
                written.extend([cut] if cut else [])
                break
            written.append(passage)
            room -= cost
        return "\n\n".join(written)

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
    """Return a document's text without what could end its passage, be a marker or a chat token."""
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

    A marker later in the text is dropped. What may become one is held back until it is known.
    """
    source = iter(pieces)
    held = ""
    for piece in source:
        held += piece
        bare = held.lstrip(_WRAPPING)
        if bare.startswith(marker):
            return
        if not marker.startswith(bare):
            break
    else:
        if held.strip(_WRAPPING):
            yield held
        return
    yield from _drop_refusal_markers(held, source, marker)


def _drop_refusal_markers(held: str, source: Iterator[str], marker: str) -> Iterator[str]:
    while True:
        while marker in held:
            held = held.replace(marker, "")
        keep = next(
            (size for size in range(len(marker) - 1, 0, -1) if held.endswith(marker[:size])), 0
        )
        text, held = held[: len(held) - keep], held[len(held) - keep :]
        if text:
            yield text
        piece = next(source, None)
        if piece is None:
            break
        held += piece
    if held:
        yield held

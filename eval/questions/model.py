"""Makes questions by the language model of the settings, one for each of some passages.

The model is asked for a question and for the words of the passage that answer it; its reply is used
only if those words do stand in the passage. Limits: passages are drawn at random, so a title page
may be among them; the text of a passage is data, but a model may still follow orders in it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence

from eval.measures.metrics import contains_answer
from eval.questions.proposals import Proposal
from ingest.text.language import language_of
from ingest.types import Chunk
from rag.models.base import ChatModel, Message
from rag.models.thinking import without_thinking
from rag.prompts import load_prompt

LEAST_CHARACTERS = {"en": 200, "zh": 80}
MOST_TOKENS = 1_024
"""Far more than a question needs: a reasoning model thinks before it writes one."""
_LINES = re.compile(
    r"^\W*(?:question|问题)\W*[:：]\W*?(?P<question>[^\s*].*?)\s*\n+"
    r"\W*(?:answer|答案)\W*[:：]\s*(?P<answer>.+?)\s*$",
    re.IGNORECASE | re.MULTILINE,
)


def propose_by_model(
    chunks: Sequence[Chunk], file: str, model: ChatModel, count: int, seed: int
) -> Iterator[Proposal]:
    """Yield at most `count` proposals, asking the model at most twice as often.

    Raises ModelError.
    """
    usable = [chunk for chunk in chunks if len(chunk.text) >= _least_length(chunk)]
    # No secret depends on it: the same seed has to choose the same passages.
    random.Random(seed).shuffle(usable)
    made = 0
    for chunk in usable[: 2 * count]:
        if made == count:
            return
        proposal = _ask_model(chunk, file, model)
        if proposal is not None:
            made += 1
            yield proposal


def _least_length(chunk: Chunk) -> int:
    return LEAST_CHARACTERS[language_of(chunk.text)]


def _ask_model(chunk: Chunk, file: str, model: ChatModel) -> Proposal | None:
    language = language_of(chunk.text)
    prompt = load_prompt("examine", language).render(passage=chunk.indexed_text)
    reply = "".join(
        without_thinking(model.stream([Message("user", prompt)], max_tokens=MOST_TOKENS))
    )
    question, answer = parse_reply(reply)
    if not question or not contains_answer(chunk.text, answer):
        return None
    pages = tuple(range(chunk.page, chunk.page_end + 1))
    return Proposal("model", language, question, file, pages, answer, chunk.text)


def parse_reply(reply: str) -> tuple[str, str]:
    """Return question and answer where both lines are there, else empty strings."""
    match = _LINES.search(reply)
    if match is None:
        return "", ""
    return _strip_markup(match["question"]), _strip_markup(match["answer"])


def _strip_markup(text: str) -> str:
    return text.strip('*_`"“” \t')

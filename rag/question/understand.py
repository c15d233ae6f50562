"""Understands a question, once: every later step reads the `Question` that is made here.

Steps: check the text, make a follow-up standalone, then find its language, kind, demands and the
expected kind of answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ingest.text.language import language_of
from rag.errors import QuestionInvalid
from rag.models.base import ChatModel
from rag.question.demands import Demands, parse_demands
from rag.question.expected_answer import ExpectedAnswer, detect_expected_answer
from rag.question.follow_up import standalone_question
from rag.question.kind import QuestionKind, question_kind
from rag.types import Language, Turn

MAX_QUESTION_CHARACTERS = 4_000


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it was understood.

    `text` is what was asked, `standalone` the same made independent of the conversation: it is what
    is searched for and answered. `language` is that of `text`, hence of the answer, and
    `search_language` that of what is searched for. `kind` says whether a summary, an answer or
    passages about a topic are wanted; `demands` what must and must not stand in a passage;
    `expected` what kind of thing answers (a date, a number, a list).
    """

    text: str
    standalone: str
    language: Language
    search_language: Language
    kind: QuestionKind
    demands: Demands
    expected: ExpectedAnswer


def understand_question(
    text: str, history: Sequence[Turn] = (), model: ChatModel | None = None
) -> Question:
    """Return the question as it is understood; `history` is the conversation before it.

    A follow-up is made standalone by `model`, or by a rule where there is none. Raises
    QuestionInvalid, ModelError.
    """
    asked = clean_question(text)
    standalone = standalone_question(asked, history, model)[:MAX_QUESTION_CHARACTERS]
    return build_question(asked, clean_question(standalone))


def build_question(text: str, standalone: str) -> Question:
    """Return the question with all that its two forms say about it."""
    demands = parse_demands(standalone)
    return Question(
        text=text,
        standalone=standalone,
        language=language_of(text),
        search_language=language_of(demands.text),
        kind=question_kind(standalone),
        demands=demands,
        expected=detect_expected_answer(standalone),
    )


def narrow_to_subject(question: Question, subject: str) -> Question:
    """Return the question such that only `subject` is searched for; the rest of it stays."""
    demands = parse_demands(subject)
    return replace(
        question, standalone=subject, search_language=language_of(demands.text), demands=demands
    )


def clean_question(question: str) -> str:
    """Return the question stripped. Raises QuestionInvalid when it is empty or too long."""
    text = question.replace("\x00", " ").strip()  # PostgreSQL stores no null characters
    if not any(character.isalnum() for character in text):
        raise QuestionInvalid("The question is empty.")
    if len(text) > MAX_QUESTION_CHARACTERS:
        raise QuestionInvalid(
            f"The question has {len(text):,} characters; {MAX_QUESTION_CHARACTERS:,} are allowed."
        )
    return text

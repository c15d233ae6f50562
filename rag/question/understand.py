"""Understands a question, once: every later step reads the `Question` that is made here.

Steps: check the text, take a greeting away, make a follow-up standalone, then find what is asked:
language, kind, subject, constraints, demands, and its parts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ingest.text.language import language_of
from rag.errors import QuestionInvalid
from rag.models.base import ChatModel
from rag.question.chinese_follow_up import find_chinese_subject
from rag.question.constraints import Constraints, find_constraints
from rag.question.demands import Demands, parse_demands
from rag.question.english_phrases import find_subject
from rag.question.exchange import Exchange
from rag.question.expected_answer import ExpectedAnswer, detect_expected_answer
from rag.question.follow_up import resolve_by_rule, standalone_question
from rag.question.kind import QuestionKind, find_kind, is_inventory
from rag.question.small_talk import SmallTalk, drop_greeting, find_small_talk
from rag.types import Language, Turn

MAX_QUESTION_CHARACTERS = 4_000


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it was understood.

    `text` is what was asked, `standalone` the same made independent of the conversation: it is what
    is searched for and answered. `language` is that of `text`, hence of the answer, and
    `search_language` that of what is searched for. `kind` says what is asked (a number, a list, a
    summary, nothing but a greeting), `expected` which form of words a sentence that answers has,
    and `subject` what it is about ("" where it names nothing). `demands` must and must not stand in
    a passage; `constraints` are the periods and codes that the answer must be about. `parts` are
    the questions that it asks, one or several.
    """

    text: str
    standalone: str
    language: Language
    search_language: Language
    kind: QuestionKind
    demands: Demands
    expected: ExpectedAnswer
    subject: str
    constraints: Constraints
    parts: tuple[str, ...]

    @property
    def small_talk(self) -> SmallTalk | None:
        """Which small talk it is, None where it asks for something."""
        return find_small_talk(self.text)


def understand_question(
    text: str, history: Sequence[Turn] = (), model: ChatModel | None = None
) -> Question:
    """Return the question as it is understood; `history` is the conversation before it.

    A follow-up is made standalone by `model`, or by a rule where there is none. Raises
    QuestionInvalid, ModelError.
    """
    asked = clean_question(text)
    if find_small_talk(asked) or is_inventory(drop_greeting(asked)):
        return build_question(asked, asked)  # it means the same after any conversation
    standalone = standalone_question(drop_greeting(asked), history, model)
    return build_question(asked, clean_question(standalone[:MAX_QUESTION_CHARACTERS]))


def build_question(text: str, standalone: str) -> Question:
    """Return the question with all that its two forms say about it."""
    demands = parse_demands(standalone)
    talk = find_small_talk(text)
    kind = talk or find_kind(drop_greeting(standalone))
    return Question(
        text=text,
        standalone=standalone,
        language=language_of(text),
        search_language=language_of(demands.text),
        kind=kind,
        demands=demands,
        # "怎么设置时间？" asks for steps, though it ends like a question for a time.
        expected="method" if kind == "procedure" else detect_expected_answer(standalone),
        subject="" if talk else find_question_subject(demands.text),
        constraints=find_constraints(demands.text),
        parts=split_parts(demands.text),
    )


def find_question_subject(text: str) -> str:
    """Return what a question is about, without determiner, "" where it names nothing."""
    if language_of(text) == "zh":
        return find_chinese_subject(text)
    found = find_subject(text)
    return found.bare if found is not None else ""


_ASKS_EN = (
    r"(?:what|which|who|whom|whose|when|where|why|how|is|are|was|were|do|does|did|can|could|will"
    r"|would|should|has|have|must|may)\b"
)
_OPENS_EN = re.compile(rf"^\W*(?:and |also |then )?{_ASKS_EN}", re.IGNORECASE)
_CUT_EN = re.compile(
    rf"[?？][\s\"”]+(?=\S)|[,;]? (?:and|as well as|but)(?: also)? (?={_ASKS_EN})|; ?(?={_ASKS_EN})",
    re.IGNORECASE,
)
_ASKS_ZH = re.compile(
    r"什么|哪|谁|几[个条天年月日号次]|多少|多大|多长|多高|多久|多远|多重|多快|怎么|怎样|如何|为何"
    r"|何时|何地|是否|能否|是不是|能不能|吗|有没有"
)
_CUT_ZH = re.compile(
    r"[?？；;]\s*|[，,](?:以及|并且|同时|还有|另外|而且|又)?|(?:以及|并且|还有|，?另外)"
)
_MOST_PARTS = 4
_FEWEST_LETTERS = 2


def split_parts(question: str) -> tuple[str, ...]:
    """Return the parts of a question as questions of their own; one alone is the question.

    Parts are told by their question words; "the price and the weight" is one question. Each can be
    understood alone: "How much does it weigh?" behind one on the boiler is told of the boiler.
    """
    chinese = language_of(question) == "zh"
    cut = _CUT_ZH if chinese else _CUT_EN
    pieces = [each.strip(" ,，;；") for each in cut.split(question)]
    pieces = [each for each in pieces if sum(map(str.isalnum, each)) >= _FEWEST_LETTERS]
    asks = _ASKS_ZH.search if chinese else _OPENS_EN.search
    if not 1 < len(pieces) <= _MOST_PARTS or not all(asks(each) for each in pieces):
        return (question,)
    mark = "？" if chinese else "?"
    done: list[Exchange] = []
    for piece in pieces:
        asked = piece.rstrip("?？。.!！ ") + mark
        done.append(Exchange(resolve_by_rule(asked[:1].upper() + asked[1:], done)))
    return tuple(each.question for each in done)


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

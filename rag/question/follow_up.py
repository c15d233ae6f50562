"""Makes a follow-up standalone, so that it can be searched for.

A follow-up ("what about books?", "那它呢？") is useless as a query. A language model, if there is
one, writes the standalone question. Without one, rules for each language put what is meant in the
place of pronouns, and a new part in the place of its counterpart; a question that is complete is
left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ingest.text.language import language_of
from ingest.text.scripts import HAN
from rag.analysis.markers import without_markers
from rag.errors import ModelRefused
from rag.models.base import ChatModel, Message
from rag.models.thinking import without_thinking
from rag.prompts import load_prompt
from rag.question.chinese_follow_up import resolve_chinese
from rag.question.english_follow_up import resolve_english
from rag.question.exchange import Exchange
from rag.types import Turn

HISTORY_TURNS = 6
"""How many past messages are looked at: older ones rarely carry the subject."""
HISTORY_CHARACTERS = 600
"""How many characters of each: the subject stands at the beginning."""
CONDENSED_TOKENS = 1_024
"""Far more than a question needs: a reasoning model thinks before it writes one."""
CONDENSED_CHARACTERS = 600
"""A rewritten question longer than its original by more than this is an answer, no question."""

_STOP_LIST_EN = """
a an the of in on at to for from by with about as into over under than and or but not no if so
is are was were be been being am do does did done has have had can could will would shall should
may might must what which who whom whose when where why how much many more most it its this that
these those they them their he she his her we us our you your i me my there here tell give show
explain describe list find say says said mean means please any some all also just only very
"""
_STOP_EN = frozenset(_STOP_LIST_EN.split())
_FILLER_ZH = re.compile(
    r"请问|^\W*请|为什么|是什么|什么时候|什么|怎么样|怎么|怎样|如何|多少|多久|多大|多长|哪些|哪个"
    r"|哪里|哪儿|哪|谁"
    r"|是否|是不是|有没有|能不能|可不可以|可以|告诉我|介绍一下|介绍|说明(?!书)|解释|一下|它们?"
    r"|[他她]们?"
    r"|这个|那个|这些|那些|这|那么|那|还有|需要|应该|以及|[的了吗呢吧啊是]"
)
_WORD = re.compile(rf"[A-Za-z0-9][\w.+#/%-]*\w|[A-Za-z0-9]|[{HAN}]+")


def standalone_question(question: str, history: Sequence[Turn], model: ChatModel | None) -> str:
    """Return `question` such that it can be understood, and searched for, without `history`.

    Without history the question is returned as it is. The model rewrites it (prompt "condense");
    where there is no model, or its text is empty or too long for a question, the rule does. Raises
    ModelError.
    """
    question = question.strip()
    turns = history[-HISTORY_TURNS:]
    if not any(turn.role == "user" for turn in turns):
        return question
    condensed = _condense_with_model(question, turns, model) if model is not None else ""
    return condensed or resolve_by_rule(question, pair_turns(turns))


def _condense_with_model(question: str, turns: Sequence[Turn], model: ChatModel) -> str:
    """Return the model's question, "" where it wrote none, or a text that is too long for one."""
    prompt = load_prompt("condense", language_of(question))
    dialogue = "\n".join(f"{turn.role}: {_shorten_turn(turn)}" for turn in turns)
    message = Message("user", prompt.render(history=dialogue, question=question))
    try:
        pieces = without_thinking(model.stream([message], max_tokens=CONDENSED_TOKENS))
        text = " ".join("".join(pieces).split()).strip("\"'“”「」 ")
    except ModelRefused:
        # All tokens were spent on thoughts, or the prompt is too long: the rule needs no model. A
        # cause that stops the answer too (a wrong key) is reported when the answer is asked for.
        return ""
    readable = any(character.isalnum() for character in text)
    return text if readable and len(text) <= len(question) + CONDENSED_CHARACTERS else ""


def _shorten_turn(turn: Turn) -> str:
    """Return the beginning of a message on one line, its markers taken out."""
    text = " ".join(without_markers(turn.text).split())
    return text if len(text) <= HISTORY_CHARACTERS else f"{text[:HISTORY_CHARACTERS]}…"


def resolve_by_rule(question: str, history: Sequence[Exchange]) -> str:
    """Return the question with what it leaves out of `history`, oldest first.

    The questions of the history are as they were asked: each may itself be a follow-up.
    """
    resolved: list[Exchange] = []
    for exchange in (*history, Exchange(question)):
        text = exchange.question.strip()
        resolve = resolve_chinese if language_of(text) == "zh" else resolve_english
        understood = resolve(text, resolved)
        resolved.append(replace(understood, answer=exchange.answer))
    return resolved[-1].question


def pair_turns(turns: Sequence[Turn]) -> list[Exchange]:
    """Return the questions of a conversation with their answers, shortened, without markers."""
    found: list[Exchange] = []
    for turn in turns:
        if turn.role == "user":
            found.append(Exchange(turn.text[:HISTORY_CHARACTERS]))
        elif found:
            found[-1] = Exchange(found[-1].question, _shorten_turn(turn))
    return found


def salient_words(text: str) -> list[str]:
    """Return the words that carry the subject, as written, in order, each once.

    Chinese is not segmented: what stands between function words counts as one word.
    """
    words = (
        word for word in _WORD.findall(_FILLER_ZH.sub(" ", text)) if word.casefold() not in _STOP_EN
    )
    return list(dict.fromkeys(words))

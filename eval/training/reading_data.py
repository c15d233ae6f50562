"""Makes training examples for the reader from sets in SQuAD's layout, English and Chinese.

An example is a question, a passage as docchat would show it (the title, then text of about the
length of its passages), and where the answer stands in it, if it is there. Beside the questions
that a set marks as having no answer, each question is asked of a passage that shares words with it
and lacks its answer: what a search brings for a question that the documents do not answer. And some
are asked of their own passage with one thing changed, a name, a year, a direction, so that it no
longer answers (after Rajpurkar et al., "Know What You Don't Know", ACL 2018).

Limits: one answer for each question, the first; the hard negatives are found by shared terms.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from eval.errors import EvalError
from ingest.text.sentences import split_sentences
from ingest.text.terms import extract_terms

_WINDOW_CHARACTERS = {"en": 640, "zh": 240}
"""About 150 tokens: as much as the reader is given at once."""
_NEGATIVE_SHARE = 0.5
_TITLE_SHARE = 0.5
_NEAREST_NEGATIVES = 5
_CHANGED_SHARE = 0.4
_OPPOSITES = {
    one: other
    for pair in [
        "first last",
        "most least",
        "largest smallest",
        "highest lowest",
        "before after",
        "oldest newest",
        "north south",
        "east west",
        "more less",
        "increase decrease",
        "increased decreased",
        "early late",
        "best worst",
        "longest shortest",
        "first second",
        "major minor",
        "最大 最小",
        "最高 最低",
        "最早 最晚",
        "之前 之后",
        "以前 以后",
        "第一 第三",
        "首次 最后一次",
        "东 西",
        "南 北",
        "增加 减少",
        "最多 最少",
    ]
    for one, other in (pair.split(), pair.split()[::-1])
}
_OPPOSITE = re.compile(
    "|".join(rf"\b{w}\b" if w.isascii() else w for w in _OPPOSITES), re.IGNORECASE
)
_YEAR = re.compile(r"(?<!\d)(?:1\d|20)\d\d(?!\d)")
_NAME = re.compile(r"(?<!^)\b[A-Z][\w'-]+(?: [A-Z][\w'-]+)*")


@dataclass(frozen=True, slots=True)
class ReadingExample:
    """A question on a passage; `answer` is its place in `passage`, None where it is not there.

    `group` names the document: examples of one must not stand on both sides of a fold.
    """

    question: str
    passage: str
    answer: tuple[int, int] | None
    group: str


@dataclass(frozen=True, slots=True)
class _Asked:
    question: str
    context: str
    answer: tuple[int, int] | None
    texts: tuple[str, ...]
    group: str
    language: str


def read_examples(path: Path, language: str, seed: int) -> list[ReadingExample]:
    """Return the examples of a file. Raises EvalError where it is not in SQuAD's layout."""
    try:
        asked = list(_read_questions(json.loads(path.read_bytes()), language))
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise EvalError(f"{path} is not in the layout of SQuAD: {error}") from error
    random = Random(seed)
    examples = [_cut_window(each, random) for each in asked]
    answered = [each for each in asked if each.answer is not None]
    # SQuAD brings questions without an answer; half as many again are enough there.
    share = _NEGATIVE_SHARE if len(answered) == len(asked) else _NEGATIVE_SHARE / 2
    examples.extend(_make_negatives(answered, share, random))
    examples.extend(_make_changed(answered, random))
    return examples


def _read_questions(data: Any, language: str) -> Iterator[_Asked]:
    for article in data["data"]:
        for paragraph in article["paragraphs"]:
            for item in paragraph["qas"]:
                answers = item.get("answers") or []
                first = answers[0] if answers else None
                place = None
                if first is not None and not item.get("is_impossible"):
                    start = int(first["answer_start"])
                    place = (start, start + len(first["text"]))
                    if paragraph["context"][slice(*place)] != first["text"]:
                        continue  # the origin's place is wrong: nothing to learn from
                group = str(article.get("title") or paragraph.get("title") or item["id"])
                texts = tuple(each["text"] for each in answers)
                yield _Asked(item["question"], paragraph["context"], place, texts, group, language)


def _cut_window(asked: _Asked, random: Random) -> ReadingExample:
    """Return the question with whole sentences around its answer, at a random place."""
    spans = split_sentences(asked.context)
    most = _WINDOW_CHARACTERS[asked.language]
    target = asked.answer or (random.randrange(max(1, len(asked.context))),) * 2
    inside = [at for at, (_, end) in enumerate(spans) if end >= target[0]]
    low = high = inside[0] if inside else len(spans) - 1
    while spans[high][1] < target[1]:
        high += 1
    while spans[high][1] - spans[low][0] < most and (low > 0 or high + 1 < len(spans)):
        forward = high + 1 < len(spans) and (low == 0 or random.random() < 0.5)
        low, high = (low, high + 1) if forward else (low - 1, high)
    start, end = spans[low][0], spans[high][1]
    title = asked.group.replace("_", " ") + "\n" if random.random() < _TITLE_SHARE else ""
    passage = title + asked.context[start:end]
    shift = len(title) - start
    answer = None
    if asked.answer is not None:
        answer = (asked.answer[0] + shift, asked.answer[1] + shift)
    return ReadingExample(asked.question, passage, answer, asked.group)


def _make_negatives(
    answered: Sequence[_Asked], share: float, random: Random
) -> Iterator[ReadingExample]:
    """Yield questions on alike passages of the same document or another that lack the answer."""
    contexts = list(dict.fromkeys((each.context, each.group) for each in answered))
    bags = [frozenset(extract_terms(text)) for text, _ in contexts]
    counts = Counter(term for bag in bags for term in bag)
    for each in answered:
        if random.random() >= share:
            continue
        terms = frozenset(extract_terms(each.question))
        scored = sorted(
            range(len(contexts)),
            key=lambda at: -sum(1 / counts[term] for term in terms & bags[at]),
        )
        lacking = [
            at
            for at in scored[: 4 * _NEAREST_NEGATIVES]
            if not any(text in contexts[at][0] for text in each.texts)
        ][:_NEAREST_NEGATIVES]
        if lacking:
            context, _ = contexts[random.choice(lacking)]
            other = _Asked(each.question, context, None, (), each.group, each.language)
            yield _cut_window(other, random)


def _make_changed(answered: Sequence[_Asked], random: Random) -> Iterator[ReadingExample]:
    """Yield questions on their own passage with one thing changed that is not in it."""
    names = [name for each in answered for name in _NAME.findall(each.question)]
    titles = [each.group for each in answered]
    for each in answered:
        if random.random() >= _CHANGED_SHARE:
            continue
        changed = _change_question(each, names, titles, random)
        if changed is not None:
            other = _Asked(changed, each.context, None, (), each.group, each.language)
            yield _cut_window(other, random)


def _change_question(
    asked: _Asked, names: Sequence[str], titles: Sequence[str], random: Random
) -> str | None:
    """Return the question about something else, None where nothing in it can be changed."""
    question, ways = asked.question, []
    if asked.group in question:
        other = random.choice(titles)
        if other not in asked.context:
            ways.append(question.replace(asked.group, other))
    opposite = _OPPOSITE.search(question)
    if opposite is not None:
        word = _OPPOSITES[opposite[0].casefold()]
        ways.append(question[: opposite.start()] + word + question[opposite.end() :])
    year = _YEAR.search(question)
    if year is not None:
        moved = str(int(year[0]) + random.choice((-12, -7, -3, 2, 4, 9)))
        if moved not in asked.context:
            ways.append(question[: year.start()] + moved + question[year.end() :])
    name = next((m for m in _NAME.finditer(question) if m[0] in asked.context), None)
    if name is not None and names:
        other = random.choice(names)
        if other not in asked.context and other != name[0]:
            ways.append(question[: name.start()] + other + question[name.end() :])
    return random.choice(ways) if ways else None

"""Reads sets of answers for which it is known whether their evidence supports them.

One JSON object a line: an answer, its evidence, and whether all of it is supported. Some published
sets are read in their own form: RAGTruth (answers with marked spans; their sources in a file of
their own or in the same line), HaluEval's questions (right and wrong answers) and RGB's facts
(passages, and the same passages with the fact replaced).

Limits: HaluEval's wrong answers are longer than its right ones, which alone would tell them apart;
so only pairs of about the same length are used. A label is about a whole answer, not a sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.data.datasets import json_lines
from eval.errors import DatasetInvalid

GROUNDING_LAYOUT = """\
DIR/NAME.jsonl       a set; one JSON object a line (or --data FILE for one set):
  {"id": "1", "question": "...", "evidence": ["passage", "..."], "answer": "...",
   "supported": false}
RAGTruth, HaluEval (QA) and RGB (facts) are read in their own shapes too."""

_LEAST_LENGTH_RATIO = 0.8
"""A pair of answers is used when the shorter has at least this share of the longer's length."""
_SOURCES = "_sources.jsonl"

JsonRow = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class JudgedAnswer:
    """An answer with its evidence; `supported` is what human judges found."""

    id: str
    question: str
    evidence: tuple[str, ...]
    answer: str
    supported: bool


@dataclass(frozen=True, slots=True)
class GroundingSet:
    """A set of answers."""

    name: str
    path: Path
    statements: tuple[JudgedAnswer, ...]


def load_grounding_sets(path: Path) -> list[GroundingSet]:
    """Read a file, or every JSONL file of a folder. Raises DatasetInvalid."""
    hint = f"The expected layout is:\n{GROUNDING_LAYOUT}"
    if path.is_dir():
        files = sorted(each for each in path.glob("*.jsonl") if not each.name.endswith(_SOURCES))
    else:
        files = [path] if path.is_file() else []
    if not files:
        raise DatasetInvalid(f"{path} is no set and has none.", hint=hint)
    return [_load_grounding_set(file, hint) for file in files]


def _load_grounding_set(path: Path, hint: str) -> GroundingSet:
    rows = list(json_lines(path))
    sources = path.with_name(path.stem + _SOURCES)
    passages = {
        str(row.get("source_id")): row
        for _, row in (json_lines(sources) if sources.is_file() else ())
    }
    statements: list[JudgedAnswer] = []
    for number, (place, row) in enumerate(rows, start=1):
        reader = next((read for keys, read in _SHAPES if all(key in row for key in keys)), None)
        if reader is None:
            raise DatasetInvalid(f"{place}: not an answer with evidence.", hint=hint)
        try:
            statements += reader(row, str(row.get("id", row.get("source_id", number))), passages)
        except (KeyError, TypeError, AttributeError) as error:
            raise DatasetInvalid(f"{place}: {error!r}.", hint=hint) from error
    if not statements:
        raise DatasetInvalid(f"{path} has no answers.", hint=hint)
    return GroundingSet(path.stem, path, tuple(statements))


def _read_own_shape(
    row: JsonRow, case_id: str, _sources: Mapping[str, JsonRow]
) -> Iterator[JudgedAnswer]:
    evidence = tuple(str(each) for each in row["evidence"])
    yield JudgedAnswer(
        case_id, str(row.get("question", "")), evidence, str(row["answer"]), bool(row["supported"])
    )


def _read_ragtruth(
    row: JsonRow, case_id: str, sources: Mapping[str, JsonRow]
) -> Iterator[JudgedAnswer]:
    source = sources[str(row["source_id"])]
    passages = tuple(part for part in str(source["passages"]).split("\n\n") if part.strip())
    yield JudgedAnswer(
        case_id, str(source.get("question", "")), passages, row["response"], not row["spans"]
    )


def _read_ragtruth_responses(
    row: JsonRow, case_id: str, _sources: Mapping[str, JsonRow]
) -> Iterator[JudgedAnswer]:
    evidence = _flatten_source(row["source"])
    for number, each in enumerate(row["responses"]):
        yield JudgedAnswer(
            f"{case_id}-{number}", "", evidence, each["response"], not each["labels"]
        )


def _read_halueval(
    row: JsonRow, case_id: str, _sources: Mapping[str, JsonRow]
) -> Iterator[JudgedAnswer]:
    right, wrong = row["right"], row["halu_one_turn"]
    if min(len(right), len(wrong)) < _LEAST_LENGTH_RATIO * max(len(right), len(wrong)):
        return
    for suffix, answer, supported in (("right", right, True), ("wrong", wrong, False)):
        evidence = (row["knowledge"],)
        yield JudgedAnswer(f"{case_id}-{suffix}", row["question"], evidence, answer, supported)


def _read_rgb(
    row: JsonRow, case_id: str, _sources: Mapping[str, JsonRow]
) -> Iterator[JudgedAnswer]:
    """Yield a passage with the fact and one with another fact, both on the same evidence."""
    evidence = tuple(row["positive"])
    for key, supported in (("positive", True), ("positive_wrong", False)):
        for number, answer in enumerate(row[key][:1]):
            yield JudgedAnswer(
                f"{case_id}-{key}-{number}", row["query"], evidence, answer, supported
            )


def _flatten_source(source: object, name: str = "") -> tuple[str, ...]:
    """Return text as it is, and an object as one line for each value: "hours Monday: 17:0-21:0"."""
    if isinstance(source, Mapping):
        return tuple(
            line
            for key, value in source.items()
            for line in _flatten_source(value, f"{name} {key}".strip())
        )
    if isinstance(source, Sequence) and not isinstance(source, str):
        return tuple(line for value in source for line in _flatten_source(value, name))
    return (f"{name}: {source}" if name else str(source),)


_SHAPES: Sequence[
    tuple[tuple[str, ...], Callable[[JsonRow, str, Mapping[str, JsonRow]], Iterator[JudgedAnswer]]]
] = (
    (("evidence", "answer", "supported"), _read_own_shape),
    (("source_id", "response", "spans"), _read_ragtruth),
    (("source", "responses"), _read_ragtruth_responses),
    (("knowledge", "right", "halu_one_turn"), _read_halueval),
    (("query", "positive", "positive_wrong"), _read_rgb),
)

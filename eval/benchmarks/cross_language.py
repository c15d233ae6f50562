"""Makes two retrieval sets that show how well search works across languages.

Run as `python -m eval.benchmarks.cross_language`, or with `make cross-language`.

The questions are those of `data/cross_language`. The passages of several sets, some English and
some Chinese, are put together in one corpus. `OUT/across` asks each question in the other language
than the passages that answer it, `OUT/same` asks it in theirs: the corpus and the answers are equal
in both, so the difference is what the change of language costs. The passage "d1" of the set "cmrc"
becomes "cmrc-d1". Measure both with `docchat eval retrieval`.

Limits: of a large set only a part is taken, always the same one; what answers is never left out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from eval.data.datasets import CorpusEntry, RetrievalSet, json_lines, load_retrieval_set
from eval.errors import DatasetInvalid, EvalError

QUESTIONS = Path(__file__).parents[2] / "data" / "cross_language" / "questions.jsonl"
MOST_PASSAGES = 1500
"""Taken of one set: with the four sets of our questions this makes a corpus of 4,800 passages,
which a small embedder works through in minutes."""


@dataclass(frozen=True, slots=True)
class CrossQuestion:
    """A question in both languages, `text` in `language`; `passages` are ids of `dataset`."""

    id: str
    language: Literal["en", "zh"]
    text: str
    same_language_text: str
    dataset: str
    passages: tuple[str, ...]


def load_cross_questions(path: Path) -> tuple[CrossQuestion, ...]:
    """Read questions that are written in two languages. Raises DatasetInvalid."""
    questions = tuple(_question_of(row, place) for place, row in json_lines(path))
    if not questions:
        raise DatasetInvalid(f"{path} has no questions.")
    if len({each.id for each in questions}) != len(questions):
        raise DatasetInvalid(f"{path}: an id stands there twice.")
    return questions


def mix_corpora(
    sets: Sequence[RetrievalSet], questions: Sequence[CrossQuestion], most: int
) -> tuple[CorpusEntry, ...]:
    """Return the passages of all sets, at most about `most` of each. Raises DatasetInvalid.

    A set that questions need, or a passage that answers, must not be missing.
    """
    names = [each.name for each in sets]
    if len(set(names)) != len(names):
        raise DatasetInvalid("Two of the folders have the same name.")
    missing = sorted({each.dataset for each in questions} - set(names))
    if missing:
        raise DatasetInvalid(f"The questions need passages of {', '.join(missing)} too.")
    corpus: list[CorpusEntry] = []
    for each in sets:
        answers = {p for q in questions if q.dataset == each.name for p in q.passages}
        unknown = sorted(answers - {entry.id for entry in each.corpus})
        if unknown:
            raise DatasetInvalid(f"{each.name} has no passage {', '.join(unknown)}.")
        corpus += (
            CorpusEntry(_mixed_id(each.name, entry.id), entry.title, entry.text)
            for entry in _choose_passages(each.corpus, answers, most)
        )
    return tuple(corpus)


def write_cross_sets(
    out: Path, corpus: Sequence[CorpusEntry], questions: Sequence[CrossQuestion]
) -> tuple[Path, Path]:
    """Write the folders `across` and `same` in BEIR layout and return them."""
    asked = {
        "across": [(each.id, each.text) for each in questions],
        "same": [(each.id, each.same_language_text) for each in questions],
    }
    for name, queries in asked.items():
        folder = out / name
        (folder / "qrels").mkdir(parents=True, exist_ok=True)
        passages = ({"_id": e.id, "title": e.title, "text": e.text} for e in corpus)
        _write_json_lines(folder / "corpus.jsonl", passages)
        _write_json_lines(
            folder / "queries.jsonl", ({"_id": number, "text": text} for number, text in queries)
        )
        rows = ["query-id\tcorpus-id\tscore"]
        rows += [f"{q.id}\t{_mixed_id(q.dataset, p)}\t1" for q in questions for p in q.passages]
        (folder / "qrels" / "test.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return out / "across", out / "same"


def _mixed_id(dataset: str, passage: str) -> str:
    return f"{dataset}-{passage}"


def _choose_passages(
    corpus: Sequence[CorpusEntry], answers: set[str], most: int
) -> Iterator[CorpusEntry]:
    # By a hash of the id: the choice looks random, and is the same everywhere and every time.
    others = sorted(
        (entry.id for entry in corpus if entry.id not in answers),
        key=lambda each: hashlib.sha256(each.encode()).digest(),
    )
    chosen = answers | set(others[: max(0, most - len(answers))])
    return (entry for entry in corpus if entry.id in chosen)


def _question_of(row: Mapping[str, Any], place: str) -> CrossQuestion:
    texts = {key: row.get(key) for key in ("id", "text", "same_language_text", "set")}
    wrong = [key for key, value in texts.items() if not isinstance(value, str) or not value.strip()]
    if wrong:
        raise DatasetInvalid(f"{place}: {', '.join(wrong)} missing or no text.")
    language, passages = row.get("language"), row.get("passages")
    if language not in ("en", "zh"):
        raise DatasetInvalid(f'{place}: language must be "en" or "zh".')
    if not (isinstance(passages, list) and passages and all(isinstance(p, str) for p in passages)):
        raise DatasetInvalid(f"{place}: passages must be a list of ids.")
    return CrossQuestion(
        id=str(texts["id"]),
        language=language,
        text=str(texts["text"]),
        same_language_text=str(texts["same_language_text"]),
        dataset=str(texts["set"]),
        passages=tuple(passages),
    )


def _write_json_lines(path: Path, rows: Iterable[Mapping[str, str]]) -> None:
    with path.open("w", encoding="utf-8") as stream:
        stream.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def main(
    sets: Annotated[list[Path], typer.Option("--sets", help="Folder in BEIR layout; repeated.")],
    out: Annotated[Path, typer.Option(help="The folders `across` and `same` are written here.")],
    questions: Annotated[Path, typer.Option(help="Questions in two languages.")] = QUESTIONS,
    most: Annotated[int, typer.Option(min=1, help="Passages taken of one set.")] = MOST_PASSAGES,
) -> None:
    """Make two retrieval sets: questions in the other language, and the same in the own one."""
    try:
        asked = load_cross_questions(questions)
        corpus = mix_corpora([load_retrieval_set(folder) for folder in sets], asked, most)
        folders = write_cross_sets(out, corpus, asked)
    except EvalError as error:
        typer.echo(f"Error: {error.message}\n{error.advice}", err=True)
        raise typer.Exit(2) from error
    typer.echo(f"{len(asked)} questions and {len(corpus)} passages:")
    for folder in folders:
        typer.echo(str(folder))


if __name__ == "__main__":
    typer.run(main)

"""Fits how probable an answer is, on sets of questions with and without one, and says how well.

Run as `python -m eval.training.fit_answerability --data FOLDER … --weights FILE`: the folders are
question sets, the weights those of a reader that has not seen their documents (`train_reader
--fold`). Printed are the coefficients of `rag.answering.answerability`, and by set, out of fold by
document: the Brier score, the area under the curve, and how many unanswerable questions are refused
where 8 % of the answerable ones are.

Limits: a document that two sets share is one group only within a set.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

from eval.data.datasets import QuestionSet, load_question_set
from eval.measures.row_figures import compute_auroc, compute_brier_score
from eval.systems.temporary_docchat import prepare_documents
from rag.answering.answerability import MOST_MARGIN, AnswerSignals
from rag.answering.extractive import ExtractiveAnswerer
from rag.question.understand import understand_question
from rag.reading.span_reader import SpanReader
from rag.settings import Settings

_FOLDS, _FALSE_REFUSALS, _SEED = 5, 0.08, 0


@dataclass(frozen=True, slots=True)
class JudgedSignals:
    """A question's signals, whether it has an answer, and its document."""

    dataset: str
    language: str
    signals: AnswerSignals
    answerable: bool
    group: str


def collect_signals(
    dataset: QuestionSet, reader: SpanReader, settings: Settings, cache: Path
) -> Iterator[JudgedSignals]:
    """Yield what is found for each question. Raises IngestError, RagError."""
    files: list[tuple[str, Path | bytes]] = [(path.name, path) for path in dataset.files]
    with prepare_documents(settings, files, cache) as ready:
        docchat = ready.as_variant(settings)
        answerer = ExtractiveAnswerer(docchat.library.embedder, reader=reader)
        for asked in dataset.questions:
            question = understand_question(asked.question)
            hits = docchat.retriever.search(question)
            signals = answerer.measure_signals(question, hits)
            group = asked.file or asked.id
            yield JudgedSignals(dataset.name, asked.language, signals, asked.answerable, group)


def fit_language(found: Sequence[JudgedSignals]) -> tuple[Any, NDArray[np.float64]]:
    """Return a model fitted on all, and the probabilities out of fold."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold

    columns = np.array([_to_row(each.signals) for each in found])
    labels = np.array([each.answerable for each in found], np.float64)
    groups = [f"{each.dataset}/{each.group}" for each in found]
    outside = np.zeros(len(found))
    folds = GroupKFold(_FOLDS, shuffle=True, random_state=_SEED)
    for train, judged in folds.split(columns, labels, groups):
        model = LogisticRegression(max_iter=2_000).fit(columns[train], labels[train])
        outside[judged] = model.predict_proba(columns[judged])[:, 1]
    return LogisticRegression(max_iter=2_000).fit(columns, labels), outside


def _to_row(signals: AnswerSignals) -> tuple[float, float]:
    return signals.evidence, min(MOST_MARGIN, max(-MOST_MARGIN, signals.margin))


def describe_sets(found: Sequence[JudgedSignals], outside: NDArray[np.float64]) -> Iterator[str]:
    """Yield a line for each set: how well the probabilities out of fold tell."""
    for name in dict.fromkeys(each.dataset for each in found):
        rows = [at for at, each in enumerate(found) if each.dataset == name]
        labels = np.array([found[at].answerable for at in rows], np.float64)
        chances = outside[rows]
        brier = compute_brier_score(labels, chances)
        line = f"{name}: {len(rows)} questions, Brier {brier:.3f}"
        if labels.any() and not labels.all():
            least = np.quantile(chances[labels == 1], _FALSE_REFUSALS)
            refused = float(np.mean(chances[labels == 0] < least))
            auroc = compute_auroc(1 - labels, 1 - chances)
            line += f", AUROC {auroc:.3f}, refused {refused:.3f} below {least:.3f}"
        yield line


def main(
    data: Annotated[list[Path], typer.Option(help="Folders with questions.jsonl.")],
    weights: Annotated[Path, typer.Option(help="A reader that has not seen the documents.")],
    cache: Annotated[Path, typer.Option(help="Where embeddings are kept.")] = Path(
        "build/embeddings"
    ),
) -> None:
    """Fit the probability of an answer by language and print what it gives."""
    reader = SpanReader(weights)
    found = [
        each
        for folder in data
        for each in collect_signals(load_question_set(folder), reader, Settings(), cache)
    ]
    for language in sorted({each.language for each in found}):
        own = [each for each in found if each.language == language]
        model, outside = fit_language(own)
        evidence, margin = model.coef_[0]
        typer.echo(
            f"{language}: bias {model.intercept_[0]:.3f}, evidence {evidence:.3f}, "
            f"margin {margin:.3f}"
        )
        for line in describe_sets(own, outside):
            typer.echo(f"  {line}")


if __name__ == "__main__":
    typer.run(main)

"""Trains the reader's weights: which words of a passage answer a question, and whether any do.

Run as `python -m eval.training.train_reader --data FOLDER --out FILE`; the folder holds
`squad_en.json` and `cmrc_zh.json` in SQuAD's layout. With `--fold 0` or `1` half of the documents
are left out and the figures on them are printed: the shipped weights are of all documents, so what
they give on these data says nothing. Start and end of the answer are chosen among the passage's
tokens or the first token for "not here" (Devlin et al., "BERT", 2019, section 4.3).

Limits: on two cores about forty minutes. A run is repeatable on the same machine: data, order and
first weights follow from the seed, but sums differ between processors.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Annotated

import numpy as np
import torch
import typer
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

from eval.measures.metrics import answer_tokens
from eval.measures.row_figures import compute_auroc
from eval.training.low_rank import (
    MATRICES,
    LowRankLayer,
    LowRankLinear,
    build_layers,
    compute_lower_states,
    cut_batches,
    hide_padding,
    pad_rows,
)
from eval.training.reading_data import ReadingExample, read_examples
from ingest.embedding.models.bundled import open_e5
from ingest.embedding.models.packed_file import PackedFile
from ingest.text.language import language_of
from rag.reading.tokens import PairTokens, choose_span, tokenize_pair

LAYERS, FROZEN, RANK = 12, 6, 32
BATCH, EPOCHS, RATE, WARM_UP, DROPOUT = 24, 4, 1e-3, 0.06, 0.1
_FILES = (("squad_en.json", "en"), ("cmrc_zh.json", "zh"))
_SEED = 7


@dataclass(frozen=True, slots=True)
class PreparedExample:
    """An example as tokens; `target` are the answer's first and last token, (0, 0) for none."""

    example: ReadingExample
    tokens: PairTokens
    target: tuple[int, int]


class ReaderModel(nn.Module):
    """The trained layers and the head: for each token the logits of start and end."""

    def __init__(self, file: PackedFile) -> None:
        super().__init__()
        self.layers = build_layers(file, range(FROZEN, LAYERS), RANK)
        self.head = nn.Linear(file.sizes.hidden, 2)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """Return logits of shape (n, t, 2) from the lower layers' states."""
        hidden = hide_padding(mask)
        for layer in self.layers:
            states = layer(states, hidden, DROPOUT)
        logits: Tensor = self.head(functional.dropout(states, DROPOUT, self.training).float())
        return logits


def prepare_examples(examples: Sequence[ReadingExample]) -> list[PreparedExample]:
    """Return the examples as tokens, without those whose answer lies outside what is read."""
    tokenizer = open_e5().build_tokenizer()
    found = []
    for example in examples:
        tokens = tokenize_pair(tokenizer, example.question, example.passage)
        target = (0, 0)
        if example.answer is not None:
            start, end = example.answer
            inside = [
                at
                for at, (low, high) in enumerate(tokens.places, tokens.first)
                if low < end and high > start
            ]
            if not inside:
                continue
            target = (inside[0], inside[-1])
        found.append(PreparedExample(example, tokens, target))
    return found


def split_groups(examples: Sequence[PreparedExample], fold: int) -> tuple[list[int], list[int]]:
    """Return the row numbers to train on and to judge on; -1 trains on all and judges on none."""
    if fold < 0:
        return list(range(len(examples))), []
    sizes: dict[str, int] = {}
    for each in examples:
        sizes[each.example.group] = sizes.get(each.example.group, 0) + 1
    ordered = sorted(sizes, key=lambda name: (-sizes[name], name))
    judged = {name for at, name in enumerate(ordered) if at % 2 == fold}
    rows: tuple[list[int], list[int]] = ([], [])
    for row, each in enumerate(examples):
        rows[each.example.group in judged].append(row)
    return rows


def train_model(
    file: PackedFile,
    examples: Sequence[PreparedExample],
    states: Sequence[NDArray[np.float16]],
    rows: Sequence[int],
) -> ReaderModel:
    """Return a model trained on these rows."""
    torch.manual_seed(_SEED)
    random = Random(_SEED)
    model = ReaderModel(file).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.01)
    steps = EPOCHS * -(-len(rows) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, RATE, total_steps=steps + 1, pct_start=WARM_UP, anneal_strategy="linear"
    )
    started, done = time.perf_counter(), 0
    for epoch in range(EPOCHS):
        jittered = [len(states[row]) + random.randrange(12) for row in rows]
        batches = list(cut_batches(jittered, BATCH))
        random.shuffle(batches)
        total = 0.0
        for batch in batches:
            chosen = [rows[at] for at in batch]
            loss = _compute_loss(model, examples, states, chosen)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            total, done = total + loss.item(), done + 1
        passed = time.perf_counter() - started
        typer.echo(f"epoch {epoch + 1}: loss {total / len(batches):.3f}, {passed:.0f} s", err=True)
    return model.eval()


def _compute_loss(
    model: ReaderModel,
    examples: Sequence[PreparedExample],
    states: Sequence[NDArray[np.float16]],
    rows: Sequence[int],
) -> Tensor:
    logits = _compute_logits(model, examples, states, rows)
    targets = torch.tensor([examples[row].target for row in rows])
    start = functional.cross_entropy(logits[..., 0], targets[:, 0])
    end = functional.cross_entropy(logits[..., 1], targets[:, 1])
    loss: Tensor = start + end
    return loss


def _compute_logits(
    model: ReaderModel,
    examples: Sequence[PreparedExample],
    states: Sequence[NDArray[np.float16]],
    rows: Sequence[int],
) -> Tensor:
    """Return the logits; those of the question's tokens are far below all others."""
    padded, mask = pad_rows([states[row] for row in rows])
    readable = np.zeros_like(mask)
    for at, row in enumerate(rows):
        tokens = examples[row].tokens
        readable[at, 0] = 1
        readable[at, tokens.first : tokens.first + len(tokens.places)] = 1
    with torch.autocast("cpu", torch.bfloat16):
        logits = model(torch.from_numpy(padded.astype(np.float32)), torch.from_numpy(mask))
    hidden = (1 - torch.from_numpy(readable))[..., None] * -1e4
    shown: Tensor = logits.float() + hidden
    return shown


def judge_model(
    model: ReaderModel,
    examples: Sequence[PreparedExample],
    states: Sequence[NDArray[np.float16]],
    rows: Sequence[int],
) -> None:
    """Print F1 of the best span, and the area under the curve of its margin for "not here"."""
    found: dict[str, list[tuple[bool, float, float]]] = {}
    for batch in cut_batches([len(states[row]) for row in rows], BATCH):
        chosen = [rows[at] for at in batch]
        with torch.inference_mode():
            logits = _compute_logits(model, examples, states, chosen).numpy()
        for row, of_text in zip(chosen, logits, strict=True):
            each = examples[row]
            span = choose_span(each.tokens, of_text[: len(each.tokens.ids)])
            said = each.example.passage[span.start : span.end]
            gold = each.example.answer
            f1 = _measure_f1(said, each.example.passage[slice(*gold)]) if gold else 0.0
            values = found.setdefault(language_of(each.example.question), [])
            values.append((gold is None, -span.margin, f1))
    for language, values in found.items():
        missing = np.array([each[0] for each in values], np.float64)
        doubt = np.array([each[1] for each in values])
        scores = [f1 for absent, _, f1 in values if not absent]
        auroc = compute_auroc(missing, doubt)
        typer.echo(f"{language}: n {len(values)}, F1 {np.mean(scores):.3f}, AUROC {auroc:.3f}")


def _measure_f1(said: str, due: str) -> float:
    ours, theirs = answer_tokens(said), answer_tokens(due)
    left = list(theirs)
    shared = 0
    for token in ours:
        if token in left:
            left.remove(token)
            shared += 1
    return 2 * shared / (len(ours) + len(theirs)) if ours or theirs else 0.0


def save_model(model: ReaderModel, path: Path) -> None:
    """Write the changes and the head, in float16."""
    tensors = {"head.w": model.head.weight, "head.b": model.head.bias}
    for number, layer in enumerate(model.layers, FROZEN):
        assert isinstance(layer, LowRankLayer)
        for name in MATRICES:
            part = layer.parts[name]
            assert isinstance(part, LowRankLinear)
            tensors |= {f"l{number}.{name}.a": part.a, f"l{number}.{name}.b": part.b}
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: each.detach().half().contiguous() for name, each in tensors.items()}, path)


def main(
    data: Annotated[Path, typer.Option(help="The folder with squad_en.json and cmrc_zh.json.")],
    out: Annotated[Path, typer.Option(help="Where the weights go.")],
    fold: Annotated[int, typer.Option(help="0 or 1: leave half out and judge on it.")] = -1,
) -> None:
    """Train the reader and write its weights."""
    examples = [
        each for name, language in _FILES for each in read_examples(data / name, language, _SEED)
    ]
    prepared = prepare_examples(examples)
    file = open_e5().file
    states = compute_lower_states(file, [each.tokens.ids for each in prepared], FROZEN)
    typer.echo(f"{len(prepared)} examples, {sum(map(len, states)):,} tokens", err=True)
    rows, judged = split_groups(prepared, fold)
    model = train_model(file, prepared, states, rows)
    save_model(model, out)
    if judged:
        judge_model(model, prepared, states, judged)


if __name__ == "__main__":
    typer.run(main)

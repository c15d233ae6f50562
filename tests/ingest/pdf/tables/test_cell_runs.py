"""Rows of words split into runs."""

import pytest

from ingest.pdf.page.content import Rect, Style, Word
from ingest.pdf.tables.cell_runs import CellRunThresholds, is_justified, is_numeric, runs_of


def _row(text: str, gap: float) -> list[Word]:
    """Words of size 10 with `gap` font sizes between; `|` stands for a gap of two font sizes."""
    words: list[Word] = []
    x = 0.0
    for part in text.split():
        if part == "|":
            x += 20 - 10 * gap
            continue
        words.append(Word(part, Rect(x, 0, x + 6 * len(part), 10), Style(size=10)))
        x += 6 * len(part) + 10 * gap
    return words


@pytest.mark.parametrize(
    ("text", "gap", "runs"),
    [
        ("North America | 12", 0.25, ["North America", "12"]),
        ("1,144 193.5 37.6", 0.5, ["1,144", "193.5", "37.6"]),
        ("12 345 | 6", 0.5, ["12 345", "6"]),
        ("$ 178 | $ 141", 1.2, ["$ 178", "$ 141"]),
        ("• wide reach | 3", 1.0, ["• wide", "reach", "3"]),
        ("● | ● | ○", 0.25, ["●", "●", "○"]),
        ("产量 | 12.5", 0.25, ["产量", "12.5"]),
        ("0.99 ........ | 800", 0.3, ["0.99 ........", "800"]),
    ],
)
def test_runs(text: str, gap: float, runs: list[str]) -> None:
    assert [run.text for run in runs_of(_row(text, gap))] == runs


def test_runs_can_be_tried_with_a_wider_gap() -> None:
    row = _row("North America | wide", 0.25)
    assert len(runs_of(row)) == 2
    assert len(runs_of(row, CellRunThresholds(cell_gap=2.5))) == 1


def test_a_justified_line_is_one_run() -> None:
    line = _row("Controlling soil acidity is vital to good use", 1.0)
    assert is_justified(line)
    assert len(runs_of(line)) == 1
    assert not is_justified(_row("7 8 9 10 11 12 13", 1.0))


@pytest.mark.parametrize("text", ["12", "-3.5%", "$1,200", "(45)", "—", "n/a", "1 234 567", "￥30"])
def test_numbers(text: str) -> None:
    assert is_numeric(text)


@pytest.mark.parametrize("text", ["", "Total", "12 March", "第 3 章", "v2.1b3"])
def test_other_text(text: str) -> None:
    assert not is_numeric(text)

"""Answerable questions are told from others, by a hundred passages and by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from eval.benchmarks.answerable import QuestionFigures, compute_auroc, compute_separations, main


@pytest.mark.parametrize(
    ("answerable", "others", "share"),
    [([2.0, 3.0], [0.0, 1.0], 1.0), ([0.0], [1.0], 0.0), ([1.0], [1.0], 0.5), ([0, 2], [1], 0.5)],
)
def test_auroc_is_the_share_of_pairs_in_order(
    answerable: list[float], others: list[float], share: float
) -> None:
    assert compute_auroc(answerable, others) == share


def test_languages_are_told_apart_and_missing_figures_left_out() -> None:
    asked = [
        QuestionFigures("Which pump?", True, {"lexical": 3.0, "dense": 0.5}),
        QuestionFigures("Which pump?", False, {"lexical": 1.0, "dense": 0.6}),
        QuestionFigures("哪台水泵？", True, {"lexical": 2.0}),
        QuestionFigures("哪台水泵？", False, {"lexical": 2.0}),
    ]
    english, chinese = compute_separations("made", asked)
    assert (english.language, english.questions) == ("en", 1)
    assert english.auroc == {"lexical": 1.0, "dense": 0.0}
    assert (chinese.language, chinese.auroc) == ("zh", {"lexical": 0.5})


def test_a_set_is_asked_with_its_answers_and_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCCHAT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DOCCHAT_EMBEDDER__MODEL", "hash")
    folder = tmp_path / "made"
    (folder / "qrels").mkdir(parents=True)
    names = ["pump", "valve", "rotor", "gasket", "sensor"]
    rows = [
        {"_id": n, "text": f"The {n} weighs {k} kg and is made of steel."}
        for k, n in enumerate(names)
    ]
    asked = [{"_id": f"q-{n}", "text": f"What does the {n} weigh?"} for n in names]
    for name, lines in (("corpus", rows), ("queries", asked)):
        (folder / f"{name}.jsonl").write_text("\n".join(map(json.dumps, lines)))
    (folder / "qrels" / "test.tsv").write_text(
        "query-id\tcorpus-id\tscore\n" + "".join(f"q-{n}\t{n}\t1\n" for n in names)
    )
    command = typer.Typer()
    command.command()(main)
    told = CliRunner().invoke(
        command, ["--data", str(folder), "--output", str(tmp_path / "all.json")]
    )
    assert told.exit_code == 0, told.output
    found = json.loads((tmp_path / "all.json").read_text())
    assert [each["answerable"] for each in found] == [True, False] * 5
    assert (
        compute_auroc(
            *(
                [each["figures"]["lexical"] for each in found if each["answerable"] is side]
                for side in (True, False)
            )
        )
        == 1.0
    )
    assert "AUROC" in told.stdout

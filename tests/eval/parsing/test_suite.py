from __future__ import annotations

from dataclasses import fields
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from eval.parsing.children import Children
from eval.parsing.sets import ParsingSet, load_parsing_sets
from eval.parsing.show import format_figure, print_ablation, print_parsing
from eval.parsing.suite import ablate_stages, run_on_markdown, run_parsing
from ingest.options import ParseOptions
from ingest.pdf.layout.stages import Stages
from tests.ingest.pdf.support import sheets

CHILDREN = Children(jobs=1, timeout_s=60, memory_mb=4096)
OPTIONS = ParseOptions(ocr="off")
TEXT = "The committee met twice."


def draw(document: Any) -> None:
    page = sheets.page_of(document)
    sheets.write(page, 60, 80, "Report on tides", 22)
    sheets.column(page, 60, 140, sheets.wrapped(sheets.LOREM, 400))
    sheets.ruled_table(page, 60, 500, [["year", "sales"], ["2023", "10"], ["2024", "12"]])


@pytest.fixture
def sets(tmp_path: Path) -> list[ParsingSet]:
    folder = tmp_path / "mine"
    for part in ("pdf", "gt"):
        (folder / part).mkdir(parents=True)
    (folder / "pdf" / "good.pdf").write_bytes(sheets.made(draw))
    (folder / "pdf" / "broken.pdf").write_bytes(b"%PDF-1.7 and nothing more")
    table = "| year | sales |\n|---|---|\n| 2023 | 10 |\n| 2024 | 12 |"
    (folder / "gt" / "good.md").write_text(f"# Report on tides\n\n{sheets.LOREM}\n\n{table}\n")
    (folder / "gt" / "broken.md").write_text(TEXT)
    return load_parsing_sets(folder)


def test_a_failed_document_counts_as_empty_and_is_named(sets: list[ParsingSet]) -> None:
    (result,) = run_parsing(sets, OPTIONS, CHILDREN)
    assert (result.documents, result.pages, result.has_failures) == (2, 1, True)
    (failure,) = result.failures
    assert (failure.case, failure.code) == ("broken", "corrupt_file")
    by_name = {case.document: case for case in result.cases}
    assert by_name["broken"].failed
    assert by_name["broken"].figures["nid"] == 0.0
    assert by_name["good"].figures["nid"] == 1.0
    assert by_name["good"].figures["teds"] == 1.0
    assert by_name["good"].figures["head_f1"] == 1.0
    assert result.figures["nid"] == 0.5
    assert by_name["good"].cpu_s > 0
    assert result.pages_per_cpu_s is not None


def test_saved_markdown_scores_the_same(sets: list[ParsingSet], tmp_path: Path) -> None:
    save = tmp_path / "out"
    (save / "mine").mkdir(parents=True)
    (save / "mine" / "broken.md").write_text("left by an earlier run")
    (parsed,) = run_parsing(sets, OPTIONS, CHILDREN, save=save)
    assert [path.name for path in (save / "mine").iterdir()] == ["good.md"]
    (again,) = run_on_markdown(sets, save, CHILDREN)
    assert again.figures == parsed.figures
    assert again.pages_per_cpu_s is None
    (failure,) = again.failures
    assert (failure.case, failure.code) == ("broken", "missing")


def test_an_ablation_has_every_stage_and_its_cost(sets: list[ParsingSet]) -> None:
    (result,) = ablate_stages(sets, OPTIONS, CHILDREN)
    assert [cost.stage for cost in result.stages] == [each.name for each in fields(Stages)]
    change = {cost.stage: cost.change for cost in result.stages}
    assert change["headings"]["head_f1"] == -1.0
    assert change["ocr"]["nid"] == 0.0
    out = StringIO()
    print_ablation(result, Console(file=out, width=120))
    assert "headings" in out.getvalue()
    assert "-1.0000" in out.getvalue()


def test_documents_are_printed_the_worst_first(sets: list[ParsingSet]) -> None:
    (result,) = run_parsing(sets, OPTIONS, CHILDREN)
    out = StringIO()
    print_parsing(result, Console(file=out, width=140), documents=True)
    text = out.getvalue()
    assert text.index("broken") < text.index("good") < text.index("all")
    assert "failed, counted as empty: broken" in text
    assert "pages per CPU second" in text


@pytest.mark.parametrize(
    ("name", "value", "text"), [("nid", 0.5, "0.5000"), ("fp_tables", 3, "3"), ("teds", None, "-")]
)
def test_figures_are_shown_as_shares_and_counts(name: str, value: float | None, text: str) -> None:
    assert format_figure(name, value) == text

"""The figures agree with those of the benchmark's own scorer, where the benchmark is at hand."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from eval.parsing.sets import ParsingSet, load_parsing_sets
from eval.parsing.work import ParseTask, parse_to_markdown
from ingest.errors import NoTextFound
from ingest.options import ParseOptions
from tests.support import ROOT

BENCH = ROOT.parent / "shared" / "bench" / "parsing"
SAMPLE = 4
FORMER_NAMES = {"n_tests": "tests"}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a sample of every set, laid out as the benchmark is."""
    if not (BENCH / "score.py").is_file():
        pytest.skip("the benchmark is not at hand")
    folder = tmp_path_factory.mktemp("bench")
    for each in load_parsing_sets(BENCH):
        (folder / each.name / "pdf").mkdir(parents=True)
        for part in ("gt", "gt_nohf"):
            if (each.folder / part).is_dir():
                (folder / each.name / part).symlink_to(each.folder / part)
        small = sorted(each.documents, key=lambda name: each.pdf_path_of(name).stat().st_size)
        for name in small[:: max(1, len(small) // SAMPLE)][:SAMPLE]:
            (folder / each.name / "pdf" / f"{name}.pdf").symlink_to(each.pdf_path_of(name))
    return folder


def write_markdown(of: ParsingSet, folder: Path) -> None:
    folder.mkdir(parents=True)
    for name in of.documents:
        try:
            outcome = parse_to_markdown(
                ParseTask(of.pdf_path_of(name), ParseOptions(ocr="off", min_text_share=0))
            )
        except NoTextFound:  # a scan: missing for both
            continue
        (folder / f"{name}.md").write_text(outcome.markdown, encoding="utf-8")


@pytest.mark.slow
def test_figures_agree_to_four_digits(data: Path, tmp_path: Path) -> None:
    sets = load_parsing_sets(data)
    for each in sets:
        write_markdown(each, tmp_path / each.name)
    theirs = their_figures(data, tmp_path)
    compared = 0
    for each in sets:
        scores = {}
        for name in each.documents:
            path = tmp_path / each.name / f"{name}.md"
            text = path.read_text(encoding="utf-8") if path.is_file() else ""
            scores[name] = each.scorer.score(name, text)
            compared += agree(theirs[each.name]["docs"][name], scores[name], name)
        compared += agree(theirs[each.name]["score"], each.scorer.summary(scores), each.name)
    assert compared > 100


def their_figures(data: Path, markdown: Path) -> Any:
    out = markdown / "theirs.json"
    command = [sys.executable, str(BENCH / "score.py"), "--pred", str(markdown)]
    command += ["--data", str(data), "--json", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "ModuleNotFoundError" in done.stderr:
        pytest.skip("what the benchmark's scorer needs is not installed")
    assert done.returncode == 0, done.stderr
    return json.loads(out.read_text(encoding="utf-8"))


def agree(theirs: dict[str, Any], ours: dict[str, float | None], of: str) -> int:
    """Compare the figures that both have; return how many."""
    compared = 0
    for name, value in theirs.items():
        name = FORMER_NAMES.get(name, name)
        if name in ours:
            found = ours[name]
            if value is None or found is None:
                assert value is found, f"{of}: {name}"
            else:
                assert found == pytest.approx(value, abs=5.1e-5), f"{of}: {name}"
            compared += 1
    return compared

from __future__ import annotations

import json
import threading
from contextlib import closing
from io import BytesIO
from pathlib import Path

import pytest
from typer.testing import CliRunner

from eval.commands.cli import cli
from rag.pipeline.bootstrap import build_docchat
from rag.settings import Settings
from tests.support import ROOT

RUNNER = CliRunner()


@pytest.fixture
def beir(tmp_path: Path) -> Path:
    folder = tmp_path / "tiny"
    (folder / "qrels").mkdir(parents=True)
    corpus = {"d1": "The battery lasts two years.", "d2": "发票应在三十天内支付。"}
    queries = {"q1": "how long does the battery last", "q2": "发票什么时候支付"}
    for name, rows in (("corpus", corpus), ("queries", queries)):
        lines = [json.dumps({"_id": key, "text": text}) for key, text in rows.items()]
        (folder / f"{name}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td1\t1\nq2\td2\t1\n")
    return folder


ENV = {"DOCCHAT_EMBEDDER__MODEL": "hash", "COLUMNS": "140"}


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCCHAT_HOME", str(tmp_path / "home"))


def test_retrieval_prints_json_writes_it_and_keeps_the_run(beir: Path, tmp_path: Path) -> None:
    out, page = tmp_path / "out.json", tmp_path / "page.html"
    arguments = ["retrieval", "--data", str(beir), "--vary", "retrieval.depth=5", "--format"]
    arguments += ["json", "--output", str(out), "--html", str(page)]
    done = RUNNER.invoke(cli, arguments, env=ENV)
    assert done.exit_code == 0, done.output
    printed = json.loads(done.stdout)
    assert printed == json.loads(out.read_text(encoding="utf-8"))
    (summary,) = printed["summary"]
    assert summary["dataset"] == "tiny"
    rows = [row["row"] for row in summary["rows"]]
    assert rows == ["docchat", "retrieval.depth=5", "rank-bm25", "dense", "rrf"]
    assert summary["rows"][0]["figures"]["nDCG@10"]["value"] == 1.0
    assert "adding" in done.stderr
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")

    listed = json.loads(RUNNER.invoke(cli, ["runs", "--format", "json"], env=ENV).stdout)
    assert [run["id"] for run in listed] == [printed["run"]["id"]]
    shown = RUNNER.invoke(cli, ["show", "last", "--format", "json"], env=ENV)
    assert json.loads(shown.stdout)["cases"] == printed["cases"]
    assert "rank-bm25" in RUNNER.invoke(cli, ["show"], env=ENV).stdout
    compared = RUNNER.invoke(cli, ["compare", str(out), "last", "--format", "json"], env=ENV)
    changes = json.loads(compared.stdout)["changes"]
    assert {change["difference"]["p"] for change in changes} == {1.0}
    rows = ["compare", "last:docchat", "last:rank-bm25", "--format", "json"]
    changes = json.loads(RUNNER.invoke(cli, rows, env=ENV).stdout)["changes"]
    assert {change["row"] for change in changes} == {"docchat → rank-bm25"}
    unknown = RUNNER.invoke(cli, ["compare", "last:docchat", "last:none"], env=ENV)
    assert unknown.exit_code == 2
    assert "has no row 'none'" in unknown.stderr


def test_a_gate_passes_or_leaves_with_1(beir: Path, tmp_path: Path) -> None:
    base = ["retrieval", "--data", str(beir), "--against", "none"]
    out = str(tmp_path / "before.json")
    assert RUNNER.invoke(cli, [*base, "--output", out], env=ENV).exit_code == 0
    gated = [*base, "--baseline", out, "--fail-if", "ndcg@10 drops 0.01"]
    passed = RUNNER.invoke(cli, gated, env=ENV)
    assert passed.exit_code == 0, passed.output
    assert "gate passed: tiny: ndcg@10 drops 0.01" in passed.stderr
    broken = RUNNER.invoke(cli, [*gated, "--fail-if", "recall@5 below 1.5"], env=ENV)
    assert broken.exit_code == 1
    assert "gate FAILED: tiny: recall@5 below 1.5" in broken.stderr
    worse = json.loads(Path(out).read_text(encoding="utf-8"))
    for case in worse["cases"]:
        case["values"]["nDCG@10"] += 0.02
    Path(out).write_text(json.dumps(worse), encoding="utf-8")
    assert RUNNER.invoke(cli, gated, env=ENV).exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--fail-if", "ndcg@10 drops 0.01"], "need --baseline"),
        (["--fail-if", "nonsense"], "cannot be read"),
        (["--baseline", "nowhere"], "There is no run in"),
        (["--fail-if", "page@5 below 0.5"], "nothing to judge"),
        (["--vary", "retrieval.rerank=of"], "--vary retrieval.rerank=of: of is no model folder"),
        (["--vary", "retrieval.nonsense=1"], "hint: Write --vary"),
        (["--vary", "retrieval.depth"], "NAME=VALUE"),
        (["--against", "bm26"], "no baseline"),
    ],
)
def test_what_cannot_be_done_is_told_before_anything_is_measured(
    beir: Path, arguments: list[str], says: str
) -> None:
    done = RUNNER.invoke(cli, ["retrieval", "--data", str(beir), *arguments], env=ENV)
    assert done.exit_code == 2
    assert says in done.stderr
    assert "adding" not in done.stderr


def test_a_baseline_on_other_data_is_refused_before_anything_is_measured(
    beir: Path, tmp_path: Path
) -> None:
    out = str(tmp_path / "before.json")
    base = ["retrieval", "--data", str(beir), "--against", "none"]
    assert RUNNER.invoke(cli, [*base, "--output", out], env=ENV).exit_code == 0
    with (beir / "corpus.jsonl").open("a") as stream:
        stream.write('\n{"_id": "d3", "text": "Another."}\n')
    gated = [*base, "--baseline", out, "--fail-if", "ndcg@10 drops 0.01"]
    done = RUNNER.invoke(cli, gated, env=ENV)
    assert done.exit_code == 2
    assert "error: The baseline was measured on other data: tiny." in done.stderr
    assert "adding" not in done.stderr


def test_a_value_that_is_set_anyway_is_told(beir: Path) -> None:
    depth = Settings().retrieval.depth
    varied = ["retrieval", "--data", str(beir), "--vary", f"retrieval.depth={depth}"]
    done = RUNNER.invoke(cli, [*varied, "--against", "none"], env=ENV)
    assert done.exit_code == 0
    assert f"--vary retrieval.depth={depth} is what the row docchat has already" in done.stderr


def test_an_interrupted_run_says_how_to_go_on(beir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("eval.suites.retrieval.run_retrieval", interrupted)
    done = RUNNER.invoke(cli, ["retrieval", "--data", str(beir)], env=ENV)
    assert done.exit_code == 130
    assert "0 cases are kept in run" in done.stderr
    assert "run the same again to go on" in done.stderr


def test_no_run_yet_is_told() -> None:
    listed = RUNNER.invoke(cli, ["runs"], env=ENV)
    assert (listed.exit_code, listed.stdout) == (0, "")
    assert "There is no run in" in listed.stderr
    assert RUNNER.invoke(cli, ["runs", "--format", "json"], env=ENV).stdout == "[]\n"
    shown = RUNNER.invoke(cli, ["show"], env=ENV)
    assert shown.exit_code == 2
    assert shown.stderr.startswith("error: There is no run in")
    assert "\nhint: Make one with" in shown.stderr


def test_a_folder_that_is_not_there_shows_both_layouts() -> None:
    done = RUNNER.invoke(cli, ["retrieval", "--data", "nowhere"], env=ENV)
    assert done.exit_code == 2
    assert "There is no folder nowhere" in done.stderr
    assert "questions.jsonl" in done.stderr
    assert "qrels/test.tsv" in done.stderr


@pytest.mark.parametrize("command", ["retrieval", "answers"])
def test_a_bad_folder_is_a_usage_error_that_shows_the_layout(command: str, tmp_path: Path) -> None:
    done = RUNNER.invoke(cli, [command, "--data", str(tmp_path)], env=ENV)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert "has no" in done.stderr
    assert "jsonl" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_bad_setting_is_a_usage_error(beir: Path) -> None:
    env = ENV | {"DOCCHAT_RETRIEVAL__DEPTH": "none"}
    done = RUNNER.invoke(cli, ["retrieval", "--data", str(beir)], env=env)
    assert done.exit_code == 2
    assert "retrieval.depth" in done.stderr


def test_a_model_that_is_not_there_is_told_with_a_hint(beir: Path) -> None:
    env = ENV | {"DOCCHAT_EMBEDDER__MODEL": "/no/such/model"}
    done = RUNNER.invoke(cli, ["retrieval", "--data", str(beir)], env=env)
    assert done.exit_code == 3
    assert "no model folder" in done.stderr


def test_failed_documents_are_exit_code_1(tmp_path: Path) -> None:
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7 and nothing more")
    row = {"id": "1", "language": "en", "question": "Who?", "answerable": False}
    (tmp_path / "questions.jsonl").write_text(json.dumps(row))
    done = RUNNER.invoke(cli, ["answers", "--data", str(tmp_path)], env=ENV)
    assert done.exit_code == 1, done.output
    assert "corrupt_file" in done.stdout


@pytest.mark.parametrize(
    ("command", "layout"),
    [
        ("retrieval", "qrels/test.tsv"),
        ("answers", "questions.jsonl"),
        ("parsing", "gt/NAME.md"),
    ],
)
def test_help_explains_the_layout(command: str, layout: str) -> None:
    done = RUNNER.invoke(cli, [command, "--help"], env=ENV)
    assert done.exit_code == 0
    assert layout in done.stdout


def test_the_command_line_finds_the_plugin() -> None:
    from importlib.metadata import entry_points

    names = {entry.name: entry.value for entry in entry_points(group="docchat.commands")}
    if "eval" not in names:
        pytest.skip("docchat is not installed with this entry point yet: pip install -e . anew")
    assert names["eval"] == "eval.commands.cli:cli"


@pytest.fixture
def pdfs(tmp_path: Path) -> Path:
    """Return a set of one document, one of the samples."""
    folder = tmp_path / "mine"
    for part in ("pdf", "gt"):
        (folder / part).mkdir(parents=True)
    sample = ROOT / "data" / "samples" / "tidal-turbines.pdf"
    (folder / "pdf" / "tides.pdf").write_bytes(sample.read_bytes())
    (folder / "gt" / "tides.md").write_text("# Tidal turbines\n", encoding="utf-8")
    return folder


def test_parsing_prints_figures_and_speed(pdfs: Path) -> None:
    arguments = ["parsing", "--data", str(pdfs), "--ocr", "off", "--jobs", "1", "--docs"]
    done = RUNNER.invoke(cli, arguments, env=ENV)
    assert done.exit_code == 0, done.output
    assert "mine (documents): 1 documents" in done.stdout
    assert "pages per CPU second" in done.stdout
    assert "tides" in done.stdout
    assert "parsing (1)" in done.stderr


def test_parsing_gives_json_that_can_be_scored_again(pdfs: Path, tmp_path: Path) -> None:
    base = ["parsing", "--data", str(pdfs), "--format", "json", "--jobs", "1"]
    saved = ["--save", str(tmp_path / "out"), "--furniture", "--ocr", "off"]
    done = RUNNER.invoke(cli, [*base, *saved], env=ENV)
    assert done.exit_code == 0, done.output
    (result,) = json.loads(done.stdout)["results"]
    again = RUNNER.invoke(cli, [*base, "--predictions", str(tmp_path / "out")], env=ENV)
    (scored,) = json.loads(again.stdout)["results"]
    assert scored["figures"] == result["figures"]


def test_parsing_has_a_gate(pdfs: Path, tmp_path: Path) -> None:
    out = tmp_path / "before.json"
    base = ["parsing", "--data", str(pdfs), "--ocr", "off", "--jobs", "1"]
    assert RUNNER.invoke(cli, [*base, "--output", str(out)], env=ENV).exit_code == 0
    gated = [*base, "--baseline", str(out), "--fail-if", "nid drops 0.01"]
    passed = RUNNER.invoke(cli, gated, env=ENV)
    assert passed.exit_code == 0, passed.output
    assert "gate passed: mine: nid drops 0.01" in passed.stderr
    for gate in (["--baseline", str(out), "--fail-if", "teds_s drops 0.1"], gated[-2:]):
        refused = RUNNER.invoke(cli, [*base, *gate], env=ENV)
        assert refused.exit_code == 2
        assert "parsing (" not in refused.stderr, "it is refused before anything is parsed"
    better = json.loads(out.read_text(encoding="utf-8"))
    better["results"][0]["figures"]["nid"] += 0.02
    out.write_text(json.dumps(better))
    broken = RUNNER.invoke(cli, gated, env=ENV)
    assert broken.exit_code == 1
    assert "gate FAILED: mine: nid drops 0.01" in broken.stderr
    out.write_text("[]")
    spoilt = RUNNER.invoke(cli, gated, env=ENV)
    assert spoilt.exit_code == 2
    assert "is no result" in spoilt.stderr


def test_parsing_proves_boxes(pdfs: Path) -> None:
    arguments = ["parsing", "--data", str(pdfs), "--boxes", "10", "--ocr", "off", "--jobs", "1"]
    done = RUNNER.invoke(cli, arguments, env=ENV)
    assert done.exit_code == 0, done.output
    assert "boxes: 10 blocks of 1 documents; in 100.0%" in done.stdout


def test_runs_that_exclude_each_other_are_a_usage_error(pdfs: Path) -> None:
    arguments = ["parsing", "--data", str(pdfs), "--ablate", "--boxes", "3"]
    done = RUNNER.invoke(cli, arguments, env=ENV)
    assert done.exit_code == 2
    assert "Choose one" in done.stderr


def test_a_folder_that_is_no_parsing_set_is_a_usage_error(tmp_path: Path) -> None:
    done = RUNNER.invoke(cli, ["parsing", "--data", str(tmp_path)], env=ENV)
    assert done.exit_code == 2
    assert "pdf/NAME.pdf" in done.stderr


MANUAL = "# Manual\n\n## Water supply\n\nThe rotor has a diameter of 1.20 m. The volume is 4 l.\n"


def test_from_documents_to_a_measured_set(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "manual.md").write_text(MANUAL)
    made = RUNNER.invoke(cli, ["generate", str(folder)], env=ENV)
    assert made.exit_code == 0, made.output
    assert "2 new questions in" in made.stdout
    assert "(2 value)" in made.stdout
    assert "2 wait for review: docchat eval review" in made.stderr
    early = RUNNER.invoke(cli, ["retrieval", "--data", str(folder)], env=ENV)
    assert early.exit_code == 2
    assert "eval review" in early.stderr
    typed = "x\na\nc\nHow large is the tank?\nmanual.md\n1\n4 l\n"
    done = RUNNER.invoke(cli, ["review", str(folder)], env=ENV, input=typed)
    assert done.exit_code == 0, done.output
    assert "Now: 2 accepted, 0 rejected, 0 skipped." in done.stderr
    assert "In all: 2 questions reviewed, 0 waiting, 0 rejected." in done.stderr
    again = RUNNER.invoke(cli, ["generate", str(folder)], env=ENV)
    assert "0 new questions" in again.stdout
    assert "(what was found is there or was rejected)" in again.stdout
    assert "review" not in again.stderr
    measured = RUNNER.invoke(
        cli, ["retrieval", "--data", str(folder), "--against", "none", "--format", "json"], env=ENV
    )
    assert measured.exit_code == 0, measured.output
    (row,) = json.loads(measured.stdout)["summary"][0]["rows"]
    assert row["figures"]["page@1"]["value"] == 1.0
    assert "How large is the tank?" in measured.stdout


def test_review_stops_where_told_and_refuses_what_is_not_whole(tmp_path: Path) -> None:
    rows = [
        {"id": "1", "question": "Where?", "reviewed": False},
        {"id": "2", "question": "Bad?", "reviewed": False},
        {"id": "3", "question": "Left?", "reviewed": False},
    ]
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (tmp_path / "questions.jsonl").write_text(text)
    typed = "a\nc\nWho?\n-\nr\nq\n"
    done = RUNNER.invoke(cli, ["review", str(tmp_path)], env=ENV, input=typed)
    assert done.exit_code == 0, done.output
    assert "no file or pages yet" in done.stdout
    assert "Now: 1 accepted, 1 rejected, 0 skipped." in done.stderr
    assert "In all: 1 questions reviewed, 1 waiting, 1 rejected." in done.stderr
    lines = (tmp_path / "questions.jsonl").read_text().splitlines()
    kept = {row["id"]: row for row in map(json.loads, lines)}
    assert set(kept) == {"1", "3"}
    assert (kept["1"]["answerable"], kept["1"]["question"]) == (False, "Who?")
    assert not kept["3"]["reviewed"]


def test_generate_counts_what_is_new_and_a_failed_document(tmp_path: Path) -> None:
    (tmp_path / "manual.md").write_text(MANUAL)
    assert RUNNER.invoke(cli, ["generate", str(tmp_path)], env=ENV).exit_code == 0
    (tmp_path / "other.md").write_text("# Other\n\nThe mast has a height of 9 m.\n")
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7 and nothing more")
    done = RUNNER.invoke(cli, ["generate", str(tmp_path)], env=ENV)
    assert done.exit_code == 1
    assert "1 new questions" in done.stdout
    assert "(1 value)" in done.stdout
    assert "3 wait for review" in done.stderr
    assert "failed: broken.pdf: corrupt_file" in done.stderr


def test_review_needs_somebody_to_answer(tmp_path: Path) -> None:
    row = {"id": "1", "question": "Where?", "file": "a.md", "pages": [3, 4], "reviewed": False}
    (tmp_path / "questions.jsonl").write_text(json.dumps(row))
    done = RUNNER.invoke(cli, ["review", str(tmp_path)], env=ENV, input="")
    assert done.exit_code == 2
    assert "a.md, pages 3, 4" in done.stdout
    assert "nobody answers here" in done.stderr
    assert "in a terminal" in done.stderr
    assert "Aborted" not in done.stderr


def test_generate_takes_the_documents_of_a_collection(tmp_path: Path) -> None:
    settings = Settings.model_validate({"home": tmp_path / "home", "embedder": {"model": "hash"}})
    with closing(build_docchat(settings)) as docchat:
        collection = docchat.library.create_collection("work")
        docchat.library.add(BytesIO(MANUAL.encode()), "manual.md", collection.id)
        docchat.create_worker().run(threading.Event(), until_idle=True)
    out = tmp_path / "out"
    done = RUNNER.invoke(cli, ["generate", str(out), "--collection", "work"], env=ENV)
    assert done.exit_code == 0, done.output
    assert (out / "documents" / "manual.md").read_text() == MANUAL
    assert "2 new questions" in done.stdout
    exported = RUNNER.invoke(cli, ["export-feedback", str(tmp_path / "liked")], env=ENV)
    assert exported.exit_code == 0, exported.output
    assert "0 questions added" in exported.stdout
    missing = RUNNER.invoke(cli, ["generate", str(out), "--collection", "none"], env=ENV)
    assert missing.exit_code == 3

"""Runs are kept as they come, taken up where they stopped, and read back as they were."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from eval.errors import RunInvalid
from eval.measures.cases import Case
from eval.runs.run_store import CASES_NAME, Ingestion, RunStore, load_run, run_to_json
from tests.eval.made import DATA, case, failed, info


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path / "runs")


def test_what_is_added_is_read_back(store: RunStore) -> None:
    run = store.begin(info())
    cases = [case("docchat", "q1", 0.5, 3.25), failed("docchat", "q2"), Case("mine", "d", "x", "")]
    for each in cases:
        run.add(each)
    run.record_ingestion(Ingestion("mine", ("docchat",), 3, 5, 1.5, "hash"))
    run.finish()
    back = store.load(run.info.id)
    assert back.cases == tuple(cases)
    assert back.info == run.info
    assert back.info.finished
    assert back.info.ingestions[0].chunks == 5


def test_an_interrupted_run_is_taken_up_and_a_finished_one_is_not(store: RunStore) -> None:
    first = store.begin(info())
    first.add(case("docchat", "q1", 0.5))
    again = store.begin(info())
    assert again.info.id == first.info.id
    assert again.has_case("mine", "docchat", "q1")
    assert not again.has_case("mine", "docchat", "q2")
    again.add(case("docchat", "q1", 0.9))
    assert [each.values["nDCG@10"] for each in again.cases] == [0.5]
    again.finish()
    assert store.begin(info()).info.id != first.info.id


def test_fresh_and_other_settings_begin_anew(store: RunStore) -> None:
    first = store.begin(info())
    assert store.begin(info(), fresh=True).info.id != first.info.id
    assert store.begin(info(rows=("docchat", "other"))).cases == []
    other_data = replace(info(), data=(replace(DATA, hash="f" * 16),))
    assert store.begin(other_data).info.id != first.info.id
    other_code = replace(info(), versions={"code": "another"})
    assert store.begin(other_code).info.id not in (first.info.id, other_data.id)


def test_a_line_cut_short_by_a_crash_is_measured_anew(store: RunStore) -> None:
    run = store.begin(info())
    run.add(case("docchat", "q1", 0.5))
    run.add(case("docchat", "q2", 0.5))
    path = run.folder / CASES_NAME
    path.write_text(path.read_text(encoding="utf-8")[:-20], encoding="utf-8")
    again = store.begin(info())
    assert [each.id for each in again.cases] == ["q1"]
    again.add(case("docchat", "q2", 0.75))
    assert [each.values["nDCG@10"] for each in load_run(run.folder).cases] == [0.5, 0.75]


def test_a_spoiled_line_in_the_middle_is_an_error(store: RunStore) -> None:
    run = store.begin(info())
    run.add(case("docchat", "q1", 0.5))
    path = run.folder / CASES_NAME
    path.write_text("{nonsense\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(RunInvalid, match="Case 1"):
        load_run(run.folder)


def test_runs_are_found_by_id_beginning_path_and_last(store: RunStore, tmp_path: Path) -> None:
    run = store.begin(info())
    run.add(case("docchat", "q1", 0.5))
    run.finish()
    for name in (run.info.id, run.info.id[:-2], "last", str(run.folder)):
        assert store.load(name).info.id == run.info.id
    file = tmp_path / "out.json"
    file.write_text(json.dumps(run_to_json(run.stored_run)), encoding="utf-8")
    assert store.load(str(file)).cases == run.stored_run.cases
    with pytest.raises(RunInvalid, match="no one run"):
        store.load("nothing")
    file.write_text("[]")
    with pytest.raises(RunInvalid, match="is no run"):
        store.load(str(file))


def test_there_may_be_no_runs(store: RunStore) -> None:
    assert store.list() == []
    for name in ("last", "2026"):
        with pytest.raises(RunInvalid, match=r"no run in .* yet") as caught:
            store.load(name)
        assert "docchat eval retrieval" in caught.value.advice

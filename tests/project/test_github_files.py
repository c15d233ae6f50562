"""Workflows and forms of GitHub: minimal permissions, known actions, targets that are there."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support import ROOT

GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
FORMS = sorted((GITHUB / "ISSUE_TEMPLATE").glob("*.yml"))
_MAJOR = re.compile(r"(actions/[\w-]+@v\d+|pypa/gh-action-pypi-publish@release/v1)")
_TARGET = re.compile(r"\bmake ([a-z][a-z-]*)")


def read_yaml(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def find_steps(workflow: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for job in workflow["jobs"].values():
        yield from job["steps"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_may_only_read_and_names_actions_by_major_version(path: Path) -> None:
    workflow = read_yaml(path)
    assert workflow["permissions"] == {"contents": "read"}
    granted = {name: job.get("permissions") for name, job in workflow["jobs"].items()}
    assert {name for name, each in granted.items() if each} <= {"publish"}
    assert granted.get("publish") in (None, {"id-token": "write"})
    for job in workflow["jobs"].values():
        assert job["timeout-minutes"]
    for step in find_steps(workflow):
        assert "uses" not in step or _MAJOR.fullmatch(step["uses"]), step


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_what_a_workflow_runs_is_there(path: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for step in find_steps(read_yaml(path)):
        run = step.get("run", "")
        assert set(_TARGET.findall(run)) <= targets
        assert ".ci/run" not in run or (ROOT / ".ci" / "run").is_file()


def test_every_python_that_is_promised_is_tested() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    tested = read_yaml(GITHUB / "workflows" / "test.yml")["jobs"]["test"]["strategy"]["matrix"]
    assert project["requires-python"] == f">={tested['python'][0]}"
    prefix = "Programming Language :: Python :: 3."
    promised = [each for each in project["classifiers"] if each.startswith(prefix)]
    assert {each.rpartition(" ")[2] for each in promised} <= set(tested["python"])


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.name)
def test_a_form_asks_each_thing_once(path: Path) -> None:
    form = read_yaml(path)
    if path.name == "config.yml":
        return
    asked = [each["id"] for each in form["body"] if each["type"] != "markdown"]
    assert len(asked) == len(set(asked)) > 1
    assert form["name"]
    assert form["description"]


def test_hooks_run_the_projects_own_tools() -> None:
    for repository in read_yaml(ROOT / ".pre-commit-config.yaml")["repos"]:
        assert repository["repo"] == "local"
        for hook in repository["hooks"]:
            assert hook["language"] == "system"
            assert hook["entry"].startswith(".venv/bin/")

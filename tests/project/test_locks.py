"""The locks in `requirements/` name, with hashes, all that `pyproject.toml` asks for.

Those are run.txt, dev.txt, bench.txt, node.txt, cpu.txt and cuda.txt.
"""

from __future__ import annotations

import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.project.lock_requirements import (
    CPU,
    CUDA,
    STAGES,
    read_all_locks,
    read_lock,
    split_head,
    split_stages,
)
from tests.support import ROOT

LOCKS = read_all_locks()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = PROJECT["project"]["optional-dependencies"]


def list_versions(*names: str) -> dict[str, str]:
    return dict(split_head(head) for name in names for head in LOCKS[name])


def list_requirements(stage: str) -> list[str]:
    listed = [each for extra in STAGES[stage] for each in EXTRAS[extra]]
    if stage == "run":
        listed += PROJECT["project"]["dependencies"] + PROJECT["build-system"]["requires"]
    return listed


def test_every_extra_is_locked() -> None:
    assert set(LOCKS) == {*STAGES, CUDA, CPU}
    assert {extra for extras in STAGES.values() for extra in extras} == set(EXTRAS)


@pytest.mark.parametrize("name", sorted(LOCKS))
def test_every_package_has_hashes(name: str) -> None:
    assert LOCKS[name]
    for head, hashes in LOCKS[name].items():
        assert hashes, f"{head} has no hash in {name}.txt"


@pytest.mark.parametrize("stage", STAGES)
def test_what_is_asked_for_is_locked_in_a_version_that_will_do(stage: str) -> None:
    installed = list_versions("run") if stage == "run" else list_versions("run", "dev", stage)
    for written in list_requirements(stage):
        asked = Requirement(written)
        if asked.name == "docchat":
            continue
        version = installed.get(canonicalize_name(asked.name))
        assert version, f"{written} is not locked: run `make lock`"
        assert asked.specifier.contains(version), f"{written}, but {version} is locked"


def test_a_package_has_one_version() -> None:
    every = {split_head(head) for name, lock in LOCKS.items() if name != CPU for head in lock}
    names = sorted(name for name, _ in every)
    assert names == sorted(set(names))


def test_running_needs_no_tools_and_no_servers() -> None:
    unneeded = {"mypy", "playwright", "psycopg", "pymilvus", "pytest", "rapidfuzz", "ray", "ruff"}
    unneeded |= {split_head(head)[0] for head in LOCKS[CUDA]}
    assert not unneeded & list_versions("run").keys()


def test_the_cpu_build_has_the_version_that_is_locked() -> None:
    assert list_versions(CPU)["torch"] == list_versions("run")["torch"] + "+cpu"


def test_a_lock_is_read_with_markers_and_hashes() -> None:
    first, second = "sha256:" + "a" * 64, "sha256:" + "b" * 64
    text = (
        f"# A comment.\nA_b==1.0 ; sys_platform == 'linux' \\\n    --hash={first} \\\n"
        f"    --hash={second}\nc==2+cpu \\\n    --hash={first}\n"
    )
    lock = read_lock(text)
    assert lock == {"A_b==1.0 ; sys_platform == 'linux'": [first, second], "c==2+cpu": [first]}
    assert [split_head(head) for head in lock] == [("a-b", "1.0"), ("c", "2+cpu")]


def test_a_stage_has_what_no_earlier_one_has() -> None:
    run = {"a==1": ["x"], "b==1 ; python_version < '3.12'": ["x"], "triton==3": ["x"]}
    dev = {"a==1": ["x"], "b==1": ["x"], "nvidia-x==1": ["x"], "tritonclient==1": ["x"]}
    assert split_stages({"run": run, "dev": dev}) == {
        "run": {"a==1": ["x"], "b==1 ; python_version < '3.12'": ["x"]},
        "dev": {"b==1": ["x"], "tritonclient==1": ["x"]},
        CUDA: {"triton==3": ["x"], "nvidia-x==1": ["x"]},
    }

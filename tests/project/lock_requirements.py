"""Writes the locks in `requirements/`: every package to install, with its version and hashes.

Run by `make lock` as `python -m tests.project.lock_requirements`, beside an installed uv.

uv resolves everything together, for all systems and every Python that docchat runs on. The result
is cut into files that are installed one after the other, so that running docchat needs the first
alone. A package stands in a later file only if no earlier one has the same line.

torch comes in two builds. PyPI's is for CUDA on Linux, with libraries that are a file of their own.
A CPU build (`2.13.0+cpu`) is much smaller; where pip finds one, in a folder or on another index,
it is installed first, and then satisfies what the locks say of torch. Its hash is that of the file
which pip finds on the machine that writes the locks.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.support import ROOT

FOLDER = ROOT / "requirements"
STAGES: Mapping[str, tuple[str, ...]] = {
    "run": ("ocr", "openvino"),
    "dev": ("eval", "finetune", "postgres", "milvus", "ray", "dev"),
    "bench": ("bench",),
    "node": ("node",),
}
"""The extras of each file, in the order in which they are installed."""
CUDA, CPU = "cuda", "cpu"
PURPOSES = {
    "run": "What running docchat needs",
    "dev": "What tests, linters and evaluation need beside run.txt",
    "bench": "What comparing with LangChain needs beside run.txt and dev.txt",
    "node": "Node, for machines without one that builds the page",
    CUDA: "What torch needs beside run.txt where it is built for CUDA",
    CPU: "The CPU build of torch, to be installed before run.txt where pip finds it",
}
HELD = {"torch": "2.13.0"}
"""Versions that an upgrade keeps: torch's newest for which a CPU build was at hand. Another one
would bring the CUDA build to all machines, which is larger by gigabytes."""
PYTHON = "3.11.5"
"""The oldest Python that all packages of the locks support."""

_CUDA_NAME = re.compile(r"(?:nvidia|cuda)-|triton==")
_HEAD = re.compile(r"(?P<name>[A-Za-z0-9][\w.-]*)==(?P<version>[^ ;\\]+)")
_HASH = re.compile(r"--hash=(sha256:[0-9a-f]{64})")

Lock = dict[str, list[str]]
"""The first line of a requirement (`name==version ; marker`) to its hashes."""


def read_lock(text: str) -> Lock:
    """Return the requirements of a lock."""
    lock: Lock = {}
    head = ""
    for line in text.splitlines():
        if _HEAD.match(line):
            head = line.removesuffix("\\").strip()
            lock[head] = []
        elif found := _HASH.search(line):
            lock[head].append(found[1])
    return lock


def split_head(head: str) -> tuple[str, str]:
    """Return the name, as PyPI compares names, and the version of a requirement."""
    found = _HEAD.match(head)
    assert found is not None
    return re.sub(r"[-_.]+", "-", found["name"].lower()), found["version"]


def write_lock(name: str, lock: Lock) -> None:
    """Write one file of `requirements/`."""
    lines = [f"# {PURPOSES[name]}. Written by `make lock`."]
    for head, hashes in lock.items():
        lines.append(" \\\n    ".join([head, *(f"--hash={each}" for each in sorted(set(hashes)))]))
    (FOLDER / f"{name}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def read_all_locks() -> dict[str, Lock]:
    """Return the locks that there are, by name."""
    return {path.stem: read_lock(path.read_text(encoding="utf-8")) for path in FOLDER.glob("*.txt")}


def compile_lock(extras: Iterable[str], output: Path, *options: str) -> Lock:
    """Resolve docchat with some extras and its build backend; write `output` and return it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    backend = output.with_suffix(".in")
    backend.write_text("\n".join(project["build-system"]["requires"]), encoding="utf-8")
    command = [str(Path(sys.executable).with_name("uv")), "pip", "compile", "--quiet"]
    command += ["--universal", "--python-version", PYTHON, "--generate-hashes"]
    command += ["--no-annotate", "--no-header", "--output-file", str(output), *options]
    command += [option for extra in extras for option in ("--extra", extra)]
    subprocess.run([*command, "pyproject.toml", str(backend)], cwd=ROOT, check=True)
    return read_lock(output.read_text(encoding="utf-8"))


def find_cpu_build(version: str, before: Lock) -> Lock:
    """Return torch's CPU build of a version, if pip finds one here or the lock had it before."""
    head = f"torch=={version}+cpu"
    hashes = list(before.get(head, ()))
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--no-deps"]
    command += ["--ignore-installed", "--report", "-", f"torch=={version}"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    (found,) = json.loads(done.stdout)["install"]
    if found["metadata"]["version"].endswith("+cpu"):
        hashes.append(f"sha256:{found['download_info']['archive_info']['hashes']['sha256']}")
    return {head: hashes} if hashes else {}


def split_stages(compiled: Mapping[str, Lock]) -> dict[str, Lock]:
    """Leave out of each stage what an earlier one has; put CUDA's libraries into their own."""
    stages: dict[str, Lock] = {}
    earlier: set[str] = set()
    cuda: Lock = {}
    for stage, lock in compiled.items():
        cuda |= {head: lock[head] for head in lock if _CUDA_NAME.match(head)}
        earlier |= cuda.keys()
        stages[stage] = {head: lock[head] for head in lock if head not in earlier}
        earlier |= lock.keys()
    return {**stages, CUDA: cuda}


def main() -> None:
    """Write all locks; versions change only where they must, or with `--upgrade`."""
    parser = argparse.ArgumentParser(description="Write the locks in requirements/.")
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions")
    upgrade = parser.parse_args().upgrade
    work = ROOT / "build" / "lock"
    work.mkdir(parents=True, exist_ok=True)
    FOLDER.mkdir(exist_ok=True)
    before = read_all_locks()
    everything, held = work / "all.txt", work / "held.txt"
    held.write_text("".join(f"{name}=={version}\n" for name, version in HELD.items()))
    # uv keeps the versions that its output file already names.
    standing = (
        [] if upgrade else [head for name, lock in before.items() if name != CPU for head in lock]
    )
    everything.write_text("\n".join(standing) + "\n")
    extras = [extra for stage in STAGES.values() for extra in stage]
    compile_lock(extras, everything, "--constraints", str(held))
    compiled = {
        stage: compile_lock(its, work / f"{stage}.txt", "--constraints", str(everything))
        for stage, its in STAGES.items()
    }
    torch = dict(map(split_head, compiled["run"]))["torch"]
    locks = split_stages(compiled) | {CPU: find_cpu_build(torch, before.get(CPU, {}))}
    for name, lock in locks.items():
        write_lock(name, lock)


if __name__ == "__main__":
    main()

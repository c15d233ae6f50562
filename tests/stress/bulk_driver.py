"""Ingests ten thousand made documents in one run of `docchat ingest --sync`, and measures it.

Run as `python -m tests.stress.bulk_driver`.

It runs again with nothing changed, then with a hundred documents changed and a hundred removed. For
each run it prints the time, the processor time and the peak memory of all its processes together.
Exit code 1 when a document failed or doctor finds a fault. Limits: memory is read from /proc ten
times a second, so this needs Linux and may miss a shorter peak.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.stress.bulk_documents import write_document, write_documents
from tests.support import ROOT

COMMAND = [sys.executable, "-c", "from app.commands.cli import main; main()"]
COLLECTION = "bulk"
_LOOK_S = 0.1
_MB = 1024


@dataclass(frozen=True, slots=True)
class Run:
    """The cost of a run of docchat (seconds, peak MiB of all its processes) and its JSON output."""

    what: str
    wall_s: float
    cpu_s: float
    peak_mb: float
    output: dict[str, Any]


class Peak:
    """Watches the memory of a process and its descendants (proportional set sizes)."""

    def __init__(self, pid: int) -> None:
        self.most_kb = 0
        self._pid = pid
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Peak:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._end.wait(_LOOK_S):
            self.most_kb = max(
                self.most_kb, sum(map(_read_memory_kb, _list_process_tree(self._pid)))
            )


def _list_process_tree(pid: int) -> Iterator[int]:
    """Yield a process and its present descendants."""
    yield pid
    for tasks in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = tasks.read_text().split()
        except OSError:  # it has just ended
            continue
        for child in children:
            yield from _list_process_tree(int(child))


def _read_memory_kb(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def measure_docchat(what: str, environment: dict[str, str], *arguments: str | Path) -> Run:
    """Run docchat and measure it; what it prints is JSON."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.monotonic()
    process = subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with Peak(process.pid) as peak:
        out, _ = process.communicate()
    wall = time.monotonic() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    output = json.loads(out) if out else {"error": process.returncode}
    return Run(what, wall, cpu, peak.most_kb / _MB, output)


def run(folder: Path, count: int, seed: int, embedder: str, change: int) -> tuple[list[Run], Any]:
    """Write the documents and ingest them three times; return the runs and doctor's report."""
    files, home = folder / "files", folder / "home"
    begun = time.monotonic()
    paths = write_documents(files, count, seed)
    kinds = Counter(path.suffix[1:] for path in paths)
    size = sum(path.stat().st_size for path in paths) / 1e6
    shares = ", ".join(f"{kinds[kind]} {kind}" for kind in sorted(kinds))
    print_line(
        f"{count} documents, {size:.0f} MB ({shares}), made in {time.monotonic() - begun:.0f} s"
    )
    environment = os.environ | {"DOCCHAT_HOME": str(home)}
    if embedder:
        environment["DOCCHAT_EMBEDDER__MODEL"] = embedder
    sync = ("ingest", files, "-c", COLLECTION, "--sync", "--delete", "--format", "json")
    runs = [measure_docchat("all new", environment, *sync)]
    runs.append(measure_docchat("nothing changed", environment, *sync))
    chosen = random.Random(seed).sample(range(count), 2 * change)
    for number in chosen[:change]:
        write_document(files, number, seed, version=1)
    for number in chosen[change:]:
        paths[number].unlink()
    runs.append(measure_docchat(f"{change} changed, {change} gone", environment, *sync))
    listed = measure_docchat(
        "list", environment, "docs", "list", "-c", COLLECTION, "--format", "json"
    ).output["items"]
    pages, chunks = (sum(each[what] for each in listed) for what in ("pages", "chunks"))
    print_line(f"{len(listed)} documents there in the end, {pages:,} pages, {chunks:,} passages")
    return runs, measure_docchat("doctor", environment, "doctor", "--format", "json").output


def format_table(runs: list[Run]) -> str:
    """Return the runs as a Markdown table."""
    rows = [
        "| run | time | processor time | peak memory | told |",
        "|---|---:|---:|---:|---|",
    ]
    for each in runs:
        counts = each.output.get("summary", {})
        summary = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
        rows.append(
            f"| {each.what} | {each.wall_s:.1f} s | {each.cpu_s:.1f} s "
            f"| {each.peak_mb:,.0f} MiB | {summary} |"
        )
    return "\n".join(rows)


def print_line(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.stress.bulk_driver", description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--change", type=int, default=100, help="documents to change, and to remove"
    )
    parser.add_argument(
        "--embedder", default="", help="instead of the setting; `hash` for a quick look"
    )
    parser.add_argument("--folder", type=Path, help="a new folder for files and home; kept")
    given = parser.parse_args()
    folder = given.folder or Path(tempfile.mkdtemp(prefix="docchat-bulk-"))
    runs, doctor = run(folder, given.count, given.seed, given.embedder, given.change)
    print_line("\n" + format_table(runs))
    failed = [
        item
        for each in runs
        for item in each.output.get("items", [])
        if item.get("document", {}).get("state") != "ready" and item["outcome"] != "deleted"
    ]
    for item in failed:
        print_line(f"failed: {item}")
    broken = any("error" in each.output for each in runs) or "error" in doctor
    checks = [] if broken else [*doctor["checks"], *doctor["findings"]]
    faults = [each for each in checks if not each.get("ok")]
    for fault in faults:
        print_line(f"doctor: {fault}")
    if given.folder is None:
        shutil.rmtree(folder)
    if failed or faults or broken:
        sys.exit("something is wrong")


if __name__ == "__main__":
    main()

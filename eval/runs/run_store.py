"""Stores runs and reads them: their settings, versions and data, and the result of each case.

A run is a folder with `run.json` (what it is) and `cases.jsonl` (one case a line, written as soon
as it is measured). An interrupted run continues where it stopped when the same is asked for again:
same suite, data, settings and code. Nothing is measured here.

Limits: one process writes to a run. A last line that a crash cut short is dropped and measured
again.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Protocol, TypeVar

from eval.errors import RunInvalid
from eval.measures.cases import Case, case_from_json, case_to_json

INFO_NAME = "run.json"
CASES_NAME = "cases.jsonl"
PAGE_NAME = "report.html"
FIRST_RUN = "Make one with `docchat eval retrieval --data DIR`, or `answers`, or `grounding`."
_PACKAGES = (
    "docchat",
    "chromadb",
    "tantivy",
    "sentence-transformers",
    "torch",
    "openvino",
    "rank-bm25",
    "langchain-classic",
)


class HasId(Protocol):
    """A question or an answer, from which a case with the same id is made."""

    @property
    def id(self) -> str:
        """Its id."""
        ...


_CaseSource = TypeVar("_CaseSource", bound=HasId)


@dataclass(frozen=True, slots=True)
class DatasetInfo:
    """A dataset of a run: its name, the hash of its content, and its size."""

    name: str
    hash: str
    documents: int
    queries: int
    left_out: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Ingestion:
    """The result of one ingestion of a dataset; `rows` are those that search it."""

    dataset: str
    rows: tuple[str, ...]
    documents: int
    chunks: int
    seconds: float
    embedder: str


@dataclass(frozen=True, slots=True)
class RunInfo:
    """The description of a run. `rows`: settings by row of docchat, secrets masked."""

    id: str
    suite: str
    started: str
    data: tuple[DatasetInfo, ...]
    rows: Mapping[str, Mapping[str, Any]]
    baselines: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    machine: str = ""
    finished: str = ""
    ingestions: tuple[Ingestion, ...] = ()

    @property
    def key(self) -> str:
        """Equal for runs that measure the same with the same code."""
        parts = [
            self.suite,
            [asdict(each) for each in self.data],
            self.rows,
            self.baselines,
            self.options,
            self.versions,
        ]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run read back."""

    info: RunInfo
    cases: tuple[Case, ...]
    folder: Path | None = None


class RunWriter:
    """A run being written."""

    def __init__(self, folder: Path, info: RunInfo, cases: Sequence[Case] = ()) -> None:
        self.folder = folder
        self.info = info
        self.cases = list(cases)
        self._done = {(case.dataset, case.row, case.id) for case in cases}

    @property
    def stored_run(self) -> StoredRun:
        """The run with the cases stored so far."""
        return StoredRun(self.info, tuple(self.cases), self.folder)

    def has_case(self, dataset: str, row: str, case_id: str) -> bool:
        """Say whether a case is stored already."""
        return (dataset, row, case_id) in self._done

    def select_pending(
        self, dataset: str, row: str, items: Iterable[_CaseSource]
    ) -> list[_CaseSource]:
        """Return the items whose case is not stored yet."""
        return [each for each in items if not self.has_case(dataset, row, each.id)]

    def add(self, case: Case) -> None:
        """Store a case; it survives a crash of the process. Raises RunInvalid."""
        if self.has_case(case.dataset, case.row, case.id):
            return
        line = json.dumps(case_to_json(case), ensure_ascii=False)
        try:
            with (self.folder / CASES_NAME).open("a", encoding="utf-8") as stream:
                stream.write(line + "\n")
        except OSError as error:
            raise RunInvalid(f"{self.folder} cannot be written: {error}") from error
        self.cases.append(case)
        self._done.add((case.dataset, case.row, case.id))

    def record_ingestion(self, ingestion: Ingestion) -> None:
        """Store the result of an ingestion, in place of an earlier one of the same."""
        others = [
            each
            for each in self.info.ingestions
            if (each.dataset, each.rows) != (ingestion.dataset, ingestion.rows)
        ]
        self.info = replace(self.info, ingestions=(*others, ingestion))
        _write_info(self.folder, self.info)

    def finish(self) -> StoredRun:
        """Mark the run as complete."""
        self.info = replace(self.info, finished=_format_current_time())
        _write_info(self.folder, self.info)
        return self.stored_run


class RunStore:
    """The runs in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def folder(self) -> Path:
        """Where the runs are."""
        return self._folder

    def begin(self, info: RunInfo, *, fresh: bool = False) -> RunWriter:
        """Return a new run, or one that was interrupted while measuring the same.

        Raises RunInvalid where the folder cannot be written.
        """
        if not fresh:
            for other in reversed(self.list()):
                if not other.finished and other.key == info.key:
                    stored = load_run(self._folder / other.id)
                    _drop_cut_last_line(self._folder / other.id / CASES_NAME)
                    return RunWriter(self._folder / other.id, stored.info, stored.cases)
        folder = self._folder / info.id
        try:
            folder.mkdir(parents=True)
        except OSError as error:
            raise RunInvalid(f"{folder} cannot be made: {error}", hint="Name --runs.") from error
        _write_info(folder, info)
        return RunWriter(folder, info)

    def list(self) -> list[RunInfo]:
        """Return the descriptions of all runs, oldest first. Raises RunInvalid."""
        if not self._folder.is_dir():
            return []
        paths = sorted(self._folder.glob(f"*/{INFO_NAME}"))
        return sorted((_read_info(path) for path in paths), key=lambda info: info.started)

    def load(self, name: str) -> StoredRun:
        """Return a run by id, by the beginning of one, by path, or "last". Raises RunInvalid."""
        path = Path(name)
        if path.exists():
            return load_run(path)
        known = [info.id for info in self.list()]
        if not known:
            raise RunInvalid(f"There is no run in {self._folder} yet.", hint=FIRST_RUN)
        if name == "last":
            return load_run(self._folder / known[-1])
        found = [each for each in known if each == name] or [
            each for each in known if each.startswith(name)
        ]
        if len(found) != 1:
            several = f": {', '.join(found)}" if found else ""
            raise RunInvalid(f"There is no one run {name!r} in {self._folder}{several}.")
        return load_run(self._folder / found[0])


def new_info(
    suite: str,
    data: Sequence[DatasetInfo],
    rows: Mapping[str, Mapping[str, Any]],
    baselines: Sequence[str] = (),
    options: Mapping[str, Any] | None = None,
) -> RunInfo:
    """Return the description of a run that begins now, here."""
    now = datetime.now(UTC)
    return RunInfo(
        id=f"{now:%Y%m%d-%H%M%S}-{suite}-{uuid.uuid4().hex[:4]}",
        suite=suite,
        started=_format_current_time(),
        data=tuple(data),
        rows=dict(rows),
        baselines=tuple(baselines),
        options=dict(options or {}),
        versions=collect_versions(),
        machine=f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}",
    )


def collect_versions() -> dict[str, str]:
    """Return the versions that the figures depend on; `code` is a hash of docchat's source."""
    found = {"python": platform.python_version(), "code": _hash_source_code()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


@cache
def _hash_source_code() -> str:
    import ingest
    import rag

    digest = hashlib.sha256()
    for package in (ingest, rag):
        root = Path(str(package.__file__)).parent
        for path in sorted(root.rglob("*.py")):
            digest.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def run_to_json(run: StoredRun) -> dict[str, Any]:
    """Return a run as one JSON object: what `--output` writes and `load_run` reads."""
    return {"run": asdict(run.info), "cases": [case_to_json(case) for case in run.cases]}


def load_run(path: Path) -> StoredRun:
    """Read the folder of a run, or a file written with `--output`. Raises RunInvalid."""
    if path.is_dir():
        info = _read_info(path / INFO_NAME)
        lines = _read_case_lines(path / CASES_NAME)
        return StoredRun(info, tuple(_parse_cases(lines)), path)
    try:
        row = json.loads(path.read_text(encoding="utf-8"))
        info, cases = row["run"], row["cases"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunInvalid(f"{path} is no run: {error!r}.") from error
    return StoredRun(_build_run_info(info, path), tuple(case_from_json(each) for each in cases))


def _parse_cases(lines: Sequence[str]) -> Iterable[Case]:
    for number, line in enumerate(lines, start=1):
        try:
            row = json.loads(line)
        except ValueError as error:
            if number == len(lines):
                return  # cut short by a crash
            raise RunInvalid(f"Case {number} cannot be read: {error}.") from error
        yield case_from_json(row)


def _read_case_lines(path: Path) -> list[str]:
    try:
        return [line for line in path.read_text(encoding="utf-8").split("\n") if line]
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise RunInvalid(f"{path} cannot be read: {error}") from error


def _drop_cut_last_line(path: Path) -> None:
    """Drop a last line that a crash cut short, so that the next case gets a line of its own."""
    lines = _read_case_lines(path)
    if not lines:
        return
    try:
        json.loads(lines[-1])
    except ValueError:
        lines.pop()
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")


def _write_info(folder: Path, info: RunInfo) -> None:
    path = folder / INFO_NAME
    temporary = path.with_suffix(".tmp")
    try:
        temporary.write_text(
            json.dumps(asdict(info), ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
        )
        temporary.replace(path)
    except OSError as error:
        raise RunInvalid(f"{path} cannot be written: {error}") from error


def _read_info(path: Path) -> RunInfo:
    try:
        row = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunInvalid(f"{path} cannot be read: {error}") from error
    return _build_run_info(row, path)


def _build_run_info(row: Any, path: Path) -> RunInfo:
    try:
        listed = {
            "data": tuple(DatasetInfo(**each) for each in row["data"]),
            "baselines": tuple(row["baselines"]),
            "ingestions": tuple(
                Ingestion(**(each | {"rows": tuple(each["rows"])})) for each in row["ingestions"]
            ),
        }
        return RunInfo(**(row | listed))
    except (KeyError, TypeError) as error:
        raise RunInvalid(f"{path} is no description of a run: {error!r}.") from error


def _format_current_time() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")

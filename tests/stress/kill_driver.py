"""Kills processes of docchat at random (`kill -9`) while documents are added, changed and deleted.

Run as `python -m tests.stress.kill_driver`. Two servers use one home. Beside them run the commands
that people use (`docchat ingest`, `docchat docs delete`, `docchat rebuild`, `docchat ingest --sync
--watch`). Again and again one of these processes is killed at a moment that the seed decides, and
started again as a supervisor would do. At the end all interrupted work is requested once more, and
the home is examined: doctor finds nothing, every document is there once, with its last text, ready
or failed with a reason, and no deleted document is found.

For PostgreSQL and a Chroma server give `--database-url` and `--chroma-url`, both empty at the
start, or `--servers`, which starts them. Limits: processes are killed, not the machine, so this
says nothing about data that a disk has not yet written.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from ingest.library import Library
from rag.pipeline.bootstrap import Docchat, build_docchat
from rag.settings import EmbedderSettings, Settings
from tests.stress.kill_checks import examine_home, is_found
from tests.stress.kill_texts import Wanted, text_of
from tests.support import ROOT
from tests.support.postgres import find_programs, run_cluster
from tests.support.servers import chroma_server

COMMAND = [sys.executable, "-c", "from app.commands.cli import main; main()"]
DIRECT, WATCHED = "direct", "watched"
"""Collections: of documents that commands add and delete, and of a folder that is kept in step."""

_PATIENCE_S = 600.0
_LONGEST_WAIT_S = 6.0
_REPORT_EVERY = 20
_COMMAND_S = 6.0
"""How long a command may go on that was not killed."""
_MOST_CHANGES = 14
OPERATIONS = ("add", "add", "replace", "replace", "delete", "watch", "watch", "rebuild")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run does: how many kills, the seed, and the home and servers to use."""

    kills: int
    seed: int
    home: Path
    workers: int = 2
    documents: int = 10
    database_url: str = ""
    chroma_url: str = ""

    @property
    def environment(self) -> dict[str, str]:
        """The environment of every process of docchat."""
        return os.environ | {
            "DOCCHAT_HOME": str(self.home),
            "DOCCHAT_DATABASE_URL": self.database_url,
            "DOCCHAT_CHROMA_URL": self.chroma_url,
            "DOCCHAT_EMBEDDER__MODEL": "hash",
            "DOCCHAT_PARSE__OCR": "off",
        }

    @property
    def settings(self) -> Settings:
        """The same for this process."""
        return Settings(
            home=self.home,
            database_url=self.database_url,
            chroma_url=self.chroma_url,
            embedder=EmbedderSettings(model="hash"),
        )


class Processes:
    """The processes of docchat that run beside this one."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._log = (plan.home / "processes.log").open("ab")
        self.workers: list[subprocess.Popen[bytes]] = []
        self.watcher: subprocess.Popen[bytes] | None = None

    def start(self, *arguments: str | Path) -> subprocess.Popen[bytes]:
        """Start a command of docchat."""
        return subprocess.Popen(
            [*COMMAND, *map(str, arguments)],
            cwd=ROOT,
            env=self._plan.environment,
            stdout=self._log,
            stderr=self._log,
        )

    def start_missing(self) -> None:
        """Start the servers and the watcher that are not running."""
        self.workers = [each for each in self.workers if each.poll() is None]
        while len(self.workers) < self._plan.workers:
            self.workers.append(self.start("serve", "--port", "0"))
        if self.watcher is None or self.watcher.poll() is not None:
            folder = self._plan.home / WATCHED
            self.watcher = self.start(
                "ingest", folder, "-c", WATCHED, "--sync", "--watch", "--delete"
            )

    def kill_all(self) -> None:
        """Kill the servers and the watcher, before a command that needs the lock of the indexes."""
        for each in [*self.workers, *([self.watcher] if self.watcher else [])]:
            kill(each)
        self.workers, self.watcher = [], None

    def stop(self) -> None:
        """Ask the servers and the watcher to end, as Ctrl-C does."""
        there = [*self.workers, *([self.watcher] if self.watcher else [])]
        for each in there:
            each.send_signal(signal.SIGINT)
        for each in there:
            try:
                each.wait(60)
            except subprocess.TimeoutExpired:
                kill(each)
        self.workers, self.watcher = [], None

    def close(self) -> None:
        """Kill whatever is left."""
        self.kill_all()
        self._log.close()


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a process by SIGKILL; its parsing processes have to notice that and end."""
    process.kill()
    process.wait(60)


class Driver:
    """Runs a plan."""

    def __init__(self, plan: Plan, docchat: Docchat, say: Callable[[str], None]) -> None:
        self._plan = plan
        self._docchat = docchat
        self._say = say
        self._chance = random.Random(plan.seed)
        self._wanted = Wanted()
        self._processes = Processes(plan)
        self.killed: Counter[str] = Counter()
        self.wrong: list[str] = []

    @property
    def _library(self) -> Library:
        return self._docchat.library

    def run(self) -> list[str]:
        """Return the faults at the end; empty when everything is right."""
        for collection in (DIRECT, WATCHED):
            self._library.create_collection(collection)
            (self._plan.home / collection).mkdir()
        reported = 0
        try:
            self._write_first_versions()
            while self.killed.total() < self._plan.kills:
                self._processes.start_missing()
                self._run_operation(self._chance.choice(OPERATIONS))
                if self.killed.total() >= reported + _REPORT_EVERY:
                    reported = self.killed.total()
                    self._say(f"{reported} of {self._plan.kills} kills")
            self._say(f"killed {dict(self.killed)}; asking once more for what was cut off")
            self._request_all_again()
            self._processes.stop()
        finally:
            self._processes.close()
        return self.wrong + examine_home(
            self._docchat, self._wanted.versions, self._wanted.written, self._plan.environment
        )

    def _write_first_versions(self) -> None:
        for number in range(self._plan.documents):
            for collection in (DIRECT, WATCHED):
                self._write_version(collection, f"{number}.md")
        self._write_version(DIRECT, "bad.txt")
        self._write_version(WATCHED, "bad.txt")

    def _run_operation(self, operation: str) -> None:
        """Start one operation and kill one of the processes that take part in it."""
        before = self._library.latest_event()
        if operation == "watch":
            self._change_folder()
            assert self._processes.watcher is not None
            victims = [*self._processes.workers, self._processes.watcher]
            actor, touched = None, list[str]()
        else:
            if operation == "rebuild":
                self._processes.kill_all()
            actor, touched = self._start_operation(operation)
            victims = [actor] * max(1, len(self._processes.workers)) + self._processes.workers
        self._wait_for_changes(before, actor)
        victim = self._chance.choice(victims)
        if victim.poll() is None:
            kill(victim)
            role = "command" if victim is actor else "server"
            role = "watcher" if victim is self._processes.watcher else role
            self.killed[f"{operation}/{role}"] += 1
        if actor is not None:
            self._finish_operation(actor, operation, touched)

    def _start_operation(self, operation: str) -> tuple[subprocess.Popen[bytes], list[str]]:
        """Start the command of an operation; return it with the names of what it touches."""
        if operation == "rebuild":
            return self._processes.start("rebuild"), []
        there = self._wanted.list_names(DIRECT, there=True)
        names = self._chance.sample(there, min(len(there), self._chance.randint(1, 3)))
        if operation == "delete":
            ids = [self._id_of(DIRECT, name) for name in names]
            for name in names:
                self._wanted.versions[DIRECT, name] = 0
                (self._plan.home / DIRECT / name).unlink(missing_ok=True)
            known = [each for each in ids if each] or ["nothing"]
            return self._processes.start("docs", "delete", "--yes", *known), names
        if operation == "add":
            gone = self._wanted.list_names(DIRECT, there=False)
            fresh = f"{self._wanted.latest}.md"
            names = [*gone[:2], fresh] if len(there) < 2 * self._plan.documents else names
        paths = [self._write_version(DIRECT, name) for name in names]
        return self._processes.start("ingest", *paths, "-c", DIRECT), names

    def _finish_operation(
        self, actor: subprocess.Popen[bytes], operation: str, touched: list[str]
    ) -> None:
        """Let a command end that was not killed; a deletion that it reports must be complete."""
        try:
            code = actor.wait(_COMMAND_S)
        except subprocess.TimeoutExpired:  # it waits for the servers; its requests are stored
            kill(actor)
            return
        if operation == "delete" and code == 0:
            self.wrong += [
                f"{name} was found after its deletion"
                for name in touched
                if is_found(self._library, name, self._last_version(name))
            ]

    def _last_version(self, name: str) -> int:
        return max(version for each, version in self._wanted.written if each == name)

    def _change_folder(self) -> None:
        """Add, change, move and remove files of the watched folder."""
        folder = self._plan.home / WATCHED
        there = self._wanted.list_names(WATCHED, there=True)
        for name in self._chance.sample(there, min(2, len(there))):
            if self._chance.random() < 0.3 and len(there) > 3:
                (folder / name).unlink()
                self._wanted.versions[WATCHED, name] = 0
            else:
                self._write_version(WATCHED, name)
        if self._chance.random() < 0.5:
            self._write_version(WATCHED, f"new-{self._wanted.latest}.md")

    def _write_version(self, collection: str, name: str) -> Path:
        """Write a new version of a file in one step, and record it as wanted."""
        version = self._wanted.next_version(name)
        path = self._plan.home / collection / name
        draft = path.with_suffix(".draft")
        draft.write_text(text_of(name, version), encoding="utf-8")
        draft.replace(path)
        self._wanted.versions[collection, name] = version
        return path

    def _id_of(self, collection: str, name: str) -> str:
        listed = self._library.list_documents(
            self._library.get_collection(collection).id, page_size=1000, q=name
        )
        return next((each.id for each in listed.items if each.name == name), "")

    def _wait_for_changes(self, before: int, actor: subprocess.Popen[bytes] | None) -> None:
        """Wait for a random number of changes, at most a random time."""
        target = before + self._chance.randint(0, _MOST_CHANGES)
        end = time.monotonic() + self._chance.uniform(0.3, _LONGEST_WAIT_S)
        while time.monotonic() < end and self._library.latest_event() < target:
            if actor is not None and actor.poll() is not None:
                return
            threading.Event().wait(0.01)

    def _request_all_again(self) -> None:
        """Request all that is wanted once more, and work until the queue is empty."""
        self._processes.kill_all()
        self._run_command("rebuild")
        for name in self._wanted.list_names(DIRECT, there=False):
            if document_id := self._id_of(DIRECT, name):
                self._run_command("docs", "delete", "--yes", document_id)
        self._run_command("ingest", self._plan.home / DIRECT, "-c", DIRECT)
        self._run_command("ingest", self._plan.home / WATCHED, "-c", WATCHED, "--sync", "--delete")

    def _run_command(self, *arguments: str | Path) -> None:
        process = self._processes.start(*arguments)
        code = process.wait(_PATIENCE_S)
        if code not in (0, 1):
            raise SystemExit(f"docchat {' '.join(map(str, arguments))} ended with {code}")


@contextmanager
def open_docchat(plan: Plan) -> Iterator[Docchat]:
    """Open docchat in this process, to read its state."""
    docchat = build_docchat(plan.settings)
    try:
        if docchat.library.list_collections():
            raise SystemExit("The database has collections already: name an empty one.")
        yield docchat
    finally:
        docchat.close()


def run(plan: Plan, say: Callable[[str], None]) -> list[str]:
    """Run a plan; return the faults at the end."""
    plan.home.mkdir(parents=True, exist_ok=True)
    with open_docchat(plan) as docchat:
        driver = Driver(plan, docchat, say)
        begun = time.monotonic()
        wrong = driver.run()
        say(
            f"seed {plan.seed}: {driver.killed.total()} kills in {time.monotonic() - begun:.0f} s, "
            + (f"{len(wrong)} things are wrong" if wrong else "all is well")
        )
    return wrong


@contextmanager
def own_servers(folder: Path) -> Iterator[tuple[str, str]]:
    """Run PostgreSQL and a Chroma server; yield the URLs of both, empty."""
    binaries = find_programs()
    if binaries is None:
        raise SystemExit("PostgreSQL is not installed.")
    with (
        run_cluster(binaries) as postgres,
        postgres.database(empty=True) as database_url,
        chroma_server(folder / "chroma") as chroma_url,
    ):
        yield database_url, chroma_url


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.stress.kill_driver", description=__doc__)
    parser.add_argument("--count", type=int, default=200, help="how often to kill")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--workers", type=int, default=2, help="servers on the home")
    parser.add_argument("--documents", type=int, default=10, help="documents to begin with")
    parser.add_argument("--home", type=Path, help="a new folder; kept")
    parser.add_argument("--database-url", default="", help="an empty database instead of SQLite")
    parser.add_argument("--chroma-url", default="", help="an empty Chroma server")
    parser.add_argument("--servers", action="store_true", help="start both, and stop them after")
    given = parser.parse_args()
    home = given.home or Path(tempfile.mkdtemp(prefix="docchat-kill-"))
    home.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        database_url, chroma_url = given.database_url, given.chroma_url
        if given.servers:
            database_url, chroma_url = stack.enter_context(own_servers(home))
        plan = Plan(
            given.count,
            given.seed,
            home,
            given.workers,
            given.documents,
            database_url,
            chroma_url,
        )
        wrong = run(plan, say)
    for each in wrong:
        say(f"- {each}")
    if wrong:
        sys.exit(f"look into {home}; again with --seed {given.seed}")
    if given.home is None:
        shutil.rmtree(home)


if __name__ == "__main__":
    main()

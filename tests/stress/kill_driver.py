"""`python -m tests.stress.kill_driver`: kill -9 at random while documents come, change and go.

Two servers work one home. Beside them the commands that people use (`docchat ingest`, `docchat docs
delete`, `docchat rebuild`, `docchat ingest --sync --watch`) run, and one of these processes is
killed at a moment that the seed decides; it is started again as a supervisor would. At the end all
that was cut off is asked for once more, and the home is examined: doctor is clean, every document
is there once, with its last text, ready or failed with a reason; nothing deleted is found.

On PostgreSQL and a Chroma server with `--database-url` and `--chroma-url`, both empty at the start,
or `--servers`, which starts them.
Limits: processes are killed, not the machine, so nothing is learnt about disks that lie.
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
from tests.stress.kill_checks import examine, is_found
from tests.stress.kill_texts import Wanted, text_of
from tests.support import ROOT
from tests.support.postgres import cluster, programs
from tests.support.servers import chroma_server

COMMAND = [sys.executable, "-c", "from app.commands.cli import main; main()"]
DIRECT, WATCHED = "direct", "watched"
"""Collections: of documents that commands add and delete, and of a folder that is kept in step."""

_PATIENCE_S = 600.0
_LONGEST_WAIT_S = 6.0
_TOLD_EVERY = 20
_COMMAND_S = 6.0
"""How long a command may go on that was not killed."""
_MOST_CHANGES = 14
OPERATIONS = ("add", "add", "replace", "replace", "delete", "watch", "watch", "rebuild")


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do, and with which chances."""

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

    def staff(self) -> None:
        """Start what is missing of the servers and the watcher."""
        self.workers = [each for each in self.workers if each.poll() is None]
        while len(self.workers) < self._plan.workers:
            self.workers.append(self.start("serve", "--port", "0"))
        if self.watcher is None or self.watcher.poll() is not None:
            folder = self._plan.home / WATCHED
            self.watcher = self.start(
                "ingest", folder, "-c", WATCHED, "--sync", "--watch", "--delete"
            )

    def dismiss(self) -> None:
        """Kill the servers and the watcher: for what needs the home for itself."""
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
        self.dismiss()
        self._log.close()


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill -9; the processes that it has started for parsing have to notice by themselves."""
    process.kill()
    process.wait(60)


class Driver:
    """Carries a plan out."""

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
        """Return what is wrong at the end; nothing when all is well."""
        for collection in (DIRECT, WATCHED):
            self._library.create_collection(collection)
            (self._plan.home / collection).mkdir()
        told = 0
        try:
            self._fill()
            while self.killed.total() < self._plan.kills:
                self._processes.staff()
                self._one(self._chance.choice(OPERATIONS))
                if self.killed.total() >= told + _TOLD_EVERY:
                    told = self.killed.total()
                    self._say(f"{told} of {self._plan.kills} kills")
            self._say(f"killed {dict(self.killed)}; asking once more for what was cut off")
            self._settle()
            self._processes.stop()
        finally:
            self._processes.close()
        return self.wrong + examine(
            self._docchat, self._wanted.versions, self._wanted.written, self._plan.environment
        )

    def _fill(self) -> None:
        for number in range(self._plan.documents):
            for collection in (DIRECT, WATCHED):
                self._write(collection, f"{number}.md")
        self._write(DIRECT, "bad.txt")
        self._write(WATCHED, "bad.txt")

    def _one(self, operation: str) -> None:
        """Do one thing and kill a process that has to do with it."""
        before = self._library.sequence()
        if operation == "watch":
            self._change_folder()
            assert self._processes.watcher is not None
            victims = [*self._processes.workers, self._processes.watcher]
            actor, touched = None, list[str]()
        else:
            if operation == "rebuild":
                self._processes.dismiss()
            actor, touched = self._begin(operation)
            victims = [actor] * max(1, len(self._processes.workers)) + self._processes.workers
        self._wait(before, actor)
        victim = self._chance.choice(victims)
        if victim.poll() is None:
            kill(victim)
            role = "command" if victim is actor else "server"
            role = "watcher" if victim is self._processes.watcher else role
            self.killed[f"{operation}/{role}"] += 1
        if actor is not None:
            self._end(actor, operation, touched)

    def _begin(self, operation: str) -> tuple[subprocess.Popen[bytes], list[str]]:
        """Start the command of an operation; return it with the names of what it touches."""
        if operation == "rebuild":
            return self._processes.start("rebuild"), []
        there = self._wanted.named(DIRECT, there=True)
        names = self._chance.sample(there, min(len(there), self._chance.randint(1, 3)))
        if operation == "delete":
            ids = [self._id_of(DIRECT, name) for name in names]
            for name in names:
                self._wanted.versions[DIRECT, name] = 0
                (self._plan.home / DIRECT / name).unlink(missing_ok=True)
            known = [each for each in ids if each] or ["nothing"]
            return self._processes.start("docs", "delete", "--yes", *known), names
        if operation == "add":
            gone = self._wanted.named(DIRECT, there=False)
            fresh = f"{self._wanted.latest}.md"
            names = [*gone[:2], fresh] if len(there) < 2 * self._plan.documents else names
        paths = [self._write(DIRECT, name) for name in names]
        return self._processes.start("ingest", *paths, "-c", DIRECT), names

    def _end(self, actor: subprocess.Popen[bytes], operation: str, touched: list[str]) -> None:
        """Let a command end that was not killed; what it says is done has to be done."""
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
        there = self._wanted.named(WATCHED, there=True)
        for name in self._chance.sample(there, min(2, len(there))):
            if self._chance.random() < 0.3 and len(there) > 3:
                (folder / name).unlink()
                self._wanted.versions[WATCHED, name] = 0
            else:
                self._write(WATCHED, name)
        if self._chance.random() < 0.5:
            self._write(WATCHED, f"new-{self._wanted.latest}.md")

    def _write(self, collection: str, name: str) -> Path:
        """Write a new version of a file, whole at once, and want it."""
        version = self._wanted.next_version(name)
        path = self._plan.home / collection / name
        draft = path.with_suffix(".draft")
        draft.write_text(text_of(name, version), encoding="utf-8")
        draft.replace(path)
        self._wanted.versions[collection, name] = version
        return path

    def _id_of(self, collection: str, name: str) -> str:
        listed = self._library.documents(
            self._library.collection(collection).id, page_size=1000, q=name
        )
        return next((each.id for each in listed.items if each.name == name), "")

    def _wait(self, before: int, actor: subprocess.Popen[bytes] | None) -> None:
        """Wait until so many changes have happened, as chance will have it, or some time."""
        target = before + self._chance.randint(0, _MOST_CHANGES)
        end = time.monotonic() + self._chance.uniform(0.3, _LONGEST_WAIT_S)
        while time.monotonic() < end and self._library.sequence() < target:
            if actor is not None and actor.poll() is not None:
                return
            threading.Event().wait(0.01)

    def _settle(self) -> None:
        """Ask again for all that is wanted, as people do, and let the queue run empty."""
        self._processes.dismiss()
        self._run("rebuild")
        for name in self._wanted.named(DIRECT, there=False):
            if document_id := self._id_of(DIRECT, name):
                self._run("docs", "delete", "--yes", document_id)
        self._run("ingest", self._plan.home / DIRECT, "-c", DIRECT)
        self._run("ingest", self._plan.home / WATCHED, "-c", WATCHED, "--sync", "--delete")

    def _run(self, *arguments: str | Path) -> None:
        process = self._processes.start(*arguments)
        code = process.wait(_PATIENCE_S)
        if code not in (0, 1):
            raise SystemExit(f"docchat {' '.join(map(str, arguments))} ended with {code}")


@contextmanager
def opened(plan: Plan) -> Iterator[Docchat]:
    """Open docchat in this process, to look."""
    docchat = build_docchat(plan.settings)
    try:
        if docchat.library.collections():
            raise SystemExit("The database has collections already: name an empty one.")
        yield docchat
    finally:
        docchat.close()


def run(plan: Plan, say: Callable[[str], None]) -> list[str]:
    """Carry a plan out; return what is wrong at the end."""
    plan.home.mkdir(parents=True, exist_ok=True)
    with opened(plan) as docchat:
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
    binaries = programs()
    if binaries is None:
        raise SystemExit("PostgreSQL is not installed.")
    with (
        cluster(binaries) as postgres,
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

"""Runs docchat and other PDF parsers over the same documents in turn, and times each.

Each parser runs in a process of its own (`eval.peers.worker`) that stays loaded. Every document
goes to one parser after the other, so that other work on the machine affects all of them. Limits:
wall seconds still depend on that other work, CPU seconds much less; a parser that only works on
many documents at once gets a whole set at a time.
"""

from __future__ import annotations

import json
import select
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING

from eval.errors import EvalError
from eval.measures.cases import CaseFailure
from eval.peers import worker
from eval.peers.worker import BATCHES
from eval.systems.temporary_docchat import Progress, no_progress

if TYPE_CHECKING:
    from eval.parsing.sets import ParsingSet


@dataclass(frozen=True, slots=True)
class Peer:
    """A parser: its name in `eval.peers.worker` and the interpreter it is installed for."""

    name: str
    python: str

    @property
    def folder(self) -> str:
        """The name as that of a folder."""
        return "".join(each if each.isalnum() else "_" for each in self.name)

    @property
    def program(self) -> tuple[str, ...]:
        """What its interpreter runs: a module for docchat, which needs other code; else a file."""
        if self.name.partition(":")[0] == "docchat":
            return ("-m", worker.__name__)
        return (str(worker.__file__),)


@dataclass(slots=True)
class Cost:
    """The time that a set took, summed over its documents, and the documents that failed."""

    seconds: float = 0.0
    cpu_s: float = 0.0
    failures: list[CaseFailure] = field(default_factory=list)


class WarmPeer:
    """A parser's process; it is started again after a document that ended it."""

    def __init__(self, peer: Peer, timeout_s: float) -> None:
        self.peer = peer
        self._timeout_s = timeout_s
        self._process: subprocess.Popen[str] | None = None

    def convert(self, pdfs: Sequence[Path], outs: Sequence[Path], cost: Cost) -> None:
        """Write the Markdown of each PDF and add times and failures to `cost`."""
        request = {"pdfs": [str(each) for each in pdfs], "outs": [str(each) for each in outs]}
        for out in outs:
            out.unlink(missing_ok=True)
        try:
            reply = json.loads(
                self._request_reply(json.dumps(request), self._timeout_s * len(pdfs))
            )
        except _PeerEnded as end:
            self.close()
            cost.failures += [CaseFailure(pdf.stem, "peer_ended", str(end)) for pdf in pdfs]
            return
        cost.seconds += reply["seconds"]
        cost.cpu_s += reply["cpu_s"]
        for pdf, why in reply["errors"].items():
            cost.failures.append(CaseFailure(Path(pdf).stem, "peer_failed", why))

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                with suppress(BrokenPipeError):  # a request that it never read
                    _require_pipe(pipe).close()
            self._process = None

    def _request_reply(self, line: str, timeout_s: float) -> str:
        process = self._ensure_process()
        try:
            print(line, file=_require_pipe(process.stdin), flush=True)
        except BrokenPipeError as error:
            raise _PeerEnded("its process died while starting") from error
        replies = _require_pipe(process.stdout)
        if not select.select([replies], [], [], timeout_s)[0]:
            raise _PeerEnded(f"took longer than {timeout_s:.0f} seconds")
        if not (reply := replies.readline()):
            raise _PeerEnded(f"its process died (exit code {process.wait()})")
        return reply

    def _ensure_process(self) -> subprocess.Popen[str]:
        if self._process is None:
            try:
                self._process = subprocess.Popen(
                    [self.peer.python, *self.peer.program, self.peer.name],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    text=True,
                )
            except OSError as error:
                raise EvalError(
                    f"{self.peer.python} cannot be started: {error}",
                    hint="Name the interpreter that the parser is installed for: NAME=PYTHON.",
                ) from error
        return self._process


class _PeerEnded(Exception):  # noqa: N818 - caught in this file, never raised further
    """A parser's process died or took too long."""


def run_peers(
    sets: Sequence[ParsingSet],
    peers: Sequence[Peer],
    folder: Path,
    timeout_s: float,
    progress: Progress = no_progress,
) -> dict[str, list[Cost]]:
    """Write FOLDER/PEER/SET/NAME.md for all; return the cost of each set, by parser's name.

    Each parser first converts the first document untimed, so that loading is not counted. A
    document that kills a parser or takes longer than `timeout_s` is a failure.
    """
    warm = [WarmPeer(peer, timeout_s) for peer in peers]
    costs: dict[str, list[Cost]] = {peer.name: [Cost() for _ in sets] for peer in peers}
    try:
        for each in warm:
            progress(f"loading {each.peer.name}", 0, len(warm))
            _convert_documents(each, sets[0], sets[0].documents[:1], folder, Cost())
        for at, parsing_set in enumerate(sets):
            for each in warm:
                if each.peer.name in BATCHES:
                    progress(f"{parsing_set.name}: {each.peer.name}", 0, 1)
                    _convert_documents(
                        each, parsing_set, parsing_set.documents, folder, costs[each.peer.name][at]
                    )
            for number, document in enumerate(parsing_set.documents):
                progress(parsing_set.name, number, len(parsing_set.documents))
                for each in warm:
                    if each.peer.name not in BATCHES:
                        _convert_documents(
                            each, parsing_set, [document], folder, costs[each.peer.name][at]
                        )
    finally:
        for each in warm:
            each.close()
    return costs


def _convert_documents(
    peer: WarmPeer, parsing_set: ParsingSet, documents: Sequence[str], folder: Path, cost: Cost
) -> None:
    home = folder / peer.peer.folder / parsing_set.name
    home.mkdir(parents=True, exist_ok=True)
    outs = [home / f"{document}.md" for document in documents]
    peer.convert([parsing_set.pdf_path_of(document) for document in documents], outs, cost)


def _require_pipe(stream: IO[str] | None) -> IO[str]:
    assert stream is not None  # Popen was called with PIPE for both
    return stream

"""Parsing and embedding on a Ray cluster; states, rows and indexes stay with the worker.

`Cluster` starts one actor to embed on each node and actors to parse on its processors. What they
are given lies in the store and the file store, so a call whose actor or node is lost is made again
on another, and its result, written by the worker alone, is there once. A lost actor is started
again by Ray where there is room, and gets work when it answers. Limits: nodes that join later get
work from the next start on; a node that hangs without dying holds its calls; with no node left,
work waits for one.
"""

from __future__ import annotations

import logging
import queue
import socket
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ingest.document.figures import Figure
from ingest.embedding.base import Embedder, Encoded, stacked
from ingest.embedding.forwarding import ForwardingEmbedder
from ingest.errors import (
    ClusterUnavailable,
    EmbeddingFailed,
    IngestError,
    ParserCrashed,
    StoreUnavailable,
)
from ingest.options import ParseOptions, Progress
from ingest.processing.ray_nodes import NodeEmbedder, NodeParser, ParseLimits
from ingest.processing.sandbox import ParseJob, Parser
from ingest.storage.files import FileStore

if TYPE_CHECKING:
    from ray import ObjectRef
    from ray.actor import ActorHandle

_log = logging.getLogger(__name__)
_INSTALL_HINT = "Install docchat's extra `ray`, here and on every node."
_POLL_S = 0.2
_KNOCK_S = 10.0
_MOST_LOSSES = 5
"""A call that outlived so many actors fails: it may be what kills them."""
_IN_FLIGHT = 2
"""Calls that an embedding actor has at a time: the next is there when one is done."""
_PIECE = 32
"""Texts in one call, whatever the number of actors: the vectors do not depend on it."""
_CPUS_PER_PARSER = 4


@dataclass(frozen=True, slots=True)
class ClusterOptions:
    """Which cluster (none: this machine) and how many actors.

    0 embedders: one for each node; 0 parsers: one for every four processors.
    """

    address: str = ""
    embedders: int = 0
    parsers: int = 0


@dataclass(frozen=True)
class Work:
    """What the nodes do: how files are parsed there, and what makes the embedder there."""

    parse: Parser
    make_embedder: Callable[[], Embedder]
    options: ParseOptions = field(default_factory=ParseOptions)
    limits: ParseLimits = field(default_factory=ParseLimits)


class CallFailed(Exception):  # noqa: N818 - turned into an IngestError by who called
    """The actors that had a call are gone, or it raised there."""


class Cluster:
    """A connection to Ray and the actors of one docchat there."""

    def __init__(self, work: Work, options: ClusterOptions) -> None:
        """Connect (or start Ray on this machine) and start the actors.

        Raises ClusterUnavailable.
        """
        ray = _connected(options.address)
        nodes = [node for node in ray.nodes() if node["Alive"]]
        cpus = sum(int(node["Resources"].get("CPU", 0)) for node in nodes)
        self.embedders = options.embedders or max(1, len(nodes))
        self.parsers = options.parsers or max(1, cpus // _CPUS_PER_PARSER)
        start = {"max_restarts": -1, "scheduling_strategy": "SPREAD"}
        # A fraction: what an actor really takes differs from minute to minute, and Ray would
        # rather start none than one too many.
        embedder = ray.remote(num_cpus=0.1, max_concurrency=_IN_FLIGHT, **start)(NodeEmbedder)
        parser = ray.remote(num_cpus=0.1, max_concurrency=3, **start)(NodeParser)
        self._embedding = _Actors(
            [embedder.remote(work.make_embedder) for _ in range(self.embedders)],
            _IN_FLIGHT,
        )
        self._parsing = _Actors(
            [parser.remote(work.parse, work.options, work.limits) for _ in range(self.parsers)], 1
        )

    def parser(self, files: FileStore) -> ClusterParser:
        """Return what parses on the cluster and saves into `files`."""
        return ClusterParser(self._parsing, files)

    def embedder(self, local: Embedder) -> ClusterEmbedder:
        """Return what embeds on the cluster; `local` tells of the same model, and counts tokens."""
        return ClusterEmbedder(self._embedding, local)

    def processes(self) -> list[int]:
        """Return the numbers of the processes that embed, each on its own node."""
        return self._embedding.processes()

    def close(self) -> None:
        """Stop the actors and let Ray go; what was started here ends."""
        import ray

        self._embedding.close()
        self._parsing.close()
        ray.shutdown()


class ClusterParser:
    """What `ingest.processing.sandbox.Sandbox` is on one machine."""

    def __init__(self, actors: _Actors, files: FileStore) -> None:
        self._actors = actors
        self._files = files

    def run(self, job: ParseJob, step: Progress) -> None:
        """Parse and save one version. `step` is called while waiting; what it raises kills.

        Raises FileRejected, ParserCrashed, StoreUnavailable.
        """
        data = self._bytes(job.sha256)

        def watch(actor: ActorHandle[Any] | None) -> None:
            try:
                step(*_pages(actor))
            except BaseException:
                if actor is not None:
                    actor.stop.remote(job)
                raise

        parsed = self._call(lambda actor: actor.run.remote(job, data), watch)
        path = self._files.scratch(".parsed")
        try:
            path.write_bytes(parsed)
            self._files.keep_parsed(job.document_id, job.revision, path)
        except OSError as error:
            raise StoreUnavailable(
                f"The parsed document could not be stored: {error.strerror or error}."
            ) from error
        finally:
            path.unlink(missing_ok=True)

    def draw(self, sha256: str, figure: Figure) -> bytes:
        """Return a figure of a stored PDF as PNG. Raises FileRejected, ParserCrashed."""
        data = self._bytes(sha256)
        return self._call(lambda actor: actor.draw.remote(data, figure), _watch_nothing)

    def close(self) -> None:
        """Nothing to stop: the actors are the cluster's."""

    def _bytes(self, sha256: str) -> ObjectRef[bytes]:
        import ray

        try:
            return ray.put(self._files.path(sha256).read_bytes())
        except OSError as error:
            raise StoreUnavailable(f"The file could not be read: {error}") from error

    def _call(self, begin: _Begin, watch: _Watch) -> bytes:
        try:
            found = self._actors.call(begin, watch)
        except CallFailed as error:
            raise ParserCrashed(str(error)) from error
        if isinstance(found, IngestError):
            raise found
        return bytes(found)


class ClusterEmbedder(ForwardingEmbedder):
    """Embeds passages on the cluster, several pieces at a time; questions here."""

    def __init__(self, actors: _Actors, local: Embedder) -> None:
        super().__init__(local)
        self._actors = actors

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return float32 of shape (n, d), rows of length 1. Raises EmbeddingFailed."""
        return stacked(self.embed_passages(texts), self.dimension)

    def embed_passages(self, texts: Sequence[str]) -> list[Encoded]:
        """Return vector and signs of each text. Raises EmbeddingFailed."""
        pieces = [texts[start : start + _PIECE] for start in range(0, len(texts), _PIECE)]
        return [each for part in self._actors.threads.map(self._embedded, pieces) for each in part]

    def _embedded(self, texts: Sequence[str]) -> list[Encoded]:
        try:
            found = self._actors.call(
                lambda actor: actor.embed.remote(self.name, list(texts)), _watch_nothing
            )
        except CallFailed as error:
            raise EmbeddingFailed(str(error), hint="Look at `ray status`.") from error
        if isinstance(found, IngestError):
            raise EmbeddingFailed(found.message, hint=found.advice)
        return list(found)


_Begin = Callable[["ActorHandle[Any]"], "ObjectRef[Any]"]
_Watch = Callable[["ActorHandle[Any] | None"], None]
"""Called now and then with the actor at work, None before there is one; what it raises ends."""


class _Actors:
    """Interchangeable actors. Each has `at_once` places; a call takes one until it is done.

    `threads` are for whoever has several calls to make: as many as there are places.
    """

    def __init__(self, actors: Sequence[ActorHandle[Any]], at_once: int) -> None:
        self.threads = ThreadPoolExecutor(len(actors) * at_once, "docchat-cluster")
        self._actors = list(actors)
        self._free: queue.SimpleQueue[ActorHandle[Any]] = queue.SimpleQueue()
        # Places at lost actors, each with a call that comes back when the actor lives again.
        self._resting: dict[ObjectRef[Any], ActorHandle[Any]] = {}
        self._left = len(actors) * at_once
        self._lock = threading.Lock()
        for _ in range(at_once):
            for actor in actors:
                self._free.put(actor)

    def call(self, begin: _Begin, watch: _Watch) -> Any:
        """Return the result of a call, made again on another actor where one is lost.

        Raises CallFailed, and what `watch` raises.
        """
        import ray
        from ray.exceptions import RayError, RayTaskError

        lost: RayError | None = None
        for _ in range(_MOST_LOSSES):
            actor = self._take(watch)
            try:
                running = begin(actor)
                while not ray.wait([running], timeout=_POLL_S)[0]:
                    watch(actor)
                result = ray.get(running)
            except RayTaskError as error:
                self._free.put(actor)
                raise CallFailed(f"A node failed: {error.cause}") from error
            except RayError as error:
                _log.warning("A node was lost; its work is done again: %s", error)
                lost = error
                self._rest(actor)
            except BaseException:
                self._free.put(actor)
                raise
            else:
                self._free.put(actor)
                return result
        raise CallFailed(f"{_MOST_LOSSES} nodes were lost while working on it.") from lost

    def processes(self) -> list[int]:
        """Return the process number of each actor, once it lives."""
        import ray

        pings: list[ObjectRef[int]] = [actor.ping.remote() for actor in self._actors]
        return list(ray.get(pings))

    def close(self) -> None:
        """End the actors."""
        import ray

        self.threads.shutdown(cancel_futures=True)
        for actor in self._actors:
            ray.kill(actor)

    def _take(self, watch: _Watch) -> ActorHandle[Any]:
        while True:
            self._revive()
            try:
                return self._free.get(timeout=_POLL_S)
            except queue.Empty:
                watch(None)

    def _rest(self, actor: ActorHandle[Any]) -> None:
        with self._lock:
            self._resting[actor.ping.remote()] = actor

    def _revive(self) -> None:
        """Give places at actors that live again back; forget those that never will."""
        import ray
        from ray.exceptions import ActorDiedError, RayError

        with self._lock:
            waiting = list(self._resting)
            back = ray.wait(waiting, num_returns=len(waiting), timeout=0)[0] if waiting else []
            for call in back:
                actor = self._resting.pop(call)
                try:
                    ray.get(call)
                except ActorDiedError as error:
                    self._left -= 1
                    _log.error("A node is lost for good: %s", error)
                except RayError:  # died again meanwhile
                    self._resting[actor.ping.remote()] = actor
                else:
                    self._free.put(actor)
            if not self._left:
                raise CallFailed("No node is left.")


def _watch_nothing(_actor: ActorHandle[Any] | None) -> None:
    """For calls that nobody stops."""


def _pages(actor: Any) -> tuple[int, int]:
    """Return pages done and pages of the file that an actor parses; `actor` may be None."""
    import ray
    from ray.exceptions import GetTimeoutError

    if actor is None:
        return 0, 0
    try:
        done, total = ray.get(actor.pages.remote(), timeout=_POLL_S)
    except GetTimeoutError:  # busy, or gone: then the call itself will tell
        return 0, 0
    return done, total


def _connected(address: str) -> Any:
    """Return the module ray, connected. Raises ClusterUnavailable."""
    try:
        import ray
        from ray.exceptions import RayError
    except ImportError as error:
        raise ClusterUnavailable("The package ray is missing.", hint=_INSTALL_HINT) from error
    try:
        _knock(address)
        ray.init(
            address=address or "local",
            include_dashboard=None if address else False,
            logging_level=logging.WARNING,
            log_to_driver=False,
        )
    except (OSError, RuntimeError, ValueError, RayError) as error:
        raise ClusterUnavailable(
            f"The Ray cluster at {address or 'this machine'} cannot be reached: {error}"
        ) from error
    return ray


def _knock(address: str) -> None:
    """Raise OSError where nobody listens: Ray itself would wait for minutes."""
    host, colon, port = address.rpartition(":")
    if colon and port.isdecimal() and "//" not in host:
        socket.create_connection((host, int(port)), timeout=_KNOCK_S).close()

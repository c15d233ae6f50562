"""Parses and embeds on a Ray cluster; states, rows and indexes stay with the worker.

`Cluster` starts one actor for embedding on each node, and actors for parsing on its processors.
Their input is in the store and the file store, so a call whose actor or node is lost is repeated on
another one; only the worker writes the result, so it is written once. Ray restarts a lost actor
where there is room, and it gets work again when it answers. Limits: nodes that join later get work
from the next start of docchat on; a node that hangs without dying blocks its calls; with no node
left, work waits for one.
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
from ingest.embedding.base import Embedder, EncodedPassage, stack_vectors
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
_PROBE_S = 10.0
_MOST_LOSSES = 5
"""A call fails when so many actors were lost while working on it: it may have killed them."""
_IN_FLIGHT = 2
"""Calls that an embedding actor has at a time: so the next is there when one is done."""
_TEXTS_PER_CALL = 32
"""Texts in one call; fixed, so that the vectors do not depend on the number of actors."""
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
    """How the nodes parse files, and how they make their embedder."""

    parse: Parser
    make_embedder: Callable[[], Embedder]
    options: ParseOptions = field(default_factory=ParseOptions)
    limits: ParseLimits = field(default_factory=ParseLimits)


class CallFailed(Exception):  # noqa: N818 - turned into an IngestError by who called
    """The actors that had a call were lost, or the call raised on the node."""


class Cluster:
    """A connection to Ray and the actors of one docchat there."""

    def __init__(self, work: Work, options: ClusterOptions) -> None:
        """Connect (or start Ray on this machine) and start the actors.

        Raises ClusterUnavailable.
        """
        ray = _connect_ray(options.address)
        nodes = [node for node in ray.nodes() if node["Alive"]]
        cpus = sum(int(node["Resources"].get("CPU", 0)) for node in nodes)
        self.embedders = options.embedders or max(1, len(nodes))
        self.parsers = options.parsers or max(1, cpus // _CPUS_PER_PARSER)
        start = {"max_restarts": -1, "scheduling_strategy": "SPREAD"}
        # A fraction: what an actor really uses changes all the time, and Ray does not start one at
        # all where fewer CPUs are unreserved than it asks for.
        embedder = ray.remote(num_cpus=0.1, max_concurrency=_IN_FLIGHT, **start)(NodeEmbedder)
        # Three threads: one parses, the others answer `pages` and take `stop` meanwhile.
        parser = ray.remote(num_cpus=0.1, max_concurrency=3, **start)(NodeParser)
        self._embedding = _ActorPool(
            [embedder.remote(work.make_embedder) for _ in range(self.embedders)],
            _IN_FLIGHT,
        )
        self._parsing = _ActorPool(
            [parser.remote(work.parse, work.options, work.limits) for _ in range(self.parsers)], 1
        )

    def create_parser(self, files: FileStore) -> ClusterParser:
        """Return a parser that runs on the cluster and saves into `files`."""
        return ClusterParser(self._parsing, files)

    def create_embedder(self, local: Embedder) -> ClusterEmbedder:
        """Return an embedder that runs on the cluster; `local` is the same model, loaded here."""
        return ClusterEmbedder(self._embedding, local)

    def list_process_ids(self) -> list[int]:
        """Return the process numbers of the embedding actors, each on its own node."""
        return self._embedding.list_process_ids()

    def close(self) -> None:
        """Stop the actors and disconnect from Ray; a Ray that was started here ends."""
        import ray

        self._embedding.close()
        self._parsing.close()
        ray.shutdown()


class ClusterParser:
    """Parses on the cluster, as `ingest.processing.sandbox.Sandbox` does on one machine."""

    def __init__(self, actors: _ActorPool, files: FileStore) -> None:
        self._actors = actors
        self._files = files

    def run(self, job: ParseJob, step: Progress) -> None:
        """Parse and save one version. `step` is called while waiting; if it raises, parsing ends.

        Raises FileRejected, ParserCrashed, StoreUnavailable.
        """
        data = self._put_original(job.sha256)

        def watch_parsing(actor: ActorHandle[Any] | None) -> None:
            try:
                step(*_read_progress(actor))
            except BaseException:
                if actor is not None:
                    actor.stop.remote(job)
                raise

        parsed = self._call_actor(lambda actor: actor.run.remote(job, data), watch_parsing)
        path = self._files.make_scratch_path(".parsed")
        try:
            path.write_bytes(parsed)
            self._files.keep_parsed(job.document_id, job.revision, path)
        except OSError as error:
            raise StoreUnavailable(
                f"The parsed document could not be stored: {error.strerror or error}."
            ) from error
        finally:
            path.unlink(missing_ok=True)

    def run_together(
        self, jobs: Sequence[ParseJob], check: Callable[[], None]
    ) -> list[IngestError | None]:
        """Refuse with ParserCrashed: nodes take one file at a time, and many nodes one each."""
        raise ParserCrashed(f"{len(jobs)} files are not parsed together on a cluster.")

    def draw(self, sha256: str, figure: Figure) -> bytes:
        """Return a figure of a stored PDF as PNG. Raises FileRejected, ParserCrashed."""
        data = self._put_original(sha256)
        return self._call_actor(lambda actor: actor.draw.remote(data, figure), _watch_nothing)

    def close(self) -> None:
        """Do nothing: the actors belong to the `Cluster`."""

    def _put_original(self, sha256: str) -> ObjectRef[bytes]:
        import ray

        try:
            return ray.put(self._files.path_of(sha256).read_bytes())
        except OSError as error:
            raise StoreUnavailable(f"The file could not be read: {error}") from error

    def _call_actor(self, begin: _Begin, watch: _Watch) -> bytes:
        try:
            found = self._actors.call(begin, watch)
        except CallFailed as error:
            raise ParserCrashed(str(error)) from error
        if isinstance(found, IngestError):
            raise found
        return bytes(found)


class ClusterEmbedder(ForwardingEmbedder):
    """Embeds passages on the cluster, several pieces at a time; questions here."""

    def __init__(self, actors: _ActorPool, local: Embedder) -> None:
        super().__init__(local)
        self._actors = actors

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return float32 of shape (n, d), rows of length 1. Raises EmbeddingFailed."""
        return stack_vectors(self.embed_passages(texts), self.dimension)

    def embed_passages(self, texts: Sequence[str]) -> list[EncodedPassage]:
        """Return vector and signs of each text. Raises EmbeddingFailed."""
        pieces = [
            texts[start : start + _TEXTS_PER_CALL]
            for start in range(0, len(texts), _TEXTS_PER_CALL)
        ]
        return [
            each for part in self._actors.threads.map(self._embed_piece, pieces) for each in part
        ]

    def _embed_piece(self, texts: Sequence[str]) -> list[EncodedPassage]:
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
"""Called while waiting, with the actor that has the call or None; if it raises, waiting ends."""


class _ActorPool:
    """Interchangeable actors, each with `at_once` places; a call takes a place until it is done.

    Every place is at each moment in one of four positions: in `_free`, with a running call, in
    `_lost`, or given up for good. `_usable` counts the first three. `threads` are for callers with
    several calls to make: there are as many as places.
    """

    def __init__(self, actors: Sequence[ActorHandle[Any]], at_once: int) -> None:
        self.threads = ThreadPoolExecutor(len(actors) * at_once, "docchat-cluster")
        self._actors = list(actors)
        self._free: queue.SimpleQueue[ActorHandle[Any]] = queue.SimpleQueue()
        # Places at lost actors, each with a ping that returns once Ray has restarted the actor.
        self._lost: dict[ObjectRef[Any], ActorHandle[Any]] = {}
        self._usable = len(actors) * at_once
        self._lock = threading.Lock()  # for `_lost` and `_usable`
        for _ in range(at_once):
            for actor in actors:
                self._free.put(actor)

    def call(self, begin: _Begin, watch: _Watch) -> Any:
        """Return the result of a call, repeated on another actor when one is lost.

        Raises CallFailed, and what `watch` raises.
        """
        import ray
        from ray.exceptions import RayError, RayTaskError

        lost: RayError | None = None
        for _ in range(_MOST_LOSSES):
            actor = self._take_free_actor(watch)
            try:
                running = begin(actor)
                while not ray.wait([running], timeout=_POLL_S)[0]:
                    watch(actor)
                result = ray.get(running)
            except RayTaskError as error:  # the call raised; its actor is well
                self._free.put(actor)
                raise CallFailed(f"A node failed: {error.cause}") from error
            except RayError as error:
                _log.warning("A node was lost; its work is done again: %s", error)
                lost = error
                self._mark_lost(actor)
            except BaseException:
                # `watch` ended the wait. The actor may still be at it: then the next call waits
                # there until it has stopped.
                self._free.put(actor)
                raise
            else:
                self._free.put(actor)
                return result
        raise CallFailed(f"{_MOST_LOSSES} nodes were lost while working on it.") from lost

    def list_process_ids(self) -> list[int]:
        """Return the process number of each actor, once it is running."""
        import ray

        pings: list[ObjectRef[int]] = [actor.ping.remote() for actor in self._actors]
        return list(ray.get(pings))

    def close(self) -> None:
        """End the actors."""
        import ray

        self.threads.shutdown(cancel_futures=True)
        for actor in self._actors:
            ray.kill(actor)

    def _take_free_actor(self, watch: _Watch) -> ActorHandle[Any]:
        while True:
            # Nobody else looks after lost actors: whoever waits for a place does.
            self._reclaim_actors()
            try:
                return self._free.get(timeout=_POLL_S)
            except queue.Empty:
                watch(None)

    def _mark_lost(self, actor: ActorHandle[Any]) -> None:
        with self._lock:
            self._lost[actor.ping.remote()] = actor

    def _reclaim_actors(self) -> None:
        """Free the places at actors that were restarted; give up those that never will be."""
        import ray
        from ray.exceptions import ActorDiedError, RayError

        with self._lock:
            pings = list(self._lost)
            answered = ray.wait(pings, num_returns=len(pings), timeout=0)[0] if pings else []
            for ping in answered:
                actor = self._lost.pop(ping)
                try:
                    ray.get(ping)
                except ActorDiedError as error:
                    self._usable -= 1
                    _log.error("A node is lost for good: %s", error)
                except RayError:  # died again meanwhile
                    self._lost[actor.ping.remote()] = actor
                else:
                    self._free.put(actor)
            if not self._usable:
                raise CallFailed("No node is left.")


def _watch_nothing(_actor: ActorHandle[Any] | None) -> None:
    """Do nothing while waiting: for calls that nobody stops."""


def _read_progress(actor: Any) -> tuple[int, int]:
    """Return pages done and pages of the file that an actor parses; `actor` may be None."""
    import ray
    from ray.exceptions import GetTimeoutError

    if actor is None:
        return 0, 0
    try:
        done, total = ray.get(actor.pages.remote(), timeout=_POLL_S)
    except GetTimeoutError:  # busy, or lost: then the call itself raises
        return 0, 0
    return done, total


def _connect_ray(address: str) -> Any:
    """Return the module ray, connected. Raises ClusterUnavailable."""
    try:
        import ray
        from ray.exceptions import RayError
    except ImportError as error:
        raise ClusterUnavailable("The package ray is missing.", hint=_INSTALL_HINT) from error
    try:
        _probe_address(address)
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


def _probe_address(address: str) -> None:
    """Raise OSError where nobody listens: Ray itself would wait for minutes."""
    host, colon, port = address.rpartition(":")
    if colon and port.isdecimal() and "//" not in host:
        socket.create_connection((host, int(port)), timeout=_PROBE_S).close()

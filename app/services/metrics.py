"""Counts for Prometheus: requests, their latency, answers, documents by state, the queue.

One registry per application, so that two in a process do not mix. Routes are labelled by their
template (`/api/documents/{document_id}`), never by ids.

Limits: counts of documents are read from the store at each scrape; of several server processes
each counts its own requests.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
WAITING = frozenset({"queued", "parsing", "embedding", "indexing", "deleting"})
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class Metrics:
    """The counters of one application and the text that Prometheus reads."""

    def __init__(self, documents_by_state: Callable[[], Mapping[str, int]]) -> None:
        self._registry = CollectorRegistry()
        self.requests = Counter(
            "docchat_http_requests",
            "Requests answered",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self.latency = Histogram(
            "docchat_http_request_seconds",
            "Seconds from request to the end of the response (streams: to its first byte)",
            ("method", "route"),
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self.answers = Counter(
            "docchat_answers",
            "Answers by outcome: answered, refused, failed, abandoned",
            ("outcome",),
            registry=self._registry,
        )
        self.streams = Gauge("docchat_streams_open", "Event streams open", registry=self._registry)
        self._registry.register(_DocumentCollector(documents_by_state))

    def render_text(self) -> bytes:
        """Return all metrics in Prometheus's text format. Raises StoreUnavailable."""
        return generate_latest(self._registry)


class MetricsMiddleware:
    """Middleware that counts requests and their latency."""

    def __init__(self, inner: ASGIApp, metrics: Metrics) -> None:
        self._inner = inner
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        began = time.perf_counter()
        status = 0
        streams = False

        def observe_latency() -> None:
            spent = time.perf_counter() - began
            self._metrics.latency.labels(_method_label(scope), _route_template(scope)).observe(
                spent
            )

        async def send_and_measure(message: Message) -> None:
            nonlocal status, streams
            if message["type"] == "http.response.start":
                status = message["status"]
                kind = dict(message.get("headers", ())).get(b"content-type", b"")
                streams = kind.startswith(b"text/event-stream")
                if streams:
                    self._metrics.streams.inc()
                    observe_latency()
            await send(message)

        try:
            await self._inner(scope, receive, send_and_measure)
        finally:
            if streams:
                self._metrics.streams.dec()
            else:
                observe_latency()
            self._metrics.requests.labels(
                _method_label(scope), _route_template(scope), str(status)
            ).inc()


class _DocumentCollector(Collector):
    """Counts documents by state when scraped."""

    def __init__(self, documents_by_state: Callable[[], Mapping[str, int]]) -> None:
        self._read = documents_by_state

    def describe(self) -> list[GaugeMetricFamily]:
        """Name the metrics without reading the store: called once, at registration."""
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield documents by state and the length of the queue."""
        counts = self._read()
        family = GaugeMetricFamily("docchat_documents", "Documents by state", labels=("state",))
        for state, count in sorted(counts.items()):
            family.add_metric((state,), count)
        yield family
        yield GaugeMetricFamily(
            "docchat_queue_length",
            "Documents waiting for the worker or in its hands",
            value=sum(count for state, count in counts.items() if state in WAITING),
        )


def _route_template(scope: Scope) -> str:
    """Return the template of the route that answered, "other" where none did."""
    return str(getattr(scope.get("route"), "path", "other"))


def _method_label(scope: Scope) -> str:
    known = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
    return scope["method"] if scope["method"] in known else "other"

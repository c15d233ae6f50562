"""`docchat serve`: runs the REST API, the web page and the workers in one process."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.terminal.output import (
    INTERRUPTED,
    NOT_READY,
    USAGE,
    log,
    open_docchat,
    print_note,
    report_failure,
    set_up_logging,
)
from ingest.errors import IngestError
from rag.errors import RagError

if TYPE_CHECKING:
    from rag.pipeline.bootstrap import Docchat
    from rag.settings import Settings

_GRACE_S = 5
_JOIN_S = 30.0
_RETRY_S = 10.0


def command(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port to listen on; 0: any free one.")
    ] = None,
    worker: Annotated[
        bool, typer.Option("--worker/--no-worker", help="Work the queue of documents as well.")
    ] = True,
) -> None:
    """Serve the web page and the REST API."""
    from rag.loopback import is_loopback
    from rag.settings import load_settings

    chosen = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    settings = load_settings(server=chosen) if chosen else load_settings()
    if not is_loopback(settings.server.host) and not settings.server.api_key.get_secret_value():
        report_failure(
            f"{settings.server.host} can be reached by others, and no key is set.",
            "Set server.api_key (DOCCHAT_SERVER__API_KEY), or serve on 127.0.0.1.",
        )
        raise typer.Exit(USAGE)
    listening = _open_socket(settings.server.host, settings.server.port)
    with listening, open_docchat(settings) as docchat:
        set_up_logging(settings.log_level)
        with _run_workers(docchat, wanted=worker):
            _run_server(docchat, settings, listening)


command.__name__ = "serve"


def _open_socket(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        # Python adds the address to the text of the error; our message names it already.
        cause = os.strerror(error.errno) if error.errno and error.errno > 0 else error
        report_failure(
            f"{host}:{port} cannot be listened on: {cause}.",
            "Stop what uses the port, or choose another with --port.",
        )
        raise typer.Exit(NOT_READY) from error


def _run_server(docchat: Docchat, settings: Settings, listening: socket.socket) -> None:
    import uvicorn

    from app.main import create_app

    name, number = listening.getsockname()[:2]
    url = f"http://[{name}]:{number}" if ":" in name else f"http://{name}:{number}"

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            typer.echo(f"docchat is ready: {url}")
            sys.stdout.flush()

    server = Server(
        uvicorn.Config(
            lambda: create_app(docchat),
            factory=True,
            log_level=settings.log_level if settings.log_level == "debug" else "warning",
            timeout_graceful_shutdown=_GRACE_S,
        )
    )
    # At SIGINT and SIGTERM uvicorn stops serving and then raises the signal again, for the handler
    # that was there before its own. SIGTERM's default would end the process on the spot, without
    # the `finally` blocks that stop the workers and close the library; this handler raises instead.
    signal.signal(signal.SIGTERM, _raise_interrupt)
    try:
        server.run(sockets=[listening])
    except KeyboardInterrupt:
        print_note("stopped")
        raise typer.Exit(INTERRUPTED) from None


def _raise_interrupt(_number: int, _frame: Any) -> None:
    raise KeyboardInterrupt


@contextmanager
def _run_workers(docchat: Docchat, *, wanted: bool) -> Iterator[None]:
    """Work the queue in threads while the block runs; they stop between steps."""
    stop = threading.Event()
    count = docchat.settings.workers if wanted else 0
    threads = [
        threading.Thread(target=work_until, args=(docchat, stop), name=f"docchat-worker-{number}")
        for number in range(count)
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(_JOIN_S)


def work_until(docchat: Docchat, stop: threading.Event) -> None:
    """Work the queue until `stop` is set; an error of the worker must not end the web page."""
    while not stop.is_set():
        try:
            docchat.create_worker().run(stop)
        except (IngestError, RagError) as error:
            log.error("The queue stands still: %s %s", error.message, error.advice)
            stop.wait(_RETRY_S)
        except Exception:  # noqa: BLE001 - a bug: written to the log, and tried again
            log.exception("The queue stands still.")
            stop.wait(_RETRY_S)

"""Serves OpenAI's chat completions on loopback for tests: correct streams, and faulty ones.

The name of the model in the request chooses what it does, so one server serves every test.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

REPLY = ("The pump", " needs", " 230 V", " [1]", "。")
KEY = "right-key"


class ChatServer(ThreadingHTTPServer):
    """Records the requests it gets; `release` ends hanging replies, `gone`: a client left."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: list[dict[str, Any]] = []
        self.gone = threading.Event()
        self.release = threading.Event()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


@contextmanager
def chat_server() -> Iterator[ChatServer]:
    server = ChatServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.release.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ChatServer

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        body = json.loads(self.rfile.read(length))
        self.server.requests.append({**body, "authorization": self.headers["Authorization"]})
        self.close_connection = True
        try:
            getattr(self, f"_{body['model'].replace('-', '_')}")(body)
        except (BrokenPipeError, ConnectionResetError):
            self.server.gone.set()

    def do_GET(self) -> None:
        """List the models; below /bare/v1 is a server that has no such list."""
        self.close_connection = True
        if self.path != "/v1/models":
            self._error(404, "Not Found")
        elif self.headers["Authorization"] == "Bearer wrong-key":
            self._error(401, "Incorrect API key provided")
        else:
            model = {"id": "ok", "object": "model", "created": 0, "owned_by": "x"}
            self._json(200, {"object": "list", "data": [model]})

    def _ok(self, body: dict[str, Any]) -> None:
        self._stream([*(_chunk(piece) for piece in REPLY), _chunk(finish="stop")])

    def _reasoning(self, body: dict[str, Any]) -> None:
        empty = {"id": "x", "object": "chat.completion.chunk", "created": 0, "model": "m"}
        thought = _chunk()
        thought["choices"][0]["delta"] = {"role": "assistant", "reasoning_content": "Hmm"}
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        last = {**empty, "choices": [], "usage": usage}
        self._stream([{**empty, "choices": []}, thought, _chunk("42"), _chunk(finish="stop"), last])

    def _all_thought(self, body: dict[str, Any]) -> None:
        self._stream([_chunk(finish="length")])

    def _cut(self, body: dict[str, Any]) -> None:
        self._stream([_chunk("The pump needs"), _chunk(finish="length")])

    def _busy(self, body: dict[str, Any]) -> None:
        self._error(429, "Rate limit reached")

    def _filtered(self, body: dict[str, Any]) -> None:
        self._stream([_chunk("I"), _chunk(finish="content_filter")])

    def _locked(self, body: dict[str, Any]) -> None:
        if self.headers["Authorization"] == f"Bearer {KEY}":
            self._ok(body)
        else:
            self._error(401, "Incorrect API key provided")

    def _missing(self, body: dict[str, Any]) -> None:
        self._error(404, "The model `missing` does not exist")

    def _too_long(self, body: dict[str, Any]) -> None:
        self._error(400, "This model's maximum context length is 10 tokens")

    def _no_quota(self, body: dict[str, Any]) -> None:
        self._error(429, "You exceeded your current quota", code="insufficient_quota")

    def _broken(self, body: dict[str, Any]) -> None:
        self._error(500, "Out of memory")

    def _picky(self, body: dict[str, Any]) -> None:
        if "max_tokens" in body:
            self._error(400, "Unsupported parameter: use 'max_completion_tokens' instead")
        elif "temperature" in body:
            self._error(400, "Unsupported value: 'temperature' does not support 0.0")
        else:
            self._ok(body)

    def _hangs(self, body: dict[str, Any]) -> None:
        self.server.release.wait(10)

    def _stalls(self, body: dict[str, Any]) -> None:
        self._begin()
        self._send(_chunk("The"))
        self.server.release.wait(10)

    def _drops(self, body: dict[str, Any]) -> None:
        self._begin(chunked=True)
        self._send(_chunk("The pump"), chunked=True)

    def _ends_early(self, body: dict[str, Any]) -> None:
        self._stream([_chunk("The pump")], done=False)

    def _garbage(self, body: dict[str, Any]) -> None:
        self._begin()
        self.wfile.write(b"data: {not json}\n\n")

    def _page(self, body: dict[str, Any]) -> None:
        page = b"<html>This is a router's login page</html>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def _endless(self, body: dict[str, Any]) -> None:
        self._begin()
        for _ in range(100_000):
            self._send(_chunk("word " * 50))
            if self.server.release.wait(0.001):
                return

    def _stream(self, chunks: list[dict[str, Any]], *, done: bool = True) -> None:
        self._begin()
        for chunk in chunks:
            self._send(chunk)
        if done:
            self.wfile.write(b"data: [DONE]\n\n")

    def _begin(self, *, chunked: bool = False) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def _send(self, chunk: dict[str, Any], *, chunked: bool = False) -> None:
        line = f"data: {json.dumps(chunk)}\n\n".encode()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line) if chunked else line)
        self.wfile.flush()

    def _error(self, status: int, message: str, code: str | None = None) -> None:
        error = {"message": message, "type": "error", "param": None, "code": code}
        self._json(status, {"error": error})

    def _json(self, status: int, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Retry-After-Ms", "1")
        self.end_headers()
        self.wfile.write(body)


def _chunk(text: str | None = None, finish: str | None = None) -> dict[str, Any]:
    delta = {} if text is None else {"content": text}
    return {
        "id": "x",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": "m",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    }

"""Uses any server with OpenAI's chat completions: OpenAI, DeepSeek, Qwen, Ollama, vLLM, ...

Limits: a time-out counts from byte to byte, so a server that sends keep-alive comments while it
queues the request is waited for. A stream that ends without a finish reason counts as cut off; an
answer that reached `max_tokens` ends in an ellipsis.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from rag.errors import ModelNotConfigured, ModelRefused, ModelUnavailable
from rag.loopback import is_loopback
from rag.models.base import Message
from rag.models.failures import model_error

if TYPE_CHECKING:
    from openai import OpenAI, Stream
    from openai.types.chat import ChatCompletionChunk

_NO_KEY = "not-needed"
_CONNECT_S = 10.0
_RETRIES = 1
_CUT = " …"
_NO_LIST = frozenset({404, 405, 501})
"""What servers answer that have no list of models."""


class OpenAIChatModel:
    """A model behind an OpenAI-compatible server; safe to use from several threads."""

    def __init__(
        self,
        model: str,
        base_url: str,
        api_key: str = "",
        timeout_s: float = 60.0,
        context_tokens: int = 8_192,
    ) -> None:
        """Prepare the client; nothing is sent yet. Raises ModelNotConfigured.

        `api_key` may be empty for local servers. `timeout_s` bounds the wait for the first and for
        every further piece. Loopback servers are reached without the environment's proxies.
        """
        if not model:
            raise ModelNotConfigured('No model is named for answer.kind = "openai".')
        host = urlsplit(base_url).hostname
        if not host:
            raise ModelNotConfigured(f"answer.base_url is no http(s) address: {base_url!r}.")
        self._model = model
        self._host = urlsplit(base_url).netloc.rpartition("@")[2]
        self._context_tokens = context_tokens
        self._client = _create_client(base_url, api_key, timeout_s, trust_env=not is_loopback(host))

    @property
    def name(self) -> str:
        """Return "openai:" and the model's name."""
        return f"openai:{self._model}"

    @property
    def context_tokens(self) -> int:
        """Return the size given to the constructor."""
        return self._context_tokens

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int, temperature: float = 0.0
    ) -> Iterator[str]:
        """Yield the answer's text; reasoning is left out. Raises ModelError."""
        request: dict[str, Any] = {
            "model": self._model,
            "messages": [{"role": item.role, "content": _build_content(item)} for item in messages],
            "max_tokens": max_tokens,
            "temperature": temperature,
        }
        try:
            stream = self._open_stream(request)
        except Exception as error:  # the library's edge: its own and httpx2's errors
            raise model_error(error, self.name) from error
        try:
            yield from self._stream_texts(stream)
        finally:
            stream.close()

    def reach(self, timeout_s: float = 5.0) -> str:
        """Ask the server for its models; return what it said, for people. Raises ModelError."""
        import openai

        client = self._client.with_options(timeout=timeout_s, max_retries=0)
        try:
            names = {model.id for model in client.models.list()}
        except openai.APIStatusError as error:
            if error.status_code in _NO_LIST:
                return f"{self._host} answers, and does not list its models"
            raise model_error(error, self.name) from error
        except Exception as error:  # the library's edge: its own and httpx2's errors
            raise model_error(error, self.name) from error
        if self._model in names:
            return f"{self._host} answers and has {self._model}"
        return f"{self._host} answers; {self._model} is not among the {len(names)} models it lists"

    def _open_stream(self, request: dict[str, Any]) -> Stream[ChatCompletionChunk]:
        """Send the request; where the server refuses a parameter, change it and send again.

        OpenAI's reasoning models want `max_completion_tokens` and no temperature, while most other
        servers know only `max_tokens`: at most two parameters, so three attempts.
        """
        import openai

        create: Any = self._client.chat.completions.create
        for _ in range(2):
            try:
                stream: Stream[ChatCompletionChunk] = create(**request, stream=True)
                return stream
            except openai.BadRequestError as error:
                if not _adapt_request(request, str(error)):
                    raise
        final: Stream[ChatCompletionChunk] = create(**request, stream=True)
        return final

    def _stream_texts(self, stream: Stream[ChatCompletionChunk]) -> Iterator[str]:
        finish = ""
        spoke = False
        chunks = _translate_stream_errors(stream, self.name)
        for chunk in chunks:
            if not chunk.choices:
                continue
            choice = chunk.choices[0]
            finish = choice.finish_reason or finish
            text = choice.delta.content if choice.delta else None
            if text:
                spoke = True
                yield text
        if finish == "content_filter":
            raise ModelRefused(f"{self.name}: the server's content filter stopped the answer.")
        if finish == "length" and not spoke:
            raise ModelRefused(
                f"{self.name} spent all its tokens before the answer began.",
                hint="Raise answer.max_tokens, or turn the model's reasoning down.",
            )
        if finish == "length":
            yield _CUT
        if not finish:
            raise ModelUnavailable(f"{self.name}: the answer broke off, or is no chat completion.")


def _build_content(message: Message) -> str | list[dict[str, Any]]:
    """Return text as it is, a picture as a data URL after its text."""
    if not message.picture:
        return message.content
    url = "data:image/png;base64," + b64encode(message.picture).decode("ascii")
    return [
        {"type": "text", "text": message.content},
        {"type": "image_url", "image_url": {"url": url}},
    ]


def _translate_stream_errors(
    stream: Stream[ChatCompletionChunk], name: str
) -> Iterator[ChatCompletionChunk]:
    try:
        yield from stream
    except Exception as error:  # httpx2 and JSON errors come through the client too
        raise model_error(error, name) from error


def _create_client(base_url: str, api_key: str, timeout_s: float, *, trust_env: bool) -> OpenAI:
    from openai import DefaultHttpxClient, OpenAI, Timeout

    return OpenAI(
        api_key=api_key or _NO_KEY,
        base_url=base_url,
        timeout=Timeout(timeout_s, connect=min(_CONNECT_S, timeout_s)),
        max_retries=_RETRIES,
        http_client=DefaultHttpxClient(trust_env=trust_env),
    )


def _adapt_request(request: dict[str, Any], complaint: str) -> bool:
    """Change the request as the server's complaint asks; False when that is not understood."""
    if "max_completion_tokens" in complaint and "max_tokens" in request:
        request["max_completion_tokens"] = request.pop("max_tokens")
        return True
    if "temperature" in complaint and "temperature" in request:
        del request["temperature"]
        return True
    return False

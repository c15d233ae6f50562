"""Translates what model libraries raise into docchat's own errors.

Every provider's library has its own exceptions, and most share a shape: an HTTP `status_code`, a
parsed `body`, or a timeout or connection error by name. Only the shape is read, so that one
function serves the `openai` client and any library that LangChain uses.
"""

from __future__ import annotations

import re

from rag.errors import ModelError, ModelRefused, ModelTimeout, ModelUnavailable

_REFUSING_STATUS = frozenset({400, 401, 402, 403, 404, 405, 413, 422})
_LONGEST_DETAIL = 300
_TOO_LONG = re.compile(r"context[_ ](length|window|size)|maximum context|too many tokens|too long")
_TOO_MANY = 429
_NO_QUOTA = "insufficient_quota"


def model_error(error: BaseException, name: str) -> ModelError:
    """Translate what a library raised for the model called `name`.

    Timeouts become ModelTimeout; errors of the request that would come again (key, model name,
    length, quota) ModelRefused; all others ModelUnavailable.
    """
    if isinstance(error, ModelError):
        return error
    detail = _describe_error(error)
    if _is_timeout(error):
        return ModelTimeout(f"{name} gave no answer in time ({detail}).")
    status = getattr(error, "status_code", None)
    if _NO_QUOTA in f"{getattr(error, 'code', '')} {error}":
        return ModelRefused(
            f"{name}: the account has no quota left ({detail}).",
            hint="Top up the account behind answer.api_key, or choose another model.",
        )
    if status in _REFUSING_STATUS:
        return _build_refusal(name, int(status), detail)
    if status == _TOO_MANY:
        return ModelUnavailable(
            f"{name} takes no more requests for now: HTTP {status} ({detail}).",
            hint="Wait a little and ask again.",
        )
    if status is not None:
        return ModelUnavailable(
            f"{name} answered with HTTP {status} ({detail}).",
            hint="Ask again; if it stays so, the log of the model server says why.",
        )
    return ModelUnavailable(f"{name} could not be used ({detail}).")


def _build_refusal(name: str, status: int, detail: str) -> ModelRefused:
    if status in (401, 403):
        return ModelRefused(
            f"{name} does not accept the key: HTTP {status} ({detail}).",
            hint="Check answer.api_key.",
        )
    if status == 404:
        return ModelRefused(
            f"{name} is not there: HTTP 404 ({detail}).",
            hint="Check answer.model and answer.base_url (most servers want it to end in /v1).",
        )
    if _TOO_LONG.search(detail.lower()):
        return ModelRefused(
            f"{name}: the prompt is longer than the model takes ({detail}).",
            hint="Lower answer.context_tokens to what the model really has.",
        )
    return ModelRefused(f"{name} refuses the request: HTTP {status} ({detail}).")


def _is_timeout(error: BaseException) -> bool:
    chain: BaseException | None = error
    while chain is not None:
        if isinstance(chain, TimeoutError) or "Timeout" in type(chain).__name__:
            return True
        chain = chain.__cause__
    return False


def _describe_error(error: BaseException) -> str:
    """Return the library's message on one line, with its cause if the message does not name it."""
    text = " ".join(str(error).split()) or type(error).__name__
    cause = error.__cause__
    if cause is not None and str(cause) and str(cause) not in text:
        text = f"{text.rstrip('.')}: {' '.join(str(cause).split())}"
    return text if len(text) <= _LONGEST_DETAIL else text[:_LONGEST_DETAIL] + "…"

"""Uses any chat model that LangChain knows, named "provider:model".

The user installs the provider's own package (langchain-anthropic, langchain-ollama, ...). Limits:
all providers take length and temperature only when a LangChain model is made, so one model is made
and kept for every pair of them that is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any

from rag.errors import ModelNotConfigured
from rag.models.base import Message
from rag.models.failures import model_error

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

_RETRIES = 1


class LangChainChatModel:
    """A LangChain chat model; safe to use from several threads if the provider's client is."""

    def __init__(
        self,
        spec: str,
        timeout_s: float = 60.0,
        context_tokens: int = 8_192,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        """Make the model named by `spec`, "provider:model". Raises ModelNotConfigured.

        `options` go to the provider's class as they are (`api_key`, `base_url`, ...).
        """
        provider, colon, model = spec.partition(":")
        if not (provider and colon and model):
            raise ModelNotConfigured(
                f'answer.model must be "provider:model" for LangChain, not {spec!r}.',
                hint='For example "anthropic:claude-sonnet-4-5" or "ollama:qwen3".',
            )
        self._spec = spec
        self._context_tokens = context_tokens
        self._options = {"timeout": timeout_s, "max_retries": _RETRIES, **(options or {})}
        self._made: dict[tuple[int, float], BaseChatModel] = {}
        self._lock = Lock()
        self._get_model(max_tokens=1, temperature=0.0)

    @property
    def name(self) -> str:
        """Return "langchain:" and the provider and model."""
        return f"langchain:{self._spec}"

    @property
    def context_tokens(self) -> int:
        """Return the size given to the constructor."""
        return self._context_tokens

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int, temperature: float = 0.0
    ) -> Iterator[str]:
        """Yield the answer's text. Raises ModelError."""
        model = self._get_model(max_tokens=max_tokens, temperature=temperature)
        turns = [(item.role, item.content) for item in messages]
        try:
            for chunk in model.stream(turns):
                text = str(chunk.text)
                if text:
                    yield text
        except Exception as error:  # every provider raises what it likes
            raise model_error(error, self.name) from error

    def _get_model(self, *, max_tokens: int, temperature: float) -> BaseChatModel:
        key = (max_tokens, temperature)
        with self._lock:
            if key not in self._made:
                self._made[key] = self._make_model(max_tokens, temperature)
            return self._made[key]

    def _make_model(self, max_tokens: int, temperature: float) -> BaseChatModel:
        from langchain.chat_models import init_chat_model

        provider, _, model = self._spec.partition(":")
        try:
            made = init_chat_model(
                model,
                model_provider=provider,
                max_tokens=max_tokens,
                temperature=temperature,
                **self._options,
            )
        except ImportError as error:
            package = f"langchain-{provider.replace('_', '-')}"
            raise ModelNotConfigured(
                f"{self.name} needs a package that is not installed: {error}",
                hint=f"Run `pip install {package}` in docchat's environment.",
            ) from error
        except Exception as error:  # providers check keys and names on construction
            raise ModelNotConfigured(f"{self.name} cannot be set up: {error}") from error
        return _require_chat_model(made, self.name)


def _require_chat_model(made: object, name: str) -> BaseChatModel:
    from langchain_core.language_models import BaseChatModel

    if not isinstance(made, BaseChatModel):
        raise ModelNotConfigured(f"{name} is no chat model, it is a {type(made).__name__}.")
    return made

"""Runs a language model in this process: Hugging Face transformers, with or without PEFT adapter.

Everything is read from local folders, nothing is downloaded. One generation runs at a time: on a
machine that has room for one model, two at once would be slower than two in turn.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from queue import Empty
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Any

from rag.errors import ModelNotConfigured, ModelRefused, ModelTimeout
from rag.models.base import Message
from rag.models.failures import model_error

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedTokenizerBase

_FALLBACK_NAMES = {"system": "System", "user": "User", "assistant": "Assistant"}


class HuggingFaceChatModel:
    """A causal language model and its tokenizer, loaded from `path`."""

    def __init__(
        self,
        path: Path | str,
        adapter: Path | None = None,
        device: str = "auto",
        context_tokens: int = 8_192,
        timeout_s: float = 600.0,
    ) -> None:
        """Load the model (seconds to minutes). Raises ModelNotConfigured.

        `device` is "auto" (the GPU if there is one), "cpu" or "cuda". `context_tokens` is lowered
        to what the model was made for. `timeout_s` bounds the wait for every single piece.
        """
        self._path = Path(path)
        if not self._path.is_dir():
            raise ModelNotConfigured(f"There is no model folder {self._path}.")
        self._device = _choose_device(device)
        self._tokenizer, self._model = _load_model(self._path, adapter, self._device)
        trained = getattr(self._model.config, "max_position_embeddings", None)
        self._context_tokens = min(context_tokens, trained or context_tokens)
        self._timeout_s = timeout_s
        self._one_at_a_time = Lock()

    @property
    def name(self) -> str:
        """Return "huggingface:" and the folder."""
        return f"huggingface:{self._path}"

    @property
    def context_tokens(self) -> int:
        """Return the smaller of the size asked for and the model's own."""
        return self._context_tokens

    def count_tokens(self, text: str) -> int:
        """Return how many tokens the model's own tokenizer makes of `text`, specials excluded."""
        return len(self._tokenizer.encode(text, add_special_tokens=False))

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int, temperature: float = 0.0
    ) -> Iterator[str]:
        """Yield the answer's text. Raises ModelError."""
        prompt = self._encode_messages(messages)
        room = self._context_tokens - int(prompt.shape[1])
        if room < 1:
            raise ModelRefused(
                f"{self.name}: the prompt has {prompt.shape[1]} tokens, the model takes "
                f"{self._context_tokens}.",
                hint="Lower answer.context_tokens or retrieval.limit.",
            )
        yield from self._generate_text(prompt, min(max_tokens, room), temperature)

    def _generate_text(
        self, prompt: torch.Tensor, max_tokens: int, temperature: float
    ) -> Iterator[str]:
        from transformers import TextIteratorStreamer

        streamer: Any = TextIteratorStreamer(
            self._tokenizer, skip_prompt=True, timeout=self._timeout_s, skip_special_tokens=True
        )
        stop = Event()
        failures: list[Exception] = []
        arguments = _build_arguments(prompt, max_tokens, temperature, self._tokenizer, stop)

        def run_generation() -> None:
            try:
                with self._one_at_a_time:
                    self._model.generate(streamer=streamer, **arguments)
            except Exception as error:  # noqa: BLE001 - handed to the thread that reads
                failures.append(error)
                streamer.end()

        worker = Thread(target=run_generation, name="docchat-generate", daemon=True)
        worker.start()
        try:
            for text in streamer:
                if text:
                    yield text
        except Empty as error:
            raise ModelTimeout(f"{self.name} gave no token in {self._timeout_s:g} s.") from error
        finally:
            # Also when the reader leaves: the generation ends after its next token. It is not
            # waited for then, so the lock is released a moment later.
            stop.set()
        worker.join()
        if failures:
            raise model_error(failures[0], self.name) from failures[0]

    def _encode_messages(self, messages: Sequence[Message]) -> torch.Tensor:
        """Return the prompt's token ids, int64 of shape (1, n), on the model's device."""
        text, templated = self._build_prompt(messages)
        encoded = self._tokenizer(text, return_tensors="pt", add_special_tokens=not templated)
        ids: torch.Tensor = encoded["input_ids"].to(self._device)
        return ids

    def _build_prompt(self, messages: Sequence[Message]) -> tuple[str, bool]:
        """Return the prompt and whether the model's own chat template made it."""
        if not self._tokenizer.chat_template:
            lines = [f"{_FALLBACK_NAMES[item.role]}: {item.content}" for item in messages]
            return "\n\n".join((*lines, f"{_FALLBACK_NAMES['assistant']}:")), False
        from jinja2.exceptions import TemplateError

        try:
            return self._apply_chat_template(messages), True
        except TemplateError:
            # Some templates (Gemma's) know no system role: there it opens the first question.
            return self._apply_chat_template(_system_as_user(messages)), True

    def _apply_chat_template(self, messages: Sequence[Message]) -> str:
        turns = [{"role": item.role, "content": item.content} for item in messages]
        # `enable_thinking` is a variable of Qwen's templates; others do not look at it.
        made = self._tokenizer.apply_chat_template(
            turns, tokenize=False, add_generation_prompt=True, enable_thinking=False
        )
        return str(made)


def _build_arguments(
    prompt: torch.Tensor,
    max_tokens: int,
    temperature: float,
    tokenizer: PreTrainedTokenizerBase,
    stop: Event,
) -> dict[str, Any]:
    import torch
    from transformers import StoppingCriteria, StoppingCriteriaList

    class Stopped(StoppingCriteria):
        """Ends the generation when the reader has left."""

        def __call__(
            self, input_ids: torch.LongTensor, scores: torch.FloatTensor, **_: Any
        ) -> torch.BoolTensor:
            stopped = torch.full((input_ids.shape[0],), stop.is_set(), dtype=torch.bool)
            return stopped.to(input_ids.device)  # type: ignore[return-value]

    padding = tokenizer.pad_token_id
    arguments: dict[str, Any] = {
        "input_ids": prompt,
        "attention_mask": torch.ones_like(prompt),
        "max_new_tokens": max_tokens,
        "do_sample": temperature > 0,
        "pad_token_id": padding if padding is not None else tokenizer.eos_token_id,
        "stopping_criteria": StoppingCriteriaList([Stopped()]),
    }
    if temperature > 0:
        arguments["temperature"] = temperature
    return arguments


def _choose_device(wanted: str) -> str:
    import torch

    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if wanted.startswith("cuda") and not torch.cuda.is_available():
        raise ModelNotConfigured(
            "The language model was to run on a GPU and there is none.",
            hint='Use the device "auto" or "cpu".',
        )
    return wanted


def _load_model(
    path: Path, adapter: Path | None, device: str
) -> tuple[PreTrainedTokenizerBase, Any]:
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging

    disable_progress_bar: Any = logging.disable_progress_bar  # it would mix with our own output
    disable_progress_bar()
    try:
        tokenizer = AutoTokenizer.from_pretrained(str(path), local_files_only=True)
        model: Any = AutoModelForCausalLM.from_pretrained(
            str(path), local_files_only=True, dtype="auto"
        )
    except Exception as error:  # OSError, ValueError, KeyError, safetensors' own ...
        raise ModelNotConfigured(f"No language model could be read from {path}: {error}") from error
    if adapter is not None:
        model = _apply_adapter(model, adapter)
    return tokenizer, model.to(device).eval()


def _apply_adapter(model: Any, adapter: Path) -> Any:
    try:
        from peft import PeftModel
    except ImportError as error:
        raise ModelNotConfigured(
            "answer.adapter is set, and the package peft is not installed.",
            hint="Run `pip install docchat[finetune]`.",
        ) from error
    if not adapter.is_dir():
        raise ModelNotConfigured(f"There is no adapter folder {adapter}.")
    try:
        with warnings.catch_warnings():  # of one library to the other: nothing a user can mend
            warnings.simplefilter("ignore", FutureWarning)
            return PeftModel.from_pretrained(model, str(adapter), local_files_only=True)
    except Exception as error:  # as above, and RuntimeError where shapes differ
        raise ModelNotConfigured(f"The adapter {adapter} does not fit: {error}") from error


def _system_as_user(messages: Sequence[Message]) -> list[Message]:
    """Fold the system messages into the first user message."""
    system = "\n\n".join(item.content for item in messages if item.role == "system")
    rest = [item for item in messages if item.role != "system"]
    if not system or not rest:
        return rest or [Message("user", system)]
    return [Message("user", f"{system}\n\n{rest[0].content}"), *rest[1:]]

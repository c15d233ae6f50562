"""Defines the errors of answering, as one tree.

RagError                    code, hint
├── SettingsInvalid         a setting is missing, unknown or out of range
├── PromptInvalid           a prompt file is missing, or lacks or names an unknown variable
├── QuestionInvalid         empty, or longer than the limit
├── RerankerFailed          the second stage of retrieval cannot be loaded or run
├── ConversationNotFound    no such conversation or message
└── ModelError              the language model
    ├── ModelNotConfigured  answerer chosen, but model, key or package is missing
    ├── ModelUnavailable    unreachable, or answered with an error
    ├── ModelTimeout        no first token, or no next token, in time
    └── ModelRefused        bad key, no such model, context too long: final

Errors of `ingest` (NotFound, IndexMismatch, ...) pass through unchanged: they have code and hint
of the same shape.
"""

from __future__ import annotations

from typing import ClassVar


class RagError(Exception):
    """Root of all errors of answering."""

    code: ClassVar[str] = "rag_error"
    hint: ClassVar[str] = "See the log for details."

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.advice = hint or self.hint


class SettingsInvalid(RagError):
    """A setting is missing, unknown or out of range."""

    code = "settings_invalid"
    hint = "Correct docchat.toml or the DOCCHAT_ environment variable named in the message."


class PromptInvalid(RagError):
    """A prompt file is missing, or its variables are not the expected ones."""

    code = "prompt_invalid"
    hint = "Compare the prompt file with the one shipped in rag/prompts."


class QuestionInvalid(RagError):
    """The question is empty or too long."""

    code = "question_invalid"
    hint = "Ask a question of 1 to 4,000 characters."


class RerankerFailed(RagError):
    """The second stage of retrieval cannot be loaded or run."""

    code = "reranker_failed"
    hint = 'Check the folder named in retrieval.rerank, or set it to "off".'


class ConversationNotFound(RagError):
    """No such conversation or message."""

    code = "conversation_not_found"
    hint = "List the conversations and check the id."


class ModelError(RagError):
    """The language model failed."""

    code = "model_error"


class ModelNotConfigured(ModelError):
    """An answerer was chosen whose model, key or package is missing."""

    code = "model_not_configured"
    hint = (
        'Set answer.model (and answer.base_url, answer.api_key) or use answer.kind = "extractive".'
    )


class ModelUnavailable(ModelError):
    """The model server is unreachable or answered with an error."""

    code = "model_unavailable"
    hint = "Check that the model server runs and answer.base_url is right, then ask again."


class ModelTimeout(ModelError):
    """No first or next token in time."""

    code = "model_timeout"
    hint = "Ask again, choose a smaller model, or raise answer.timeout_s."


class ModelRefused(ModelError):
    """The server will not serve this request: key, model name or length."""

    code = "model_refused"
    hint = "Check answer.api_key and answer.model."

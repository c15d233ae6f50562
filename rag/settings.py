"""Reads all configuration, in one place: defaults < docchat.toml < environment < arguments.

docchat.toml is looked for in `DOCCHAT_HOME` and then in the working directory (the latter wins).
Environment variables are `DOCCHAT_` + name, nested with two underscores:
`DOCCHAT_ANSWER__BASE_URL`. Unknown names in docchat.toml are errors, so that a typing mistake does
not pass silently. The result is frozen and passed to the parts that need it; no other module reads
configuration.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Literal

import platformdirs
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from rag.errors import SettingsInvalid

CONFIG_NAME = "docchat.toml"

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Weight = Annotated[float, Field(ge=0.0, le=5.0)]
Positive = Annotated[int, Field(gt=0)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ParseSettings(_Section):
    """How files become documents, and what they may cost."""

    ocr: Literal["off", "auto", "force"] = "auto"
    layout: Literal["rules", "auto", "model"] = "rules"
    """Pages a neural layout model looks at as well: none, those the rules are unsure of, all."""
    ocr_engine: Literal["auto", "rapidocr", "tesseract"] = "auto"
    ocr_languages: Annotated[tuple[str, ...], Field(min_length=1)] = ("zh", "en")
    """ISO 639-1 codes of the languages in scans."""
    ocr_jobs: Annotated[int, Field(ge=0)] = 0
    """Pages of one file read by OCR at once; 0: the cores there are over `jobs`, at most four."""
    engine: str = "builtin"
    """Who parses PDFs: "builtin", or a function by its address "package.module:function"."""
    furniture: Literal["drop", "keep"] = "drop"
    captions: Literal["off", "model"] = "off"
    """Who says what the figures of PDFs show, for searches: nobody, or the model of `answer`."""
    min_text_share: Share = 0.5
    """A document fails when fewer than this share of its pages gave text."""
    max_file_mb: Positive = 512
    max_pages: Positive = 10_000
    max_expanded_mb: Positive = 2_048
    """What an archive (DOCX, PPTX, XLSX, EPUB) may unpack to."""
    timeout_s: Positive = 600
    page_timeout_s: Positive = 60
    """What each page done adds to `timeout_s`: scans take seconds a page."""
    memory_mb: Positive = 4_096
    jobs: Positive = 1
    """How many files are parsed at once, each in its own process."""
    processes: Annotated[int, Field(ge=0, le=64)] = 0
    """How many processes read the pages of one long file; 0: one for each core, at most four."""


class ChunkSettings(_Section):
    """How documents are cut. Tokens are those of the embedder's own tokenizer."""

    max_tokens: Annotated[int, Field(ge=32, le=8192)] = 224
    overlap_tokens: Annotated[int, Field(ge=0, le=1024)] = 32

    @model_validator(mode="after")
    def _overlap_leaves_room(self) -> ChunkSettings:
        # The chunker uses at most half a passage; an overlap of a whole one must be a mistake.
        if self.overlap_tokens >= self.max_tokens:
            raise ValueError(
                f"overlap_tokens ({self.overlap_tokens}) must be less than "
                f"max_tokens ({self.max_tokens})"
            )
        return self


class EmbedderSettings(_Section):
    """The dense model: "bundled" (100 languages), "minilm" (English, half the work), or a path."""

    model: str = "bundled"
    backend: Literal["auto", "torch", "openvino"] = "auto"
    """Who computes: "auto" takes the quickest faithful one of the machine and says which."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    precision: Literal["auto", "int8", "bf16", "f32"] = "auto"
    """In what OpenVINO computes: "auto" takes 8 bits where the model is calibrated for them."""
    batch_tokens: Positive = 8_192
    languages: tuple[str, ...] = ()
    """ISO 639-1 codes the model reads; empty: what is known of it, else measured."""
    query_prefix: str = ""
    """Stands before each question where a model given by path wants it: "query: " for E5."""
    passage_prefix: str = ""
    """Stands before each passage: "passage: " for E5."""
    words: bool = True
    """Whether the words of passages are kept for late interaction: about 4 kB a passage."""


class RetrievalSettings(_Section):
    """From question to passages. Weights of 0 switch their stage off."""

    depth: Positive = 100
    limit: Positive = 8
    fusion: Literal["convex", "rrf"] = "convex"
    dense_weight: Share = 0.6
    rrf_k: Positive = 60
    names: Weight = 2.0
    """What the whole of a document's name in the question adds to its passages."""
    rerank: str = "late"
    """The second stage: "late" interaction of words, "off", or the folder of a cross-encoder."""
    rerank_depth: Positive = 50
    rerank_weight: Share = 0.4
    """Share of the second stage's score; 1: it decides alone."""
    agreement: Share = 0.15
    """Share of likeness to the best passages, where words alone rank."""
    links: Weight = 0.7
    """What share of its score a passage adds to a document it names by its title."""
    neighbours: Annotated[int, Field(ge=0, le=5)] = 1
    """How many adjoining chunks are joined on each side when a hit is cut."""
    duplicate_similarity: Share = 0.9
    """Hits whose terms overlap by more than this (Jaccard) count as duplicates."""


class AnswerSettings(_Section):
    """Who writes the answer."""

    kind: Literal["extractive", "openai", "huggingface", "langchain"] = "extractive"
    model: str = ""
    """openai: model name; huggingface: path; langchain: "provider:model"."""
    base_url: str = "https://api.openai.com/v1"
    """openai: the server; langchain: given to the provider's class if it is set."""
    api_key: SecretStr = SecretStr("")
    adapter: Path | None = None
    """A PEFT adapter folder for kind = "huggingface"."""
    temperature: Annotated[float, Field(ge=0.0, le=2.0)] = 0.0
    max_tokens: Positive = 1_024
    context_tokens: Positive = 8_192
    timeout_s: Annotated[float, Field(gt=0)] = 60.0
    min_evidence: Share = 0.35
    """Below this evidence strength the question is refused, where no reader judges it."""
    reader: Literal["bundled", "off"] = "bundled"
    """extractive: what finds the words that answer within a sentence; "off" quotes sentences."""


class GroundingSettings(_Section):
    """What happens to sentences that the evidence does not support."""

    policy: Literal["mark", "retry", "refuse"] = "mark"
    min_score: Share = 0.5
    """With "retry" and "refuse": the least share of supported claims."""


class ServerSettings(_Section):
    """The REST API and the page."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    api_key: SecretStr = SecretStr("")
    """Needed for any bind but loopback."""
    allowed_hosts: tuple[str, ...] = ()
    """Host headers answered beside loopback's, e.g. "docs.example.org"."""
    heartbeat_s: Annotated[float, Field(gt=0)] = 15.0


class RaySettings(_Section):
    """The cluster that `docchat ingest --engine ray` works on."""

    address: str = ""
    """host:port of its head, "auto" for one that runs on this machine; empty: one is started."""
    embedders: Annotated[int, Field(ge=0)] = 0
    """Actors that embed; 0: one on each node."""
    parsers: Annotated[int, Field(ge=0)] = 0
    """Actors that parse; 0: one for every four processors of the cluster."""
    threads: Annotated[int, Field(ge=0)] = 0
    """What one embedder may use with backend = "torch"; 0: all processors of its node."""


class Settings(BaseSettings):
    """Everything that can be set. `home` holds all state."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_prefix="DOCCHAT_",
        env_nested_delimiter="__",
    )

    home: Path = Field(default_factory=lambda: default_home())
    database_url: str = ""
    """postgresql://user:password@host/name, or any SQLAlchemy URL; empty: SQLite in `home`."""
    chroma_url: str = ""
    """http(s)://host:port of a Chroma server; empty: embedded in `home`."""
    milvus_uri: str = ""
    """http(s) URL of a Milvus server, or a file NAME.db of milvus-lite: both indexes lie there."""
    milvus_token: SecretStr = SecretStr("")
    """A key of the Milvus server, or "user:password"."""
    index_prefix: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{2,60}$")] = "docchat"
    """What the names of collections on a Chroma or Milvus server begin with: one for each home."""
    workers: Annotated[int, Field(ge=0, le=64)] = 1
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    parse: ParseSettings = ParseSettings()
    chunk: ChunkSettings = ChunkSettings()
    embedder: EmbedderSettings = EmbedderSettings()
    retrieval: RetrievalSettings = RetrievalSettings()
    answer: AnswerSettings = AnswerSettings()
    grounding: GroundingSettings = GroundingSettings()
    server: ServerSettings = ServerSettings()
    ray: RaySettings = RaySettings()

    @field_validator("home", mode="after")
    @classmethod
    def _make_absolute(cls, value: Path) -> Path:
        return value.expanduser().resolve()

    @model_validator(mode="after")
    def _one_dense_index(self) -> Settings:
        if self.chroma_url and self.milvus_uri:
            raise ValueError("chroma_url and milvus_uri exclude each other")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order the sources: arguments, environment, docchat.toml (nearest first)."""
        files = [default_home() / CONFIG_NAME, Path.cwd() / CONFIG_NAME]
        toml = TomlConfigSettingsSource(settings_cls, toml_file=files)
        return (init_settings, env_settings, toml)


def default_home() -> Path:
    """Return `DOCCHAT_HOME`, or the platform's user data folder for docchat."""
    named = os.environ.get("DOCCHAT_HOME")
    return Path(named) if named else platformdirs.user_data_path("docchat", appauthor=False)


def load_settings(**overrides: Any) -> Settings:
    """Read all sources. Raises SettingsInvalid, naming every bad setting at once."""
    try:
        return Settings(**overrides)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in item['loc'])}: "
            + ("there is no such setting" if item["type"] == "extra_forbidden" else item["msg"])
            for item in error.errors()
        )
        raise SettingsInvalid(f"Settings are not usable: {problems}") from error
    except SettingsError as error:  # DOCCHAT_PARSE=... must be JSON
        raise SettingsInvalid(f"The environment could not be read: {error}") from error
    except (OSError, ValueError) as error:
        raise SettingsInvalid(f"{CONFIG_NAME} could not be read: {error}") from error

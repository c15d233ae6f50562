"""Everything is composed once, lazily, and silently."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from pydantic import SecretStr

from ingest.embedding.hash_embedder import HashEmbedder
from ingest.embedding.models.bundled import open_minilm
from ingest.embedding.sentence_transformer import SentenceTransformerEmbedder
from ingest.types import Chunk
from rag.errors import ModelNotConfigured, ModelRefused
from rag.models.base import Message
from rag.models.scripted import ScriptedChatModel
from rag.pipeline.bootstrap import Docchat, build_docchat
from rag.pipeline.factories import build_parse_options, make_embedder, make_model
from rag.question.understand import understand_question
from rag.settings import AnswerSettings, EmbedderSettings, ParseSettings, Settings
from rag.types import Hit
from tests.support import ROOT
from tests.support.answers import join_text
from tests.support.chat_server import KEY, REPLY, chat_server


def test_listing_documents_needs_no_model(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "from rag.pipeline.bootstrap import build_docchat\nfrom rag.settings import Settings\n"
        "docchat = build_docchat(Settings())\n"
        "collection = docchat.library.create_collection('c')\n"
        "docchat.library.list_documents(collection.id)\n"
        "docchat.library.list_events(0)\n"
        "docchat.close()\n"
        "heavy = {'torch', 'chromadb', 'transformers', 'sentence_transformers', 'openai',"
        " 'langchain_core', 'rapidocr', 'pymupdf'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "DOCCHAT_HOME": str(tmp_path)},
        check=True,
    )
    assert done.stdout == "[]\n"


def test_libraries_are_silenced(fresh: Docchat) -> None:
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "DO_NOT_TRACK"):
        assert os.environ[name] == "1"
    assert os.environ["ANONYMIZED_TELEMETRY"] == "False"
    assert os.environ["LANGSMITH_TRACING"] == "false"


def test_parts_are_made_once_even_by_many_threads(fresh: Docchat) -> None:
    made: list[object] = []
    threads = [threading.Thread(target=lambda: made.append(fresh.pipeline)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 8
    assert all(each is made[0] for each in made)
    assert fresh.retriever is fresh.retriever


def test_a_given_model_and_embedder_stand_in(tmp_path: Path) -> None:
    model, embedder = ScriptedChatModel(["yes"]), HashEmbedder(32)
    docchat = build_docchat(Settings(home=tmp_path), lambda: embedder, model)
    assert docchat.model is model
    assert docchat.answerer.name == "scripted"
    assert docchat.library.embedder is embedder
    docchat.close()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"kind": "openai"}, "model"),
        ({"kind": "huggingface", "model": "/nowhere"}, "/nowhere"),
        ({"kind": "langchain", "model": "nocolon"}, "provider:model"),
    ],
)
def test_a_model_that_cannot_be_made_is_a_typed_error(
    settings: dict[str, str], message: str
) -> None:
    with pytest.raises(ModelNotConfigured, match=message):
        make_model(AnswerSettings(**settings))  # type: ignore[arg-type]


def test_models_by_kind() -> None:
    assert make_model(AnswerSettings()) is None
    made = make_model(AnswerSettings(kind="openai", model="m", base_url="http://127.0.0.1:9/v1"))
    assert made is not None
    assert "m" in made.name
    assert made.context_tokens == 8192


class CountingModel(ScriptedChatModel):
    """Knows its tokens, of which every character is ten."""

    def count_tokens(self, text: str) -> int:
        """Return ten for each character."""
        return 10 * len(text)


def test_a_model_that_counts_its_tokens_is_asked_for_them(tmp_path: Path) -> None:
    hit = Hit(Chunk("c", "d", 0, "Books: 14 days.", (), (), (0, 15), 1, 1, 4), "a.md", 1.0)
    docchat = build_docchat(Settings(home=tmp_path), lambda: HashEmbedder(32), CountingModel(["x"]))
    with pytest.raises(ModelRefused, match="no room for a passage"):
        list(docchat.answerer.stream(understand_question("How long?"), [hit]))
    docchat.close()
    estimated = build_docchat(
        Settings(home=tmp_path), lambda: HashEmbedder(32), ScriptedChatModel(["x"])
    )
    assert join_text(estimated.answerer.stream(understand_question("How long?"), [hit])) == "x"
    estimated.close()


def test_a_langchain_model_is_reached_where_the_settings_say() -> None:
    with chat_server() as server:
        made = make_model(
            AnswerSettings(
                kind="langchain",
                model="openai:ok",
                base_url=server.base_url,
                api_key=SecretStr(KEY),
            )
        )
        assert made is not None
        assert tuple(made.stream([Message("user", "?")], max_tokens=9)) == REPLY
        assert len(server.requests) == 1


def test_embedders_by_name() -> None:
    assert isinstance(make_embedder(EmbedderSettings()), SentenceTransformerEmbedder)
    fake = make_embedder(EmbedderSettings(model="hash", languages=("zh",)))
    assert isinstance(fake, HashEmbedder)
    assert fake.languages == {"zh"}
    minilm = make_embedder(EmbedderSettings(model="minilm"))
    assert minilm.name.startswith("all-MiniLM-L6-v2@")
    assert minilm.languages == {"en"}


def test_prefixes_of_the_settings_are_those_of_a_model_given_by_path() -> None:
    folder = str(open_minilm().folder)
    plain = make_embedder(EmbedderSettings(model=folder))
    told = make_embedder(EmbedderSettings(model=folder, passage_prefix="passage: "))
    assert told.name != plain.name
    assert told.max_tokens == plain.max_tokens - plain.count_tokens("passage: ")
    with_prefix = EmbedderSettings(passage_prefix="text: ", query_prefix="ask: ")
    own = make_embedder(with_prefix)
    assert own.name == make_embedder(EmbedderSettings()).name, "a bundled model has its own"


def test_a_missing_embedder_hinders_nothing_else(tmp_path: Path) -> None:
    docchat = build_docchat(Settings(home=tmp_path, embedder=EmbedderSettings(model="/nowhere")))
    assert docchat.library.list_collections() == []
    docchat.close()


def test_parse_options_come_from_the_settings(tmp_path: Path) -> None:
    chosen = ParseSettings(ocr="off", furniture="keep", max_pages=7, max_expanded_mb=3)
    options = build_parse_options(Settings(home=tmp_path, parse=chosen))
    assert (options.ocr, options.furniture, options.max_pages) == ("off", "keep", 7)
    assert options.max_expanded_bytes == 3 * 1024 * 1024


def test_describing_figures_needs_a_model_that_sees(tmp_path: Path) -> None:
    wished = Settings(home=tmp_path, parse=ParseSettings(captions="model"))
    docchat = build_docchat(wished)
    with pytest.raises(ModelNotConfigured, match="sees pictures"):
        docchat.create_worker()
    docchat.close()
    given = build_docchat(wished, model=ScriptedChatModel(["A chart."]))
    assert given.create_worker()
    given.close()

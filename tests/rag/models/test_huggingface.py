from __future__ import annotations

from pathlib import Path

import pytest

from rag.errors import ModelNotConfigured, ModelRefused
from rag.models.base import Message
from rag.models.huggingface import HuggingFaceChatModel
from tests.rag.models.tiny_model import NO_SYSTEM, save_adapter, save_model

MESSAGES = [Message("system", "Be brief."), Message("user", "泵的功率？")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_model(tmp_path_factory.mktemp("tiny"))


def said(model: HuggingFaceChatModel, max_tokens: int = 16) -> str:
    return "".join(model.stream(MESSAGES, max_tokens=max_tokens))


def test_it_knows_its_window_and_counts_its_tokens(folder: Path) -> None:
    model = HuggingFaceChatModel(folder, device="cpu", context_tokens=10_000)
    assert model.context_tokens == 256
    assert model.name == f"huggingface:{folder}"
    assert model.count_tokens("") == 0
    assert 1 <= model.count_tokens("The pump") < model.count_tokens("The pump needs 230 V")


def test_an_adapter_changes_what_it_says(folder: Path, tmp_path: Path) -> None:
    plain = HuggingFaceChatModel(folder, device="cpu")
    adapted = HuggingFaceChatModel(folder, save_adapter(folder, tmp_path / "lora"), "cpu")
    assert said(adapted, 40) != said(plain, 40)


def test_a_model_without_chat_template_gets_a_plain_one(tmp_path: Path) -> None:
    model = HuggingFaceChatModel(save_model(tmp_path, template=None), device="cpu")
    assert said(model)


def test_a_template_without_system_role_gets_the_rules_with_the_question(tmp_path: Path) -> None:
    assert said(HuggingFaceChatModel(save_model(tmp_path, template=NO_SYSTEM), device="cpu"))


def test_a_prompt_longer_than_the_window_is_refused(folder: Path) -> None:
    model = HuggingFaceChatModel(folder, device="cpu", context_tokens=20)
    with pytest.raises(ModelRefused, match="the model takes 20"):
        said(model)


def test_what_is_not_there_is_said(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelNotConfigured, match="no model folder"):
        HuggingFaceChatModel(tmp_path / "nowhere")
    with pytest.raises(ModelNotConfigured, match="No language model could be read"):
        HuggingFaceChatModel(tmp_path)
    with pytest.raises(ModelNotConfigured, match="no adapter folder"):
        HuggingFaceChatModel(folder, tmp_path / "nowhere", "cpu")
    with pytest.raises(ModelNotConfigured, match="does not fit"):
        HuggingFaceChatModel(folder, tmp_path, "cpu")

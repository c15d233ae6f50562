from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.errors import PromptInvalid
from rag.prompts import FOLDER, Prompt, load_prompt
from rag.types import Language

EXPECTED = {
    "answer": {"refusal"},
    "question": {"passages", "question", "refusal"},
    "condense": {"history", "question"},
    "retry": {"claims", "question"},
    "figure": {"caption"},
    "examine": {"passage"},
}
LANGUAGES: tuple[Language, ...] = ("en", "zh")


@pytest.mark.parametrize("name", EXPECTED)
@pytest.mark.parametrize("language", LANGUAGES)
def test_shipped_prompts_name_the_variables_that_the_code_gives(
    name: str, language: Language
) -> None:
    prompt = load_prompt(name, language)
    assert prompt.variables == EXPECTED[name]
    text = prompt.render(**dict.fromkeys(EXPECTED[name], "VALUE"))
    assert "VALUE" in text
    assert "{" not in text


def test_no_prompt_file_is_unknown_here() -> None:
    shipped = {path.name for path in FOLDER.glob("*.txt")}
    assert shipped == {f"{name}.{language}.txt" for name in EXPECTED for language in LANGUAGES}


def test_the_language_chooses_the_file() -> None:
    assert "方括号" in load_prompt("answer", "zh").template
    assert "square brackets" in load_prompt("answer", "en").template


@given(st.text(max_size=60), st.text(max_size=60))
def test_values_are_put_in_as_they_are(one: str, two: str) -> None:
    prompt = Prompt("p", "en", "{one}|{two}|{ not one }|{1}")
    assert prompt.render(one=one, two=two) == f"{one}|{two}|{{ not one }}|{{1}}"


def test_braces_in_values_do_no_harm() -> None:
    assert Prompt("p", "en", "a {text} b").render(text="{text} {0} {{x}} \\1") == (
        "a {text} {0} {{x}} \\1 b"
    )


def test_a_lacking_or_unknown_variable_is_an_error() -> None:
    prompt = Prompt("p", "zh", "{passages} {question}")
    with pytest.raises(PromptInvalid, match=r"p\.zh: no value for passages and no place for extra"):
        prompt.render(question="?", extra="!")


def test_a_missing_empty_or_unreadable_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(PromptInvalid, match=r"nowhere\.en"):
        load_prompt("nowhere", "en", tmp_path)
    (tmp_path / "empty.en.txt").write_text(" \n")
    with pytest.raises(PromptInvalid, match="empty"):
        load_prompt("empty", "en", tmp_path)
    (tmp_path / "gbk.zh.txt").write_bytes("问题".encode("gbk"))
    with pytest.raises(PromptInvalid, match="cannot be read"):
        load_prompt("gbk", "zh", tmp_path)

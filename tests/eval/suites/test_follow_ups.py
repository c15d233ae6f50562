"""Follow-ups are measured by words against a person's rewrite, and by what a search finds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.data.follow_up_sets import FollowUp, load_follow_ups
from eval.errors import DatasetInvalid
from eval.suites.follow_ups import extract_content_words, measure_follow_ups, run_follow_ups
from rag.question.exchange import Exchange
from rag.settings import Settings

TURN = {
    "id": "1",
    "history": [{"question": "What is the boiler's volume?", "answer": "200 litres"}],
    "question": "How much does it weigh?",
    "standalone": "How much does the boiler weigh?",
    "file": "boiler.md",
    "answer": "38 kg",
}


def write(path: Path, *rows: object) -> Path:
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


def test_turns_are_read(tmp_path: Path) -> None:
    (turn,) = load_follow_ups(write(tmp_path / "turns.jsonl", TURN))
    assert turn.history == (Exchange("What is the boiler's volume?", "200 litres"),)
    assert (turn.language, turn.file, turn.answer) == ("en", "boiler.md", "38 kg")


@pytest.mark.parametrize("row", [{"id": "1"}, [1], {**TURN, "history": ["no"]}])
def test_a_file_of_another_layout_is_an_error(tmp_path: Path, row: object) -> None:
    with pytest.raises(DatasetInvalid, match="has no follow-ups"):
        load_follow_ups(write(tmp_path / "turns.jsonl", row))


def test_words_are_compared_by_language() -> None:
    turns = [
        FollowUp("1", (Exchange("Who is Ada?"),), "When did she join?", "When did Ada join?", "en"),
        FollowUp(
            "2", (Exchange("Who is Ada?"),), "Is the pump big?", "Is the large pump big?", "en"
        ),
        FollowUp("3", (Exchange("水泵有多重？"),), "阀门呢？", "阀门有多重？", "zh"),
    ]
    english, chinese = measure_follow_ups("mine", turns)
    assert (english.language, english.turns, chinese.turns) == ("en", 2, 1)
    assert english.recall == pytest.approx((1 + 2 / 3) / 2)
    assert english.precision == chinese.recall == 1.0
    assert english.searched == 0


def test_chinese_words_are_characters_without_question_words() -> None:
    assert extract_content_words("水泵的功率是多少？") == frozenset("水泵功率")
    assert extract_content_words("How do the pumps stop?") == frozenset({"pump", "stop"})


def test_with_documents_the_search_is_measured_too(tmp_path: Path) -> None:
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "boiler.md").write_text("# Boiler\n\nThe boiler weighs 38 kg.", encoding="utf-8")
    turns = write(tmp_path / "turns.jsonl", TURN, {**TURN, "id": "2", "answer": "40 kg"})
    settings = Settings(home=tmp_path / "home", embedder={"model": "hash"})  # type: ignore[arg-type]
    (result,) = run_follow_ups(turns, documents, settings, tmp_path / "cache")
    assert (result.searched, result.found, result.found_by_rewrite) == (2, 1, 1)
    assert not result.has_failures

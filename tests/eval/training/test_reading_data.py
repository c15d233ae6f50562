from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from eval.errors import EvalError
from eval.training.reading_data import read_examples

CONTEXT = "In 1843 Ada Lovelace wrote the first program. She lived in London. " * 3


def write_set(path: Path, articles: int = 30) -> Path:
    data = [
        {
            "title": f"Article {number}",
            "paragraphs": [
                {
                    "context": f"Article {number} is on programs. {CONTEXT}Code {number * 7}.",
                    "qas": [
                        {
                            "id": f"q{number}",
                            "question": f"Who wrote the first program in 1843, Article {number}?",
                            "answers": [
                                {"text": "Ada Lovelace", "answer_start": 0},
                            ],
                            "is_impossible": False,
                        }
                    ],
                }
            ],
        }
        for number in range(articles)
    ]
    for article in data:
        paragraph: Any = article["paragraphs"][0]
        answer = paragraph["qas"][0]["answers"][0]
        answer["answer_start"] = paragraph["context"].index("Ada Lovelace")
    path.write_text(json.dumps({"data": data}))
    return path


def test_answers_stand_where_they_are_said_to_and_changed_questions_have_none(
    tmp_path: Path,
) -> None:
    examples = read_examples(write_set(tmp_path / "set.json"), "en", 7)
    answered = [each for each in examples if each.answer is not None]
    assert len(answered) == 30
    assert all(
        each.passage[slice(*each.answer)] == "Ada Lovelace" for each in answered if each.answer
    )
    assert len(examples) > len(answered)
    assert examples == read_examples(tmp_path / "set.json", "en", 7)


def test_another_layout_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("[]")
    with pytest.raises(EvalError):
        read_examples(tmp_path / "x.json", "en", 7)

"""Small talk is recognised; what asks for something, also behind a greeting, is a question."""

from __future__ import annotations

import pytest

from rag.question.small_talk import drop_greeting, find_small_talk


@pytest.mark.parametrize(
    ("text", "talk"),
    [
        ("hi", "greeting"),
        ("Hello there!", "greeting"),
        ("你好", "greeting"),
        ("嗨，你好！", "greeting"),
        ("Who are you?", "greeting"),
        ("你能做什么？", "greeting"),
        ("Thanks", "thanks"),
        ("ok thanks", "thanks"),
        ("Thank you very much.", "thanks"),
        ("好的，谢谢！", "thanks"),
        ("yes", "acknowledgement"),
        ("OK", "acknowledgement"),
        ("I see, that's great", "acknowledgement"),
        ("好的", "acknowledgement"),
        ("嗯嗯", "acknowledgement"),
    ],
)
def test_small_talk(text: str, talk: str) -> None:
    assert find_small_talk(text) == talk


@pytest.mark.parametrize(
    "text",
    [
        "history of Rome",
        "his name",
        "Hi-fi",
        "okra",
        "no refund",
        "yes, in 2022",
        "好看的书",
        "对流是什么",
        "可以退款吗",
        "hi, how much is a tyre change?",
        "hi " * 200,
    ],
)
def test_what_asks_for_something_is_no_small_talk(text: str) -> None:
    assert find_small_talk(text) is None


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("hi, how much is a tyre change?", "how much is a tyre change?"),
        ("Hello what is E05?", "what is E05?"),
        ("Thanks. And E05?", "And E05?"),
        ("你好，请问退款期限是多少天？", "请问退款期限是多少天？"),
        ("谢谢，那7742呢？", "那7742呢？"),
        ("Hello Kitty sales", "Hello Kitty sales"),
        ("Hi-fi speakers", "Hi-fi speakers"),
        ("thanks", "thanks"),
    ],
)
def test_a_greeting_with_a_question_behind_it_is_the_question(text: str, question: str) -> None:
    assert drop_greeting(text) == question

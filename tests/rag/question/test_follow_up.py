"""Follow-ups become standalone questions; complete questions are left alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from rag.errors import ModelRefused
from rag.models.base import Message
from rag.models.scripted import ScriptedChatModel
from rag.question.follow_up import is_follow_up, resolve_by_rule, salient_words, standalone_question
from rag.question.kind import question_kind, summary_subject
from rag.types import Turn


@pytest.mark.parametrize(
    "text",
    [
        "What about books?",
        "and for electronics?",
        "Why?",
        "How does it work?",
        "Who wrote this?",
        "Is that one faster?",
        "Does the latter need a GPU?",
        "那它呢？",
        "那书籍的呢？",
        "它的参数量是多少？",
        "为什么？",
        "还有其他限制吗？",
        "前者的准确率是多少？",
        "这个方法需要多少内存？",
        "退款呢？",
    ],
)
def test_follow_ups_are_recognised(text: str) -> None:
    assert is_follow_up(text)


@pytest.mark.parametrize(
    "text",
    [
        "What is attention?",
        "How long do I have to return a damaged book?",
        "Which methods that use beam search reach 28 BLEU?",
        "When was the transformer architecture published?",
        "Does the pump restart after a power failure, and does it keep its settings?",
        "退款期限是多少天？",
        "论文中使用了哪些数据集？",
        "水泵的额定功率是多少？",
        "其他供应商的报价是多少？",
        "如何更换滤芯？",
    ],
)
def test_complete_questions_are_left_alone(text: str) -> None:
    assert not is_follow_up(text)
    assert resolve_by_rule(text, ["Something quite different"]) == text


def test_follow_up_takes_the_salient_words_of_the_question_before() -> None:
    resolved = resolve_by_rule("What about books?", ["What is the refund period for electronics?"])
    assert resolved == "What about books? refund period electronics"


def test_chinese_follow_up() -> None:
    resolved = resolve_by_rule("那它的功率呢？", ["P-200 水泵的额定流量是多少？"])
    assert resolved.startswith("那它的功率呢？")
    assert "P-200" in resolved
    assert "水泵" in resolved
    assert "多少" not in resolved


def test_follow_up_of_a_follow_up_keeps_the_subject() -> None:
    resolved = resolve_by_rule(
        "And in winter?", ["What is the range of the Volta van?", "What about with a trailer?"]
    )
    assert "Volta" in resolved
    assert "trailer" in resolved


def test_of_a_very_long_question_before_only_the_beginning_counts() -> None:
    before = Turn("user", "turbine blades " + " ".join(f"word{n}" for n in range(50_000)))
    found = standalone_question("And their price?", (before,), None)
    assert "turbine blades" in found
    assert len(found) < 1_000


def test_words_already_there_are_not_repeated() -> None:
    resolved = resolve_by_rule("What about its range?", ["What is the range of the van?"])
    assert resolved.lower().count("range") == 1


def test_first_follow_up_has_nothing_to_take_from() -> None:
    assert resolve_by_rule("What about books?", []) == "What about books?"
    assert standalone_question(" Why? ", [], None) == "Why?"


def test_only_user_turns_count_for_the_rule() -> None:
    history = [Turn("user", "Who sells the Volta van?"), Turn("assistant", "Acme does [1].")]
    assert standalone_question("Where is it made?", history, None) == (
        "Where is it made? sells Volta van"
    )


def test_the_model_rewrites_where_there_is_one() -> None:
    model = ScriptedChatModel(['"What is the range of the Volta van?"\n'])
    history = [Turn("user", "Who sells the Volta van?"), Turn("assistant", "Acme does [1].")]
    assert (
        standalone_question("And its range?", history, model)
        == "What is the range of the Volta van?"
    )


def test_a_model_that_thinks_aloud_gives_a_question_without_its_thoughts() -> None:
    reply = "<think>They mean the van.</think>\n\nWhat is the range of the Volta van?"
    history = [Turn("user", "Who sells the Volta van?")]
    resolved = standalone_question("And its range?", history, ScriptedChatModel([reply]))
    assert resolved == "What is the range of the Volta van?"


class SpentModel(ScriptedChatModel):
    """Spends all its tokens before it says anything."""

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int, temperature: float = 0.0
    ) -> Iterator[str]:
        raise ModelRefused("All tokens are spent.")


def test_a_model_that_gives_no_question_leaves_it_to_the_rule() -> None:
    history = [Turn("user", "Who sells the Volta van?")]
    resolved = standalone_question("And its range?", history, SpentModel(["x"]))
    assert resolved == "And its range? sells Volta van"


def test_a_long_history_is_told_shortly_and_without_markers() -> None:
    model = ScriptedChatModel(["What is the range?"])
    history = [Turn("user", "保修期多长？"), Turn("assistant", "三年 [1]。\n" + "长" * 50_000)]
    standalone_question("And its range?", history, model)
    (message,) = model.calls[0]
    assert "assistant: 三年。 长长" in message.content
    assert "[1]" not in message.content
    assert len(message.content) < 2_000


@pytest.mark.parametrize("reply", ["", " … ", "<think>never ends", "word " * 400])
def test_a_reply_that_is_no_question_is_not_believed(reply: str) -> None:
    history = [Turn("user", "Who sells the Volta van?")]
    resolved = standalone_question("And its range?", history, ScriptedChatModel([reply]))
    assert resolved == "And its range? sells Volta van"


def test_without_history_the_model_is_not_asked() -> None:
    assert standalone_question("And its range?", [], ScriptedChatModel(["no"])) == "And its range?"


def test_salient_words_in_both_languages() -> None:
    assert salient_words("What is the F1 score of GPT-4 on SQuAD 2.0?") == [
        "F1",
        "score",
        "GPT-4",
        "SQuAD",
        "2.0",
    ]
    assert salient_words("请问 Transformer 的参数量是多少？") == ["Transformer", "参数量"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Summarise the paper", "summary"),
        ("give me an overview of chapter 3", "summary"),
        ("What is this document about?", "summary"),
        ("总结一下这篇论文", "summary"),
        ("这份文件讲了什么？", "summary"),
        ("What is the boiling point of water?", "question"),
        ("Explain beam search", "question"),
        ("水的沸点是多少", "question"),
        ("battery safety", "topic"),
        ("电池安全", "topic"),
    ],
)
def test_question_kind(text: str, kind: str) -> None:
    assert question_kind(text) == kind


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("Summarise the paper", ""),
        ("What is this document about?", ""),
        ("Give me a short summary of the refund policy", "refund policy"),
        ("What are the main findings on beam search?", "beam search"),
        ("总结一下这篇论文", ""),
        ("这份文件讲了什么？", ""),
        ("概括退款政策的要点", "退款政策"),
    ],
)
def test_summary_subject(text: str, subject: str) -> None:
    assert summary_subject(text) == subject

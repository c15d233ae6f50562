"""Follow-ups become standalone questions; complete questions are left alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from rag.errors import ModelRefused
from rag.models.base import Message
from rag.models.scripted import ScriptedChatModel
from rag.question.exchange import Exchange
from rag.question.follow_up import resolve_by_rule, salient_words, standalone_question
from rag.types import Turn


def resolve(question: str, *before: str) -> str:
    return resolve_by_rule(question, [Exchange(each) for each in before])


@pytest.mark.parametrize(
    ("before", "question", "asked"),
    [
        # The part that changes takes its counterpart's place.
        (["How much is a tyre change?"], "What about a service?", "How much is a service?"),
        (["7741 的最大压力是多少？"], "那 7742 呢？", "7742 的最大压力是多少？"),
        (["What was Acme's revenue in 2021?"], "and in 2022?", "What was Acme's revenue in 2022?"),
        (["一类城市的住宿费上限是多少？"], "伙食补助呢？", "一类城市的伙食补助上限是多少？"),
        (["一类城市的住宿费上限是多少？"], "二类城市呢？", "二类城市的住宿费上限是多少？"),
        (
            ["一类城市的住宿费上限是多少？", "伙食补助呢？"],
            "二类城市呢？",
            "二类城市的伙食补助上限是多少？",
        ),
        (
            ["What was the revenue of Acme in 2021?", "and in 2022?"],
            "And the profit?",
            "What was the profit of Acme in 2022?",
        ),
        (
            ["What is the operating margin of Space in Q1 2023?"],
            "What about Orbital?",
            "What is the operating margin of Orbital in Q1 2023?",
        ),
        (["What does error E03 mean?"], "E05?", "What does error E05 mean?"),
        (
            ["What is the refund period for electronics?"],
            "What about books?",
            "What is the refund period for books?",
        ),
        (
            ["What is the limit for class A cities?"],
            "And class B cities?",
            "What is the limit for class B cities?",
        ),
        (
            ["What is the price of the red chair?"],
            "The blue one?",
            "What is the price of the blue chair?",
        ),
        (["退款期限是多少天？"], "那书籍的呢？", "书籍的退款期限是多少天？"),
        (["三月份的访客人数是多少？"], "四月呢？", "四月的访客人数是多少？"),
        (["水泵有多重？"], "阀门呢？", "阀门有多重？"),
        (["住酒店最多花多少钱？"], "坐飞机呢？", "坐飞机最多花多少钱？"),
        # What has no counterpart is added in its place.
        (
            ["What is the range of the Volta van?", "What about with a trailer?"],
            "And in winter?",
            "What is the range of the Volta van with a trailer in winter?",
        ),
        (["When did the pump stop?"], "Why?", "Why did the pump stop?"),
    ],
)
def test_a_new_part_takes_the_place_of_its_counterpart(
    before: list[str], question: str, asked: str
) -> None:
    assert resolve(question, *before) == asked


@pytest.mark.parametrize(
    ("before", "question", "asked"),
    [
        (
            ["What is the boiler's volume?"],
            "How much does it weigh?",
            "How much does the boiler weigh?",
        ),
        (["When did Eva join?", "Who is Ada?"], "When did she join?", "When did Ada join?"),
        (["Who is Ada?", "When did Eva join?"], "When did she join?", "When did Ada join?"),
        (
            ["When did Ada join?", "Where does Tom work?"],
            "When did she leave?",
            "When did Ada leave?",
        ),
        (["艾达是谁？", "伊娃什么时候加入？"], "她什么时候加入？", "艾达什么时候加入？"),
        (["Who sells the Volta van?"], "Where is it made?", "Where is the Volta van made?"),
        (
            ["What is the range of the van?"],
            "What about its price?",
            "What is the price of the van?",
        ),
        (["Who sells the Volta van?"], "And its range?", "What is the range of the Volta van?"),
        (
            ["Tell me about Blue whales.", "How much do they weigh?"],
            "Where do they live?",
            "Where do Blue whales live?",
        ),
        (
            ["How do I clean the filter?"],
            "How often should I do that?",
            "How often should I clean the filter?",
        ),
        (
            ["How do I descale the machine?"],
            "What if it overheats?",
            "What if the machine overheats?",
        ),
        (
            ["Tell me about lung cancer."],
            "What are its symptoms?",
            "What are lung cancer's symptoms?",
        ),
        (["P-200 水泵的额定流量是多少？"], "那它的功率呢？", "P-200 水泵的功率是多少？"),
        (["二户车站在1891年叫什么名字？"], "它的地址是哪里？", "二户车站的地址是哪里？"),
        (["水泵采用什么方法冷却？"], "该方法有什么缺点？", "水泵有什么缺点？"),
    ],
)
def test_a_pronoun_gives_way_to_what_it_means(before: list[str], question: str, asked: str) -> None:
    assert resolve(question, *before) == asked


@pytest.mark.parametrize(
    ("before", "question", "asked"),
    [
        (
            ["Tell me about lung cancer."],
            "What are the symptoms?",
            "What are the symptoms of lung cancer?",
        ),
        (["What dog is best for children?"], "What kind is quiet?", "What kind of dog is quiet?"),
        (["What is Lyme disease?"], "Tell me more.", "Tell me more about Lyme disease."),
        (["前鼻丝鳗属于哪一目？"], "又被称为什么？", "前鼻丝鳗又被称为什么？"),
        (["朱椿的母亲是谁？"], "那性格有什么特点？", "朱椿的性格有什么特点？"),
        (["西施故里旅游区是何时建的？"], "旅游区的面积是多少？", "西施故里旅游区的面积是多少？"),
        (["新西兰鸲鹟属于什么科？"], "主要的食物是什么？", "新西兰鸲鹟的主要的食物是什么？"),
        (["水泵的功率是多少？"], "详细说明一下", "介绍一下水泵。"),
    ],
)
def test_a_question_of_a_side_is_told_of_what(before: list[str], question: str, asked: str) -> None:
    assert resolve(question, *before) == asked


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
@pytest.mark.parametrize("before", ["What is the boiler's volume?", "二户车站在哪里？"])
def test_a_new_subject_starts_fresh(text: str, before: str) -> None:
    assert resolve(text, before) == text


def test_an_answer_tells_who_was_meant() -> None:
    history = [
        Exchange("Who is the director?", "Ada Lovelace is the director. She joined in 2019.")
    ]
    resolved = resolve_by_rule("When did she start?", history)
    assert resolved == "When did Ada Lovelace start?"


def test_words_of_an_answer_say_which_theory() -> None:
    history = [Exchange("Can drugs help?", "The catecholamine theory says that they can.")]
    assert "catecholamine theory" in resolve_by_rule("Who found this theory?", history)


def test_of_a_very_long_question_before_only_the_beginning_counts() -> None:
    before = Turn("user", "turbine blades " + " ".join(f"word{n}" for n in range(50_000)))
    found = standalone_question("And their price?", (before,), None)
    assert "turbine blades" in found.lower()
    assert len(found) < 1_000


def test_first_follow_up_has_nothing_to_take_from() -> None:
    assert resolve("What about books?") == "What about books?"
    assert standalone_question(" Why? ", [], None) == "Why?"


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
    assert resolved == "What is the range of the Volta van?"


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
    assert resolved == "What is the range of the Volta van?"


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

"""The online path with real retrieval: events in order, refusals, policies, failures, closing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from ingest.errors import NotFound
from ingest.storage.filters import Period
from ingest.types import DocumentRecord
from rag.answering.generative import GenerativeAnswerer
from rag.answering.refusal import Refusals
from rag.errors import ModelUnavailable, QuestionInvalid
from rag.grounding.checker import Checker
from rag.models.scripted import ScriptedChatModel
from rag.pipeline import Pipeline
from rag.pipeline.bootstrap import Docchat
from rag.settings import GroundingSettings
from rag.types import (
    AnswerEvent,
    Citation,
    CitationEvent,
    DoneEvent,
    FailureEvent,
    Filters,
    GroundednessReport,
    GroundingEvent,
    Hit,
    Respelling,
    RetrievalEvent,
    TokenEvent,
    Turn,
)

Add = Callable[[Docchat, str, Mapping[str, str]], list[DocumentRecord]]

TRUE = "Books may be returned within 14 days [1]."
FALSE = "Books may be returned within 90 days, says the king [1]."


def scripted(shelf: Docchat, model: ScriptedChatModel, **settings: Any) -> Pipeline:
    from rag.grounding.checker import SentenceChecker

    return Pipeline(
        shelf.retriever,
        GenerativeAnswerer(model),
        SentenceChecker(),
        Refusals(shelf.library),
        GroundingSettings(**settings),
        model,
    )


def told(events: Sequence[AnswerEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TokenEvent))


def done(events: Sequence[AnswerEvent]) -> DoneEvent:
    last = events[-1]
    assert isinstance(last, DoneEvent)
    return last


@pytest.mark.parametrize(
    ("question", "says", "document"),
    [
        ("How long may books be returned?", "14 days", "policy.md"),
        ("水泵的额定功率是多少？", "750", "水泵.md"),
    ],
)
def test_a_question_is_answered_with_sources(
    shelf: Docchat, question: str, says: str, document: str
) -> None:
    events = list(shelf.pipeline.ask(question))
    assert isinstance(events[0], RetrievalEvent)
    assert events[0].hits[0].document_name == document
    answer = done(events).answer
    assert isinstance(events[-2], GroundingEvent)
    assert says in answer.text
    assert told(events) == answer.text
    assert not answer.refused
    assert answer.question == question
    assert tuple(e.citation for e in events if isinstance(e, CitationEvent)) == answer.citations
    assert {citation.document_name for citation in answer.citations} == {document}
    assert answer.grounding.score == 1.0
    assert answer.grounding is events[-2].report
    assert answer.hits == events[0].hits
    assert {"understand", "retrieve", "write", "check", "first_token", "total"} <= set(
        answer.timings
    )
    assert answer.usage["passages"] == len(answer.hits)


def test_every_citation_stands_verbatim_in_its_chunk(shelf: Docchat) -> None:
    answer = shelf.pipeline.answer("How long may electronics be returned?")
    chunks = {hit.chunk.id: hit.chunk for hit in answer.hits}
    assert answer.citations
    for citation in answer.citations:
        assert citation.quote in chunks[citation.chunk_id].text
        assert f"[{citation.marker}]" in answer.text


@pytest.mark.parametrize(
    ("question", "language", "text"),
    [
        (
            "Who won the chess championship of 1972?",
            "en",
            "I searched 1 document in “shop” and found nothing that answers this.",
        ),
        (
            "一九七二年的国际象棋冠军是谁？",
            "zh",
            "我检索了“shop”中的 1 份文档，没有找到能回答这个问题的内容。",
        ),
    ],
)
def test_an_honest_refusal_says_what_was_searched(
    shelf: Docchat, question: str, language: str, text: str
) -> None:
    filters = Filters(collection_ids=(shelf.library.get_collection("shop").id,))
    events = list(shelf.pipeline.ask(question, filters=filters))
    answer = done(events).answer
    assert answer.refused
    assert answer.text == told(events) == text
    assert answer.language == language
    assert answer.citations == ()
    assert answer.grounding == GroundednessReport((), 1.0)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        (
            "Is anything here?",
            "There is no document to search yet: add some, and wait until they are ready.",
        ),
        ("有什么内容吗？", "还没有可以检索的文档：请先添加文档，并等待处理完成。"),
    ],
)
def test_an_empty_library_says_that_it_is_empty(fresh: Docchat, question: str, text: str) -> None:
    assert fresh.pipeline.answer(question).text == text


@pytest.mark.parametrize(
    ("question", "text"),
    [
        (
            "How long may books be returned?",
            "No document in “shop” fits the filters of this question: change them and ask again.",
        ),
        ("书多久可以退？", "没有“shop”中的文档符合筛选条件：请修改筛选条件后再提问。"),
    ],
)
def test_filters_that_leave_nothing_are_named(shelf: Docchat, question: str, text: str) -> None:
    shop = (shelf.library.get_collection("shop").id,)
    filters = Filters(collection_ids=shop, period=Period(until="1999"))
    assert shelf.pipeline.answer(question, filters=filters).text == text


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("hi", "Hello!"),
        ("Thanks", "You are welcome!"),
        ("yes", "All right."),
        ("ok", "All right."),
        ("你好", "您好！"),
        ("谢谢", "不客气！"),
        ("好的", "好的。"),
    ],
)
def test_small_talk_gets_a_polite_word_without_a_search(
    shelf: Docchat, question: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf.retriever, "search", None)  # it must not be called
    history = (Turn("user", "How long may books be returned?"), Turn("assistant", "14 days [1]."))
    events = list(shelf.pipeline.ask(question, history=history))
    assert events[0] == RetrievalEvent((), question)
    answer = done(events).answer
    assert answer.text == told(events)
    assert answer.text.startswith(says)
    assert not answer.refused
    assert (answer.hits, answer.citations) == ((), ())


def test_small_talk_needs_no_document_and_no_model(fresh: Docchat) -> None:
    assert not fresh.pipeline.answer("hi").refused
    model = ScriptedChatModel(["I am a model."])
    assert scripted(fresh, model).answer("thanks").text.startswith("You are welcome!")
    assert model.calls == []


def test_a_greeting_with_a_question_behind_it_is_answered(shelf: Docchat) -> None:
    answer = shelf.pipeline.answer("Hi, how long may books be returned?")
    assert "14 days" in answer.text
    assert answer.question == "Hi, how long may books be returned?"


@pytest.mark.parametrize(
    ("question", "head"),
    [
        ("What documents are there?", "There are 3 documents:\n- "),
        ("list the documents", "There are 3 documents:\n- "),
        ("这些文档讲了什么？", "这里有 3 份文档：\n- "),
        ("有哪些文件？", "这里有 3 份文档：\n- "),
    ],
)
def test_what_is_here_is_listed(shelf: Docchat, question: str, head: str) -> None:
    answer = shelf.pipeline.answer(question, history=(Turn("user", "水泵的功率是多少？"),))
    assert answer.text.startswith(head)
    assert "\n- policy.md" in answer.text
    assert not answer.refused
    assert answer.hits == ()


def test_a_mistyped_word_is_searched_for_as_the_documents_spell_it_and_that_is_said(
    shelf: Docchat,
) -> None:
    events = list(shelf.pipeline.ask("How long may boks be returned?"))
    answer = done(events).answer
    assert "14 days" in answer.text
    assert answer.question == "How long may boks be returned?"
    assert answer.respelled == (Respelling("boks", "books"),)
    assert isinstance(events[0], RetrievalEvent)
    assert events[0].respelled == answer.respelled
    assert shelf.pipeline.answer("How long may books be returned?").respelled == ()


def test_what_is_here_respects_the_filters(shelf: Docchat) -> None:
    shop = Filters(collection_ids=(shelf.library.get_collection("shop").id,))
    text = shelf.pipeline.answer("What documents are there?", filters=shop).text
    assert text.startswith("There is 1 document:\n- policy.md: Refund policy.")
    assert "水泵" not in text


def test_where_nothing_is_here_the_library_says_that_it_is_empty(fresh: Docchat) -> None:
    answer = fresh.pipeline.answer("What documents are there?")
    assert answer.refused
    assert answer.text.startswith("There is no document to search yet")


def test_the_model_streams_and_its_markers_become_citations(shelf: Docchat) -> None:
    model = ScriptedChatModel([TRUE])
    events = list(scripted(shelf, model).ask("How long may books be returned?"))
    assert sum(isinstance(event, TokenEvent) for event in events) > 3
    answer = done(events).answer
    assert answer.text == TRUE
    assert [citation.marker for citation in answer.citations] == [1]
    assert "14 days" in answer.citations[0].quote


def test_policy_mark_shows_what_the_evidence_does_not_carry(shelf: Docchat) -> None:
    answer = scripted(shelf, ScriptedChatModel([FALSE])).answer("How long may books be returned?")
    assert answer.text == FALSE
    assert [claim.verdict for claim in answer.grounding.claims] != ["supported"]
    assert answer.grounding.score < 1.0


def test_policy_retry_names_the_failed_claims_and_shows_only_what_was_checked(
    shelf: Docchat,
) -> None:
    model = ScriptedChatModel([FALSE, TRUE])
    events = list(
        scripted(shelf, model, policy="retry", min_score=0.9).ask("How long may books be returned?")
    )
    assert told(events) == done(events).answer.text == TRUE
    assert len(model.calls) == 2
    assert "90 days" in model.calls[1][-1].content
    assert done(events).answer.grounding.score == 1.0


def test_policy_retry_keeps_the_first_answer_when_the_second_is_worse(shelf: Docchat) -> None:
    half = f"{TRUE} {FALSE}"
    model = ScriptedChatModel([half, FALSE])
    answer = scripted(shelf, model, policy="retry", min_score=0.9).answer(
        "How long may books be returned?"
    )
    assert answer.text == half
    assert len(model.calls) == 2


def test_policy_retry_without_a_model_keeps_the_marked_answer(shelf: Docchat) -> None:
    class Doubter:
        def check(
            self,
            answer_text: str,
            hits: Sequence[Hit],
            citations: Sequence[Citation],
            *,
            computed: Sequence[tuple[int, int]] = (),
        ) -> GroundednessReport:
            return GroundednessReport((), 0.0)

    checker: Checker = Doubter()
    pipeline = Pipeline(
        shelf.retriever,
        shelf.answerer,
        checker,
        Refusals(shelf.library),
        GroundingSettings(policy="retry"),
    )
    assert "14 days" in pipeline.answer("How long may books be returned?").text


def test_policy_refuse_shows_nothing_unchecked(shelf: Docchat) -> None:
    model = ScriptedChatModel([FALSE])
    pipeline = scripted(shelf, model, policy="refuse", min_score=0.9)
    events = list(pipeline.ask("How long may books be returned?"))
    answer = done(events).answer
    assert answer.refused
    assert "90" not in told(events)
    assert answer.text == (
        "I searched 3 documents. What I found does not support an answer well enough to give one."
    )
    assert answer.citations == ()
    supported = scripted(shelf, ScriptedChatModel([TRUE]), policy="refuse", min_score=0.9)
    assert supported.answer("How long may books be returned?").text == TRUE


@pytest.mark.parametrize("reply", ["NO_ANSWER", "", "  \n"])
def test_a_model_that_says_nothing_is_a_refusal(shelf: Docchat, reply: str) -> None:
    answer = scripted(shelf, ScriptedChatModel([reply])).answer("How long may books be returned?")
    assert answer.refused
    assert answer.text.startswith("I searched 3 documents")


def test_a_follow_up_is_searched_as_a_standalone_question(shelf: Docchat) -> None:
    history = (Turn("user", "How long may electronics be returned?"), Turn("assistant", "30 days."))
    events = list(shelf.pipeline.ask("What about books?", history=history))
    first = events[0]
    assert isinstance(first, RetrievalEvent)
    assert first.question == "How long may books be returned?"
    assert "14 days" in done(events).answer.text
    assert done(events).answer.question == "What about books?"


def test_the_model_condenses_a_follow_up(shelf: Docchat) -> None:
    model = ScriptedChatModel(["How long may books be returned?", TRUE])
    history = (Turn("user", "How long may electronics be returned?"),)
    events = list(scripted(shelf, model).ask("And books?", history=history))
    assert isinstance(events[0], RetrievalEvent)
    assert events[0].question == "How long may books be returned?"
    assert done(events).answer.text == TRUE


def test_a_failure_after_the_first_byte_is_an_event(shelf: Docchat) -> None:
    pipeline = scripted(shelf, ScriptedChatModel([TRUE], fail_after=3))
    events = list(pipeline.ask("How long may books be returned?"))
    assert isinstance(events[0], RetrievalEvent)
    assert told(events) == TRUE[:12]
    last = events[-1]
    assert isinstance(last, FailureEvent)
    assert last.code == "model_unavailable"
    assert last.hint
    with pytest.raises(ModelUnavailable):
        pipeline.answer("How long may books be returned?")


def test_errors_before_the_first_byte_are_events_too(shelf: Docchat) -> None:
    (failed,) = shelf.pipeline.ask("  ")
    assert isinstance(failed, FailureEvent)
    assert failed.code == "question_invalid"
    (failed,) = shelf.pipeline.ask("books?", filters=Filters(collection_ids=("nowhere",)))
    assert isinstance(failed, FailureEvent)
    assert failed.code == "not_found"
    with pytest.raises(QuestionInvalid):
        shelf.pipeline.answer("")
    with pytest.raises(NotFound):
        shelf.pipeline.answer("books?", filters=Filters(document_ids=("nowhere",)))


def test_a_programming_error_is_not_dressed_up(shelf: Docchat) -> None:
    class Broken:
        def search(self, *_: Any) -> list[Hit]:
            raise ZeroDivisionError

    pipeline = Pipeline(
        Broken(),
        shelf.answerer,
        object(),  # type: ignore[arg-type]
        Refusals(shelf.library),
        GroundingSettings(),
    )
    with pytest.raises(ZeroDivisionError):
        list(pipeline.ask("books?"))


@pytest.mark.parametrize("policy", ["mark", "retry"])
def test_closing_the_answer_stops_the_model(shelf: Docchat, policy: str) -> None:
    model = ScriptedChatModel([TRUE])
    events = scripted(shelf, model, policy=policy).ask("How long may books be returned?")
    assert isinstance(next(events), RetrievalEvent)
    if policy == "mark":
        assert isinstance(next(events), TokenEvent)
    events.close()
    assert model.closed_early == (1 if policy == "mark" else 0)


def test_limit_bounds_the_passages(shelf: Docchat) -> None:
    answer = shelf.pipeline.answer("blade root moment measurement", limit=2)
    assert len(answer.hits) == 2


def test_summary_of_a_subject(shelf: Docchat) -> None:
    answer = shelf.pipeline.answer("Summarise the refund policy")
    assert not answer.refused
    assert {citation.document_name for citation in answer.citations} == {"policy.md"}


@pytest.mark.parametrize(
    ("question", "collection", "document"),
    [("What is this document about?", "shop", "policy.md"), ("总结一下全文", "plant", "水泵.md")],
)
def test_summary_of_whole_documents(
    shelf: Docchat, question: str, collection: str, document: str
) -> None:
    target = shelf.library.get_collection(collection).id
    filters = Filters(collection_ids=(target,))
    events = list(shelf.pipeline.ask(question, filters=filters))
    assert isinstance(events[0], RetrievalEvent)
    assert {hit.collection_id for hit in events[0].hits} == {target}
    answer = done(events).answer
    assert not answer.refused
    assert document in {citation.document_name for citation in answer.citations}

"""Turns people's feedback into questions to measure on: what they asked, and where the answer is.

An answer with a thumb up becomes a reviewed question; its pages are those cited from the document
that it cites most. A refusal with a thumb up becomes a question that the documents do not answer.
With a thumb down only the question is known to be good, so it waits for review: somebody has to say
where the answer is.

Limits: an answer that was found right does not prove that no other page says the same. Answers
whose documents are deleted are left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from rag.conversations.store import Conversations, StoredMessage
from rag.types import Answer

_PAGE_SIZE = 100


def feedback_rows(
    conversations: Conversations, files: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    """Yield a line of `questions.jsonl` for each judged answer; `files`: names by document id."""
    for message in _list_judged_messages(conversations):
        if message.answer is not None and message.feedback is not None:
            row = _build_row(message, message.answer, files)
            if row is not None:
                yield row


def _list_judged_messages(conversations: Conversations) -> Iterator[StoredMessage]:
    offset = 0
    while listed := conversations.list(_PAGE_SIZE, offset):
        for conversation in listed:
            for message in conversations.list_messages(conversation.id):
                if message.feedback is not None:
                    yield message
        offset += len(listed)


def _build_row(
    message: StoredMessage, answer: Answer, files: Mapping[str, str]
) -> dict[str, Any] | None:
    assert message.feedback is not None
    liked = message.feedback.value == "up"
    row: dict[str, Any] = {
        "id": f"feedback-{message.id[:12]}",
        "language": answer.language,
        "question": answer.question,
        "file": "",
        "pages": [],
        "answer": "",
        "answerable": not (liked and answer.refused),
        "reviewed": liked,
        "source": f"answered: {answer.text}",
        "comment": message.feedback.comment,
    }
    if not liked or answer.refused:
        return row
    cited = Counter(each.document_id for each in answer.citations if each.document_id in files)
    if not cited:
        return None
    ((document, _),) = cited.most_common(1)
    pages = {each.page for each in answer.citations if each.document_id == document}
    return row | {"file": files[document], "pages": sorted(pages)}

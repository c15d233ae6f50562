"""Which documents there are is told with a line each, bounded, within the filters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from io import BytesIO

import pytest

from ingest.errors import NotFound
from ingest.types import Chunk, DocumentRecord
from rag.answering import without_search
from rag.answering.without_search import Inventory, find_description
from rag.pipeline.bootstrap import Docchat
from rag.types import NO_FILTERS, Filters

Add = Callable[[Docchat, str, Mapping[str, str]], list[DocumentRecord]]
CHUNK = Chunk("c", "d", 0, "Books may be returned.", ("Refunds",), (), (0, 4), 1, 1, 1)


def test_each_document_has_a_line(shelf: Docchat) -> None:
    text = Inventory(shelf.library).build_text(NO_FILTERS, "en")
    head, *lines = text.splitlines()
    assert head == "There are 3 documents:"
    assert (
        "- policy.md: Refund policy. Electronics may be returned within 30 days of delivery."
        in lines
    )
    assert any(line.startswith("- 水泵.md: P-200 水泵手册。") for line in lines)


def test_filters_hold_and_the_language_is_the_questions(shelf: Docchat) -> None:
    shop = shelf.library.get_collection("shop")
    (document,) = shelf.library.list_documents(shop.id).items
    for filters in (Filters((shop.id,)), Filters(document_ids=(document.id,))):
        text = Inventory(shelf.library).build_text(filters, "zh")
        assert text.startswith("这里有 1 份文档：\n- policy.md：Refund policy")
        assert text.count("\n") == 1
    with pytest.raises(NotFound):
        Inventory(shelf.library).build_text(Filters(document_ids=("nowhere",)), "en")


def test_of_many_documents_the_first_are_told_with_their_number(
    shelf: Docchat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(without_search, "_MOST_SHOWN", 2)
    text = Inventory(shelf.library).build_text(NO_FILTERS, "en")
    assert text.startswith("There are 3 documents; these are the first 2:\n")
    assert text.count("\n- ") == 2


def test_of_chosen_documents_only_searchable_ones_count(fresh: Docchat, add_texts: Add) -> None:
    library = fresh.library
    (ready,) = add_texts(fresh, "shop", {"old.md": "# Old\n\nBooks may be returned."})
    waiting = library.add(BytesIO(b"# New"), "new.md", ready.collection_id).document
    chosen = Filters(document_ids=(waiting.id, ready.id))
    text = Inventory(library).build_text(chosen, "en")
    assert text == "There is 1 document:\n- old.md: Books may be returned."


@pytest.mark.parametrize(
    ("name", "chunk", "said"),
    [
        ("a.md", CHUNK, ["Refunds", "Books may be returned."]),
        ("refunds.md", CHUNK, ["Books may be returned."]),
        ("a.md", replace(CHUNK, heading_path=(), text="12\n\n3"), []),
    ],
)
def test_a_document_is_told_by_title_and_first_sentence(
    name: str, chunk: Chunk, said: list[str]
) -> None:
    assert find_description([chunk], name) == said


def test_nothing_there_is_nothing_to_tell(fresh: Docchat) -> None:
    assert Inventory(fresh.library).build_text(NO_FILTERS, "en") == ""

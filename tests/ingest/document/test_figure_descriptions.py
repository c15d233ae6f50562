"""Figures described by a model: found by what they show, never taken for its text."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.document.figure_descriptions import LONGEST_DESCRIPTION, NotDescribed, describe_figures
from ingest.document.figures import Figure
from ingest.errors import Cancelled, ParserCrashed
from ingest.formats.registry import parse_file
from ingest.processing.worker import Worker
from ingest.types import Block, Box, Document, DocumentState, Page
from tests.ingest.pdf.support import sheets
from tests.support.library import QUICK, Home

CAPTIONS = [("Figure 1: Results", "helv", "en"), ("图 1 测试结果", "china-s", "zh")]


class Scripted:
    """Says its `replies` in turn, the last for ever; an empty one is a failure of the model."""

    def __init__(self, *replies: str) -> None:
        self._replies = replies
        self.asked: list[tuple[bytes, str, str]] = []

    def __call__(self, png: bytes, caption: str, language: str) -> str:
        reply = self._replies[min(len(self.asked), len(self._replies) - 1)]
        self.asked.append((png, caption, language))
        if not reply:
            raise NotDescribed("the server is away")
        return reply


def drawn(figure: Figure) -> bytes:
    return figure.name.encode()


def go_on() -> None:
    """Nobody stops the work."""


def pictured(figures: int, described: str = "") -> Document:
    """A page of so many figures below a Chinese text, the first of them with a caption."""
    box = Box(1, 100, 100, 300, 200)
    blocks = [Block("text", "水泵的功率。", (Box(1, 100, 50, 300, 60),))]
    blocks += [Block("figure", "", (box,), description=described) for _ in range(figures)]
    blocks.insert(2, Block("caption", "Figure 1: Results", (Box(1, 100, 205, 300, 215),)))
    page = Page(1, 600, 800, tuple(blocks))
    return Document("d", "a.pdf", "application/pdf", "0" * 64, (page,))


def described(document: Document) -> list[str]:
    return [block.description for block in document.blocks if block.kind == "figure"]


def test_each_figure_is_shown_with_its_caption_in_its_language() -> None:
    model = Scripted("A bar\nchart.", "折线图。")
    found = describe_figures(pictured(2), model, drawn, go_on)
    assert model.asked == [
        (b"page-1-figure-1.png", "Figure 1: Results", "en"),
        (b"page-1-figure-2.png", "", "zh"),
    ]
    assert described(found) == ["A bar chart.", "折线图。"]
    assert found.text == pictured(2).text
    assert found.warnings == ()


def test_what_is_described_is_not_asked_again() -> None:
    model = Scripted("new")
    assert describe_figures(pictured(2, "old"), model, drawn, go_on) == pictured(2, "old")
    assert model.asked == []


def test_failures_leave_a_warning_each_and_are_tried_anew() -> None:
    found = describe_figures(pictured(2), Scripted("", "A chart."), drawn, go_on)
    assert described(found) == ["", "A chart."]
    (warning,) = found.warnings
    assert (warning.code, warning.page) == ("figure_not_described", 1)
    assert "the server is away" in warning.message
    assert describe_figures(found, Scripted("A map."), drawn, go_on).warnings == ()


@pytest.mark.parametrize("said", [" \n", "x" * 2 * LONGEST_DESCRIPTION])
def test_odd_descriptions(said: str) -> None:
    found = describe_figures(pictured(1), Scripted(said), drawn, go_on)
    assert len(described(found)[0]) <= LONGEST_DESCRIPTION + 1
    assert len(found.warnings) == (0 if said.strip() else 1)


def test_a_model_that_is_away_is_not_asked_for_ever() -> None:
    model = Scripted("")
    found = describe_figures(pictured(9), model, drawn, go_on)
    assert len(model.asked) == 3
    assert "the last 6 figures were not tried" in found.warnings[-1].message


def test_a_figure_that_cannot_be_drawn_costs_only_itself() -> None:
    def draw(figure: Figure) -> bytes:
        if figure.number == 1:
            raise ParserCrashed("died")
        return b"png"

    assert described(describe_figures(pictured(2), Scripted("A."), draw, go_on)) == ["", "A."]


def test_a_document_taken_away_ends_the_work() -> None:
    def check() -> None:
        raise Cancelled("deleted")

    with pytest.raises(Cancelled):
        describe_figures(pictured(2), Scripted("A."), drawn, check)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path)
    yield home
    home.close()


def worked(home: Home, model: Scripted | None, caption: str, font: str) -> str:
    data = sheets.made(sheets.illustrated(caption, font))
    added = home.library.add(io.BytesIO(data), "a.pdf", home.collection())
    Worker(home.library, parse_file, QUICK, describe=model).run(threading.Event(), until_idle=True)
    document = home.library.get_document(added.document.id)
    assert document.state is DocumentState.READY, document.failure
    return document.id


@pytest.mark.parametrize(("caption", "font", "language"), CAPTIONS)
def test_a_figure_is_found_by_what_it_shows(
    home: Home, caption: str, font: str, language: str
) -> None:
    model = Scripted("Zebra 斑马")
    document_id = worked(home, model, caption, font)
    ((png, told, asked_in),) = model.asked
    assert png.startswith(b"\x89PNG")
    assert (told, asked_in) == (caption, language)
    parsed = home.library.read_parsed(document_id)
    assert "Zebra" not in parsed.text
    assert described(parsed) == ["Zebra 斑马"]
    for word in ("zebra", "斑马"):
        (found,) = home.search(word)
        assert caption in found
        assert "Zebra" not in found
    (chunk,) = (chunk for chunk in home.library.read_chunks(document_id) if chunk.described)
    assert "Zebra" not in chunk.text + chunk.indexed_text
    assert parsed.text[slice(*chunk.char_range)] == chunk.text
    assert any("Zebra" in text for text in home.embedder.texts)


def test_a_document_is_ready_without_the_model(home: Home) -> None:
    document_id = worked(home, Scripted(""), *CAPTIONS[0][:2])
    warnings = home.library.read_parsed(document_id).warnings
    assert [warning.code for warning in warnings] == ["figure_not_described"]
    assert home.search("results")


def test_nothing_is_described_unless_wished(home: Home) -> None:
    assert described(home.library.read_parsed(worked(home, None, *CAPTIONS[1][:2]))) == [""]

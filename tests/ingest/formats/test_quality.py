"""The gate after parsing: garbled text is named or refused; every page tells how it was read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ingest.document.serialize import decode_document, encode_document
from ingest.errors import NoTextFound
from ingest.formats.quality import assess_quality
from ingest.formats.registry import parse_file
from ingest.options import ParseOptions
from ingest.text.language import detect_language
from ingest.types import Block, Document, Page, PageQuality
from tests.support import ROOT

SAMPLES = ROOT / "data/samples"
GOOD = "The pump needs oil after two thousand hours, and it is changed by the operator."
BROKEN = "\ufffd\ue123 \ufffd\ufffd\ue456 \ufffd\ufffd\ufffd ab \ufffd\ufffd"


def document(*texts: str) -> Document:
    pages = tuple(
        Page(number, blocks=(Block("text", text),) if text else ())
        for number, text in enumerate(texts, 1)
    )
    return Document("d", "a.pptx", "x", "0", pages)


def test_pages_tell_how_they_were_read() -> None:
    told = assess_quality(document(GOOD, ""), ParseOptions())
    assert [page.quality for page in told.pages] == [
        PageQuality("text", 1.0, "en"),
        PageQuality("none", 1.0, ""),
    ]
    assert told.warnings == ()


def test_a_garbled_page_is_a_warning() -> None:
    told = assess_quality(document(GOOD, BROKEN, GOOD), ParseOptions())
    (warning,) = told.warnings
    assert (warning.code, warning.page) == ("page_garbled", 2)
    assert "garbled" in warning.message
    assert told.pages[1].quality is not None
    assert told.pages[1].quality.readable < 0.5


@pytest.mark.parametrize("texts", [(BROKEN,), (GOOD, BROKEN, BROKEN), ("", BROKEN)])
def test_a_document_that_is_mostly_garbled_fails_with_the_reason(texts: tuple[str, ...]) -> None:
    with pytest.raises(NoTextFound, match="garbled") as refused:
        assess_quality(document(*texts), ParseOptions())
    assert "UTF-8" in refused.value.advice
    assess_quality(document(*texts), ParseOptions(min_text_share=0.0))


def test_what_was_judged_while_it_was_read_is_left() -> None:
    pages = (Page(1, blocks=(Block("text", GOOD),), quality=PageQuality("ocr", 0.5)),)
    told = assess_quality(Document("d", "scan.pdf", "x", "0", pages), ParseOptions())
    assert told.pages[0].quality == PageQuality("ocr", 0.5, "en")
    assert told.warnings == ()


def test_text_that_was_encoded_twice_is_read_as_it_was_meant() -> None:
    wrong = "Die Müllabfuhr fährt nicht, und für die Straße ist das ein Übel.".encode()
    told = parse_file(wrong.decode("cp1252").encode(), "a.txt")
    assert "für die Straße" in told.text
    assert [warning.code for warning in told.warnings] == ["text_repaired"]
    assert told.pages[0].quality == PageQuality("text", 1.0, "de")


def test_a_text_file_of_garbage_fails() -> None:
    with pytest.raises(NoTextFound, match=r"a\.txt: the text is garbled"):
        parse_file(("\ufffd\ufffd\ufffd x " * 50).encode(), "a.txt")


def test_samples_are_read_well() -> None:
    for path in SAMPLES.iterdir():
        if path.suffix in {".pdf", ".md", ".docx"} and "scanned" not in path.name:
            for page in parse_file(path.read_bytes(), path.name, ParseOptions(ocr="off")).pages:
                assert page.quality is not None
                assert page.quality.source == "text"
                assert page.quality.readable > 0.97, (path.name, page.number)
                assert page.quality.language in {"en", "zh"}, (path.name, page.number)


def test_the_quality_is_stored_and_older_files_are_read() -> None:
    told = assess_quality(document(GOOD), ParseOptions())
    assert decode_document(encode_document(told)) == told
    plain = replace(told, pages=(replace(told.pages[0], quality=None),))
    assert decode_document(encode_document(plain)) == plain


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (GOOD, "en"),
        ("Die Pumpe wird mit dem Schlüssel auf der Seite geöffnet, und das Öl ist neu.", "de"),
        ("Le moteur est dans la cave et les clés sont sur la table pour vous.", "fr"),
        ("El motor está en la casa y las llaves de los coches son para usted.", "es"),
        ("水泵每运行两千小时需要更换机油。", "zh"),
        ("ポンプのオイルは二千時間ごとに交換します。", "ja"),
        ("펌프는 이천 시간마다 오일을 교체해야 합니다.", "ko"),
        ("Насос нуждается в масле каждые две тысячи часов.", "ru"),
        ("x = 1", ""),
        ("", ""),
        ("E02 4711 AB-12 C3PO", ""),
    ],
)
def test_languages_are_told(text: str, language: str) -> None:
    assert detect_language(text) == language

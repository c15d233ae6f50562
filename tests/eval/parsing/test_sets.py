from __future__ import annotations

from pathlib import Path

import pytest

from eval.errors import DatasetInvalid
from eval.parsing.references import Kind
from eval.parsing.sets import load_parsing_sets


def make(folder: Path, references: dict[str, str], pdfs: tuple[str, ...] = ("one",)) -> Path:
    for name in ("pdf", "gt"):
        (folder / name).mkdir(parents=True)
    for name in pdfs:
        (folder / "pdf" / f"{name}.pdf").write_bytes(b"%PDF")
    for name, text in references.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_a_folder_is_a_set_or_holds_sets(tmp_path: Path) -> None:
    make(tmp_path / "all" / "mine", {"gt/one.md": "text"})
    make(tmp_path / "all" / "toc", {"gt/one.json": '{"toc": []}'})
    (tmp_path / "all" / "other").mkdir()
    sets = load_parsing_sets(tmp_path / "all")
    assert [(each.name, each.kind) for each in sets] == [
        ("mine", Kind.DOCUMENTS),
        ("toc", Kind.OUTLINES),
    ]
    (chosen,) = load_parsing_sets(tmp_path / "all", ["toc"])
    assert chosen.name == "toc"
    (single,) = load_parsing_sets(tmp_path / "all" / "mine")
    assert (single.name, single.documents) == ("mine", ("one",))


@pytest.mark.parametrize(
    ("references", "kind"),
    [
        ({"gt/one.md": "text"}, Kind.DOCUMENTS),
        ({"gt/one.md": "text", "set.json": '{"kind": "pages"}'}, Kind.PAGES),
        ({"gt/one.json": "[]"}, Kind.TABLES),
        ({"gt/one.json": "{}"}, Kind.OUTLINES),
        ({"gt/tests.json": '[{"doc": "one", "type": "present"}]'}, Kind.TESTS),
    ],
)
def test_the_kind_follows_from_the_references(
    tmp_path: Path, references: dict[str, str], kind: Kind
) -> None:
    (found,) = load_parsing_sets(make(tmp_path / "mine", references))
    assert found.kind is kind


def test_documents_without_reference_are_named(tmp_path: Path) -> None:
    (found,) = load_parsing_sets(make(tmp_path / "s", {"gt/one.md": "x"}, ("one", "two")))
    assert (found.documents, found.unknown) == (("one",), ("two",))


@pytest.mark.parametrize(
    ("references", "message"),
    [
        ({}, "no references"),
        ({"gt/other.md": "x"}, "has a reference"),
        ({"gt/one.json": "{"}, "no JSON"),
        ({"gt/one.md": "x", "set.json": '{"kind": "novels"}'}, "pages"),
    ],
)
def test_what_is_not_as_expected_is_said(
    tmp_path: Path, references: dict[str, str], message: str
) -> None:
    with pytest.raises(DatasetInvalid, match=message):
        load_parsing_sets(make(tmp_path / "s", references))


def test_a_wrong_folder_and_a_wrong_name_are_said(tmp_path: Path) -> None:
    with pytest.raises(DatasetInvalid, match="no folder"):
        load_parsing_sets(tmp_path / "none")
    with pytest.raises(DatasetInvalid, match="pdf and gt"):
        load_parsing_sets(tmp_path)
    make(tmp_path / "s", {"gt/one.md": "x"})
    with pytest.raises(DatasetInvalid, match="no set t") as raised:
        load_parsing_sets(tmp_path, ["t"])
    assert "s" in raised.value.advice

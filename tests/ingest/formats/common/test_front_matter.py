"""What a file says about itself."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from ingest.errors import InvalidRequest
from ingest.formats.common.front_matter import (
    read_front_matter,
    read_side_file,
    side_file_of,
    split_front_matter,
)
from tests.support.library import Home


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path)
    yield home
    home.close()


@pytest.mark.parametrize(
    ("text", "entries", "rest"),
    [
        ("# No front", {}, "# No front"),
        ("---\n---\nText", {}, "Text"),
        (
            "---\ntitle: 年度报告\nyear: 2024\n---\n# A",
            {"title": "年度报告", "year": "2024"},
            "# A",
        ),
        ("---\r\ntitle: A\r\n---\r\nText", {"title": "A"}, "Text"),
        ("---\ntags: [a, b]\ndraft: true\n...\nx", {"tags": "a, b", "draft": "true"}, "x"),
        ("---\nday: 2024-02-29\nbad: {a: 1}\n---\n", {"day": "2024-02-29"}, ""),
        ("---\ntitle: 'it''s'\n---\n", {"title": "it's"}, ""),
        ("---\n: : no yaml: [\n---\nText", {}, "Text"),
        ("---\nday: 2024-02-31\n---\nText", {}, "Text"),
        ("---\nnever closed", {}, "---\nnever closed"),
        ("Text\n---\na: 1\n---\n", {}, "Text\n---\na: 1\n---\n"),
    ],
)
def test_front_matter_is_split_off(text: str, entries: dict[str, str], rest: str) -> None:
    assert split_front_matter(text) == (entries, rest)


def test_only_markdown_has_front_matter_and_only_what_fits_is_taken() -> None:
    head = b"---\ntitle: A\n\"it's\": no\nempty: ''\nlong: " + b"x" * 5_000 + b"\n---\n"
    assert read_front_matter(head, "a.MD") == {"title": "A"}
    assert read_front_matter(head, "a.txt") == {}


def test_a_bomb_of_aliases_is_left_alone() -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40)]
    entries, rest = split_front_matter("---\n" + "\n".join(lines) + "\n---\nText")
    assert (entries, rest) == ({"a0": "x, x"}, "Text")


def test_a_file_beside_is_read(tmp_path: Path) -> None:
    report = tmp_path / "报告.pdf"
    assert read_side_file(report) == {}
    side_file_of(report).write_text('{"author": "李伟", "year": 2024, "tags": ["a", "b"]}')
    assert side_file_of(report).name == "报告.pdf.meta.json"
    assert read_side_file(report) == {"author": "李伟", "year": "2024", "tags": "a, b"}


@pytest.mark.parametrize("content", ["", "[1]", '{"a": {"b": 1}}', '{"a": null}', "no json"])
def test_a_file_beside_that_is_no_metadata_is_an_error(tmp_path: Path, content: str) -> None:
    side_file_of(tmp_path / "a.pdf").write_text(content)
    with pytest.raises(InvalidRequest, match=r"a\.pdf\.meta\.json"):
        read_side_file(tmp_path / "a.pdf")


def test_front_matter_becomes_metadata_where_the_caller_says_nothing_else(home: Home) -> None:
    collection = home.library.create_collection("c")
    text = b"---\nauthor: Ann\nyear: 2023\n---\n# Report\n\nText."
    added = home.library.add(BytesIO(text), "a.md", collection.id, {"year": "2024"})
    assert added.document.metadata == {"author": "Ann", "year": "2024"}

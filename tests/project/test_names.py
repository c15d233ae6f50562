"""Names say what is done: the limits, and how they are counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.project.count_names import (
    ROOMS,
    are_alike,
    count_id_calls,
    count_shares,
    find_alike_modules,
    find_broken_limits,
    find_common_classes,
    find_common_helpers,
    format_report,
    is_one_word,
    is_participle,
    list_bare_floats,
    read_modules,
)
from tests.support import ROOT

SOURCE = '''
class Line:
    def __len__(self): ...
    def read(self):
        def _kept(): ...

async def build_hits(limit=0.7):
    """Text."""
    if limit > 0.25 or limit == 0.5:
        return lambda: 3.5
    return {id(limit): 1.5}
'''


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for place in ("ingest/pdf/line.py", "ingest/pdf/lines.py", "rag/a.py", "app/a.py", "eval/a.py"):
        path = tmp_path / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(SOURCE if "pdf" in place or "rag" in place else "def _kept(): ...\n")
    return tmp_path


def test_names_keep_the_limits() -> None:
    modules = read_modules(ROOT)
    assert not find_broken_limits(count_shares(modules), find_common_helpers(modules))


@pytest.mark.parametrize("name", ["read", "_read", "__read", "read_"])
def test_underscores_outside_do_not_part_words(name: str) -> None:
    assert is_one_word(name)


def test_two_words_are_not_one() -> None:
    assert not is_one_word("build_hits")
    assert not is_one_word("_build_hits")


@pytest.mark.parametrize("name", ["kept", "_told", "merged", "written", "Made", "_found"])
def test_participles(name: str) -> None:
    assert is_participle(name)


@pytest.mark.parametrize("name", ["_kept_rows", "embed", "seed", "read", "cut", "open", "left"])
def test_no_participles(name: str) -> None:
    assert not is_participle(name)


def test_dunders_do_not_count_and_inner_functions_do(checkout: Path) -> None:
    shares = {share.room: share for share in count_shares(read_modules(checkout))}
    assert list(shares) == [*ROOMS, "all"]
    rag, total = shares["rag"], shares["all"]
    assert (rag.functions, rag.one_word, rag.participles) == (3, 2, 1)
    assert (total.functions, total.one_word, total.participles) == (11, 8, 5)
    assert total.one_word_share == pytest.approx(8 / 11)


def test_names_in_many_places_are_found(checkout: Path) -> None:
    modules = read_modules(checkout)
    assert find_common_helpers(modules) == {"_kept": 5}
    assert list(find_common_classes(modules)) == ["Line"]
    assert [(a.stem, b.stem) for a, b in find_alike_modules(modules)] == [("line", "lines")]


@pytest.mark.parametrize(
    ("first", "second"),
    [("join", "joins"), ("merge", "merged"), ("colour", "color"), ("rowlabels", "row_labels")],
)
def test_modules_of_nearly_one_name(first: str, second: str) -> None:
    assert are_alike(first, second)
    assert are_alike(second, first)


def test_other_modules(checkout: Path) -> None:
    assert not are_alike("queue", "worker")
    assert not are_alike("table_html", "table_text")


def test_bare_floats_and_ids_of_pdf(checkout: Path) -> None:
    modules = read_modules(checkout)
    # 0.25, 3.5 and 1.5 in each: not the default, and not one half.
    assert list_bare_floats(modules) == {"ingest/pdf/line.py": 3, "ingest/pdf/lines.py": 3}
    assert count_id_calls(modules) == 2


def test_limits_that_are_passed_are_told(checkout: Path) -> None:
    modules = read_modules(checkout)
    broken = find_broken_limits(count_shares(modules), find_common_helpers(modules))
    assert len(broken) == 3
    assert "_kept stands in 5 modules" in broken
    report = format_report(modules)
    for line in ("all             11", "    _kept (5)", "calls of id() in ingest/pdf: 2"):
        assert line in report
